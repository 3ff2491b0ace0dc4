# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors

include $(sort $(wildcard $(BR2_EXTERNAL_PCSC_PASSTHRU_PATH)/package/*/*.mk))
