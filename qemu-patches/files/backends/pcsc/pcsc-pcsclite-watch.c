/*
 * PC/SC back end on pcsc-lite: waiting for a pcscd that is not there
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * pcscd may be installed, started or restarted at any time: the directory of
 * its socket is watched, or as long as that does not exist the nearest one
 * above it that does.
 */

#include "qemu/osdep.h"
#include <poll.h>
#ifdef CONFIG_INOTIFY1
#include <sys/inotify.h>
#endif
#include "pcsc-pcsclite.h"
#include "trace.h"

/* Where libpcsclite looks, unless this variable says otherwise */
#define PCSCD_SOCKET_VARIABLE   "PCSCLITE_CSOCK_NAME"
#define PCSCD_SOCKET            "/run/pcscd/pcscd.comm"

/* A socket's name is there a moment before pcscd listens: begin short */
#define PCSCD_DELAY_MIN_MS      20
#define PCSCD_DELAY_MAX_MS      5000

/**
 * PcscliteWatch: see pcsclite_watch_new()
 * @wake_fd: ends a wait
 * @inotify_fd: -1 if there is no inotify: then only the delays remain
 * @wd: the watch on @dir, or -1
 * @dir: directory that is watched, or NULL
 * @name: what is to appear in it
 * @delay_ms: the next one
 */
struct PcscliteWatch {
    int wake_fd;
    int inotify_fd;
    int wd;
    char *dir;
    char *name;
    int delay_ms;
};

PcscliteWatch *pcsclite_watch_new(int wake_fd)
{
    PcscliteWatch *w = g_new0(PcscliteWatch, 1);

    w->wake_fd = wake_fd;
    w->wd = -1;
    w->delay_ms = PCSCD_DELAY_MIN_MS;
    w->inotify_fd = -1;
#ifdef CONFIG_INOTIFY1
    w->inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
#endif
    return w;
}

void pcsclite_watch_free(PcscliteWatch *w)
{
    if (w->inotify_fd >= 0) {
        close(w->inotify_fd);
    }
    g_free(w->dir);
    g_free(w->name);
    g_free(w);
}

void pcsclite_watch_reset(PcscliteWatch *w)
{
    w->delay_ms = PCSCD_DELAY_MIN_MS;
}

#ifdef CONFIG_INOTIFY1
/* Watch the right directory; true if it is another one than before. */
static bool pcsclite_watch_move(PcscliteWatch *w)
{
    const char *path = g_getenv(PCSCD_SOCKET_VARIABLE) ?: PCSCD_SOCKET;
    char *dir = g_path_get_dirname(path);
    char *name = g_path_get_basename(path);

    while (!g_file_test(dir, G_FILE_TEST_IS_DIR) && strcmp(dir, "/") &&
           strcmp(dir, ".")) {
        char *up = g_path_get_dirname(dir);

        g_free(name);
        name = g_path_get_basename(dir);
        g_free(dir);
        dir = up;
    }
    if (w->wd >= 0 && !strcmp(dir, w->dir)) {
        g_free(dir);
        g_free(name);
        return false;
    }
    if (w->wd >= 0) {
        inotify_rm_watch(w->inotify_fd, w->wd);
    }
    g_free(w->dir);
    g_free(w->name);
    w->dir = dir;
    w->name = name;
    w->wd = inotify_add_watch(w->inotify_fd, dir,
                              IN_CREATE | IN_MOVED_TO | IN_ATTRIB |
                              IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR);
    return w->wd >= 0;
}

/* Take what happened; true if some of it is to do with pcscd. */
static bool pcsclite_watch_read(PcscliteWatch *w)
{
    char buf[4096] QEMU_ALIGNED(__alignof__(struct inotify_event));
    bool news = false;
    ssize_t len;

    while ((len = read(w->inotify_fd, buf, sizeof(buf))) > 0) {
        for (char *p = buf; p < buf + len; ) {
            struct inotify_event *e = (struct inotify_event *)p;

            p += sizeof(*e) + e->len;
            if (e->mask & IN_Q_OVERFLOW) {
                news = true;
            }
            if (e->wd != w->wd) {
                continue;
            }
            if (e->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) {
                if (!(e->mask & IN_IGNORED)) {
                    inotify_rm_watch(w->inotify_fd, w->wd);
                }
                w->wd = -1;
                news = true;
            } else if (e->len && !strcmp(e->name, w->name)) {
                news = true;
            }
        }
    }
    return news;
}
#else
static bool pcsclite_watch_move(PcscliteWatch *w)
{
    return false;
}

static bool pcsclite_watch_read(PcscliteWatch *w)
{
    return false;
}
#endif

void pcsclite_watch_wait(PcscliteWatch *w)
{
    struct pollfd fds[] = {
        { .fd = w->wake_fd, .events = POLLIN },
        { .fd = w->inotify_fd, .events = POLLIN },
    };
    int64_t end = g_get_monotonic_time() + w->delay_ms * (int64_t)1000;

    if (w->inotify_fd >= 0 && pcsclite_watch_move(w)) {
        /* What came before the watch was not seen: look at once */
        w->delay_ms = PCSCD_DELAY_MIN_MS;
        return;
    }
    trace_pcsc_pcsclite_away(w->dir ?: "nothing", w->delay_ms);
    for (;;) {
        int64_t left = end - g_get_monotonic_time();

        if (left <= 0) {
            w->delay_ms = MIN(2 * w->delay_ms, PCSCD_DELAY_MAX_MS);
            return;
        }
        poll(fds, ARRAY_SIZE(fds), DIV_ROUND_UP(left, 1000));
        if (fds[0].revents) {
            return;
        }
        if ((fds[1].revents & POLLIN) && pcsclite_watch_read(w)) {
            w->delay_ms = PCSCD_DELAY_MIN_MS;
            return;
        }
    }
}
