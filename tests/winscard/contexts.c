// SPDX-License-Identifier: BSD-2-Clause
/*
 * Contexts, lists, and texts.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#include <string.h>

#include "test.h"

void test_contexts(void)
{
	SCARDCONTEXT a, b;
	SCARDHANDLE card;

	returns(SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, NULL),
		SCARD_E_INVALID_PARAMETER, "a context to nowhere");
	returns(SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &a), SCARD_S_SUCCESS,
		"a context of the user's");
	returns(SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &b),
		SCARD_S_SUCCESS, "another");
	ok(a != b && a != context, "each has its number");
	returns(SCardIsValidContext(a), SCARD_S_SUCCESS, "it is valid");
	returns(SCardIsValidContext(NOBODY), SCARD_E_INVALID_HANDLE, "a number is not");
	card = card_connect(a, CARD, SCARD_SHARE_SHARED);
	returns(SCardReleaseContext(a), SCARD_S_SUCCESS, "its end");
	returns(SCardIsValidContext(a), SCARD_E_INVALID_HANDLE, "it is not valid then");
	returns(SCardReleaseContext(a), SCARD_E_INVALID_HANDLE, "nor can it end again");
	returns(card_echo(card), SCARD_E_INVALID_HANDLE, "its handle is none either");
	returns(SCardIsValidContext(b), SCARD_S_SUCCESS, "the other one lives");
	returns(SCardReleaseContext(b), SCARD_S_SUCCESS, "until its end");
	returns(SCardFreeMemory(context, NULL), SCARD_S_SUCCESS, "to free nothing");
	returns(SCardFreeMemory(b, NULL), SCARD_E_INVALID_HANDLE, "without a context");
	returns(SCardCancel(context), SCARD_S_SUCCESS, "to cancel nothing");
	returns(SCardCancel(b), SCARD_E_INVALID_HANDLE, "without a context");
}

/* What a multi-string has, its last NUL included */
static DWORD multi_length(const char *s)
{
	DWORD n = 0;

	while (s[n])
		n += strlen(s + n) + 1;
	return n + 1;
}

void test_lists(void)
{
	char list[4096], *allocated = NULL;
	DWORD len = 0, exact;

	returns(SCardListReaders(context, NULL, NULL, NULL), SCARD_E_INVALID_PARAMETER,
		"a list to nowhere");
	returns(SCardListReaders(NOBODY, NULL, NULL, &len), SCARD_E_INVALID_HANDLE,
		"a list of no context's");
	returns(SCardListReaders(context, NULL, NULL, &len), SCARD_S_SUCCESS,
		"the length of the list");
	exact = len;
	returns(SCardListReaders(context, NULL, list, &len), SCARD_S_SUCCESS,
		"room for just that");
	ok(len == exact && multi_length(list) == exact, "it fits");
	len = exact - 1;
	returns(SCardListReaders(context, NULL, list, &len), SCARD_E_INSUFFICIENT_BUFFER,
		"one byte less");
	ok(len == exact, "it says what it takes");
	len = sizeof(list);
	returns(SCardListReaders(context, "SCard$DefaultReaders\0", list, &len),
		SCARD_S_SUCCESS, "the readers of the group");
	ok(len == exact, "are all");
	len = SCARD_AUTOALLOCATE;
	returns(SCardListReaders(context, NULL, NULL, &len), SCARD_E_INVALID_PARAMETER,
		"allocated, and not told where");
	len = SCARD_AUTOALLOCATE;
	returns(SCardListReaders(context, NULL, (LPSTR)&allocated, &len), SCARD_S_SUCCESS,
		"allocated");
	ok(len == exact && !memcmp(allocated, list, exact), "it is the same");
	returns(SCardFreeMemory(context, allocated), SCARD_S_SUCCESS, "to free it");

	len = 0;
	returns(SCardListReaderGroups(context, NULL, &len), SCARD_S_SUCCESS, "groups");
	exact = len;
	returns(SCardListReaderGroups(context, list, &len), SCARD_S_SUCCESS,
		"room for them");
	ok(!strcmp(list, "SCard$DefaultReaders") && multi_length(list) == exact,
	   "there is one");
	len = exact - 1;
	returns(SCardListReaderGroups(context, list, &len), SCARD_E_INSUFFICIENT_BUFFER,
		"one byte less");
	len = SCARD_AUTOALLOCATE;
	returns(SCardListReaderGroups(context, (LPSTR)&allocated, &len), SCARD_S_SUCCESS,
		"allocated");
	ok(!memcmp(allocated, list, exact), "it is the same");
	SCardFreeMemory(context, allocated);
	returns(SCardListReaderGroups(NOBODY, list, &len), SCARD_E_INVALID_HANDLE,
		"groups of no context's");
}

void test_texts(void)
{
	static const LONG known[] = {
		SCARD_S_SUCCESS, SCARD_E_INVALID_HANDLE, SCARD_E_TIMEOUT,
		SCARD_E_SHARING_VIOLATION, SCARD_E_NO_SMARTCARD, SCARD_E_NO_SERVICE,
		SCARD_W_RESET_CARD, SCARD_W_REMOVED_CARD, SCARD_W_SECURITY_VIOLATION,
	};
	unsigned int without = 0;

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		without += strlen(pcsc_stringify_error(known[i])) < 5;
	ok(!without, "each result has a text");
	ok(strcasestr(pcsc_stringify_error((LONG)0x80101234), "80101234"),
	   "one that nobody knows has its number");
}
