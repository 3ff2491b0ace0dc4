################################################################################
#
# pcsc-passthru-tools
#
################################################################################

# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors

# The repository that this tree is a part of, less what was built in it
PCSC_PASSTHRU_TOOLS_VERSION = local
PCSC_PASSTHRU_TOOLS_SITE = $(BR2_EXTERNAL_PCSC_PASSTHRU_PATH)/..
PCSC_PASSTHRU_TOOLS_SITE_METHOD = local
PCSC_PASSTHRU_TOOLS_OVERRIDE_SRCDIR_RSYNC_EXCLUSIONS = --exclude /build
PCSC_PASSTHRU_TOOLS_LICENSE = BSD-2-Clause, GPL-2.0 (udev rule)
PCSC_PASSTHRU_TOOLS_LICENSE_FILES = LICENSES/BSD-2-Clause.txt LICENSES/GPL-2.0-only.txt
PCSC_PASSTHRU_TOOLS_OPTS = BUILD=$(@D)/build CROSS_COMPILE=$(TARGET_CROSS) STATIC= prefix=/usr

define PCSC_PASSTHRU_TOOLS_BUILD_CMDS
	$(TARGET_MAKE_ENV) $(MAKE) $(TARGET_CONFIGURE_OPTS) -C $(@D)/tools \
		$(PCSC_PASSTHRU_TOOLS_OPTS) all
endef

define PCSC_PASSTHRU_TOOLS_INSTALL_TARGET_CMDS
	$(TARGET_MAKE_ENV) $(MAKE) $(TARGET_CONFIGURE_OPTS) -C $(@D)/tools \
		$(PCSC_PASSTHRU_TOOLS_OPTS) DESTDIR=$(TARGET_DIR) install
endef

$(eval $(generic-package))
