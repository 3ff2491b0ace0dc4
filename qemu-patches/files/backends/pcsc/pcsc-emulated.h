/*
 * PC/SC back end in process: readers, cards and sessions of the emulation
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef BACKENDS_PCSC_EMULATED_H
#define BACKENDS_PCSC_EMULATED_H

#include "pcsc-backend-internal.h"

OBJECT_DECLARE_SIMPLE_TYPE(PCSCBackendEmulated, PCSC_BACKEND_EMULATED)

/* More than a device has slots for, so that this can be tested */
#define EMU_READERS_MAX (2 * PCSC_SLOTS_MAX)

typedef struct EmuSession EmuSession;

/**
 * EmuCard: a card's memory
 * @challenges: challenges given since it was powered up or reset
 * @resets: how often it was reset
 * @power_ups: how often it was powered up
 * @verified: a PIN was verified
 */
typedef struct EmuCard {
    uint32_t challenges;
    uint32_t resets;
    uint32_t power_ups;
    bool verified;
} EmuCard;

/**
 * EmuAnswer: what a card does with an APDU
 * @verdict: answers; never answers; is pulled out of the reader; answers what
 *           no reader can hand on
 * @delay_ms: how long it takes
 * @data: the answer
 */
typedef struct EmuAnswer {
    enum { EMU_ANSWER, EMU_SILENT, EMU_PULL, EMU_FAIL } verdict;
    uint32_t delay_ms;
    GByteArray *data;
} EmuAnswer;

/**
 * emu_card_process: let a card think
 * @card: the card
 * @apdu: the command
 * @len: its length
 * @answer: to fill; @data is an empty array
 */
void emu_card_process(EmuCard *card, const uint8_t *apdu, size_t len,
                      EmuAnswer *answer);

/** emu_card_power_up: the card gets power. */
void emu_card_power_up(EmuCard *card);

/** emu_card_reset: the card is reset while it has power. */
void emu_card_reset(EmuCard *card);

/** emu_atr_protocols: PCSC_PROTOCOL_T0 and T1 as far as an ATR offers them. */
uint32_t emu_atr_protocols(const uint8_t *atr, size_t len);

/**
 * EmuReader: a reader
 * @name: its name
 * @plugged: it is there
 * @present: there is a card in it
 * @held: another client of the host holds it exclusively
 * @fail: what the next connect or transmit ends with, or 0
 * @powered: the card has power
 * @busy: the card is at work for a session
 * @events: cards that came and went
 * @card: the card
 * @atr: its answer to reset
 * @atr_len: length of that
 * @protocol: what was negotiated since the last reset, or 0
 * @connections: sessions that are connected
 * @exclusive: the one that is so exclusively, or NULL
 * @owner: the one that has a transaction, or NULL
 * @depth: how many times that was begun
 */
typedef struct EmuReader {
    char name[PCSC_NAME_MAX];
    bool plugged;
    bool present;
    bool held;
    uint32_t fail;
    bool powered;
    bool busy;
    uint16_t events;
    EmuCard card;
    uint8_t atr[PCSC_ATR_MAX];
    uint32_t atr_len;
    uint32_t protocol;
    unsigned connections;
    EmuSession *exclusive;
    EmuSession *owner;
    unsigned depth;
} EmuReader;

/**
 * EmuSession: a session of the emulation
 * @parent: the base's part
 * @reader: what it is connected to, or NULL
 * @event: PCSC_W_RESET_CARD, PCSC_W_REMOVED_CARD or 0: what happened to the
 *         card since it connected
 * @next: in the list of connected sessions
 */
struct EmuSession {
    PCSCSession parent;
    EmuReader *reader;
    uint32_t event;
    QTAILQ_ENTRY(EmuSession) next;
};

/**
 * PCSCBackendEmulated: the back end
 * @count: property: number of readers
 * @prefix: property: what their names begin with
 * @cards: property: which have a card at first
 *
 * @emu_lock guards what follows, and readers and sessions of the emulation;
 * the base's lock nests inside.
 * @changed: some of it changed
 * @running: a device is attached
 * @service: the PC/SC service is up
 * @epoch: counts services that went away
 * @n_readers: number of @readers
 * @connected: sessions that are connected
 */
struct PCSCBackendEmulated {
    PCSCBackend parent_obj;

    uint32_t count;
    char *prefix;
    char *cards;

    QemuMutex emu_lock;
    QemuCond changed;
    bool running;
    bool service;
    unsigned epoch;
    unsigned n_readers;
    EmuReader readers[EMU_READERS_MAX];
    QTAILQ_HEAD(, EmuSession) connected;
};

/** emu_publish: tell the base how the readers are; with the lock. */
void emu_publish(PCSCBackendEmulated *e);

/** emu_reader_event: note what happened to the card for its sessions; lock. */
void emu_reader_event(PCSCBackendEmulated *e, EmuReader *r, uint32_t event);

/** emu_service: the service comes or goes; with the lock. */
void emu_service(PCSCBackendEmulated *e, bool up);

/** emu_first_cards: put in what the property "cards" says; with the lock. */
bool emu_first_cards(PCSCBackendEmulated *e, Error **errp);

/** emu_set_event: setter of the property "event". */
void emu_set_event(Object *obj, const char *value, Error **errp);

/** emu_reader_remove: take the card out; with the lock. */
void emu_reader_remove(PCSCBackendEmulated *e, EmuReader *r);

/** emu_reader_reset: reset the card, as seen by all sessions; with the lock. */
void emu_reader_reset(PCSCBackendEmulated *e, EmuReader *r);

/** emu_session_lose: a session's connection is gone; with the lock. */
void emu_session_lose(PCSCBackendEmulated *e, EmuSession *s);

/**
 * EmuCall: a call that runs, with the lock
 * @e: the back end
 * @s: the session
 * @reader: its reader
 * @r: the request
 * @epoch: the service it was made to
 */
typedef struct EmuCall {
    PCSCBackendEmulated *e;
    EmuSession *s;
    EmuReader *reader;
    PCSCRequest *r;
    unsigned epoch;
} EmuCall;

/** emu_gone: what ends a call whatever it waits for, or PCSC_S_SUCCESS. */
uint32_t emu_gone(EmuCall *c);

/**
 * emu_wait: wait for a change
 * @c: the call
 *
 * Return: PCSC_S_SUCCESS, or what the call ends with, as there is nothing to
 *         wait for any more.
 */
uint32_t emu_wait(EmuCall *c);

/** emu_wait_unlocked: the same, until no other client has a transaction. */
uint32_t emu_wait_unlocked(EmuCall *c);

/** emu_wait_idle: the same, until the card does nothing for others. */
uint32_t emu_wait_idle(EmuCall *c);

/** emu_locked: whether another client has a transaction, or exclusive use. */
bool emu_locked(EmuCall *c);

/** emu_answer_atr: answer the card's ATR. */
void emu_answer_atr(EmuCall *c);

/** emu_status, ...: the calls of these names; each returns the result. */
uint32_t emu_status(EmuCall *c);
uint32_t emu_transmit(EmuCall *c);
uint32_t emu_control(EmuCall *c);
uint32_t emu_attribute(EmuCall *c);

/** emu_session_exec, emu_session_end: methods of PCSCBackendClass. */
void emu_session_exec(PCSCSession *s, PCSCRequest *r);
void emu_session_end(PCSCSession *s);

#endif /* BACKENDS_PCSC_EMULATED_H */
