/*
 * The pcsclite back end gives the guest what a client of the host gets
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Each scenario runs twice on the same reader: with a client in the guest, and
 * with one on the host that calls libpcsclite itself.  Both make the same
 * calls; another client of the host gets in their way as it does in life.
 * Then all their answers are compared: results, protocols, states, lengths and
 * data.
 *
 * It needs a pcscd of its own with the project's test card in reader 0
 * and none in reader 2, and a command that controls both: PCSC_TEST_CARDS names
 * it, and it is called with "card insert N test", "card remove N" and "pcscd
 * start|stop|kill".  Without that variable all is skipped.
 */

#include "qemu/osdep.h"
#include "pcsc-scenarios.h"

/* PCSC_TEST_CARDS */
static const char *mover;

static void control(const char *what, const char *verb, const char *arg1,
                    const char *arg2)
{
    const char *argv[] = { mover, what, verb, arg1, arg2, NULL };
    g_autoptr(GError) err = NULL;
    int status;

    g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL,
                 NULL, NULL, NULL, &status, &err);
    g_assert_no_error(err);
    g_assert_cmpint(status, ==, 0);
}

void scenario_move_card(unsigned slot, bool in)
{
    g_autofree char *n = g_strdup_printf("%u", slot);

    control("card", in ? "insert" : "remove", n, in ? "test" : NULL);
}

/* A machine whose readers are the host's. */
static PCSCTest *start(void)
{
    PCSCTest *t = pcsc_test_start_host();

    pcsc_test_enable(t);
    return t;
}

/* Play @scenario with @client for the main part; takes the client. */
static GPtrArray *play(const Scenario *scenario, Client *client)
{
    Stage s = {
        .main = client,
        .other = client_host(scenario->slot),
        .slot = scenario->slot,
    };
    GPtrArray *answers = g_ptr_array_ref(client_history(client));

    scenario->play(&s);
    client_free(s.main);
    client_free(s.other);
    return answers;
}

static void compare(const ClientAnswer *guest, const ClientAnswer *host)
{
    g_assert_cmpstr(guest->call, ==, host->call);
    g_assert_cmphex(guest->result, ==, host->result);
    g_assert_cmphex(guest->protocol, ==, host->protocol);
    g_assert_cmphex(guest->card_state, ==, host->card_state);
    g_assert_cmpmem(guest->atr, guest->atr_len, host->atr, host->atr_len);
    g_assert_cmpuint(guest->rx_len, ==, host->rx_len);
    if (guest->rx || host->rx) {
        g_assert_cmpmem(guest->rx, guest->rx_len, host->rx, host->rx_len);
    }
}

static void fresh_card(const Scenario *scenario)
{
    if (scenario->slot == CARD_SLOT) {
        scenario_move_card(CARD_SLOT, false);
        scenario_move_card(CARD_SLOT, true);
    }
}

static void test_scenario(gconstpointer data)
{
    const Scenario *scenario = data;
    g_autoptr(GPtrArray) guest = NULL;
    g_autoptr(GPtrArray) host = NULL;
    PCSCTest *t = start();

    fresh_card(scenario);
    host = play(scenario, client_host(scenario->slot));
    fresh_card(scenario);
    guest = play(scenario, client_guest(t, scenario->slot, 3));
    g_assert_cmpuint(guest->len, >, 1);
    g_assert_cmpuint(guest->len, ==, host->len);
    for (guint i = 0; i < guest->len; i++) {
        compare(g_ptr_array_index(guest, i), g_ptr_array_index(host, i));
    }
    pcsc_test_end(t);
}

static void must(Client *c, const char *name, const PCSCTestCommand *cmd)
{
    g_assert_cmphex(client_call(c, name, cmd, NULL)->result, ==,
                    PCSC_S_SUCCESS);
}

/* Where the device knows better: a card that did not answer has left. */
static void test_pulled(void)
{
    static const PCSCTestCommand connect = {
        .op = PCSC_OP_CONNECT, .share = PCSC_SHARE_SHARED,
        .protocols = PCSC_PROTOCOL_T0 | PCSC_PROTOCOL_T1,
    };
    PCSCTestCommand apdu = {
        .op = PCSC_OP_TRANSMIT, .tx_len = 4, .rx_size = 16,
    };
    PCSCTest *t = start();
    Client *guest = client_guest(t, CARD_SLOT, 0);
    Client *host;
    const ClientAnswer *a;

    must(guest, "connect", &connect);
    a = client_call(guest, "pulled", &apdu, "\x80\xe8\1\0");
    g_assert_cmphex(a->result, ==, PCSC_W_REMOVED_CARD);
    scenario_move_card(CARD_SLOT, true);
    host = client_host(CARD_SLOT);
    must(host, "connect", &connect);
    a = client_call(host, "pulled", &apdu, "\x80\xe8\1\0");
    g_assert_cmphex(a->result, ==, PCSC_S_SUCCESS);
    g_assert_cmpuint(a->rx_len, ==, 0);
    scenario_move_card(CARD_SLOT, true);
    client_free(host);
    client_free(guest);
    pcsc_test_end(t);
}

/*
 * Where the device knows better: a card that is shared again is free for
 * others, unless the session has a transaction of its own.
 */
