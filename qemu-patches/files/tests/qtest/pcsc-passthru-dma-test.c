/*
 * Test of the pcsc-passthru device: descriptors and buffers in odd places
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Each other's and their own, the end of memory, ROM, memory that is no RAM.
 */

#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "qemu/units.h"
#include "hw/pci/pci_regs.h"
#include "pcsc-passthru-util.h"

#define RAM_END     (PCSC_TEST_RAM + 128 * MiB)
#define FLASH       0x08000000ull
#define VRAM        0x18000000ull

/* The board virt, whose PCI devices can have a ROM */
#define VIRT_BASE   0x09100000ull
#define VIRT_ECAM   0x3f000000ull
#define VIRT_ROM    0x10000000ull

static const uint8_t echo[] = { 0x80, 0xe0, 0x00, 0x00, 0x03, 1, 2, 3 };
static const uint8_t verify[] = { 0x80, 0xec, 0x01, 0x00 };
static const uint8_t verified[] = { 0x80, 0xec, 0x00, 0x00 };
static const uint8_t echoed[] = { 1, 2, 3, 0x90, 0x00 };

/* Two sessions of the first reader. */
static void connect_both(PCSCTest *t)
{
    pcsc_test_enable(t);
    for (unsigned i = 0; i < 2; i++) {
        g_assert_cmphex(pcsc_test_open(t, 0, i), ==, PCSC_S_SUCCESS);
        g_assert_cmphex(pcsc_test_connect(t, 0, i, PCSC_SHARE_SHARED), ==,
                        PCSC_S_SUCCESS);
    }
}

static PCSCTest *start_connected(void)
{
    PCSCTest *t = pcsc_test_start(NULL, NULL);

    connect_both(t);
    return t;
}

static uint64_t descriptor(unsigned index)
{
    return PCSC_TEST_TABLE + index * PCSC_DESC_SIZE;
}

/* Wait for a command whose descriptor may be overwritten by now. */
static void wait_done(PCSCTest *t, unsigned index)
{
    uint32_t bit = 1u << index;

    pcsc_test_wait_reg(t, PCSC_REG_DONE(0), bit, bit);
    pcsc_test_write(t, PCSC_REG_DONE(0), bit);
}

/* Its answer part is whole: the device has written it last. */
static void check_answer(PCSCTest *t, unsigned index, uint32_t tag,
                         uint32_t rx_len)
{
    uint8_t d[PCSC_DESC_SIZE];

    qtest_memread(t->qts, descriptor(index), d, sizeof(d));
    g_assert_cmphex(ldl_le_p(d + PCSC_DESC_RESULT), ==, PCSC_S_SUCCESS);
    g_assert_cmpuint(ldl_le_p(d + PCSC_DESC_RX_LEN), ==, rx_len);
    g_assert_cmphex((uint32_t)ldl_le_p(d + PCSC_DESC_STATUS), ==,
                    PCSC_DESC_STATUS_DONE | tag);
}

static uint32_t tag_of(PCSCTest *t, unsigned index)
{
    return qtest_readl(t->qts, descriptor(index) + PCSC_DESC_TAG) &
           PCSC_DESC_STATUS_TAG;
}

static PCSCTestCommand echo_command(PCSCTest *t, unsigned index)
{
    return pcsc_test_apdu(t, index, 0, 0, echo, sizeof(echo));
}

static void check_echoed(PCSCTest *t, uint64_t addr)
{
    uint8_t rx[sizeof(echoed)];

    qtest_memread(t->qts, addr, rx, sizeof(rx));
    g_assert_cmpmem(rx, sizeof(rx), echoed, sizeof(echoed));
}

/* The answer goes where the command, or its descriptor, was. */
static void test_overlap(void)
{
    PCSCTest *t = start_connected();
    PCSCTestCommand cmd = echo_command(t, 0);
    uint32_t tag;

    for (unsigned shift = 0; shift < sizeof(echo); shift++) {
        qtest_memwrite(t->qts, PCSC_TEST_TX(0), echo, sizeof(echo));
        cmd.rx_addr = PCSC_TEST_TX(0) + shift;
        g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==, PCSC_S_SUCCESS);
        check_echoed(t, cmd.rx_addr);
    }

    qtest_memwrite(t->qts, PCSC_TEST_TX(0), echo, sizeof(echo));
    for (unsigned shift = 0; shift < PCSC_DESC_SIZE; shift++) {
        cmd.rx_addr = descriptor(0) + shift;
        pcsc_test_fill(t, 0, &cmd);
        tag = tag_of(t, 0);
        pcsc_test_write(t, PCSC_REG_DOORBELL, 0);
        wait_done(t, 0);
        check_answer(t, 0, tag, sizeof(echoed));
    }

    /* a descriptor for an APDU: what the card says to it is its own matter */
    cmd.tx_addr = descriptor(0);
    cmd.tx_len = PCSC_DESC_SIZE;
    cmd.rx_addr = 0;
    g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==, PCSC_S_SUCCESS);
    pcsc_test_end(t);
}

