/*
 * PC/SC pass-through device: the guest of the fuzz target
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * It knows which descriptors it has given to the device, and checks whatever
 * comes back.
 */

#include "qemu/osdep.h"
#include "hw/core/cpu.h"
#include "qapi/error.h"
#include "qemu/bswap.h"
#include "qemu/main-loop.h"
#include "qobject/qdict.h"
#include "qobject/qlist.h"
#include "qom/object.h"
#include "qom/qom-qobject.h"
#include "system/cpus.h"
#include "system/runstate.h"
#include "pcsc_fuzz.h"

#define DEVICE "/machine/pcsc-passthru"
#define GUARD  0x5a

uint32_t pcsc_fuzz_read(PCSCFuzz *f, uint64_t offset)
{
    return qtest_readl(f->qts, PCSC_FUZZ_BASE + offset);
}

uint64_t pcsc_fuzz_done(PCSCFuzz *f)
{
    uint64_t done = pcsc_fuzz_read(f, PCSC_REG_DONE(0)) |
                    (uint64_t)pcsc_fuzz_read(f, PCSC_REG_DONE(1)) << 32;

    /* DONE is for descriptors that were started, and nothing else */
    g_assert_cmphex(done & ~f->rung, ==, 0);
    return done;
}

static bool pcsc_fuzz_enabled(PCSCFuzz *f)
{
    return pcsc_fuzz_read(f, PCSC_REG_CONTROL) & PCSC_CONTROL_ENABLE;
}

/* Some DONE bits are cleared. */
static void pcsc_fuzz_forget(PCSCFuzz *f, uint64_t commands)
{
    f->rung &= ~commands | f->again;
    f->own &= ~commands;
    f->waited &= ~commands;
    f->again &= ~commands;
}

static void pcsc_fuzz_forget_all(PCSCFuzz *f)
{
    f->again = 0;
    pcsc_fuzz_forget(f, -1);
}

void pcsc_fuzz_write(PCSCFuzz *f, uint64_t offset, uint32_t value)
{
    bool enabled = pcsc_fuzz_enabled(f);

    switch (offset) {
    case PCSC_REG_CONTROL:
        if (value & PCSC_CONTROL_RESET) {
            pcsc_fuzz_forget_all(f);
        }
        break;
    case PCSC_REG_TABLE_LO:
    case PCSC_REG_TABLE_HI:
        f->sane &= enabled;
        break;
    case PCSC_REG_DOORBELL:
        if (enabled && value < PCSC_COMMANDS_MAX) {
            f->rung |= 1ull << value;
            f->again |= pcsc_fuzz_done(f) & 1ull << value;
        }
        break;
    case PCSC_REG_DONE(0):
        pcsc_fuzz_forget(f, pcsc_fuzz_done(f) & value);
        break;
    case PCSC_REG_DONE(1):
        pcsc_fuzz_forget(f, pcsc_fuzz_done(f) & (uint64_t)value << 32);
        break;
    case PCSC_REG_WAIT:
        if (value < PCSC_COMMANDS_MAX) {
            f->waited |= 1ull << value;
        }
        break;
    }
    qtest_writel(f->qts, PCSC_FUZZ_BASE + offset, value);
}

void pcsc_fuzz_write_cpu(PCSCFuzz *f, uint64_t offset, uint32_t value)
{
    current_cpu = first_cpu;
    pcsc_fuzz_write(f, offset, value);
    current_cpu = NULL;
}

void pcsc_fuzz_event(const char *fmt, ...)
{
    g_autofree char *event = NULL;
    Error *err = NULL;
    va_list ap;

    va_start(ap, fmt);
    event = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    object_property_set_str(object_resolve_path("/objects/readers", NULL),
                            "event", event, &err);
    error_free(err);
}

void pcsc_fuzz_poll(unsigned us)
{
    main_loop_wait(true);
    if (us) {
        bql_unlock();
        g_usleep(us);
        bql_lock();
        main_loop_wait(true);
    }
}

unsigned pcsc_fuzz_count(const char *key)
{
    QObject *value = object_property_get_qobject(
        object_resolve_path(DEVICE, NULL), "readers", &error_abort);
    QList *list = qobject_to(QList, value);
    QListEntry *entry;
    unsigned n = 0;

    QLIST_FOREACH_ENTRY(list, entry) {
        n += qdict_get_int(qobject_to(QDict, qlist_entry_obj(entry)), key);
    }
    qobject_unref(value);
    return n;
}

void pcsc_fuzz_setup(PCSCFuzz *f)
{
    pcsc_fuzz_write(f, PCSC_REG_CONTROL, 0);
    pcsc_fuzz_write(f, PCSC_REG_TABLE_LO, PCSC_FUZZ_TABLE);
    pcsc_fuzz_write(f, PCSC_REG_TABLE_HI, PCSC_FUZZ_TABLE >> 32);
    pcsc_fuzz_write(f, PCSC_REG_INT_ENABLE, 0xf);
    pcsc_fuzz_write(f, PCSC_REG_CONTROL, PCSC_CONTROL_ENABLE);
    /* a command that was started before may have been somewhere else */
    f->sane = !f->rung && !f->moved;
}

