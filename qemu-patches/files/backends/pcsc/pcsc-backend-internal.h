/*
 * PC/SC back end: what the base class and its subclasses share
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Threads: the main loop and the vCPUs, which hold the BQL; a worker for each
 * session; a subclass may have a monitor.  Only workers and the monitor wait
 * for the PC/SC service.  They never take the BQL: what they have to say goes
 * through PCSCBackend under its @lock, and a bottom half takes it from there,
 * or a vCPU that lingers for it.
 */

#ifndef BACKENDS_PCSC_BACKEND_INTERNAL_H
#define BACKENDS_PCSC_BACKEND_INTERNAL_H

#include "qemu/atomic.h"
#include "qemu/event_notifier.h"
#include "qemu/main-loop.h"
#include "qemu/queue.h"
#include "qemu/thread.h"
#include "qemu/timer.h"
#include "hw/pcsc/pcsc-compat.h"
#include "system/pcsc-backend.h"

/* Tear-down waits so long for the monitor */
#define PCSC_TEARDOWN_MS 1000

/* A connect waits no longer for a session that leaves its reader */
#define PCSC_LEAVE_MS 10000

typedef struct PCSCJob PCSCJob;
typedef QTAILQ_HEAD(PCSCJobs, PCSCJob) PCSCJobs;
typedef QTAILQ_HEAD(PCSCSessions, PCSCSession) PCSCSessions;
typedef QTAILQ_HEAD(PCSCRequests, PCSCRequestPrivate) PCSCRequests;

/**
 * PCSCSpin: whether to wait awake, see pcsc_spin(); the waiting thread's
 * @pause: so many waits are not
 */
typedef struct PCSCSpin {
    unsigned pause;
} PCSCSpin;

/**
 * PCSCJob: a request as the worker has it
 * @r: its own copy: whatever becomes of the device's request, the worker's
 *     call reads and writes this
 * @s: the session it runs on
 * @req: the device's request, NULL once that was completed or abandoned
 *       (guarded by the back end's lock)
 * @state: where it is (guarded by the back end's lock)
 * @order: of a connect: it comes behind the sessions that began to leave
 *         before, see PCSCSession.order (guarded by the back end's lock)
 */
struct PCSCJob {
    PCSCRequest r;
    PCSCSession *s;
    PCSCRequest *req;
    enum { PCSC_JOB_QUEUED, PCSC_JOB_RUNNING, PCSC_JOB_DONE } state;
    uint64_t order;
    QTAILQ_ENTRY(PCSCJob) next;
};

/**
 * PCSCSession: a winscard handle and the worker that calls for it
 * @be: the back end; the session holds a reference
 * @reader: name of the reader
 * @number: for the name of the thread
 * @started: BQL: the worker runs
 * @share: the worker's: how the client knows itself to be connected
 * @counted: BQL: counts against the limit of sessions
 * @work: something was queued, or @closing was set (with the back end's lock)
 *
 * Guarded by the back end's lock:
 * @queue: jobs that wait
 * @running: the job that the worker is at, or NULL
 * @closing: takes no more requests; the worker ends when the queue is empty
 * @dropped: the device has no more interest
 * @order: when it began to leave: once it is @closing
 * @leave_end: and how long others wait for it, in us of the monotonic clock
 * @idle: the worker has nothing to do; it may read this without the lock
 */
struct PCSCSession {
    PCSCBackend *be;
    char reader[PCSC_NAME_MAX];
    unsigned number;
    bool started;
    uint32_t share;
    bool counted;
    QemuCond work;
    PCSCJobs queue;
    PCSCJob *running;
    bool closing;
    bool dropped;
    uint64_t order;
    int64_t leave_end;
    bool idle;
    QTAILQ_ENTRY(PCSCSession) next;
};

/**
 * PCSCBackend: the base object
 *
 * BQL: the properties, @attached, @listener, @sessions, @next_number,
 * @requests, @timer
 *
 * @lock guards, beside what is said above:
 * @done: jobs that ended, for the bottom half
 * @leaving: sessions that are closing and whose worker did not end yet
 * @order: of the last session that began to leave
 * @ended: sessions whose worker ended, for the bottom half
 * @workers: number of workers that run
 * @readers, @n_readers, @service, @listed: the published list; @listed once
 *      there was a first one
 * @epoch: how often the service went away
 * @seq: counts publications, so that an older view never replaces a newer one
 * @dirty: something was published that the device was not told yet
 * @lingering: somebody waits until this is false and will look at @done; he may
 *      read it without the lock
 * @spin: his
 * @asleep: he waits for @news
 * @changed: @listed was set, @workers fell, or a job that runs was given up
 *
 * @bh: the bottom half
 * @sessions: number of sessions that count against the limit
 * @requests: those that were submitted and are not complete
 * @timer: rings no later than the first of their time-outs
 * @news: a job ended while somebody slept
 * @can_linger: @news is there
 */
struct PCSCBackend {
    Object parent_obj;

    char *allow;
    bool allow_control;
    PCSCLimits limits;
    GPtrArray *patterns;
    bool attached;
    PCSCBackendListener listener;
    unsigned sessions;
    unsigned next_number;
    PCSCRequests requests;
    QEMUTimer *timer;
    QEMUBH *bh;
    EventNotifier news;
    bool can_linger;

