// SPDX-License-Identifier: BSD-2-Clause
/*
 * The test card where the peers want theirs: behind QEMU's ccid-card-passthru and
 * behind a vpcd in the guest, which both come to it. One process is one card.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "apdu.h"
#include "card.h"
#include "vpcd.h"

static const char usage_text[] =
"usage: card vpcd PORT COUNT     listen on PORT and the following ones\n"
"       card vscard PATH COUNT   listen on sockets PATH.0 and the following ones\n";

static struct testcard card;
static struct tc_answer answer;
static struct vpcd reader;

bool read_all(int fd, void *data, size_t len)
{
	uint8_t *p = data;

	while (len) {
		ssize_t n = read(fd, p, len);

		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

bool write_all(int fd, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

void card_wait(uint32_t ms)
{
	if (ms)
		nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 },
			  NULL);
}

void vpcd_serve(int fd)
{
	const int one = 1;
	const uint8_t *msg;
	size_t len;

	tc_init(&card, VPCD_MAX);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	reader = (struct vpcd){ .fd = fd };
	while (vpcd_receive(&reader, VPCD_FOREVER, &msg, &len) == VPCD_OK) {
		enum vpcd_result result = VPCD_OK;

		if (len == 1 && msg[0] == VPCD_ATR) {
			result = vpcd_send(&reader, (const uint8_t *)CARD_ATR,
					   CARD_ATR_LEN);
		} else if (len > 1) {
			tc_process(&card, msg, len, &answer);
			card_wait(answer.delay_ms);
			result = vpcd_send(&reader, answer.data, answer.len);
		}
		if (result != VPCD_OK)
			break;
	}
}

static int listen_tcp(unsigned int port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const int one = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(fd, 1))
		return -1;
	return fd;
}

static int listen_unix(const char *path, unsigned int number)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int n = snprintf(address.sun_path, sizeof(address.sun_path), "%s.%u",
			 path, number);

	if (n < 0 || (size_t)n >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	unlink(address.sun_path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(fd, 1))
		return -1;
	return fd;
}

/* One reader after the other, until the parent ends. */
static void serve(int listener, void (*to)(int fd))
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0)
			_exit(1);
		to(fd);
		close(fd);
	}
}

int main(int argc, char **argv)
{
	bool tcp = argc == 4 && !strcmp(argv[1], "vpcd");
	unsigned int count = argc == 4 ? (unsigned int)atoi(argv[3]) : 0;

	if (!count || (!tcp && strcmp(argv[1], "vscard"))) {
		fputs(usage_text, stderr);
		return 2;
	}
	for (unsigned int i = 0; i < count; i++) {
		int fd = tcp ? listen_tcp((unsigned int)atoi(argv[2]) + i) :
			       listen_unix(argv[2], i);
		pid_t pid;

		if (fd < 0) {
			fprintf(stderr, "card: %s: %s\n", argv[2],
				strerror(errno));
			return 1;
		}
		pid = fork();
		if (pid < 0)
			return 1;
		if (!pid)
			serve(fd, tcp ? vpcd_serve : vscard_serve);
		close(fd);
	}
	while (wait(NULL) > 0)
		;
	return 1;
}
