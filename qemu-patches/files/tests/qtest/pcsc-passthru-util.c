/*
 * A guest of the pcsc-passthru device, as far as its tests need one
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "elf.h"
#include "pcsc-passthru-util.h"

static PCSCTest *start(uint64_t base, const char *options)
{
    PCSCTest *t = g_new0(PCSCTest, 1);
    int fd = g_file_open_tmp("pcsc-test-XXXXXX", &t->log, NULL);

    g_assert_cmpint(fd, >=, 0);
    close(fd);
    t->base = base;
    t->qts = qtest_initf("-d guest_errors -D %s %s", t->log, options);
    return t;
}

PCSCTest *pcsc_test_start_board(const char *board, uint64_t base,
                                const char *backend, const char *machine)
{
    g_autofree char *options =
        g_strdup_printf("-object 'pcsc-backend-emulated,id=readers%s%s' "
                        "-machine %s,pcsc-backend=readers%s",
                        backend ? "," : "", backend ?: "", board,
                        machine ?: "");

    return start(base, options);
}

PCSCTest *pcsc_test_start_host(void)
{
    return start(PCSC_TEST_BASE,
                 "-object pcsc-backend-pcsclite,id=host,allow-control=on "
                 "-machine vexpress-a15,pcsc-backend=host");
}

PCSCTest *pcsc_test_start(const char *backend, const char *machine)
{
    return pcsc_test_start_board("vexpress-a15", PCSC_TEST_BASE, backend,
                                 machine);
}

void pcsc_test_end(PCSCTest *t)
{
    qtest_quit(t->qts);
    unlink(t->log);
    g_free(t->log);
    g_free(t);
}

unsigned pcsc_test_errors(PCSCTest *t)
{
    g_autofree char *text = NULL;
    unsigned n = 0;

    if (g_file_get_contents(t->log, &text, NULL, NULL)) {
        for (char *p = text; (p = strchr(p, '\n')); p++) {
            n++;
        }
    }
    return n;
}

uint32_t pcsc_test_read(PCSCTest *t, uint64_t offset)
{
    return qtest_readl(t->qts, t->base + offset);
}

void pcsc_test_write(PCSCTest *t, uint64_t offset, uint32_t value)
{
    qtest_writel(t->qts, t->base + offset, value);
}

uint32_t pcsc_test_slot(PCSCTest *t, unsigned slot, unsigned reg)
{
    return pcsc_test_read(t, PCSC_REG_SLOT(slot) + reg);
}

void pcsc_test_event(PCSCTest *t, const char *fmt, ...)
{
    g_autofree char *event = NULL;
    va_list ap;

    va_start(ap, fmt);
    event = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    qtest_qmp_assert_success(t->qts, "{'execute': 'qom-set', 'arguments': {"
                             "'path': '/objects/readers', 'property': 'event',"
                             "'value': %s}}", event);
}

void pcsc_test_wait_reg(PCSCTest *t, uint64_t offset, uint32_t mask,
                        uint32_t value)
{
    int64_t end = g_get_monotonic_time() + PCSC_TEST_PATIENCE * G_USEC_PER_SEC;

    while ((pcsc_test_read(t, offset) & mask) != value) {
        g_assert_cmpint(g_get_monotonic_time(), <, end);
        g_usleep(500);
    }
}

void pcsc_test_enable(PCSCTest *t)
{
    pcsc_test_write(t, PCSC_REG_TABLE_LO, PCSC_TEST_TABLE);
    pcsc_test_write(t, PCSC_REG_TABLE_HI, PCSC_TEST_TABLE >> 32);
    pcsc_test_write(t, PCSC_REG_INT_ENABLE, 0xf);
    pcsc_test_write(t, PCSC_REG_CONTROL, PCSC_CONTROL_ENABLE);
}

char *pcsc_test_kernel(const uint32_t *code, unsigned n)
{
    const uint32_t start = 0x80010000;
    const Elf32_Ehdr ehdr = {
        .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, EV_CURRENT },
        .e_type = cpu_to_le16(ET_EXEC),
        .e_machine = cpu_to_le16(EM_ARM),
        .e_version = cpu_to_le32(EV_CURRENT),
        .e_entry = cpu_to_le32(start),
        .e_phoff = cpu_to_le32(sizeof(Elf32_Ehdr)),
        .e_ehsize = cpu_to_le16(sizeof(Elf32_Ehdr)),
        .e_phentsize = cpu_to_le16(sizeof(Elf32_Phdr)),
        .e_phnum = cpu_to_le16(1),
    };
    const Elf32_Phdr phdr = {
        .p_type = cpu_to_le32(PT_LOAD),
        .p_offset = cpu_to_le32(sizeof(ehdr) + sizeof(phdr)),
        .p_vaddr = cpu_to_le32(start),
        .p_paddr = cpu_to_le32(start),
        .p_filesz = cpu_to_le32(n * 4),
        .p_memsz = cpu_to_le32(n * 4),
        .p_flags = cpu_to_le32(PF_R | PF_X),
    };
    g_autoptr(GByteArray) file = g_byte_array_new();
    char *name;
    int fd = g_file_open_tmp("pcsc-kernel-XXXXXX", &name, NULL);

    g_assert_cmpint(fd, >=, 0);
    g_byte_array_append(file, (const uint8_t *)&ehdr, sizeof(ehdr));
    g_byte_array_append(file, (const uint8_t *)&phdr, sizeof(phdr));
    for (unsigned i = 0; i < n; i++) {
        uint32_t word = cpu_to_le32(code[i]);

        g_byte_array_append(file, (const uint8_t *)&word, 4);
    }
    g_assert_cmpint(write(fd, file->data, file->len), ==, file->len);
    close(fd);
    return name;
}

void pcsc_test_fill(PCSCTest *t, unsigned index, const PCSCTestCommand *cmd)
{
    uint64_t desc = PCSC_TEST_TABLE + index * PCSC_DESC_SIZE;
    uint32_t generation = cmd->generation;
    uint8_t d[PCSC_DESC_SIZE];

    if (!generation && cmd->slot < PCSC_SLOTS_MAX) {
        generation = pcsc_test_slot(t, cmd->slot, PCSC_SLOT_GENERATION);
    }
    memset(d, 0xa5, sizeof(d));
    stl_le_p(d + PCSC_DESC_OPERATION, cmd->op);
    stw_le_p(d + PCSC_DESC_READER, cmd->slot);
    stw_le_p(d + PCSC_DESC_SESSION, cmd->session);
    stl_le_p(d + PCSC_DESC_GENERATION, generation);
    stl_le_p(d + PCSC_DESC_TIMEOUT, cmd->timeout_ms);
    stl_le_p(d + PCSC_DESC_SHARE, cmd->share);
    stl_le_p(d + PCSC_DESC_PROTOCOLS, cmd->protocols);
    stl_le_p(d + PCSC_DESC_DISPOSITION, cmd->disposition);
    stl_le_p(d + PCSC_DESC_CODE, cmd->code);
    stq_le_p(d + PCSC_DESC_TX_ADDR, cmd->tx_addr ?: PCSC_TEST_TX(index));
    stq_le_p(d + PCSC_DESC_RX_ADDR, cmd->rx_addr ?: PCSC_TEST_RX(index));
    stl_le_p(d + PCSC_DESC_TX_LEN, cmd->tx_len);
    stl_le_p(d + PCSC_DESC_RX_SIZE, cmd->rx_size);
    /* the same tag for all in flight would hide a mix-up */
    stl_le_p(d + PCSC_DESC_TAG, ++t->tag << 8 | index);
    stl_le_p(d + PCSC_DESC_FLAGS, cmd->flags);
    stl_le_p(d + PCSC_DESC_STATUS, 0);
    qtest_memwrite(t->qts, desc, d, sizeof(d));
}

