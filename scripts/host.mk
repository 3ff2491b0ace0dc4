# SPDX-License-Identifier: BSD-2-Clause
# Copyright (C) 2026 The pcsc-passthru authors
#
# For scripts/hostd/, tests/host/ and tests/card/: how programs for this machine are built,
# and where. The Makefile sets self and here, its own path and folder, and name, that of its
# objects' folder. BUILD, HOSTCC, HOSTCFLAGS and PKG_CONFIG are the user's; SANITIZE=1 builds
# with the address and undefined behaviour sanitizers, into a folder of their own.
# Sets out (the results' folder), obj (the objects'), flags and $(link), the recipe of a
# program; has the rule for objects, which takes cflags, too, and all that vpath finds.

.DEFAULT_GOAL := all
host_mk := $(abspath $(lastword $(MAKEFILE_LIST)))
BUILD ?= $(dir $(host_mk))../build
HOSTCC ?= gcc
HOSTCFLAGS ?= -O2 -g
PKG_CONFIG ?= pkg-config

out := $(abspath $(BUILD))/host
flags := -std=c11 -Wall -Wextra -Werror
ifeq ($(SANITIZE),1)
out := $(out)/sanitize
flags += -fsanitize=address,undefined -fno-sanitize-recover=all
endif
obj := $(out)/obj/$(name)

vpath %.c $(here)

# Renamed when it is whole: it may be in use.
define link
$(HOSTCC) $(HOSTCFLAGS) $(flags) -o $@.new $^ $(libs)
mv -f $@.new $@
endef

$(obj)/%.o: %.c $(self) $(host_mk) | $(obj)
	$(HOSTCC) $(HOSTCFLAGS) $(flags) $(cflags) -MMD -MP -c -o $@ $<

$(obj):
	mkdir -p $@

-include $(wildcard $(obj)/*.d)
