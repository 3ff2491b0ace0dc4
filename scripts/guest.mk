# SPDX-License-Identifier: BSD-2-Clause
# Copyright (C) 2026 The pcsc-passthru authors
#
# For tools/, lib/ and ifd/: by which compiler programs for a guest are built, and where.
# BUILD and CROSS_COMPILE are the user's; an empty CROSS_COMPILE means this machine.
# Sets CC, out (the results' folder), and PCSC_CFLAGS, which finds pcsc-lite's headers
# where scripts/build-guest unpacks them.

top := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))..)
BUILD ?= $(top)/build
CROSS_COMPILE ?= arm-linux-gnueabihf-
# make has a CC of its own, which is not for the guest
ifeq ($(origin CC),default)
CC := $(CROSS_COMPILE)gcc
endif
triplet := $(or $(patsubst %-,%,$(notdir $(CROSS_COMPILE))),$(shell $(CC) -dumpmachine))
out := $(abspath $(BUILD))/guest/$(triplet)
PCSC_CFLAGS ?= -I$(out)/dev/usr/include/PCSC
