/*
 * The pcsclite back end on a libpcsclite that misbehaves
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Its calls fail, are late, never return, or lose the service.  Whatever they
 * do, each command gets its result, the next honest one succeeds, and QEMU
 * starts and ends in time.
 */

#include "qemu/osdep.h"
#include "pcsc-stub.h"

/* Results that say that the service is gone */
#define LOST(code) ((code) == PCSC_F_COMM_ERROR || \
                    (code) == PCSC_E_NO_SERVICE || \
                    (code) == PCSC_E_SERVICE_STOPPED)

/* A worker's look at its reader, to publish what its command changed */
#define LOOK "OneStatusChange"

/* A call of the library, and the command that makes it */
static const struct {
    const char *call;
    uint32_t op;
    bool ignored;   /* what it returns makes no difference to the guest */
} calls[] = {
    { "SCardEstablishContext", PCSC_OP_CONNECT },
    { "SCardConnect", PCSC_OP_CONNECT },
    { "SCardReconnect", PCSC_OP_RECONNECT },
    { "SCardStatus", PCSC_OP_STATUS },
    { "SCardTransmit", PCSC_OP_TRANSMIT },
    { "SCardControl", PCSC_OP_CONTROL },
    { "SCardGetAttrib", PCSC_OP_GET_ATTRIB },
    { "SCardSetAttrib", PCSC_OP_SET_ATTRIB },
    { "SCardBeginTransaction", PCSC_OP_BEGIN },
    { "SCardEndTransaction", PCSC_OP_END },
    { "SCardDisconnect", PCSC_OP_DISCONNECT },
    { "SCardDisconnect", PCSC_OP_CONNECT, true },
    { LOOK, PCSC_OP_CONNECT, true },
    { LOOK, PCSC_OP_RECONNECT, true },
    { LOOK, PCSC_OP_DISCONNECT, true },
    { "SCardStatus", PCSC_OP_CLOSE, true },
    { "SCardDisconnect", PCSC_OP_CLOSE, true },
    { "SCardReleaseContext", PCSC_OP_CLOSE, true },
};

static PCSCTestCommand command(PCSCTest *t, unsigned i, unsigned session)
{
    PCSCTestCommand cmd = stub_apdu(t, session);

    cmd.op = calls[i].op;
    cmd.share = PCSC_SHARE_SHARED;
    cmd.protocols = cmd.op == PCSC_OP_TRANSMIT ? 0 : PCSC_PROTOCOL_T1;
    return cmd;
}

/* A session for a command that is to reach a call. */
static void prepare(PCSCTest *t, unsigned i, unsigned session)
{
    if (!strcmp(calls[i].call, "SCardEstablishContext")) {
        pcsc_test_close(t, 0, session);
        g_assert_cmphex(pcsc_test_open(t, 0, session), ==, PCSC_S_SUCCESS);
    }
}

static uint64_t next_code(uint64_t code)
{
    switch (code) {
    case 0:
        return PCSC_F_INTERNAL_ERROR;
    case 0x80100035:
        return PCSC_W_UNSUPPORTED_CARD;
    case 0x80100075:
        return 1;
    case 1:
        return 0x7fffffff;
    case 0x7fffffff:
        return 0xffffffff;
    case 0xffffffff:
        return 0x100000000;
    case 0x100000000:
        return 0;
    default:
        return code + 1;
    }
}

/* What the guest gets for it. */
static uint32_t result_of(unsigned i, uint64_t code)
{
    if (calls[i].ignored) {
        return PCSC_S_SUCCESS;
    }
    if (calls[i].op != PCSC_OP_CONNECT && LOST(code)) {
        return PCSC_E_NO_SERVICE;
    }
    return (uint32_t)code ?: PCSC_F_INTERNAL_ERROR;
}

/* Every code from every call that a command makes. */
static void test_errors(void)
{
    PCSCTest *t = stub_start();

    stub_recover(t);
    for (unsigned i = 0; i < ARRAY_SIZE(calls); i++) {
        for (uint64_t code = next_code(0); code; code = next_code(code)) {
            PCSCTestCommand cmd = command(t, i, 0);

            prepare(t, i, 0);
            stub_order("%s error 0x%" PRIx64, calls[i].call, code);
            g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==,
                            result_of(i, code));
            stub_order("%s", "");
            if (cmd.op == PCSC_OP_CLOSE) {
                g_assert_cmphex(pcsc_test_open(t, 0, 0), ==, PCSC_S_SUCCESS);
            }
            if (cmd.op == PCSC_OP_CONNECT || cmd.op == PCSC_OP_CLOSE ||
                cmd.op == PCSC_OP_DISCONNECT || LOST(code)) {
                g_assert_cmphex(pcsc_test_connect(t, 0, 0, PCSC_SHARE_SHARED),
                                ==, PCSC_S_SUCCESS);
            }
            g_assert_cmphex(stub_transmit(t, 0), ==, PCSC_S_SUCCESS);
        }
    }
    stub_end(t);
}