/* Answers over the descriptors and buffers of commands in flight. */
static void test_beside(void)
{
    static const uint8_t delay[] = { 0x80, 0xe4, 0x01, 0x2c };
    PCSCTest *t = start_connected();
    PCSCTestCommand slow = pcsc_test_apdu(t, 1, 0, 0, delay, sizeof(delay));
    PCSCTestCommand quick = { .op = PCSC_OP_READER_NAME, .rx_size = 64 };
    uint32_t tag;

    for (unsigned shift = 0; shift < PCSC_DESC_SIZE; shift += 16) {
        quick.rx_addr = descriptor(1) + shift;
        pcsc_test_fill(t, 1, &slow);
        tag = tag_of(t, 1);
        pcsc_test_write(t, PCSC_REG_DOORBELL, 1);
        pcsc_test_ring(t, 2, &quick);
        wait_done(t, 2);
        quick.rx_addr = PCSC_TEST_TX(1);
        pcsc_test_ring(t, 3, &quick);
        wait_done(t, 3);
        g_assert_false(pcsc_test_done(t, 1));
        wait_done(t, 1);
        check_answer(t, 1, tag, 2);
        qtest_memwrite(t->qts, PCSC_TEST_TX(1), delay, sizeof(delay));
    }
    pcsc_test_end(t);
}

static void set_table(PCSCTest *t, uint64_t table)
{
    pcsc_test_write(t, PCSC_REG_CONTROL, 0);
    pcsc_test_write(t, PCSC_REG_TABLE_LO, table);
    pcsc_test_write(t, PCSC_REG_TABLE_HI, table >> 32);
    pcsc_test_write(t, PCSC_REG_CONTROL, PCSC_CONTROL_ENABLE);
}

/* The last bytes of memory are as good as any, and none come after. */
static void test_end(void)
{
    PCSCTest *t = start_connected();
    PCSCTestCommand cmd = echo_command(t, 0);
    uint8_t d[PCSC_DESC_SIZE];

    cmd.rx_size = sizeof(echoed);
    cmd.rx_addr = RAM_END - sizeof(echoed);
    g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==, PCSC_S_SUCCESS);
    check_echoed(t, cmd.rx_addr);
    cmd.rx_addr++;
    g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==, PCSC_E_INVALID_PARAMETER);
    cmd.rx_addr = 0;
    cmd.tx_addr = RAM_END - sizeof(echo);
    qtest_memwrite(t->qts, cmd.tx_addr, echo, sizeof(echo));
    g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==, PCSC_S_SUCCESS);
    check_echoed(t, PCSC_TEST_RX(0));
    cmd.tx_addr++;
    g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==, PCSC_E_INVALID_PARAMETER);
    pcsc_test_write(t, PCSC_REG_ERROR, PCSC_ERROR_DMA);

    /* two descriptors that are in memory, and a third that is not */
    cmd.tx_addr = 0;
    pcsc_test_fill(t, 0, &cmd);
    qtest_memread(t->qts, PCSC_TEST_TABLE, d, sizeof(d));
    set_table(t, RAM_END - 2 * PCSC_DESC_SIZE);
    for (unsigned i = 0; i < 2; i++) {
        qtest_memwrite(t->qts, RAM_END - (2 - i) * PCSC_DESC_SIZE, d,
                       sizeof(d));
        pcsc_test_write(t, PCSC_REG_DOORBELL, i);
        wait_done(t, i);
        g_assert_cmphex(pcsc_test_read(t, PCSC_REG_ERROR), ==, 0);
    }
    pcsc_test_write(t, PCSC_REG_DOORBELL, 2);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_ERROR), ==, PCSC_ERROR_TABLE);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_DONE(0)), ==, 0);
    pcsc_test_end(t);
}

/* Nothing above 4 GiB is an alias of what is below. */
static void test_high(void)
{
    PCSCTest *t = start_connected();
    PCSCTestCommand cmd = echo_command(t, 0);

    for (unsigned bit = 32; bit < 64; bit++) {
        cmd.tx_addr = 0;
        cmd.rx_addr = PCSC_TEST_RX(0) | 1ull << bit;
        g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==,
                        PCSC_E_INVALID_PARAMETER);
        cmd.tx_addr = PCSC_TEST_TX(0) | 1ull << bit;
        cmd.rx_addr = 0;
        g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==,
                        PCSC_E_INVALID_PARAMETER);
        pcsc_test_write(t, PCSC_REG_ERROR, PCSC_ERROR_DMA);

        set_table(t, PCSC_TEST_TABLE | 1ull << bit);
        pcsc_test_write(t, PCSC_REG_DOORBELL, 0);
        g_assert_cmphex(pcsc_test_read(t, PCSC_REG_ERROR), ==,
                        PCSC_ERROR_TABLE);
        pcsc_test_write(t, PCSC_REG_ERROR, PCSC_ERROR_TABLE);
        set_table(t, PCSC_TEST_TABLE);
    }
    cmd.tx_addr = 0;
    g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==, PCSC_S_SUCCESS);
    pcsc_test_end(t);
}

