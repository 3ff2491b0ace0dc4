// SPDX-License-Identifier: BSD-2-Clause
/*
 * Plays vpcd to the test card and checks what vpcd itself cannot show: resets
 * while an answer is due, broken up messages, how the card ends. KTAP output.
 *
 * usage: test-link TESTCARD
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "clock.h"
#include "hex.h"
#include "util.h"

/* Longer than anything here takes, on a busy machine too. */
#define PATIENCE_MS	20000

static const char *program;
static int listener = -1;
static char port[8];
static int conn = -1;
static pid_t child;

static uint8_t message[65535];
static size_t message_len;

static long now_ms(void)
{
	return now_us() / 1000;
}

static void sleep_ms(long ms)
{
	poll(NULL, 0, (int)ms);
}

/* A network of our own, where allowed: loopback only, and free of others. */
static void private_network(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
		return;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo))
		printf("# loopback does not come up\n");
	close(fd);
}

static void start_listening(void)
{
	struct sockaddr_in sa = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof(sa);

	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&sa, size) ||
	    listen(listener, 4) ||
	    getsockname(listener, (struct sockaddr *)&sa, &size)) {
		perror("listen");
		exit(1);
	}
	snprintf(port, sizeof(port), "%u", ntohs(sa.sin_port));
}

static void start_card(const char *option, const char *value)
{
	const char *const argv[] = {
		program, "-q", "-p", port, option, value, NULL
	};

	fflush(stdout);
	child = fork();
	if (child == 0) {
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

		dup2(null, 2);
		execv(program, (char *const *)argv);
		_exit(127);
	}
}

