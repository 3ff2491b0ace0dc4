/*
 * PC/SC back end: the worker of a session
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A PC/SC call that runs cannot be stopped.  Its job lives until it returns.
 * What then succeeded for nobody is undone: a connection is given up with
 * PCSC_LEAVE_CARD (no client sent anything through it, and others may be using
 * the card), a transaction is ended, a connection is shared again if it was
 * before.  Of a session that is dropped the worker
 * disconnects with PCSC_RESET_CARD.  Who connects to its reader from then on
 * waits for that: he neither finds the card as that session left it, nor loses
 * it to that reset.
 */

#include "qemu/osdep.h"
#include "qemu/rcu.h"
#include "pcsc-backend-internal.h"
#include "trace.h"

/* A worker whose next job comes sooner than this may stay awake for it */
#define PCSC_AWAKE_NS (1 * SCALE_MS)

/*
 * An answer that the client has no room for is not an answer.  Nor is an empty
 * one to an APDU: some readers' drivers say so when the card did not answer.
 */
static void pcsc_job_check_length(PCSCRequest *r)
{
    if (r->op == PCSC_OP_TRANSMIT && r->result == PCSC_S_SUCCESS &&
        !r->rx_len) {
        r->result = PCSC_F_COMM_ERROR;
    }
    if (r->rx && r->result == PCSC_S_SUCCESS && r->rx_len > r->rx_size) {
        r->result = PCSC_E_INSUFFICIENT_BUFFER;
    }
    if (r->rx && r->result != PCSC_S_SUCCESS) {
        pcsc_buffer_free(r->rx, r->rx_len);
        r->rx = NULL;
    }
}

/* Take back what succeeded after its client had given up. */
static void pcsc_job_undo(PCSCSession *s, const PCSCRequest *late)
{
    PCSCRequest undo = {
        .share = s->share,
        .protocols = late->protocol,
        .disposition = PCSC_LEAVE_CARD,
    };

    trace_pcsc_request_late(s, late->op, late->result);
    if (late->result != PCSC_S_SUCCESS) {
        return;
    }
    if (late->op == PCSC_OP_CONNECT) {
        undo.op = PCSC_OP_DISCONNECT;
    } else if (late->op == PCSC_OP_BEGIN) {
        undo.op = PCSC_OP_END;
    } else if (late->op == PCSC_OP_RECONNECT) {
        undo.op = PCSC_OP_RECONNECT;
    } else {
        return;
    }
    PCSC_BACKEND_GET_CLASS(s->be)->session_exec(s, &undo);
    pcsc_request_clear(&undo);
}

static void pcsc_job_run(PCSCJob *job, bool *ended)
{
    PCSCBackendClass *k = PCSC_BACKEND_GET_CLASS(job->s->be);
    PCSCRequest *r = &job->r;

    trace_pcsc_request_run(job->s, r->op);
    if (r->op == PCSC_OP_CLOSE) {
        k->session_end(job->s);
        *ended = true;
    } else {
        k->session_exec(job->s, r);
        pcsc_job_check_length(r);
    }
    trace_pcsc_request_done(job->s, r->op, r->result, r->rx_len);
}

static bool pcsc_session_has_work(PCSCSession *s)
{
    return !QTAILQ_EMPTY(&s->queue) || s->closing;
}

/*
 * Called with the lock: until there is a job, or an end to them.  A client that
 * waits for each command (@waited) and sends one right behind the other (@gap
 * is how long this took the last time) finds a worker that is awake.
 */
static void pcsc_session_await(PCSCSession *s, PCSCSpin *spin, bool waited,
                               int64_t *gap)
{
    PCSCBackend *be = s->be;
    int64_t start = get_clock();

    if (waited && *gap < PCSC_AWAKE_NS && !pcsc_session_has_work(s)) {
        qatomic_set(&s->idle, true);
        qemu_mutex_unlock(&be->lock);
        pcsc_spin(spin, &s->idle, start + PCSC_AWAKE_NS);
        qemu_mutex_lock(&be->lock);
    }
    while (!pcsc_session_has_work(s)) {
        qemu_cond_wait(&s->work, &be->lock);
    }
    *gap = get_clock() - start;
}

/*
 * Called with the lock: until when sessions may be in the way of this connect,
 * or 0.  Two never wait for each other: each waits for those alone that began
 * to leave before it was submitted.
 */
static int64_t pcsc_job_blocked(PCSCJob *job)
{
    PCSCSession *s;
    int64_t end = 0;

    QTAILQ_FOREACH(s, &job->s->be->leaving, next) {
        if (s->order <= job->order && !strcmp(s->reader, job->s->reader)) {
            end = MAX(end, s->leave_end);
        }
    }
    return end;
}

/*
 * Called with the lock: wait until nothing is in the way.
 *
 * Return: false if the job was given up meanwhile.
 */
static bool pcsc_job_await(PCSCJob *job)
{
    int64_t end;

    if (job->r.op == PCSC_OP_CONNECT) {
        while (job->req && (end = pcsc_job_blocked(job)) &&
               pcsc_backend_wait(job->s->be, end)) {
            trace_pcsc_request_wait(job->s, job->s->reader);
        }
    }
    return job->req != NULL;
}

void *pcsc_session_worker(void *opaque)
{
    PCSCSession *s = opaque;
    PCSCBackend *be = s->be;
    bool ended = false;
    bool waited = false;
    PCSCSpin spin = {};
    int64_t gap = 0;
    PCSCJob *job;

    rcu_register_thread();
    qemu_mutex_lock(&be->lock);
    for (;;) {
        pcsc_session_await(s, &spin, waited, &gap);
        job = QTAILQ_FIRST(&s->queue);
        if (!job) {
            break;
        }
        QTAILQ_REMOVE(&s->queue, job, next);
        job->state = PCSC_JOB_RUNNING;
        s->running = job;
        if (pcsc_job_await(job)) {
            qemu_mutex_unlock(&be->lock);
            pcsc_job_run(job, &ended);
            qemu_mutex_lock(&be->lock);
        } else {
            job->r.result = PCSC_E_CANCELLED;
        }
        s->running = NULL;
        waited = be->lingering;
        if (job->req) {
            if (job->r.result == PCSC_S_SUCCESS &&
                (job->r.op == PCSC_OP_CONNECT ||
                 job->r.op == PCSC_OP_RECONNECT)) {
                s->share = job->r.share;
            }
            job->state = PCSC_JOB_DONE;
            QTAILQ_INSERT_TAIL(&be->done, job, next);
            pcsc_backend_notify(be);
        } else {
            qemu_mutex_unlock(&be->lock);
            if (!ended) {
                pcsc_job_undo(s, &job->r);
            }
            pcsc_job_free(job);
            qemu_mutex_lock(&be->lock);
        }
    }
    qemu_mutex_unlock(&be->lock);

    if (!ended) {
        PCSC_BACKEND_GET_CLASS(be)->session_end(s);
    }
    rcu_unregister_thread();

    /* From here the session is the bottom half's, and with it the back end */
    qemu_mutex_lock(&be->lock);
    QTAILQ_REMOVE(&be->leaving, s, next);
    QTAILQ_INSERT_TAIL(&be->ended, s, next);
    be->workers--;
    qemu_cond_broadcast(&be->changed);
    pcsc_backend_notify(be);
    qemu_mutex_unlock(&be->lock);
    return NULL;
}