    QemuMutex lock;
    QemuCond changed;
    PCSCJobs done;
    PCSCSessions leaving;
    uint64_t order;
    PCSCSessions ended;
    unsigned workers;
    PCSCReader readers[PCSC_SLOTS_MAX];
    unsigned n_readers;
    bool service;
    bool listed;
    unsigned epoch;
    uint64_t seq;
    bool dirty;
    bool lingering;
    PCSCSpin spin;
    bool asleep;
};

/**
 * PCSCBackendClass: what a subclass does
 * @session_size: size of its session struct, whose first member is PCSCSession
 * @start: BQL: start to publish; must not wait
 * @stop: BQL: stop to publish, and end what waits inside the process; waits
 *        PCSC_TEARDOWN_MS at most
 * @session_exec: worker: do PCSC_OP_CONNECT to PCSC_OP_SET_ATTRIB and fill the
 *                answer.  An answer longer than rx_size is the base's concern.
 * @session_end: worker, last call: disconnect with PCSC_RESET_CARD if it is
 *               connected and give back what the session holds
 * @wake: BQL: a session was dropped: if its worker waits for something inside
 *        the process, it looks again; may be NULL
 */
struct PCSCBackendClass {
    ObjectClass parent_class;

    size_t session_size;
    bool (*start)(PCSCBackend *be, Error **errp);
    void (*stop)(PCSCBackend *be);
    void (*session_exec)(PCSCSession *s, PCSCRequest *r);
    void (*session_end)(PCSCSession *s);
    void (*wake)(PCSCBackend *be);
};

/**
 * pcsc_backend_seq: the number to give to what is looked at from now on
 * @be: the back end
 *
 * Any thread.
 */
uint64_t pcsc_backend_seq(PCSCBackend *be);

/**
 * pcsc_backend_publish: say which readers there are; the service answers
 * @be: the back end
 * @readers: all of them, in the host's order
 * @n: their number, any
 * @seq: from pcsc_backend_seq(), before they were looked at
 *
 * Any thread.  Leaves out what the user does not allow; which of the rest get
 * one of max_readers slots is the device's to say.
 *
 * Return: false if something was published since @seq: nothing was changed,
 *         look again.
 */
bool pcsc_backend_publish(PCSCBackend *be, const PCSCReader *readers,
                          unsigned n, uint64_t seq);

/** pcsc_backend_refresh: the same for one reader; no matter if not allowed. */
bool pcsc_backend_refresh(PCSCBackend *be, const PCSCReader *reader,
                          uint64_t seq);

/** pcsc_backend_publish_away: the service does not answer; any thread. */
void pcsc_backend_publish_away(PCSCBackend *be);

/**
 * pcsc_backend_service: whether the service answered last
 * @be: the back end
 * @epoch: set to how often it went away; may be NULL
 *
 * Any thread.
 */
bool pcsc_backend_service(PCSCBackend *be, unsigned *epoch);

/** pcsc_session_dropped: whether nobody waits for its requests; any thread. */
bool pcsc_session_dropped(PCSCSession *s);

/**
 * pcsc_backend_wait: with the lock: wait for @changed
 * @be: the back end
 * @deadline: us of g_get_monotonic_time(): until then at most
 *
 * Return: whether there was time left.
 */
bool pcsc_backend_wait(PCSCBackend *be, int64_t deadline);

/** pcsc_backend_notify: with the lock: something is in @done or @ended. */
void pcsc_backend_notify(PCSCBackend *be);

/** pcsc_request_timer: BQL, @timer: complete what has timed out. */
void pcsc_request_timer(void *opaque);

/** pcsc_backend_deliver: BQL, bottom half: complete @done, free @ended. */
void pcsc_backend_deliver(PCSCBackend *be);

/** pcsc_session_worker: the thread of a session, given as @opaque. */
void *pcsc_session_worker(void *opaque);

/** pcsc_request_clear: wipe and free what a request holds, and itself. */
void pcsc_request_clear(PCSCRequest *r);

/** pcsc_job_free: free a job that no list holds any more. */
void pcsc_job_free(PCSCJob *job);

/**
 * pcsc_thread_start: start a detached thread with all signals blocked
 * @name: what the host shows for it, at most 15 characters
 * @fn: its function, which gets @opaque
 * @opaque: for @fn
 *
 * Unlike qemu_thread_create() it fails, instead of ending QEMU, when the host
 * has no more threads to give: how many there are is up to the guest.
 *
 * Return: whether it runs.
 */
bool pcsc_thread_start(const char *name, void *(*fn)(void *), void *opaque);

/**
 * pcsc_spin: wait awake, as long as nobody else wants the processor
 * @spin: what it learned of that
 * @flag: which another thread clears
 * @end: of get_clock(): no longer than this
 *
 * For what comes sooner than a thread falls asleep and wakes up.
 *
 * Return: whether it was cleared.
 */
bool pcsc_spin(PCSCSpin *spin, const bool *flag, int64_t end);

/**
 * pcsc_cond_wait: wait on a condition, with its lock held
 * @cond: the condition
 * @lock: its lock
 * @deadline: in us of the monotonic time: no longer than this
 *
 * Return: false, at once, if @deadline is over; else the caller looks again.
 */
bool pcsc_cond_wait(QemuCond *cond, QemuMutex *lock, int64_t deadline);

/** pcsc_wipe: clear a buffer that held an APDU, also if it is freed next. */
void pcsc_wipe(void *p, size_t len);

/** pcsc_buffer_free: wipe and free. */
void pcsc_buffer_free(uint8_t *p, size_t len);

#endif /* BACKENDS_PCSC_BACKEND_INTERNAL_H */