/* RAM is RAM, wherever it is; flash is not. */
static void test_kinds(void)
{
    PCSCTest *t = start_connected();
    PCSCTestCommand cmd = echo_command(t, 0);

    cmd.tx_addr = VRAM;
    cmd.rx_addr = VRAM + 0x100;
    qtest_memwrite(t->qts, VRAM, echo, sizeof(echo));
    g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==, PCSC_S_SUCCESS);
    check_echoed(t, cmd.rx_addr);

    for (unsigned size = 1; size <= 64 * KiB; size *= 16) {
        cmd = echo_command(t, 0);
        cmd.rx_addr = FLASH;
        cmd.rx_size = size;
        g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==,
                        PCSC_E_INVALID_PARAMETER);
        cmd = echo_command(t, 0);
        cmd.tx_addr = FLASH;
        cmd.tx_len = size;
        g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==,
                        PCSC_E_INVALID_PARAMETER);
    }
    pcsc_test_end(t);
}

/* A machine with @size bytes of ROM at VIRT_ROM, which begins with an APDU. */
static PCSCTest *start_with_rom(size_t size)
{
    const uint64_t config = VIRT_ECAM + (1 << 15); /* slot 1 */
    g_autofree uint8_t *rom = g_malloc0(size);
    g_autofree char *options = NULL;
    g_autofree char *name = NULL;
    PCSCTest *t;
    int fd = g_file_open_tmp("pcsc-rom-XXXXXX", &name, NULL);

    g_assert_cmpint(fd, >=, 0);
    memcpy(rom, echo, sizeof(echo));
    g_assert_cmpint(write(fd, rom, size), ==, size);
    close(fd);
    options = g_strdup_printf(",highmem=off -m 2G "
                              "-device lsi53c810,addr=1,romfile=%s", name);
    t = pcsc_test_start_board("virt,pcsc=on", VIRT_BASE, NULL, options);
    unlink(name);
    qtest_writel(t->qts, config + PCI_ROM_ADDRESS,
                 VIRT_ROM | PCI_ROM_ADDRESS_ENABLE);
    qtest_writew(t->qts, config + PCI_COMMAND, PCI_COMMAND_MEMORY);
    return t;
}

/* What is in ROM can be sent; nothing is ever written there. */
static void test_rom(void)
{
    const size_t size = 64 * KiB;
    PCSCTest *t = start_with_rom(size);
    g_autofree uint8_t *before = g_malloc(size);
    g_autofree uint8_t *after = g_malloc(size);
    PCSCTestCommand cmd;

    connect_both(t);
    qtest_memread(t->qts, VIRT_ROM, before, size);
    g_assert_cmpmem(before, sizeof(echo), echo, sizeof(echo));
    cmd = echo_command(t, 0);
    cmd.tx_addr = VIRT_ROM;
    g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==, PCSC_S_SUCCESS);
    check_echoed(t, PCSC_TEST_RX(0));
    cmd.tx_addr = VIRT_ROM + size - 4;
    g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==, PCSC_E_INVALID_PARAMETER);

    /* no card sees a command whose answer would have to go there */
    cmd = pcsc_test_apdu(t, 0, 0, 0, verify, sizeof(verify));
    cmd.rx_size = 2;
    for (unsigned i = 0; i < size; i += 4093) {
        cmd.rx_addr = VIRT_ROM + i;
        g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==,
                        PCSC_E_INVALID_PARAMETER);
        g_assert_cmphex(pcsc_test_read(t, PCSC_REG_ERROR), ==, PCSC_ERROR_DMA);
    }
    pcsc_test_write(t, PCSC_REG_ERROR, PCSC_ERROR_DMA);
    cmd = pcsc_test_apdu(t, 0, 0, 0, verified, sizeof(verified));
    g_assert_cmphex(pcsc_test_run(t, &cmd, NULL), ==, PCSC_S_SUCCESS);
    g_assert_cmphex(qtest_readb(t->qts, PCSC_TEST_RX(0)), ==, 0);

    /* a descriptor can be read there, but has no room for its answer */
    set_table(t, VIRT_ROM);
    pcsc_test_write(t, PCSC_REG_DOORBELL, 0);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_ERROR), ==, PCSC_ERROR_TABLE);
    g_assert_cmphex(pcsc_test_read(t, PCSC_REG_DONE(0)), ==, 0);
    qtest_memread(t->qts, VIRT_ROM, after, size);
    g_assert_cmpmem(before, size, after, size);
    pcsc_test_end(t);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/pcsc-passthru/dma/overlap", test_overlap);
    qtest_add_func("/pcsc-passthru/dma/beside", test_beside);
    qtest_add_func("/pcsc-passthru/dma/end", test_end);
    qtest_add_func("/pcsc-passthru/dma/high", test_high);
    qtest_add_func("/pcsc-passthru/dma/kinds", test_kinds);
    qtest_add_func("/pcsc-passthru/dma/rom", test_rom);
    return g_test_run();
}