void pcsc_fuzz_command(PCSCFuzz *f, unsigned index, const uint32_t *request)
{
    uint64_t desc = PCSC_FUZZ_TABLE + index * PCSC_DESC_SIZE;
    uint32_t rx_size = request[PCSC_DESC_RX_SIZE / 4];
    uint8_t guard[PCSC_FUZZ_GUARD];
    uint8_t d[PCSC_DESC_SIZE];

    pcsc_fuzz_collect(f);
    if (!(f->rung & 1ull << index)) {
        memset(d, 0xa5, sizeof(d));
        for (unsigned i = 0; i < PCSC_DESC_REQUEST_SIZE; i += 4) {
            stl_le_p(d + i, request[i / 4]);
        }
        stl_le_p(d + PCSC_DESC_STATUS, 0);
        qtest_memwrite(f->qts, desc, d, sizeof(d));
        if (rx_size <= PCSC_LENGTH_MAX) {
            memset(guard, GUARD, sizeof(guard));
            qtest_memwrite(f->qts, PCSC_FUZZ_RX(index) + rx_size, guard,
                           sizeof(guard));
        }
        if (pcsc_fuzz_enabled(f)) {
            f->own |= 1ull << index;
        }
    } /* else it belongs to the device, which shall say so */
    pcsc_fuzz_write(f, PCSC_REG_DOORBELL, index);
}

/* The answer of a command that is done. */
static void pcsc_fuzz_check(PCSCFuzz *f, unsigned index)
{
    uint64_t desc = PCSC_FUZZ_TABLE + index * PCSC_DESC_SIZE;
    uint8_t guard[PCSC_FUZZ_GUARD];
    uint8_t d[PCSC_DESC_SIZE];
    uint32_t result, rx_len, rx_size, atr_len, tag, status;

    qtest_memread(f->qts, desc, d, sizeof(d));
    result = ldl_le_p(d + PCSC_DESC_RESULT);
    rx_len = ldl_le_p(d + PCSC_DESC_RX_LEN);
    rx_size = ldl_le_p(d + PCSC_DESC_RX_SIZE);
    atr_len = ldl_le_p(d + PCSC_DESC_ATR_LEN);
    tag = ldl_le_p(d + PCSC_DESC_TAG) & PCSC_DESC_STATUS_TAG;
    status = ldl_le_p(d + PCSC_DESC_STATUS);

    g_assert_cmphex(status, ==, PCSC_DESC_STATUS_DONE | tag);
    if (ldl_le_p(d + PCSC_DESC_FLAGS) || rx_size > PCSC_LENGTH_MAX ||
        (uint32_t)ldl_le_p(d + PCSC_DESC_TX_LEN) > PCSC_LENGTH_MAX) {
        g_assert_cmphex(result, ==, PCSC_E_INVALID_PARAMETER);
    }
    g_assert_cmphex(ldl_le_p(d + 0x78), ==, 0);
    g_assert_cmpuint(atr_len, <=, PCSC_ATR_MAX);
    for (unsigned i = atr_len; i < 36; i++) {
        g_assert_cmphex(d[PCSC_DESC_ATR + i], ==, 0);
    }
    if (result == PCSC_S_SUCCESS) {
        g_assert_cmpuint(rx_len, <=, rx_size);
    } else {
        g_assert_cmphex(ldl_le_p(d + PCSC_DESC_PROTOCOL), ==, 0);
        g_assert_cmphex(ldl_le_p(d + PCSC_DESC_CARD_STATE), ==, 0);
        g_assert_cmpuint(atr_len, ==, 0);
        if (result == PCSC_E_INSUFFICIENT_BUFFER) {
            g_assert_cmpuint(rx_len, >, rx_size);
        } else {
            g_assert_cmpuint(rx_len, ==, 0);
        }
    }
    if (rx_size <= PCSC_LENGTH_MAX) {
        qtest_memread(f->qts, PCSC_FUZZ_RX(index) + rx_size, guard,
                      sizeof(guard));
        for (unsigned i = 0; i < sizeof(guard); i++) {
            g_assert_cmphex(guard[i], ==, GUARD);
        }
    }
}

void pcsc_fuzz_collect(PCSCFuzz *f)
{
    uint64_t done = pcsc_fuzz_done(f);

    if (!done) {
        return;
    }
    g_assert_true(pcsc_fuzz_read(f, PCSC_REG_INT_STATUS) & PCSC_INT_DONE);
    for (unsigned i = 0; f->sane && i < PCSC_COMMANDS_MAX; i++) {
        if (done & f->own & 1ull << i) {
            pcsc_fuzz_check(f, i);
        }
    }
    pcsc_fuzz_write(f, PCSC_REG_DONE(0), done);
    pcsc_fuzz_write(f, PCSC_REG_DONE(1), done >> 32);
}