void pcsc_test_ring(PCSCTest *t, unsigned index, const PCSCTestCommand *cmd)
{
    pcsc_test_fill(t, index, cmd);
    pcsc_test_write(t, PCSC_REG_DOORBELL, index);
}

bool pcsc_test_done(PCSCTest *t, unsigned index)
{
    return pcsc_test_read(t, PCSC_REG_DONE(index / 32)) & 1u << index % 32;
}

PCSCTestAnswer pcsc_test_wait(PCSCTest *t, unsigned index)
{
    uint64_t desc = PCSC_TEST_TABLE + index * PCSC_DESC_SIZE;
    uint32_t bit = 1u << index % 32;
    uint8_t d[PCSC_DESC_SIZE];
    PCSCTestAnswer a;

    pcsc_test_wait_reg(t, PCSC_REG_DONE(index / 32), bit, bit);
    pcsc_test_write(t, PCSC_REG_DONE(index / 32), bit);
    g_assert_false(pcsc_test_done(t, index));

    qtest_memread(t->qts, desc, d, sizeof(d));
    a.result = ldl_le_p(d + PCSC_DESC_RESULT);
    a.rx_len = ldl_le_p(d + PCSC_DESC_RX_LEN);
    a.protocol = ldl_le_p(d + PCSC_DESC_PROTOCOL);
    a.card_state = ldl_le_p(d + PCSC_DESC_CARD_STATE);
    a.atr_len = ldl_le_p(d + PCSC_DESC_ATR_LEN);
    memcpy(a.atr, d + PCSC_DESC_ATR, sizeof(a.atr));
    a.reserved = ldl_le_p(d + 0x78);
    a.status = ldl_le_p(d + PCSC_DESC_STATUS);

    g_assert_cmphex(a.status, ==, PCSC_DESC_STATUS_DONE |
                    (ldl_le_p(d + PCSC_DESC_TAG) & PCSC_DESC_STATUS_TAG));
    g_assert_cmphex(a.reserved, ==, 0);
    g_assert_cmpuint(a.atr_len, <=, PCSC_ATR_MAX);
    for (unsigned i = a.atr_len; i < sizeof(a.atr); i++) {
        g_assert_cmphex(a.atr[i], ==, 0);
    }
    if (a.result != PCSC_S_SUCCESS) {
        g_assert_cmphex(a.protocol, ==, 0);
        g_assert_cmphex(a.card_state, ==, 0);
        g_assert_cmpuint(a.atr_len, ==, 0);
        if (a.result != PCSC_E_INSUFFICIENT_BUFFER) {
            g_assert_cmpuint(a.rx_len, ==, 0);
        }
    }
    return a;
}