/* Every code from the calls that look for readers. */
static void test_monitor(void)
{
    static const char * const looks[] = {
        "SCardListReaders", "SCardGetStatusChange",
    };
    PCSCTest *t = stub_start();

    stub_recover(t);
    for (unsigned i = 0; i < ARRAY_SIZE(looks); i++) {
        for (uint64_t code = next_code(0); code; code = next_code(code)) {
            stub_order("%s error 0x%" PRIx64, looks[i], code);
            if (i == 0 && code == PCSC_E_NO_READERS_AVAILABLE) {
                pcsc_test_wait_reg(t, PCSC_REG_PRESENT, ~0u, 0);
            } else if (i < 2 && code != PCSC_E_TIMEOUT &&
                       code != PCSC_E_UNKNOWN_READER) {
                pcsc_test_wait_reg(t, PCSC_REG_STATUS, PCSC_STATUS_SERVICE, 0);
            }
            stub_recover(t);
        }
    }
    stub_end(t);
}

/* For 0.3 s the session works, and both readers stay. */
static void works_on(PCSCTest *t)
{
    for (unsigned n = 0; n < 10; n++) {
        g_assert_cmphex(stub_transmit(t, 0), ==, PCSC_S_SUCCESS);
        g_usleep(30000);
    }
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_PRESENT), ==, 3);
}

/*
 * The calls that look for readers are late, never return, or lose the service,
 * while the guest works: who is connected goes on.
 */
static void test_monitor_slow(void)
{
    static const char * const looks[] = {
        "SCardListReaders", "SCardGetStatusChange",
    };
    PCSCTest *t;

    for (unsigned i = 0; i < ARRAY_SIZE(looks); i++) {
        t = stub_start();
        stub_recover(t);
        stub_order("%s late 200", looks[i]);
        works_on(t);
        stub_recover(t);

        stub_order("%s dies 20\nSCardEstablishContext error 0x%x", looks[i],
                   PCSC_E_NO_SERVICE);
        pcsc_test_wait_reg(t, PCSC_REG_STATUS, PCSC_STATUS_SERVICE, 0);
        g_assert_cmphex(stub_transmit(t, 0), ==, PCSC_E_NO_SERVICE);
        stub_recover(t);

        stub_order("%s never", looks[i]);
        works_on(t);
        stub_end(t);
    }
}

/* Answers that are late, and those that never come. */
static void test_late(void)
{
    PCSCTest *t = stub_start();

    stub_recover(t);
    for (unsigned i = 0; i < ARRAY_SIZE(calls); i++) {
        PCSCTestCommand cmd = command(t, i, 0);

        prepare(t, i, 0);
        cmd.timeout_ms = 20;
        stub_order("%s late 100", calls[i].call);
        g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==, PCSC_E_TIMEOUT);
        stub_order("%s", "");
        if (cmd.op == PCSC_OP_CLOSE) {
            stub_open(t, 0);
        } else if (cmd.op == PCSC_OP_CONNECT) {
            /* its late success was undone */
            g_assert_cmphex(stub_transmit(t, 0), ==, PCSC_E_INVALID_HANDLE);
        }
        g_assert_cmphex(pcsc_test_connect(t, 0, 0, PCSC_SHARE_SHARED), ==,
                        PCSC_S_SUCCESS);
        g_assert_cmphex(stub_transmit(t, 0), ==, PCSC_S_SUCCESS);
    }
    stub_end(t);
}

static void test_never(void)
{
    PCSCTest *t = stub_start();

    stub_recover(t);
    for (unsigned i = 0; i < ARRAY_SIZE(calls); i++) {
        PCSCTestCommand cmd = command(t, i, 1 + i);

        if (!strcmp(calls[i].call, "SCardReleaseContext")) {
            continue; /* it is not called while a disconnect runs */
        }
        if (strcmp(calls[i].call, "SCardEstablishContext")) {
            stub_open(t, 1 + i);
        } else {
            g_assert_cmphex(pcsc_test_open(t, 0, 1 + i), ==, PCSC_S_SUCCESS);
        }
        cmd.timeout_ms = 20;
        stub_order("%s never", calls[i].call);
        g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==, PCSC_E_TIMEOUT);
        stub_order("%s", "");
        /* nobody else has to wait */
        g_assert_cmphex(stub_transmit(t, 0), ==, PCSC_S_SUCCESS);
    }
    qtest_system_reset(t->qts);
    pcsc_test_enable(t);
    stub_open(t, 0);
    stub_end(t);
}

