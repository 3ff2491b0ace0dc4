# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# The front door.  Kbuild lists the module's objects; a kernel tree reads that
# file, this one only calls it.

# A kernel build tree, for `make modules`
KDIR ?= /lib/modules/$(shell uname -r)/build
# What `make install` builds for: empty for this machine, arm-linux-gnueabihf- and so on
CROSS_COMPILE ?=
# Where things go: below $(DESTDIR)
prefix ?= /usr/local
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
	@echo '  make modules_install  and into /lib/modules (INSTALL_MOD_PATH=DIR: below DIR)'
	@echo '  make install    pcsc-reader, its manual page, the udev rule (DESTDIR=DIR, prefix=$(prefix),'
	@echo '                  CROSS_COMPILE=PREFIX-: not for this machine)'
	@echo '  make install-dkms  the module'\''s sources in /usr/src, for dkms (DESTDIR=DIR)'
	@echo '  make qemu       QEMU with the device, in $(build)/qemu'
	@echo '  make clean      remove what was built; downloads stay in $(build)/cache'
	@echo '  make distclean  remove the downloads too'
	@echo
	@echo '  tests/part PART runs one part of the tests; tests/part --list names them.'
	@echo '  Set-up installs Debian packages with apt-get and touches nothing else of the host.'

bench:
	@scripts/setup
	@scripts/bench $(BENCH)

modules modules_install:
	@test -e $(KDIR)/Makefile || { \
		echo 'No kernel build tree at $(KDIR): install your kernel'\''s headers or name a tree with KDIR=' >&2; \
		exit 1; }
	$(MAKE) -C $(KDIR) M=$(CURDIR) $@

install:
	$(MAKE) -C tools install BUILD=$(abspath $(build)) CROSS_COMPILE=$(CROSS_COMPILE) DESTDIR=$(DESTDIR) prefix=$(prefix)

# DKMS wants one folder a version, with the module's sources and nothing else.
name := $(shell sed -n 's/^PACKAGE_NAME="\(.*\)"/\1/p' dkms.conf)
version := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
dkms := $(DESTDIR)/usr/src/$(name)-$(version)
dkms_files := dkms.conf Kbuild $(filter-out %.mod.c,$(wildcard *.[ch])) \
	$(wildcard compat/* include/uapi/linux/*)
install-dkms:
	@rm -rf '$(dkms)'
	@for f in $(dkms_files); do install -D -m 644 "$$f" '$(dkms)'/"$$f" || exit; done
	@echo 'The sources are in $(dkms). Next: dkms install $(name)/$(version)'

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
# side by side, and the summary judges them together. The README shows what check-all said.
check: list := --list
check-all: list := --list-all
check-all: prepare := --all
check-all: table := tests/table;
check check-all:
	@rm -rf $(build)/check
	@scripts/setup --checks
	@tests/prepare $(prepare)
	@$(MAKE) --no-print-directory -k -j$(CHECK_JOBS) check-parts LIST=$(list) || :
	@$(table) tests/part --summary $$(tests/part $(list))

# A colon is no good in a make target: parts are called with @ in its place.
LIST ?= --list
check-parts: $(addprefix check-part-,$(subst :,@,$(shell tests/part $(LIST))))

check-part-%:
	@tests/part $(subst @,:,$*) </dev/null

clean:
	@test ! -d $(build) || find $(build) -mindepth 1 -maxdepth 1 ! -name cache -exec rm -rf {} +
	@rm -rf debian/.debhelper debian/build debian/files debian/*.substvars debian/*.debhelper* \
		debian/debhelper-build-stamp debian/pcsc-passthru-*/
	@rm -f *.o *.ko *.mod *.mod.c .*.cmd Module.symvers modules.order

distclean: clean
	@rm -rf $(build)

.PHONY: help modules modules_install install install-dkms demo demo-pki guest qemu bench check check-parts check-all clean distclean
