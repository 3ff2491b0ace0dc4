// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The pcsc-passthru authors
 *
 * The structures of the character device are laid out the same for every compiler:
 * a 32-bit program works on a 64-bit kernel. Only compiled, as C and as C++, with
 * no header before that of the interface.
 */
#include <linux/pcsc_passthru.h>

#include <stddef.h>

#ifndef __cplusplus
#define static_assert _Static_assert
#endif
#define AT(offset, type, field) \
	static_assert(offsetof(struct type, field) == (offset), #type "." #field)
#define SIZE(size, type) \
	static_assert(sizeof(struct type) == (size), #type)

SIZE(168, pcsc_ioc_info);
AT(4, pcsc_ioc_info, result);
AT(40, pcsc_ioc_info, name);

SIZE(56, pcsc_ioc_state);
AT(4, pcsc_ioc_state, result);
AT(20, pcsc_ioc_state, atr);

SIZE(76, pcsc_ioc_connect);
AT(4, pcsc_ioc_connect, result);
AT(40, pcsc_ioc_connect, atr);

SIZE(24, pcsc_ioc_end);
AT(4, pcsc_ioc_end, result);
AT(16, pcsc_ioc_end, disposition);

SIZE(200, pcsc_ioc_status);
AT(4, pcsc_ioc_status, result);
AT(32, pcsc_ioc_status, atr);
AT(72, pcsc_ioc_status, name);

SIZE(48, pcsc_ioc_transfer);
AT(4, pcsc_ioc_transfer, result);
AT(28, pcsc_ioc_transfer, rx_len);
AT(32, pcsc_ioc_transfer, tx);
AT(40, pcsc_ioc_transfer, rx);