uint32_t pcsc_test_run(PCSCTest *t, const PCSCTestCommand *cmd,
                       PCSCTestAnswer *answer)
{
    PCSCTestAnswer a;

    pcsc_test_ring(t, 0, cmd);
    a = pcsc_test_wait(t, 0);
    if (answer) {
        *answer = a;
    }
    return a.result;
}

uint32_t pcsc_test_open(PCSCTest *t, unsigned slot, unsigned session)
{
    return pcsc_test_run(t, &(PCSCTestCommand) {
        .op = PCSC_OP_OPEN, .slot = slot, .session = session,
    }, NULL);
}

uint32_t pcsc_test_close(PCSCTest *t, unsigned slot, unsigned session)
{
    return pcsc_test_run(t, &(PCSCTestCommand) {
        .op = PCSC_OP_CLOSE, .slot = slot, .session = session,
    }, NULL);
}

uint32_t pcsc_test_connect(PCSCTest *t, unsigned slot, unsigned session,
                           uint32_t share)
{
    return pcsc_test_run(t, &(PCSCTestCommand) {
        .op = PCSC_OP_CONNECT, .slot = slot, .session = session,
        .share = share, .protocols = PCSC_PROTOCOL_T0 | PCSC_PROTOCOL_T1,
    }, NULL);
}

void pcsc_test_connect_freed(PCSCTest *t, unsigned slot, unsigned session)
{
    int64_t end = g_get_monotonic_time() + PCSC_TEST_PATIENCE * G_USEC_PER_SEC;
    uint32_t result;

    while ((result = pcsc_test_connect(t, slot, session,
                                       PCSC_SHARE_EXCLUSIVE))) {
        g_assert_cmphex(result, ==, PCSC_E_SHARING_VIOLATION);
        g_assert_cmpint(g_get_monotonic_time(), <, end);
        g_usleep(1000);
    }
}

uint32_t pcsc_test_disconnect(PCSCTest *t, unsigned slot, unsigned session)
{
    return pcsc_test_run(t, &(PCSCTestCommand) {
        .op = PCSC_OP_DISCONNECT, .slot = slot, .session = session,
        .disposition = PCSC_LEAVE_CARD,
    }, NULL);
}

PCSCTestCommand pcsc_test_apdu(PCSCTest *t, unsigned index, unsigned slot,
                               unsigned session, const void *apdu,
                               uint32_t len)
{
    if (len) {
        qtest_memwrite(t->qts, PCSC_TEST_TX(index), apdu, len);
    }
    return (PCSCTestCommand) {
        .op = PCSC_OP_TRANSMIT, .slot = slot, .session = session,
        .tx_len = len, .rx_size = PCSC_LENGTH_MAX,
    };
}