/* Takes the card's connection. */
static bool accept_card(void)
{
	struct pollfd pfd = { .fd = listener, .events = POLLIN };
	const int one = 1;

	if (poll(&pfd, 1, PATIENCE_MS) != 1)
		return false;
	conn = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (conn < 0)
		return false;
	setsockopt(conn, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return true;
}

static void drop_card(void)
{
	close(conn);
	conn = -1;
}

static bool send_all(const void *data, size_t len)
{
	return send(conn, data, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static bool send_bytes(const uint8_t *data, size_t len)
{
	uint8_t head[2] = { (uint8_t)(len >> 8), (uint8_t)len };

	return send_all(head, 2) && send_all(data, len);
}

static bool send_hex(const char *text)
{
	uint8_t data[64];
	long len = hex_parse(text, data, sizeof(data));

	return len >= 0 && send_bytes(data, (size_t)len);
}

/* Receives a message. Return: whether one came in time. */
static bool receive(int timeout_ms)
{
	struct pollfd pfd = { .fd = conn, .events = POLLIN };
	uint8_t head[2];

	if (poll(&pfd, 1, timeout_ms) != 1 ||
	    recv(conn, head, 2, MSG_WAITALL) != 2)
		return false;
	message_len = (size_t)head[0] << 8 | head[1];
	return recv(conn, message, message_len, MSG_WAITALL) ==
	       (ssize_t)message_len;
}

static bool receives(const char *text)
{
	uint8_t want[64];
	long len = hex_parse(text, want, sizeof(want));

	return receive(PATIENCE_MS) && message_len == (size_t)len &&
	       !memcmp(message, want, message_len);
}

static bool exchange(const char *command, const char *response)
{
	return send_hex(command) && receives(response);
}

/* The card's exit status; -1: killed, or had to be. */
static int card_status(void)
{
	long end = now_ms() + PATIENCE_MS;
	int status;

	while (waitpid(child, &status, WNOHANG) == 0) {
		if (now_ms() > end) {
			kill(child, SIGKILL);
			waitpid(child, &status, 0);
			return -1;
		}
		sleep_ms(2);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool ends_on(int sig)
{
	kill(child, sig);
	return card_status() == 0;
}

static void test_control(void)
{
	start_card("-a", "3B 00");
	CHECK(accept_card());
	CHECK(send_hex("01"));
	CHECK(exchange("04", "3B 00"));
	CHECK(exchange("80 EA 01 00", "00 00 00 01 90 00"));
	CHECK(send_hex("02"));
	CHECK(exchange("04", "3B 00"));
	CHECK(exchange("80 EA 00 00", "00 00 00 01 90 00"));
	CHECK(send_hex("00"));
	CHECK(send_hex("01"));
	CHECK(exchange("80 EA 01 00", "00 00 00 02 90 00"));
	/* Not a control code: an APDU that is too short. */
	CHECK(exchange("05", "67 00"));
	CHECK(exchange("03", "67 00"));
	CHECK(ends_on(SIGTERM));
	drop_card();
}

/* What a start of the card forgets, through the control codes. */
static void test_forgets(void)
{
	static const char *const codes[] = { "00", "01", "02" };

	start_card(NULL, NULL);
	CHECK(accept_card());
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		CHECK(exchange("80 EC 01 00", "90 00"));
		CHECK(exchange("04", "3B 88 80 11 FE 50 43 53 43 54 45 53 54 F2"));
		CHECK(exchange("80 EC 00 00", "01 90 00"));
		CHECK(send_hex(codes[i]));
		CHECK(exchange("80 EC 00 00", "00 90 00"));
	}
	CHECK(ends_on(SIGINT));
	drop_card();
}

static void test_pieces(void)
{
	static const uint8_t stream[] = {
		0x00, 0x01, 0x01,
		0x00, 0x07, 0x80, 0xE0, 0x00, 0x00, 0x02, 0x11, 0x22,
	};
	static uint8_t apdu[65535] = { 0x80, 0xE0, 0, 0, 0, 0xFF, 0xF8 };

	start_card(NULL, NULL);
	CHECK(accept_card());
	for (size_t i = 0; i < sizeof(stream); i++) {
		CHECK(send_all(stream + i, 1));
		sleep_ms(2);
	}
	CHECK(receives("11 22 90 00"));
	/* Two messages in one segment. */
	CHECK(send_all(stream, sizeof(stream)));
	CHECK(receives("11 22 90 00"));
	/* The longest there is. */
	for (size_t i = 7; i < sizeof(apdu); i++)
		apdu[i] = (uint8_t)(i * 5);
	CHECK(send_bytes(apdu, sizeof(apdu)));
	CHECK(receive(PATIENCE_MS));
	CHECK(message_len == 65528 + 2 && !memcmp(message, apdu + 7, 65528));
	CHECK(send_hex("80 E2 FF FD"));
	CHECK(receive(PATIENCE_MS) && message_len == 65535);
	CHECK(ends_on(SIGTERM));
	drop_card();
}

static void test_delay(void)
{
	long start;

	start_card(NULL, NULL);
	CHECK(accept_card());
	start = now_ms();
	CHECK(exchange("80 E4 01 2C", "90 00"));
	CHECK(now_ms() - start >= 299);
	/* Presence is answered meanwhile, and does not disturb. */
	start = now_ms();
	CHECK(send_hex("80 E4 01 2C"));
	CHECK(send_hex("04"));
	CHECK(receive(PATIENCE_MS) && message_len == 14);
	CHECK(receives("90 00"));
	CHECK(now_ms() - start >= 299);
	/* It comes between two halves of the next message. */
	CHECK(send_hex("80 E4 00 C8"));
	CHECK(send_all("\x00\x04\x80\xE6", 4));
	CHECK(receives("90 00"));
	CHECK(send_all("\x12\x34", 2));
	CHECK(receives("12 34"));
	CHECK(ends_on(SIGTERM));
	drop_card();
}

static void test_delay_dropped(void)
{
	static const char *const codes[] = { "00", "01", "02" };

	start_card(NULL, NULL);
	CHECK(accept_card());
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		CHECK(send_hex("80 E4 00 C8"));
		CHECK(send_hex(codes[i]));
		CHECK(!receive(400));
		CHECK(exchange("80 E0 00 00", "90 00"));
	}
	/* A new command takes the place of the old one. */
	CHECK(send_hex("80 E4 00 C8"));
	CHECK(exchange("80 E6 12 34", "12 34"));
	CHECK(!receive(400));
	/* Silence is no different. */
	CHECK(send_hex("80 E8 00 00"));
	CHECK(!receive(200));
	CHECK(send_hex("02"));
	CHECK(exchange("80 E0 00 00", "90 00"));
	CHECK(send_hex("80 E4 FF FF"));
	CHECK(ends_on(SIGTERM));
	drop_card();
}

static void test_misbehave(void)
{
	start_card(NULL, NULL);
	CHECK(accept_card());
	CHECK(exchange("80 E8 02 00", "90"));
	CHECK(send_hex("80 E8 01 00"));
	CHECK(!receive(PATIENCE_MS));
	CHECK(card_status() == 0);
	drop_card();

	start_card(NULL, NULL);
	CHECK(accept_card());
	CHECK(exchange("80 E8 03 00", ""));
	CHECK(!receive(PATIENCE_MS));
	CHECK(card_status() == 0);
	drop_card();

	start_card(NULL, NULL);
	CHECK(accept_card());
	CHECK(send_hex("80 E8 04 00"));
	CHECK(receive(PATIENCE_MS) && message_len == 65535);
	CHECK(recv(conn, message, 4, MSG_WAITALL) == 3);
	CHECK(card_status() == 0);
	drop_card();
}

static void test_reader_goes(void)
{
	start_card(NULL, NULL);
	CHECK(accept_card());
	CHECK(exchange("80 E0 00 00", "90 00"));
	drop_card();
	CHECK(card_status() == 1);

	/* The same before a late answer, with a card that comes back. */
	start_card("-r", NULL);
	CHECK(accept_card());
	CHECK(send_hex("80 EC 01 00"));
	CHECK(receives("90 00"));
	CHECK(send_hex("80 E4 00 C8"));
	drop_card();
	CHECK(accept_card());
	CHECK(!receive(400));
	CHECK(exchange("80 EC 00 00", "00 90 00"));
	CHECK(ends_on(SIGTERM));
	drop_card();
}

static void test_no_reader(void)
{
	long start;

	/* The slot is taken: connected, but nobody speaks. */
	start = now_ms();
	start_card("-w", "1");
	CHECK(card_status() == 1);
	CHECK(now_ms() - start >= 999);
	CHECK(accept_card());
	drop_card();

	/* Ends while waiting for one. */
	start_card("-w", "0");
	sleep_ms(100);
	CHECK(ends_on(SIGTERM));
	CHECK(accept_card());
	drop_card();

	/* Nobody listens; then somebody does. */
	close(listener);
	start = now_ms();
	start_card("-w", "1");
	CHECK(card_status() == 1);
	CHECK(now_ms() - start >= 999);
	start_card("-w", "0");
	sleep_ms(100);
	CHECK(ends_on(SIGHUP));
	start_card("-s", "x");
	CHECK(card_status() == 2);
	start_listening();
	start_card("-w", "20");
	CHECK(accept_card());
	CHECK(exchange("80 E0 00 00", "90 00"));
	CHECK(ends_on(SIGTERM));
	drop_card();
}

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{ "control codes", test_control },
	{ "every start forgets", test_forgets },
	{ "messages in pieces and of full length", test_pieces },
	{ "a late answer", test_delay },
	{ "a late answer is dropped", test_delay_dropped },
	{ "misbehaviour", test_misbehave },
	{ "the reader goes", test_reader_goes },
	{ "no reader", test_no_reader },
};

int main(int argc, char **argv)
{
	const size_t count = ARRAY_SIZE(tests);
	int failed = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: test-link TESTCARD\n");
		return 2;
	}
	program = argv[1];
	printf("KTAP version 1\n1..%zu\n", count);
	private_network();
	start_listening();
	for (size_t i = 0; i < count; i++)
		failed |= run_case(i + 1, tests[i].name, tests[i].run);
	return failed ? 1 : 0;
}
