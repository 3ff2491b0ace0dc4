/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * What differs between the kernels we build for.  Kbuild includes this file
 * before every other, and no other file looks at a version.
 */
#ifndef PCSC_COMPAT_H
#define PCSC_COMPAT_H

#include <linux/slab.h>
#include <linux/version.h>

/* Binary attributes are passed as const since 6.16. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
#define PCSC_BIN_ATTR_CONST const
#else
#define PCSC_BIN_ATTR_CONST
#endif

/* A class's callbacks get their device as const since 6.2. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define PCSC_DEVNODE_CONST const
#else
#define PCSC_DEVNODE_CONST
#endif

/* A class belongs to no module since 6.4. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#define pcsc_class_create(name) class_create(name)
#else
#define pcsc_class_create(name) class_create(THIS_MODULE, name)
#endif

/* Memory for one object is asked for by its name since 7.0. */
#ifndef kzalloc_obj
#define kzalloc_obj(object, flags) kzalloc(sizeof(object), flags)
#endif

#endif /* PCSC_COMPAT_H */
