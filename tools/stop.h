/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SIGINT, SIGTERM and SIGHUP: they end what is under way, the card is given back,
 * and then the program dies of the signal, as whoever sent it expects.
 */
#ifndef STOP_H
#define STOP_H

/* The signal that came, or 0 */
int stop_signal(void);
/* From now on they interrupt system calls. */
void stop_catch(void);
/* Dies of the signal that came; returns if none did. */
void stop_die(void);

#endif /* STOP_H */
