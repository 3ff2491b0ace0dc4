/*
 * PC/SC back end: sessions, and the life of a request
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A request is two things: the device's PCSCRequest, which can be completed at
 * any time, and the worker's PCSCJob with copies of all that a running call
 * touches.
 */

#include "qemu/osdep.h"
#include "block/aio.h"
#include "qemu/lockable.h"
#include "pcsc-backend-internal.h"
#include "trace.h"

/**
 * PCSCRequestPrivate: the back end's part of a request; BQL
 * @complete: to call
 * @opaque: for it
 * @req: what it is part of
 * @job: its job, once it is submitted
 * @be: the back end that has it in its list, once it is submitted
 * @deadline: ms of the real-time clock
 */
struct PCSCRequestPrivate {
    PCSCComplete *complete;
    void *opaque;
    PCSCRequest *req;
    PCSCJob *job;
    PCSCBackend *be;
    int64_t deadline;
    QTAILQ_ENTRY(PCSCRequestPrivate) next;
};

PCSCRequest *pcsc_request_new(uint32_t tx_len, PCSCComplete *complete,
                              void *opaque)
{
    PCSCRequest *req = g_new0(PCSCRequest, 1);

    req->tx_len = tx_len;
    req->tx = tx_len ? g_malloc(tx_len) : NULL;
    req->priv = g_new0(struct PCSCRequestPrivate, 1);
    req->priv->complete = complete;
    req->priv->opaque = opaque;
    req->priv->req = req;
    return req;
}

void pcsc_request_clear(PCSCRequest *r)
{
    pcsc_buffer_free(r->tx, r->tx_len);
    pcsc_buffer_free(r->rx, r->rx_len);
    pcsc_wipe(r, sizeof(*r));
}

void pcsc_request_free(PCSCRequest *req)
{
    if (req->priv->be) {
        QTAILQ_REMOVE(&req->priv->be->requests, req->priv, next);
    }
    g_free(req->priv);
    pcsc_request_clear(req);
    g_free(req);
}

void pcsc_job_free(PCSCJob *job)
{
    pcsc_request_clear(&job->r);
    g_free(job);
}

bool pcsc_session_dropped(PCSCSession *s)
{
    QEMU_LOCK_GUARD(&s->be->lock);
    return s->dropped;
}

static void pcsc_session_uncount(PCSCSession *s)
{
    if (s->counted) {
        s->counted = false;
        s->be->sessions--;
    }
}

static void pcsc_session_free(PCSCSession *s)
{
    PCSCBackend *be = s->be;

    trace_pcsc_session_end(s);
    pcsc_session_uncount(s);
    qemu_cond_destroy(&s->work);
    g_free(s);
    object_unref(OBJECT(be));
}

/*
 * Called with the lock: no more requests.  A connect to the reader waits from
 * here on until the worker has ended, and with it the connection; but for one
 * that is stuck nobody waits for ever.
 */
static void pcsc_session_leave(PCSCSession *s)
{
    PCSCBackend *be = s->be;

    if (!s->closing) {
        s->closing = true;
        s->order = ++be->order;
        s->leave_end = g_get_monotonic_time() + PCSC_LEAVE_MS * 1000;
        QTAILQ_INSERT_TAIL(&be->leaving, s, next);
    }
}

/* No thread to be had: nothing was connected, so only answers are missing. */
static void pcsc_session_fail(PCSCSession *s)
{
    PCSCBackend *be = s->be;
    PCSCJob *job;

    QEMU_LOCK_GUARD(&be->lock);
    while ((job = QTAILQ_FIRST(&s->queue))) {
        QTAILQ_REMOVE(&s->queue, job, next);
        job->r.result = job->r.op == PCSC_OP_CLOSE ? PCSC_S_SUCCESS :
                                                     PCSC_E_NO_MEMORY;
        job->state = PCSC_JOB_DONE;
        QTAILQ_INSERT_TAIL(&be->done, job, next);
        pcsc_backend_notify(be);
    }
    if (s->closing) {
        QTAILQ_REMOVE(&be->leaving, s, next);
    }
}

