// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * Errnos in the kernel.  tests/unit compares the table with its document by the host's
 * names; this adds the numbers of the architecture, that no result passes for success
 * or for one of the kernel's own errnos, which a system call would act upon, and that
 * they go through an error pointer.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/errno.h>

#include "pcsc_errno.h"
#include "pcsc_kunit.h"
#include "pcsc_regs.h"

static void pcsc_errno_numbers(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, pcsc_errno(PCSC_S_SUCCESS), 0);
	KUNIT_EXPECT_EQ(test, pcsc_errno(PCSC_E_CANCELLED), -ECANCELED);
	KUNIT_EXPECT_EQ(test, pcsc_errno(PCSC_E_NO_SMARTCARD), -ENOMEDIUM);
	KUNIT_EXPECT_EQ(test, pcsc_errno(PCSC_W_SECURITY_VIOLATION), -EACCES);
	KUNIT_EXPECT_EQ(test, pcsc_errno(PCSC_W_RESET_CARD), -ECONNRESET);
}

/* All that pcsc-lite can say, and what surrounds it */
static void pcsc_errno_range(struct kunit *test)
{
	u32 result, known = 0;

	for (result = 0x800fff00; result <= 0x80100200; result++) {
		int error = pcsc_errno(result);

		KUNIT_EXPECT_TRUE_MSG(test, IS_ERR(ERR_PTR(error)), "%#x is %d", result, error);
		/* From there on they are the kernel's own, -ERESTARTSYS and such. */
		KUNIT_EXPECT_TRUE_MSG(test, error > -512, "%#x is %d", result, error);
		/* Of our own meaning, which no result of the device may have */
		KUNIT_EXPECT_TRUE_MSG(test, error != -EINTR && error != -EUSERS &&
				      error != -EBADMSG && error != -EFAULT,
				      "%#x is %d", result, error);
		known += error != -EIO;
	}
	KUNIT_EXPECT_GT(test, known, 20u);
}

/* Only one code is success: no other may end up there by its bits. */
static void pcsc_errno_success(struct kunit *test)
{
	u32 bit;

	for (bit = 1; bit; bit <<= 1)
		KUNIT_EXPECT_LT(test, pcsc_errno(bit), 0);
	KUNIT_EXPECT_EQ(test, pcsc_errno(U32_MAX), -EIO);
}

static struct kunit_case pcsc_errno_cases[] = {
	KUNIT_CASE(pcsc_errno_numbers),
	KUNIT_CASE(pcsc_errno_range),
	KUNIT_CASE(pcsc_errno_success),
	{ }
};

struct kunit_suite pcsc_errno_suite = {
	.name = "pcsc_errno",
	.test_cases = pcsc_errno_cases,
};
