/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The functions that pcscd's polling thread uses.
 *
 * Copyright (C) 2026 The pcsc-passthru authors
 */
#ifndef IFD_WATCH_H
#define IFD_WATCH_H

#include <ifdhandler.h>

/**
 * watch_wait() - wait until pcscd has something to learn of a slot
 * @lun: the slot
 * @timeout_ms: how long at most
 *
 * Return: IFD_SUCCESS when there is, after watch_stop(), and at the end of the
 * time; otherwise the caller has to wait by itself.
 */
RESPONSECODE watch_wait(DWORD lun, int timeout_ms);

/* watch_stop() - end that wait, or else the next one */
RESPONSECODE watch_stop(DWORD lun);

#endif /* IFD_WATCH_H */