static void pcsc_session_start(PCSCSession *s)
{
    g_autofree char *name = g_strdup_printf("pcsc-s%u", s->number);

    WITH_QEMU_LOCK_GUARD(&s->be->lock) {
        s->be->workers++;
    }
    s->started = pcsc_thread_start(name, pcsc_session_worker, s);
    if (!s->started) {
        WITH_QEMU_LOCK_GUARD(&s->be->lock) {
            s->be->workers--;
        }
        pcsc_session_fail(s);
    }
}

PCSCSession *pcsc_session_open(PCSCBackend *be, const char *reader)
{
    PCSCBackendClass *k = PCSC_BACKEND_GET_CLASS(be);
    PCSCSession *s;

    if (be->sessions >= be->limits.max_sessions) {
        trace_pcsc_session_refused(be, be->sessions);
        return NULL;
    }
    s = g_malloc0(k->session_size);
    s->be = be;
    object_ref(OBJECT(be));
    g_strlcpy(s->reader, reader, sizeof(s->reader));
    s->number = be->next_number++;
    s->counted = true;
    be->sessions++;
    qemu_cond_init(&s->work);
    QTAILQ_INIT(&s->queue);
    trace_pcsc_session_open(be, s, s->reader);
    return s;
}

/* Give a request its answer, if @job has one, and be done with it. */
static void pcsc_request_finish(PCSCRequest *req, PCSCJob *job)
{
    QTAILQ_REMOVE(&req->priv->be->requests, req->priv, next);
    req->priv->be = NULL;
    if (job) {
        struct PCSCRequestPrivate *priv = req->priv;
        PCSCSession *s = job->s;

        *req = job->r;
        req->priv = priv;
        pcsc_wipe(&job->r, sizeof(job->r));
        g_free(job);
        if (req->op == PCSC_OP_CLOSE) {
            /* The client may open another before the worker is quite gone */
            pcsc_session_uncount(s);
            if (!s->started) {
                pcsc_session_free(s);
            }
        }
    }
    req->priv->complete(req, req->priv->opaque);
    pcsc_request_free(req);
}

void pcsc_backend_deliver(PCSCBackend *be)
{
    PCSCSession *s;
    PCSCJob *job;

    /* A completion may cancel others, or close sessions: one at a time */
    for (;;) {
        s = NULL;
        WITH_QEMU_LOCK_GUARD(&be->lock) {
            job = QTAILQ_FIRST(&be->done);
            if (job) {
                QTAILQ_REMOVE(&be->done, job, next);
            } else {
                /* Only now: its last answers may have come just before it */
                s = QTAILQ_FIRST(&be->ended);
                if (s) {
                    QTAILQ_REMOVE(&be->ended, s, next);
                }
            }
        }
        if (job) {
            pcsc_request_finish(job->req, job);
        } else if (s) {
            pcsc_session_free(s);
        } else {
            break;
        }
    }
}

/*
 * One timer for all requests, which stays set when those that it was set for
 * are complete: to set one for each would wake the main loop each time.
 */
static void pcsc_request_set_timer(PCSCBackend *be, int64_t deadline)
{
    if (!timer_pending(be->timer) ||
        deadline < timer_expire_time_ns(be->timer) / SCALE_MS) {
        timer_mod(be->timer, deadline);
    }
}

void pcsc_request_timer(void *opaque)
{
    PCSCBackend *be = opaque;
    int64_t now = qemu_clock_get_ms(QEMU_CLOCK_REALTIME);
    struct PCSCRequestPrivate *p;

    object_ref(OBJECT(be));
    do {
        /* A completion may cancel others: from the start after each */
        QTAILQ_FOREACH(p, &be->requests, next) {
            if (p->deadline <= now) {
                pcsc_request_cancel(p->req, PCSC_E_TIMEOUT);
                break;
            }
        }
    } while (p);
    QTAILQ_FOREACH(p, &be->requests, next) {
        pcsc_request_set_timer(be, p->deadline);
    }
    object_unref(OBJECT(be));
}

