// SPDX-License-Identifier: BSD-2-Clause
/*
 * Who holds a session: it lives as long as the open file, whoever has it, by dup,
 * fork or SCM_RIGHTS, and ends with its last user, however that ends.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <kselftest_harness.h>

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "cdev.h"

FIXTURE(life) {
	int fd;
	unsigned int resets;
};

/* A session with a verified PIN: it shows whether the card was reset. */
FIXTURE_SETUP(life)
{
	cdev_settle(CARD);
	self->resets = cdev_resets(CARD);
	self->fd = cdev_open(CARD, O_RDWR);
	ASSERT_EQ(0, cdev_connect(self->fd, PCSC_SHARE_SHARED, ANY));
	ASSERT_STREQ("9000", cdev_apdu(self->fd, VERIFY));
}

FIXTURE_TEARDOWN(life)
{
	close(self->fd);
}

static bool reset_after(unsigned int resets)
{
	return WITHIN(SOON_MS, cdev_resets(CARD) == resets + 1);
}

#define EXPECT_LIVES(fd) do { \
	EXPECT_STREQ("019000", cdev_apdu(fd, VERIFIED)); \
	EXPECT_EQ(self->resets, cdev_resets(CARD)); \
} while (0)

TEST_F(life, closed)
{
	EXPECT_LIVES(self->fd);
	close(self->fd);
	EXPECT_TRUE(reset_after(self->resets));
}

TEST_F(life, dup)
{
	int twin = dup(self->fd);

	close(self->fd);
	EXPECT_LIVES(twin);
	close(twin);
	EXPECT_TRUE(reset_after(self->resets));
}

TEST_F(life, fork)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(strcmp(cdev_apdu(self->fd, VERIFIED), "019000") != 0);
	ASSERT_TRUE(wait_pid(pid, &status, SOON_MS));
	EXPECT_EQ(0, status);
	EXPECT_LIVES(self->fd);
	/* The other way round: the child has it alone. */
	pid = fork();
	if (!pid) {
		sleep_ms(QUIET_MS);
		_exit(strcmp(cdev_apdu(self->fd, VERIFIED), "019000") != 0);
	}
	close(self->fd);
	ASSERT_TRUE(wait_pid(pid, &status, SOON_MS));
	EXPECT_EQ(0, status);
	EXPECT_TRUE(reset_after(self->resets));
}

static void send_fd(int socket, int fd)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { "x", 1 };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	if (sendmsg(socket, &m, 0) != 1)
		perror("sendmsg");
}

static int receive_fd(int socket)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control) };
	int fd = -1;

	if (recvmsg(socket, &m, 0) == 1 && CMSG_FIRSTHDR(&m))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	return fd;
}

TEST_F(life, passed_on)
{
	int pair[2], status, fd;
	pid_t pid;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	pid = fork();
	if (!pid) {
		send_fd(pair[1], self->fd);
		_exit(0);
	}
	close(self->fd);
	ASSERT_TRUE(wait_pid(pid, &status, SOON_MS));
	/* Now it is nowhere but on its way. */
	fd = receive_fd(pair[0]);
	ASSERT_LE(0, fd);
	EXPECT_LIVES(fd);
	close(fd);
	EXPECT_TRUE(reset_after(self->resets));
}

TEST_F(life, passed_on_and_never_taken)
{
	int pair[2];

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	send_fd(pair[1], self->fd);
	close(self->fd);
	close(pair[1]);
	EXPECT_EQ(self->resets, cdev_resets(CARD));
	close(pair[0]);
	EXPECT_TRUE(reset_after(self->resets));
}

TEST_F(life, exit_without_close)
{
	int status;
	pid_t pid;

	ASSERT_EQ(0, cdev_disconnect(self->fd, PCSC_LEAVE_CARD));
	pid = fork();
	if (!pid) {
		int fd = cdev_open(CARD, O_RDWR);

		_exit(cdev_connect(fd, PCSC_SHARE_SHARED, ANY) ||
		      cdev_begin(fd, 0));
	}
	ASSERT_TRUE(wait_pid(pid, &status, SOON_MS));
	EXPECT_EQ(0, status);
	/* The transaction ended with it, and the card was reset. */
	EXPECT_TRUE(reset_after(self->resets));
}

TEST_F(life, close_during_a_command)
{
	struct call c;

	call_start(&c, self->fd, call_apdu, DELAY_1S);
	EXPECT_FALSE(call_done(&c, QUIET_MS));
	close(self->fd);
	/* The command has the file, and gets its answer. */
	ASSERT_TRUE(call_done(&c, SOON_MS));
	EXPECT_EQ(0, c.error);
	EXPECT_STREQ("9000", c.answer);
	EXPECT_TRUE(reset_after(self->resets));
	/* Nobody waits for a write(2) that did not wait. */
	self->fd = cdev_open(CARD, O_RDWR | O_NONBLOCK);
	ASSERT_EQ(4, write(self->fd, "\x80\xe4\x03\xe8", 4));
	sleep_ms(100);
	close(self->fd);
	cdev_settle(CARD);
}

TEST_F(life, the_node)
{
	struct stat st;
	char path[64];

	ASSERT_EQ(0, fstat(self->fd, &st));
	EXPECT_TRUE(S_ISCHR(st.st_mode));
	EXPECT_EQ(0660, st.st_mode & 07777);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED,
				   self->fd, 0));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(0, access("/sys/class/pcsc/pcsc_reader0", F_OK));
	EXPECT_EQ(0, access("/sys/class/pcsc/pcsc_reader0/device/atr", F_OK));
	cdev_path(path, CARD);
	ASSERT_EQ(0, setgroups(0, NULL));
	ASSERT_EQ(0, setgid(65534));
	ASSERT_EQ(0, setuid(65534));
	EXPECT_EQ(-1, open(path, O_RDWR));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, open(path, O_RDONLY));
	EXPECT_EQ(EACCES, errno);
	/* What was open works on. */
	EXPECT_STREQ("019000", cdev_apdu(self->fd, VERIFIED));
}

TEST_HARNESS_MAIN
