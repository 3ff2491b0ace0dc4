/*
 * What winscard clients do: scenarios for a client and another in its way
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TESTS_PCSC_SCENARIOS_H
#define TESTS_PCSC_SCENARIOS_H

#include "pcsc-clients.h"

#define CARD_SLOT       0
#define EMPTY_SLOT      2

/**
 * Stage: what a scenario plays on
 * @main: the client whose answers count
 * @other: the one that gets in its way
 * @slot: their reader
 */
typedef struct Stage {
    Client *main;
    Client *other;
    unsigned slot;
} Stage;

/**
 * Scenario: calls to make
 * @name: its name, NULL at the end of the table
 * @play: makes them
 * @slot: CARD_SLOT or EMPTY_SLOT; in the first there is a card never used
 */
typedef struct Scenario {
    const char *name;
    void (*play)(Stage *s);
    unsigned slot;
} Scenario;

extern const Scenario scenarios[];

/** scenario_move_card: put a new test card in, or take one out. */
void scenario_move_card(unsigned slot, bool in);

#endif