static void test_shared_again(void)
{
    PCSCTestCommand share = {
        .op = PCSC_OP_RECONNECT, .share = PCSC_SHARE_SHARED,
        .protocols = PCSC_PROTOCOL_T0 | PCSC_PROTOCOL_T1,
    };
    PCSCTestCommand connect = share, hold = share;
    static const PCSCTestCommand begin = { .op = PCSC_OP_BEGIN };
    static const PCSCTestCommand end = { .op = PCSC_OP_END };
    static const PCSCTestCommand leave = { .op = PCSC_OP_DISCONNECT };
    PCSCTest *t = start();
    Client *main = client_guest(t, CARD_SLOT, 0);
    Client *other = client_guest(t, CARD_SLOT, 1);

    connect.op = PCSC_OP_CONNECT;
    connect.timeout_ms = 2000;
    hold.share = PCSC_SHARE_EXCLUSIVE;
    must(main, "connect", &connect);
    must(main, "hold", &hold);
    must(main, "share", &share);
    must(other, "connect", &connect);
    must(other, "disconnect", &leave);
    must(main, "hold", &hold);
    must(main, "begin", &begin);
    must(main, "share", &share);
    g_assert_cmphex(client_call(other, "connect", &connect, NULL)->result, ==,
                    PCSC_E_TIMEOUT);
    must(main, "end", &end);
    client_free(other);
    other = client_guest(t, CARD_SLOT, 2);
    must(other, "connect", &connect);
    client_free(other);
    client_free(main);
    pcsc_test_end(t);
}

/* pcscd dies with a command under way, and comes back. */
static void test_killed(void)
{
    static const uint8_t never[] = { 0x80, 0xe8, 0, 0 };
    PCSCTestCommand status = { .op = PCSC_OP_STATUS, .slot = CARD_SLOT };
    PCSCTest *t = start();
    uint32_t readers = pcsc_test_read(t, PCSC_REG_PRESENT);
    uint32_t generation = pcsc_test_slot(t, CARD_SLOT, PCSC_SLOT_GENERATION);
    PCSCTestCommand cmd = pcsc_test_apdu(t, 1, CARD_SLOT, 0, never, 4);

    g_assert_cmphex(pcsc_test_open(t, CARD_SLOT, 0), ==, PCSC_S_SUCCESS);
    g_assert_cmphex(pcsc_test_connect(t, CARD_SLOT, 0, PCSC_SHARE_SHARED), ==,
                    PCSC_S_SUCCESS);
    pcsc_test_ring(t, 1, &cmd);
    g_usleep(100 * 1000);
    g_assert_false(pcsc_test_done(t, 1));

    control("pcscd", "kill", NULL, NULL);
    g_assert_cmphex(pcsc_test_wait(t, 1).result, ==, PCSC_E_NO_SERVICE);
    pcsc_test_wait_reg(t, PCSC_REG_STATUS, PCSC_STATUS_SERVICE, 0);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_PRESENT), ==, readers);
    g_assert_cmphex(pcsc_test_slot(t, CARD_SLOT, PCSC_SLOT_STATE) &
                    PCSC_STATE_MASK, ==, PCSC_STATE_UNAVAILABLE);
    g_assert_cmphex(pcsc_test_run(t, &status, NULL), ==, PCSC_E_NO_SERVICE);
    g_assert_cmphex(pcsc_test_connect(t, CARD_SLOT, 0, PCSC_SHARE_SHARED), ==,
                    PCSC_E_NO_SERVICE);

    control("pcscd", "start", NULL, NULL);
    pcsc_test_wait_reg(t, PCSC_REG_STATUS, PCSC_STATUS_SERVICE,
                       PCSC_STATUS_SERVICE);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_PRESENT), ==, readers);
    g_assert_cmphex(pcsc_test_slot(t, CARD_SLOT, PCSC_SLOT_GENERATION), ==,
                    generation);
    g_assert_cmphex(pcsc_test_run(t, &status, NULL), ==, PCSC_E_INVALID_HANDLE);
    pcsc_test_wait_reg(t, PCSC_REG_SLOT(CARD_SLOT) + PCSC_SLOT_STATE,
                       PCSC_STATE_PRESENT, PCSC_STATE_PRESENT);
    g_assert_cmphex(pcsc_test_connect(t, CARD_SLOT, 0, PCSC_SHARE_SHARED), ==,
                    PCSC_S_SUCCESS);
    g_assert_cmphex(pcsc_test_run(t, &status, NULL), ==, PCSC_S_SUCCESS);
    pcsc_test_end(t);
}

/* A machine that starts without pcscd, and finds it when it comes. */
static void test_late(void)
{
    PCSCTest *t;

    control("pcscd", "stop", NULL, NULL);
    t = start();
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_PRESENT), ==, 0);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_STATUS), ==, 0);
    control("pcscd", "start", NULL, NULL);
    pcsc_test_wait_reg(t, PCSC_REG_SLOT(CARD_SLOT) + PCSC_SLOT_STATE,
                       PCSC_STATE_PRESENT, PCSC_STATE_PRESENT);
    g_assert_cmphex(pcsc_test_open(t, CARD_SLOT, 0), ==, PCSC_S_SUCCESS);
    g_assert_cmphex(pcsc_test_connect(t, CARD_SLOT, 0, PCSC_SHARE_SHARED), ==,
                    PCSC_S_SUCCESS);
    pcsc_test_end(t);
}

static void test_skip(void)
{
    g_test_skip("PCSC_TEST_CARDS is not set: no PC/SC stack to test with");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    mover = g_getenv("PCSC_TEST_CARDS");
    if (!mover) {
        qtest_add_func("/pcsc-backend-pcsclite", test_skip);
        return g_test_run();
    }
    for (const Scenario *s = scenarios; s->name; s++) {
        g_autofree char *path =
            g_strdup_printf("/pcsc-backend-pcsclite/%s", s->name);

        qtest_add_data_func(path, s, test_scenario);
    }
    qtest_add_func("/pcsc-backend-pcsclite/pulled", test_pulled);
    qtest_add_func("/pcsc-backend-pcsclite/shared-again", test_shared_again);
    qtest_add_func("/pcsc-backend-pcsclite/killed", test_killed);
    qtest_add_func("/pcsc-backend-pcsclite/late", test_late);
    return g_test_run();
}
