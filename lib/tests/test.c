// SPDX-License-Identifier: BSD-2-Clause
/*
 * The library on readers of our own: what no honest driver does, what no test in a
 * guest can time, and all of it under sanitizers.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <signal.h>

#include "test.h"

void returns(LONG rv, LONG wanted, const char *what)
{
	ok(rv == wanted, "%s: %s", what, pcsc_stringify_error(wanted));
	if (rv != wanted)
		diag("it is 0x%08lX: %s", rv, pcsc_stringify_error(rv));
}

SCARDCONTEXT test_context(void)
{
	SCARDCONTEXT context;

	fake_reset();
	fake_add(0);
	fake_add(1);
	if (SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &context))
		ok(false, "a context");
	return context;
}

SCARDHANDLE test_connect(SCARDCONTEXT context, const char *name)
{
	SCARDHANDLE card = 0;
	DWORD protocol;

	if (SCardConnect(context, name, SCARD_SHARE_SHARED, SCARD_PROTOCOL_ANY, &card,
			 &protocol))
		ok(false, "a connection to %s", name);
	return card;
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	ktap_begin();
	test_lies();
	test_errors();
	test_change();
	test_threads();
	return ktap_end();
}
