# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# The front door.  Kbuild lists the module's objects; a kernel tree reads that
# file, this one only calls it.

# A kernel build tree, for `make modules`
KDIR ?= /lib/modules/$(shell uname -r)/build
# Options of scripts/bench, for `make bench`
BENCH ?=
# What `make check` does at once
CHECK_JOBS ?= $(shell nproc)

export PCSC_BUILD
build := $(or $(PCSC_BUILD),build)

.DEFAULT_GOAL := help

help:
	@echo 'pcsc-passthru: the host'\''s smart cards for a guest in QEMU'
	@echo
	@echo '  make demo       boot a guest and walk through a card session (installs and builds what is missing)'
	@echo '  make demo-pki   the same with PKI programs: sign in the guest by a card on the host'
	@echo '  make guest      the same guest with a shell, to explore'
	@echo '  make check      the tests'
	@echo '  make check-all  the tests, all of them on every kernel, and what takes longer'
	@echo '  make bench      what an APDU costs on each path, and on what else there is (ten minutes)'
	@echo '  make modules    the kernel module, for KDIR=$(KDIR)'
	@echo '  make qemu       QEMU with the device, in $(build)/qemu'
	@echo '  make clean      remove what was built; downloads stay in $(build)/cache'
	@echo '  make distclean  remove the downloads too'
	@echo
	@echo '  tests/part PART runs one part of the tests; tests/part --list names them.'
	@echo '  Set-up installs Debian packages with apt-get and touches nothing else of the host.'

bench:
	@scripts/setup
	@scripts/bench $(BENCH)

modules:
	@test -e $(KDIR)/Makefile || { \
		echo 'No kernel build tree at $(KDIR): install your kernel'\''s headers or name a tree with KDIR=' >&2; \
		exit 1; }
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

demo:
	@scripts/demo

demo-pki:
	@scripts/demo-pki

guest:
	@scripts/setup
	@scripts/guest --interactive

qemu:
	@scripts/setup
	@scripts/build-qemu

# What all parts need is made first, with its progress shown; then the parts run
# side by side, and the summary judges them together.
check: list := --list
check-all: list := --list-all
check-all: prepare := --all
check check-all:
	@rm -rf $(build)/check
	@scripts/setup --checks
	@tests/prepare $(prepare)
	@$(MAKE) --no-print-directory -k -j$(CHECK_JOBS) check-parts LIST=$(list); \
		tests/part --summary $$(tests/part $(list))

# A colon is no good in a make target: parts are called with @ in its place.
LIST ?= --list
check-parts: $(addprefix check-part-,$(subst :,@,$(shell tests/part $(LIST))))

check-part-%:
	@tests/part $(subst @,:,$*) </dev/null

clean:
	@test ! -d $(build) || find $(build) -mindepth 1 -maxdepth 1 ! -name cache -exec rm -rf {} +
	@rm -f *.o *.ko *.mod *.mod.c .*.cmd Module.symvers modules.order

distclean: clean
	@rm -rf $(build)

.PHONY: help modules demo demo-pki guest qemu bench check check-parts check-all clean distclean
