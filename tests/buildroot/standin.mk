# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# Stands in for Buildroot's package infrastructures: what its manual says of the variables
# and commands of a package is done, by Debian's cross compiler, for the packages in P.
#
#   make -f standin.mk BR2_EXTERNAL_PCSC_PASSTHRU_PATH=DIR OUT=DIR KERNEL=DIR PCSC=DIR P='...'
#
# Results are in OUT/target. KERNEL is a directory of scripts/kernel, PCSC has the
# headers of pcsc-lite as STAGING_DIR has.

TARGET_DIR := $(OUT)/target
STAGING_DIR := $(PCSC)
TARGET_CROSS := /usr/bin/arm-linux-gnueabihf-
TARGET_MAKE_ENV := PATH=$(PATH)
TARGET_CONFIGURE_OPTS := CC="$(TARGET_CROSS)gcc" CFLAGS="-O2" LDFLAGS=""
INSTALL := install
LINUX_DIR := $(KERNEL)/headers
LINUX_MAKE_ENV := $(TARGET_MAKE_ENV)
LINUX_MAKE_FLAGS := ARCH=arm CROSS_COMPILE=$(TARGET_CROSS) CC=$(TARGET_CROSS)gcc-12 \
	INSTALL_MOD_PATH=$(TARGET_DIR)

upper = $(shell echo $(1) | tr a-z- A-Z_)
pkgdir = $(dir $(lastword $(MAKEFILE_LIST)))
pkgname = $(notdir $(patsubst %/,%,$(pkgdir)))

# $(1) name, $(2) NAME, $(3) directory
define package
$(2)_PKGDIR := $(3)
$(OUT)/build/$(1)/.installed:
	mkdir -p $$(@D)
	test "$$($(2)_SITE_METHOD)" = local
	rsync -a $$($(2)_OVERRIDE_SRCDIR_RSYNC_EXCLUSIONS) $$($(2)_SITE)/ $$(@D)/
	for f in $$($(2)_LICENSE_FILES); do test -s $$(@D)/$$$$f || exit; done
	$$($(2)_BUILD_CMDS)
	$$(if $$($(2)_IS_MODULE),$$(call in_linux,modules))
	$$($(2)_INSTALL_TARGET_CMDS)
	$$(if $$($(2)_IS_MODULE),$$(call in_linux,modules_install))
	$$($(2)_INSTALL_INIT_SYSV)
	touch $$@
endef
in_linux = $(LINUX_MAKE_ENV) $(MAKE) -C $(LINUX_DIR) $(LINUX_MAKE_FLAGS) PWD=$(@D)/. M=$(@D)/. $(1)
generic-package = $(call package,$(pkgname),$(call upper,$(pkgname)),$(pkgdir))
kernel-module = $(call upper,$(pkgname))_IS_MODULE := y

all: $(P:%=$(OUT)/build/%/.installed)

include $(BR2_EXTERNAL_PCSC_PASSTHRU_PATH)/external.mk