static void test_never_release(void)
{
    PCSCTest *t = stub_start();
    PCSCTestCommand cmd = { .op = PCSC_OP_CLOSE, .timeout_ms = 20 };

    stub_recover(t);
    stub_order("SCardReleaseContext never");
    g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==, PCSC_E_TIMEOUT);
    stub_order("%s", "");
    stub_open(t, 0);
    /* A disconnect waits for it, a moment. */
    g_assert_cmphex(pcsc_test_disconnect(t, 0, 0), ==, PCSC_S_SUCCESS);
    stub_end(t);
}

/* An answer of nothing: why, the reader is asked. */
static void test_empty(void)
{
    static const struct {
        const char *order;
        uint32_t result;
    } cases[] = {
        { "", PCSC_F_COMM_ERROR },
        { LOOK " error 0x80100016", PCSC_F_COMM_ERROR },
        { LOOK " error 0x80100013", PCSC_E_NO_SERVICE },
        { LOOK " late 100", PCSC_F_COMM_ERROR },
        { "SCardStatus error 0x80100069", PCSC_W_REMOVED_CARD },
        { "SCardStatus error 0x80100068", PCSC_W_RESET_CARD },
        { "SCardStatus error 0x8010001d", PCSC_E_NO_SERVICE },
        { "SCardStatus late 100", PCSC_F_COMM_ERROR },
    };
    PCSCTest *t = stub_start();

    stub_recover(t);
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        PCSCTestCommand cmd = stub_apdu(t, 0);

        stub_order("SCardTransmit length 0\n%s", cases[i].order);
        g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==, cases[i].result);
        stub_order("%s", "");
        g_assert_cmphex(pcsc_test_connect(t, 0, 0, PCSC_SHARE_SHARED), ==,
                        PCSC_S_SUCCESS);
        g_assert_cmphex(stub_transmit(t, 0), ==, PCSC_S_SUCCESS);
    }
    stub_end(t);
}

/* The service dies while it works on a call. */
static void test_dies(void)
{
    PCSCTest *t = stub_start();

    stub_recover(t);
    for (unsigned i = 0; i < ARRAY_SIZE(calls); i++) {
        PCSCTestCommand cmd = command(t, i, 0);
        uint32_t result;

        prepare(t, i, 0);
        stub_order("%s dies 20\nSCardEstablishContext error 0x%x",
                   calls[i].call, PCSC_E_NO_SERVICE);
        result = pcsc_test_run(t, &cmd, NULL);
        if (cmd.op == PCSC_OP_CLOSE || !strcmp(calls[i].call, LOOK)) {
            g_assert_cmphex(result, ==, PCSC_S_SUCCESS);
        } else if (!i) {
            g_assert_cmphex(result, ==, PCSC_F_COMM_ERROR);
        } else {
            g_assert_cmphex(result, ==, PCSC_E_NO_SERVICE);
        }
        pcsc_test_wait_reg(t, PCSC_REG_STATUS, PCSC_STATUS_SERVICE, 0);
        stub_recover(t);
    }
    stub_end(t);
}

/* A machine that starts on a library that does not work. */
static void test_start(void)
{
    static const char * const orders[] = {
        "SCardEstablishContext error 0x80100001",
        "SCardEstablishContext nothing",
        "SCardListReaders error 0x80100001",
        "SCardGetStatusChange error 0x80100001",
        "SCardGetStatusChange error 0x8010000a",
        "SCardEstablishContext late 3000",
        "SCardEstablishContext never",
        "SCardListReaders never",
        "SCardGetStatusChange never",
    };

    for (unsigned i = 0; i < ARRAY_SIZE(orders); i++) {
        PCSCTest *t;

        stub_order("%s", orders[i]);
        t = stub_start();
        g_assert_cmphex(pcsc_test_read(t, PCSC_REG_PRESENT), ==, 0);
        g_assert_cmphex(pcsc_test_open(t, 0, 0), ==, PCSC_E_UNKNOWN_READER);
        if (!strstr(orders[i], "never")) {
            stub_recover(t);
        }
        stub_end(t);
    }
}

static void add(void)
{
    qtest_add_func("/pcsc-backend-broken/errors", test_errors);
    qtest_add_func("/pcsc-backend-broken/monitor", test_monitor);
    qtest_add_func("/pcsc-backend-broken/monitor-slow", test_monitor_slow);
    qtest_add_func("/pcsc-backend-broken/late", test_late);
    qtest_add_func("/pcsc-backend-broken/never", test_never);
    qtest_add_func("/pcsc-backend-broken/never-release", test_never_release);
    qtest_add_func("/pcsc-backend-broken/empty", test_empty);
    qtest_add_func("/pcsc-backend-broken/dies", test_dies);
    qtest_add_func("/pcsc-backend-broken/start", test_start);
}

int main(int argc, char **argv)
{
    return stub_main(argc, argv, add);
}
