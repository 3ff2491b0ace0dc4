# SPDX-License-Identifier: BSD-2-Clause
# Copyright (C) 2026 The pcsc-passthru authors
#
# For lib/ and ifd/: `make check`. All their parts but device.c, their tests/*.c and the
# readers of this folder make one program, twice: for memory and arithmetic, then for
# threads. Wants: self, here, top, parts, flags, PCSC_CFLAGS. HOST_PCSC_CFLAGS finds this
# machine's pcsc-lite.

HOSTCC ?= gcc
HOST_PCSC_CFLAGS ?= $(shell pkg-config --cflags libpcsclite)
test := $(abspath $(BUILD))/host/$(notdir $(here))
tested := $(filter-out device,$(parts)) fake ktap \
	$(patsubst $(here)/tests/%.c,%,$(sort $(wildcard $(here)/tests/*.c)))
flags_test = $(subst $(PCSC_CFLAGS),,$(flags)) $(HOST_PCSC_CFLAGS) \
	-I$(here)/tests -I$(top)/tests -I$(top)/tests/fake -O1 -g -fno-sanitize-recover=all
sanitize_asan := -fsanitize=address,undefined
sanitize_tsan := -fsanitize=thread
makefiles := $(self) $(top)/tests/fake/check.mk

vpath %.c $(here) $(here)/tests $(top)/tests $(top)/tests/fake

define test_program
$(test)/test-$(1): $(tested:%=$(test)/$(1)-%.o)
	$$(HOSTCC) $$(flags_test) $$(sanitize_$(1)) -o $$@ $$^

$(test)/$(1)-%.o: %.c $(makefiles) | $(test)
	$$(HOSTCC) $$(flags_test) $$(sanitize_$(1)) -MMD -MP -c -o $$@ $$<
endef
$(eval $(call test_program,asan))
$(eval $(call test_program,tsan))

$(test):
	mkdir -p $@

# Addresses at random are more than some kernels' ThreadSanitizer can take.
check: $(test)/test-asan $(test)/test-tsan
	$(test)/test-asan
	setarch --addr-no-randomize $(test)/test-tsan

-include $(wildcard $(test)/*.d)

.PHONY: check
