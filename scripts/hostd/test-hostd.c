// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the runner does with text that others send: unit tests, in KTAP.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "file.h"
#include "json.h"
#include "relay.h"
#include "util.h"
#include "words.h"

static unsigned int results, failures;

static void check(bool good, const char *name, const char *what)
{
	results++;
	if (!good)
		failures++;
	printf("%sok %u %s%s%s\n", good ? "" : "not ", results, name,
	       *what ? ": " : "", what);
}

static void test_json(void)
{
	static const char *const good[] = {
		"{}", "[]", " { } ", "0", "-1", "10.5e+3", "\"\"", "true",
		"null", "{\"a\": [1, 2, {\"b\": \"\\u00fC\\n\"}], \"c\": false}",
		"[[[]]]",
	};
	static const char *const bad[] = {
		"", " ", "{", "}", "[1,]", "{\"a\"}", "{\"a\":}", "{a: 1}",
		"{} {}", "01", "1.", "-", "1e", "\"", "\"\\x\"", "\"\\u12\"",
		"tru", "[1 2]", "{\"a\": 1,}", "'a'", "\"\t\"", "{\"a\": 1",
	};
	char deep[2 * 5000 + 1];

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		check(json_valid(good[i]), "JSON", good[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char name[64];

		/* A tab, in one of them, is no good in a result's name. */
		snprintf(name, sizeof(name), "number %zu", i);
		check(!json_valid(bad[i]), "not JSON", name);
	}
	memset(deep, '[', 5000);
	memset(deep + 5000, ']', 5000);
	deep[sizeof(deep) - 1] = '\0';
	check(!json_valid(deep), "not JSON", "nested too deep");
}

static void test_members(void)
{
	check(json_has_member("{\"return\": {}}", "return"), "member", "");
	check(json_has_member("{\"id\": 1, \"error\": {\"return\": 1}}", "error"),
	      "second member", "");
	check(!json_has_member("{\"event\": \"X\", \"data\": {\"return\": 1}}",
			       "return"), "member of a member", "");
	check(!json_has_member("{\"event\": \"return\"}", "return"),
	      "value of that name", "");
	check(!json_has_member("{\"returns\": 1, \"ret\": 1, \"\\\"return\": 1}",
			       "return"), "other names", "");
	check(!json_has_member("{\"return\": 1", "return"), "half an object",
	      "");
	check(!json_has_member("[\"return\"]", "return"), "no object", "");
}

/* Whether @line is @count words, which are @want with / between. */
static void split(const char *line, int count, const char *want)
{
	char text[128], joined[128] = "";
	char *words[5];
	size_t len = 0;
	int n;

	snprintf(text, sizeof(text), "%s", line);
	n = words_split(text, words, ARRAY_SIZE(words));
	for (int i = 0; i < n; i++)
		len += (size_t)snprintf(joined + len, sizeof(joined) - len,
					"%s%s", i ? "/" : "", words[i]);
	check(n == count && (n < 0 || (!words[n] && !strcmp(joined, want))),
	      "words", line);
}

static void test_words(void)
{
	split("", 0, "");
	split("   ", 0, "");
	split("a", 1, "a");
	split("  a  bc\td ", 3, "a/bc/d");
	split("'a b' c", 2, "a b/c");
	split("a'b  c'd", 1, "ab  cd");
	split("\"a 'b\" c", 2, "a 'b/c");
	split("\"a\\\"b\\\\c\\d\"", 1, "a\"b\\c\\d");
	split("a\\ b '\\'", 2, "a b/\\");
	split("'' \"\"", 2, "/");
	split("a 'b", -1, "");
	split("a \"b\\\"", -1, "");
	split("a \\", -1, "");
	split("a b c d", 4, "a/b/c/d");
	split("a b c d e", -1, "");
}

static void clear(const char *data, size_t want, bool want_found)
{
	bool found;
	size_t len = relay_clear(data, strlen(data), "aab", &found);

	check(len == want && found == want_found, "the mark aab in", data);
}

static void test_clear(void)
{
	clear("", 0, false);
	clear("x", 1, false);
	clear("a", 0, false);
	clear("xa", 1, false);
	clear("xaa", 1, false);
	clear("aaa", 1, false);
	clear("aax", 3, false);
	clear("aab", 0, true);
	clear("aaab", 1, true);
	clear("xaabaab", 1, true);
	clear("xab", 3, false);
}

#define LONG	1000000

/* Passes more through a relay than it, a socket and a pipe can hold. */
static void test_relay(void)
{
	static char sent[LONG + 16], got[LONG + 16];
	static struct relay r;
	const size_t all = LONG + 11;
	size_t put = 0, len = 0;
	int fds[2], pipes[2];
	unsigned int idle = 0;
	bool reading = false;
	ssize_t n;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) ||
	    pipe(pipes) || fcntl(pipes[0], F_SETFL, O_NONBLOCK))
		exit(1);
	for (size_t i = 0; i < LONG; i++)
		sent[i] = "MARKx"[i * 7919 % 5];
	memcpy(sent + LONG, "MARKS!after", 11);
	relay_start(&r, fds[0], pipes[1], "MARKS!");
	/* First nobody reads, until nothing moves any more. */
	while (idle < 200) {
		size_t piece = put + 997 < all ? 997 : all - put;

		n = piece ? write(fds[1], sent + put, piece) : 0;
		if (n > 0)
			put += (size_t)n;
		idle = n > 0 ? 0 : idle + 1;
		loop_step(now_us() + 1000);
		n = reading ? read(pipes[0], got + len, sizeof(got) - len) : 0;
		if (n > 0) {
			len += (size_t)n;
			idle = 0;
		}
		if (idle >= 100 && !reading) {
			check(put < LONG, "a slow reader makes the sender wait",
			      "");
			reading = true;
			idle = 0;
		}
	}
	check(put == all && relay_complete(&r), "the mark is found", "");
	check(len == LONG && !memcmp(sent, got, LONG),
	      "all before it is passed on, and nothing else", "");
	loop_remove_watch(&r.in);
	loop_remove_watch(&r.out);
}

static void tail(const char *path, const char *text, unsigned int lines,
		 const char *want)
{
	FILE *f = fopen(path, "w");
	char *got;

	if (!f)
		exit(1);
	fputs(text, f);
	fclose(f);
	got = file_tail(path, lines);
	check(!strcmp(got, want), "the end of a file", *want ? want : "empty");
	free(got);
}

static void test_file(void)
{
	char path[] = "/tmp/test-hostd.XXXXXX";
	int fd = mkstemp(path);
	char *none;

	if (fd < 0)
		exit(1);
	close(fd);
	tail(path, "", 5, "");
	tail(path, "\n\n", 0, "");
	tail(path, "one\n", 1, "one");
	tail(path, "one\n two\n\n", 1, " two");
	tail(path, "\none\n", 7, "one");
	check(!file_has(path, "two"), "a text that is not there", "");
	check(file_has(path, "ne"), "and one that is", "");
	unlink(path);
	none = file_tail(path, 1);
	check(!*none, "no file", "");
	free(none);
}

int main(void)
{
	puts("KTAP version 1");
	alarm(60);	/* what blocks here has failed */
	loop_init();
	test_json();
	test_members();
	test_words();
	test_clear();
	test_relay();
	test_file();
	printf("1..%u\n", results);
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
