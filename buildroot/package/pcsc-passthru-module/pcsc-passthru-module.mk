################################################################################
#
# pcsc-passthru-module
#
################################################################################

# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors

# The repository that this tree is a part of, less what was built in it
PCSC_PASSTHRU_MODULE_VERSION = local
PCSC_PASSTHRU_MODULE_SITE = $(BR2_EXTERNAL_PCSC_PASSTHRU_PATH)/..
PCSC_PASSTHRU_MODULE_SITE_METHOD = local
PCSC_PASSTHRU_MODULE_OVERRIDE_SRCDIR_RSYNC_EXCLUSIONS = --exclude /build
PCSC_PASSTHRU_MODULE_LICENSE = GPL-2.0
PCSC_PASSTHRU_MODULE_LICENSE_FILES = LICENSES/GPL-2.0-only.txt

$(eval $(kernel-module))
$(eval $(generic-package))
