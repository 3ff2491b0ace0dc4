/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stack that a program runs in: its cards and its pcscd.
 *
 * What it is made of is in the directory STACK_DIR:
 *
 *	slots/N/kind, slots/N/pid	the card wanted in slot N, and its process
 *	pcscd.pid, pcscd.paused		pcscd, and whether SIGSTOP has stopped it
 *	pcscd.log, slots/N/log		what they print
 *
 * A card that was inserted stays in its reader until it is removed: when pcscd
 * comes back, so does the card. All functions return when pcscd shows the effect;
 * what fails ends the program with the reason.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef STACK_H
#define STACK_H

#include <limits.h>
#include <stdbool.h>
#include <stdnoreturn.h>
#include <sys/types.h>

#include "compiler.h"

#define STACK_SLOTS	10
/* vpcd's port for slot 0; one more for each slot */
#define STACK_PORT	35963
/* Where pcscd listens */
#define STACK_SOCKET	"/run/pcscd/pcscd.comm"
/* Longest name of a kind of card, the ATR included */
#define STACK_KIND_MAX	256

/* stack-dir.c: what is wrong goes to stderr, behind our name unless @bare */
extern bool stack_bare;
noreturn __printf(1, 2)
void stack_fail(const char *format, ...);

/**
 * stack_path() - a file of the stack
 * @format: its path below STACK_DIR
 *
 * Return: the whole path, in one of a few buffers that take turns.
 */
__printf(1, 2)
const char *stack_path(const char *format, ...);

/* The first line of a file, "" if there is no file. */
void stack_read(const char *path, char *text, size_t room);
/* A number in a file, 0 if there is none. */
pid_t stack_read_pid(const char *path);
__printf(2, 3)
void stack_write(const char *path, const char *format, ...);
/* It need not be there. */
void stack_forget(const char *path);
/* With all above it; it may be there. */
void stack_make_dir(const char *path);
/* The end of a log, for a message; to be freed. */
char *stack_tail(const char *path);

/**
 * stack_spawn() - start a process that outlives us
 * @log: takes what it prints
 * @argv: the program and its arguments
 *
 * Return: its number.
 */
pid_t stack_spawn(const char *log, char *const argv[]);

/* stack-pcscd.c: whether it runs and is not paused */
bool pcscd_responsive(void);
/* Its process, 0: it does not run */
pid_t pcscd_pid(void);
void pcscd_start(void);
/* SIGTERM or SIGKILL */
void pcscd_end(int number);
void pcscd_pause(void);
void pcscd_continue(void);
const char *pcscd_status(void);
/* Ends it and starts it, that many times, by SIGTERM and SIGKILL in turn */
void pcscd_restart(unsigned int count);
/* Starts stack_refuse() in its place */
void pcscd_refuse(void);
/* Whether it can open no more files and sockets, see quota.h */
void pcscd_starve(bool on);
/* Prints what it has, see quota.h */
void pcscd_usage(void);

/* Ends the program when pcscd hangs from here on until bounded_end(). */
void bounded_begin(unsigned int seconds);
void bounded_end(void);

/* stack-refuse.c: takes connections to pcscd and closes them, for ever */
noreturn void stack_refuse(void);

/* stack-cards.c: puts a card in, in place of one that is there */
void card_insert(int slot, const char *kind);
void card_remove(int slot);
/* A line for each slot, on stdout */
void cards_print(void);
/* Writes down the cards of a list as wanted, without starting them. */
void cards_want(const char *list);
/* When pcscd came: starts anew all cards that are wanted. */
void cards_start(void);
/* When pcscd goes on: waits until it shows what is in the slots. */
void cards_wait(void);

/* stack-setup.c: fills STACK_DIR, starts pcscd (or not), puts in first cards */
void stack_prepare(const char *cards, bool with_pcscd);

#endif
