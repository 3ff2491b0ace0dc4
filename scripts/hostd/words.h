/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words of a line, as a shell reads them.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef WORDS_H
#define WORDS_H

/**
 * words_split() - take a line apart
 * @line: the line; is overwritten with the words
 * @words: set to the words, and NULL behind the last
 * @room: how many @words there can be, that NULL included
 *
 * Spaces and tabs separate words, except in quotes: '...', or "..." in which \ goes
 * before " and \; outside of quotes, \ goes before any character.
 *
 * Return: how many words there are; -1: a quote does not end, or there are too many.
 */
int words_split(char *line, char **words, int room);

#endif