void pcsc_fuzz_cancel(PCSCFuzz *f, uint32_t index)
{
    pcsc_fuzz_write(f, PCSC_REG_CANCEL, index);
    if (f->sane && index < PCSC_COMMANDS_MAX &&
        f->own & ~f->waited & 1ull << index) {
        g_assert_true(pcsc_fuzz_done(f) & 1ull << index);
    }
}

void pcsc_fuzz_machine_reset(PCSCFuzz *f)
{
    static const uint16_t zero[] = {
        PCSC_REG_IRQ_STATUS, PCSC_REG_CONTROL, PCSC_REG_TABLE_LO,
        PCSC_REG_TABLE_HI, PCSC_REG_INT_STATUS, PCSC_REG_ERROR,
        PCSC_REG_DONE(0), PCSC_REG_DONE(1), PCSC_REG_CHANGED,
    };

    pause_all_vcpus();
    qemu_system_reset(SHUTDOWN_CAUSE_GUEST_RESET);
    if (runstate_is_running()) {
        resume_all_vcpus();
    }
    pcsc_fuzz_forget_all(f);
    f->moved = false;
    for (unsigned i = 0; i < ARRAY_SIZE(zero); i++) {
        g_assert_cmphex(pcsc_fuzz_read(f, zero[i]), ==, 0);
    }
    g_assert_cmphex(pcsc_fuzz_read(f, PCSC_REG_INT_ENABLE), ==,
                    PCSC_INT_LEGACY);
    g_assert_cmpuint(pcsc_fuzz_count("sessions"), ==, 0);
    g_assert_cmpuint(pcsc_fuzz_count("commands"), ==, 0);
}

/* Wait until @test says so. */
static void pcsc_fuzz_until(PCSCFuzz *f, bool (*test)(PCSCFuzz *f))
{
    int64_t end = g_get_monotonic_time() + PCSC_FUZZ_PATIENCE_US;

    pcsc_fuzz_poll(0);
    while (!test(f)) {
        g_assert_cmpint(g_get_monotonic_time(), <, end);
        pcsc_fuzz_poll(100);
    }
}

static bool pcsc_fuzz_idle(PCSCFuzz *f)
{
    return pcsc_fuzz_count("commands") == 0;
}

static bool pcsc_fuzz_all_readers(PCSCFuzz *f)
{
    for (unsigned i = 0; i < PCSC_FUZZ_READERS; i++) {
        if (pcsc_fuzz_read(f, PCSC_REG_SLOT(i) + PCSC_SLOT_STATE) !=
            PCSC_STATE_PRESENT) {
            return false;
        }
    }
    return pcsc_fuzz_read(f, PCSC_REG_STATUS) & PCSC_STATUS_SERVICE;
}

/* Whether as many sessions as allowed can be opened: none was lost. */
static bool pcsc_fuzz_all_sessions(PCSCFuzz *f)
{
    uint32_t request[PCSC_DESC_REQUEST_SIZE / 4] = {
        [PCSC_DESC_OPERATION / 4] = PCSC_OP_OPEN,
        [PCSC_DESC_GENERATION / 4] =
            pcsc_fuzz_read(f, PCSC_REG_SLOT(0) + PCSC_SLOT_GENERATION),
    };
    bool ok = true;

    pcsc_fuzz_setup(f);
    for (unsigned i = 0; i < PCSC_FUZZ_SESSIONS; i++) {
        uint32_t result;

        request[PCSC_DESC_READER / 4] = i << 16;
        pcsc_fuzz_command(f, i, request);
        g_assert_true(pcsc_fuzz_done(f) & 1ull << i);
        result = qtest_readl(f->qts, PCSC_FUZZ_TABLE + i * PCSC_DESC_SIZE +
                                     PCSC_DESC_RESULT);
        if (result != PCSC_S_SUCCESS) {
            g_assert_cmphex(result, ==, PCSC_E_NO_MEMORY);
            ok = false;
        }
    }
    pcsc_fuzz_write(f, PCSC_REG_CONTROL, PCSC_CONTROL_RESET);
    return ok;
}

void pcsc_fuzz_finish(PCSCFuzz *f)
{
    if (!runstate_is_running()) {
        vm_start();
    }
    /* each command ends by itself: the longest time-out is short */
    pcsc_fuzz_until(f, pcsc_fuzz_idle);
    pcsc_fuzz_collect(f);
    pcsc_fuzz_machine_reset(f);

    /* ends whatever a card still keeps a worker with */
    pcsc_fuzz_event("service down");
    pcsc_fuzz_event("service up");
    for (unsigned i = 0; i < PCSC_FUZZ_READERS; i++) {
        pcsc_fuzz_event("plug %u", i);
        pcsc_fuzz_event("release %u", i);
        pcsc_fuzz_event("fail %u 0", i);
        pcsc_fuzz_event("insert %u", i);
    }
    pcsc_fuzz_until(f, pcsc_fuzz_all_readers);
    pcsc_fuzz_until(f, pcsc_fuzz_all_sessions);
    pcsc_fuzz_until(f, pcsc_fuzz_all_readers);
}
