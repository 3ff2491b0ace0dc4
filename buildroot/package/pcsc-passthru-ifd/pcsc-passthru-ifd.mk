################################################################################
#
# pcsc-passthru-ifd
#
################################################################################

# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors

# The repository that this tree is a part of, less what was built in it
PCSC_PASSTHRU_IFD_VERSION = local
PCSC_PASSTHRU_IFD_SITE = $(BR2_EXTERNAL_PCSC_PASSTHRU_PATH)/..
PCSC_PASSTHRU_IFD_SITE_METHOD = local
PCSC_PASSTHRU_IFD_OVERRIDE_SRCDIR_RSYNC_EXCLUSIONS = --exclude /build
PCSC_PASSTHRU_IFD_LICENSE = BSD-2-Clause, GPL-2.0 (scripts)
PCSC_PASSTHRU_IFD_LICENSE_FILES = LICENSES/BSD-2-Clause.txt LICENSES/GPL-2.0-only.txt
PCSC_PASSTHRU_IFD_DEPENDENCIES = pcsc-lite
PCSC_PASSTHRU_IFD_OPTS = BUILD=$(@D)/build CROSS_COMPILE=$(TARGET_CROSS) prefix=/usr \
	PCSC_CFLAGS=-I$(STAGING_DIR)/usr/include/PCSC

define PCSC_PASSTHRU_IFD_BUILD_CMDS
	$(TARGET_MAKE_ENV) $(MAKE) $(TARGET_CONFIGURE_OPTS) -C $(@D)/ifd \
		$(PCSC_PASSTHRU_IFD_OPTS) all
endef

define PCSC_PASSTHRU_IFD_INSTALL_TARGET_CMDS
	$(TARGET_MAKE_ENV) $(MAKE) $(TARGET_CONFIGURE_OPTS) -C $(@D)/ifd \
		$(PCSC_PASSTHRU_IFD_OPTS) DESTDIR=$(TARGET_DIR) install
endef

define PCSC_PASSTHRU_IFD_INSTALL_INIT_SYSV
	$(INSTALL) -D -m 0755 $(PCSC_PASSTHRU_IFD_PKGDIR)/S30pcscd $(TARGET_DIR)/etc/init.d/S30pcscd
endef

$(eval $(generic-package))