void pcsc_session_submit(PCSCSession *s, PCSCRequest *req)
{
    PCSCBackend *be = s->be;
    PCSCJob *job = g_new0(PCSCJob, 1);

    trace_pcsc_request_submit(s, req, req->op, req->tx_len, req->timeout_ms);
    job->s = s;
    job->req = req;
    job->r = *req;
    job->r.priv = NULL;
    req->tx = NULL;
    req->priv->job = job;
    req->priv->be = be;
    req->priv->deadline = qemu_clock_get_ms(QEMU_CLOCK_REALTIME) +
                          MIN(req->timeout_ms, be->limits.timeout_max);
    QTAILQ_INSERT_TAIL(&be->requests, req->priv, next);
    pcsc_request_set_timer(be, req->priv->deadline);

    WITH_QEMU_LOCK_GUARD(&be->lock) {
        if (s->closing) {
            job->r.result = PCSC_E_INVALID_HANDLE;
            job->state = PCSC_JOB_DONE;
            QTAILQ_INSERT_TAIL(&be->done, job, next);
            pcsc_backend_notify(be);
            return;
        }
        job->state = PCSC_JOB_QUEUED;
        QTAILQ_INSERT_TAIL(&s->queue, job, next);
        job->order = be->order;
        if (req->op == PCSC_OP_CLOSE) {
            pcsc_session_leave(s);
        }
        qatomic_set(&s->idle, false);
        qemu_cond_signal(&s->work);
    }
    if (!s->started) {
        pcsc_session_start(s);
    }
}

/* Called with the lock: forget the requests of @s in @jobs, without a word. */
static void pcsc_jobs_abandon(PCSCJobs *jobs, PCSCSession *s)
{
    PCSCJob *job, *next;

    QTAILQ_FOREACH_SAFE(job, jobs, next, next) {
        if (job->s == s) {
            QTAILQ_REMOVE(jobs, job, next);
            pcsc_request_free(job->req);
            pcsc_job_free(job);
        }
    }
}

void pcsc_session_close(PCSCSession *s)
{
    PCSCBackend *be = s->be;
    PCSCBackendClass *k = PCSC_BACKEND_GET_CLASS(be);

    WITH_QEMU_LOCK_GUARD(&be->lock) {
        trace_pcsc_session_close(s, s->running != NULL);
        pcsc_jobs_abandon(&s->queue, s);
        pcsc_jobs_abandon(&be->done, s);
        if (s->running && s->running->req) {
            pcsc_request_free(s->running->req);
            s->running->req = NULL;
        }
        s->dropped = true;
        if (s->started) {
            pcsc_session_leave(s);
        }
        qatomic_set(&s->idle, false);
        qemu_cond_signal(&s->work);
        qemu_cond_broadcast(&be->changed);
    }
    if (!s->started) {
        pcsc_session_free(s);
    } else if (k->wake) {
        k->wake(be);
    }
}

/*
 * A close that is given up drops the session all the same.  What was submitted
 * before it gets its completion first.
 */
static void pcsc_session_cancel_close(PCSCSession *s, PCSCRequest *close)
{
    PCSCRequest *req;

    do {
        req = NULL;
        WITH_QEMU_LOCK_GUARD(&s->be->lock) {
            PCSCJob *job;

            QTAILQ_FOREACH(job, &s->be->done, next) {
                if (job->s == s) {
                    break;
                }
            }
            if (!job && s->running && s->running->req) {
                job = s->running;
            }
            if (!job) {
                job = QTAILQ_FIRST(&s->queue);
            }
            if (job && job->req != close) {
                req = job->req;
            }
        }
        if (req) {
            pcsc_request_cancel(req, PCSC_E_CANCELLED);
        }
    } while (req);
}

void pcsc_request_cancel(PCSCRequest *req, uint32_t result)
{
    PCSCJob *job = req->priv->job;
    PCSCSession *s = job->s;
    PCSCBackend *be = s->be;
    bool close = req->op == PCSC_OP_CLOSE;
    bool done;

    trace_pcsc_request_cancel(req, result);
    if (close) {
        pcsc_session_cancel_close(s, req);
    }
    WITH_QEMU_LOCK_GUARD(&be->lock) {
        done = job->state == PCSC_JOB_DONE;
        if (done) {
            /* It was faster: its own answer is the true one */
            QTAILQ_REMOVE(&be->done, job, next);
        } else {
            job->req = NULL;
            if (job->state == PCSC_JOB_QUEUED) {
                QTAILQ_REMOVE(&s->queue, job, next);
                pcsc_job_free(job);
            } else {
                qemu_cond_broadcast(&be->changed);
            }
        }
    }
    if (done) {
        pcsc_request_finish(req, job);
        return;
    }
    if (close) {
        pcsc_session_close(s);
    }
    req->result = result;
    pcsc_request_finish(req, NULL);
}
