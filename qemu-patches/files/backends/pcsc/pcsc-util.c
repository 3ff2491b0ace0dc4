/*
 * PC/SC back end: threads, and buffers that held APDUs
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include <pthread.h>
#include "pcsc-backend-internal.h"

/* A yield that took longer has let another thread run */
#define PCSC_SPIN_YIELD_NS (5 * SCALE_US)
/* So many may be those that work for us: a worker, pcscd, a card ... */
#define PCSC_SPIN_OTHERS 3
/* ... but not for so long */
#define PCSC_SPIN_LOST_NS (200 * SCALE_US)
/* After others have taken the processor, so many waits are not awake */
#define PCSC_SPIN_PAUSE 64

bool pcsc_spin(PCSCSpin *spin, const bool *flag, int64_t end)
{
    int64_t now = get_clock();
    unsigned others = 0;

    if (spin->pause) {
        spin->pause--;
        return false;
    }
    while (qatomic_read(flag)) {
        int64_t before = now;

        if (now >= end) {
            return false;
        }
        g_thread_yield();
        now = get_clock();
        others += now - before > PCSC_SPIN_YIELD_NS;
        if (others > PCSC_SPIN_OTHERS || now - before > PCSC_SPIN_LOST_NS) {
            spin->pause = PCSC_SPIN_PAUSE;
            return false;
        }
    }
    return true;
}

bool pcsc_cond_wait(QemuCond *cond, QemuMutex *lock, int64_t deadline)
{
    int64_t left = deadline - g_get_monotonic_time();

    if (left > 0) {
        qemu_cond_timedwait(cond, lock, DIV_ROUND_UP(left, 1000));
    }
    return left > 0;
}

void pcsc_wipe(void *p, size_t len)
{
    if (len) {
        memset(p, 0, len);
        /* keeps the compiler from leaving it out */
        asm volatile("" : : "r"(p) : "memory");
    }
}

void pcsc_buffer_free(uint8_t *p, size_t len)
{
    if (p) {
        pcsc_wipe(p, len);
        g_free(p);
    }
}

typedef struct PCSCThread {
    char name[16];
    void *(*fn)(void *);
    void *opaque;
} PCSCThread;

static void *pcsc_thread_run(void *opaque)
{
    g_autofree PCSCThread *t = opaque;

#if defined(CONFIG_PTHREAD_SETNAME_NP_W_TID)
    pthread_setname_np(pthread_self(), t->name);
#elif defined(CONFIG_PTHREAD_SETNAME_NP_WO_TID)
    pthread_setname_np(t->name);
#endif
    return t->fn(t->opaque);
}

bool pcsc_thread_start(const char *name, void *(*fn)(void *), void *opaque)
{
    PCSCThread *t = g_new0(PCSCThread, 1);
    sigset_t all, old;
    pthread_t thread;
    int err;

    g_strlcpy(t->name, name, sizeof(t->name));
    t->fn = fn;
    t->opaque = opaque;

    /* Signals are the main thread's; a new thread inherits the mask */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    err = pthread_create(&thread, NULL, pcsc_thread_run, t);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (err) {
        g_free(t);
        return false;
    }
    pthread_detach(thread);
    return true;
}
