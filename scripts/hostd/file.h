/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is in log files.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef FILE_H
#define FILE_H

#include <stdbool.h>

/**
 * file_tail() - the end of a text file, for a message
 * @path: the file; one that is not there is empty
 * @lines: how many lines; 0: as many as there are in the last 64 KiB
 *
 * Return: the text, without empty lines around it and space behind it, to be freed.
 */
char *file_tail(const char *path, unsigned int lines);

/* Is @text, which has no line's end in it, in the file? */
bool file_has(const char *path, const char *text);

#endif
