#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# The ways into a guest: Debian packages by dpkg-buildpackage, for armhf; the module's,
# installed where a kernel is, has DKMS build it; `make modules_install`, `make install`
# and plain DKMS do the same without packages. guest/packages.sh installs them in a guest.
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"
# shellcheck source=tests/ktap.sh
. "$top/tests/ktap.sh"

version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "$top/dkms.conf")
tar=$("$top/scripts/build-packages" --root)
root=$build/root/packages
rm -rf "$root"
trap 'rm -rf "$root"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# in_root COMMAND...: in one Debian for all of these tests
in_root() { "$top/scripts/root" run "$tar" "$root" "$@"; }
# contents DEB: its files, but documents
contents() {
	dpkg-deb --fsys-tarfile "$1" | tar -t | sed -n 's|^\./||;/[^/]$/p' |
		grep -v ^usr/share/doc/ | sort
}
# below DIR: the files in there, in that Debian
below() { (cd "$root$1" && find . -type f | sed 's|^\./||' | sort); }
# dkms_says: of our module
dkms_says() { in_root dkms status pcsc-passthru; }
# for_kernel FILE: which kernel a module is for
for_kernel() { in_root modinfo -F vermagic "$1" | cut -d' ' -f1; }

ktap_begin
if debs=$("$top/scripts/build-packages"); then
	ok "dpkg-buildpackage"
else
	not_ok "dpkg-buildpackage"
fi
is "the packages" "$(cd "$debs" && echo ./*_*.deb | sed 's/_[^ ]*//g')" \
	"./pcsc-passthru-dkms ./pcsc-passthru-ifd ./pcsc-passthru-tools" || :
is "one version" "$(dpkg-parsechangelog -l "$top/debian/changelog" -S Version)" "$version" || :
is "lintian has nothing to say" "$(cat "$debs/lintian" 2>&1)" "" || :
is "files of pcsc-passthru-tools" "$(contents "$debs/pcsc-passthru-tools.deb")" "\
usr/bin/pcsc-reader
usr/lib/udev/rules.d/60-pcsc-passthru.rules
usr/share/bash-completion/completions/pcsc-reader
usr/share/man/man1/pcsc-reader.1.gz" || :
is "files of pcsc-passthru-ifd" \
	"$(contents "$debs/pcsc-passthru-ifd.deb" | grep -v /lintian/)" "\
usr/lib/pcsc/drivers/serial/libifdpcscpassthru.so
usr/lib/systemd/system/pcscd.service.d/pcsc-passthru.conf
usr/sbin/pcsc-passthru-reader-conf
usr/share/man/man8/pcsc-passthru-reader-conf.8.gz" || :
is "scripts of pcsc-passthru-ifd" \
	"$(dpkg-deb --ctrl-tarfile "$debs/pcsc-passthru-ifd.deb" | tar -t | sed -n 's,^\./\(p.*\),\1,p' | sort)" "\
postinst
postrm" || :

# The module by its package: dpkg's scripts call DKMS.
in_root true
kernel=$(cd "$root/usr/src" && echo linux-headers-*-"$(dpkg --print-architecture)" |
	sed 's/linux-headers-//')
ko=/lib/modules/$kernel/updates/dkms/pcsc_passthru.ko
cp "$debs/pcsc-passthru-dkms.deb" "$root/"
check "its package is installed" in_root dpkg -i /pcsc-passthru-dkms.deb || :
is "DKMS has built it" "$(dkms_says)" "pcsc-passthru/$version, $kernel, $(uname -m): installed" || :
is "for that kernel" "$(for_kernel "$ko")" "$kernel" || :
log=$root/var/lib/dkms/pcsc-passthru/$version/$kernel/$(uname -m)/log/make.log
check "its log" grep -q 'pcsc_passthru\.ko' "$log" || :
is "without a warning" "$(grep -i warning "$log" 2>&1)" "" || :
check "its package is purged" in_root dpkg -P pcsc-passthru-dkms || :
is "DKMS has forgotten it" "$(dkms_says)" "" || :
check "no module is left" test ! -e "$root$ko" || :

# The same without a package
mkdir "$root/src"
copy_sources "$root/src"
check "make install-dkms" in_root make -C /src install-dkms || :
is "what DKMS has of the sources" "$(below "/usr/src/pcsc-passthru-$version" | tr '\n' ' ')" \
	"$(cd "$top" && git ls-files -co --exclude-standard dkms.conf Kbuild ':(glob)*.[ch]' compat include |
		sort | tr '\n' ' ')" || :
check "dkms install" in_root dkms install "pcsc-passthru/$version" -k "$kernel" || :
is "dkms install: for that kernel" "$(for_kernel "$ko")" "$kernel" || :
check "dkms remove" in_root dkms remove "pcsc-passthru/$version" --all || :

check "make modules" in_root make -C /src modules KDIR="/usr/src/linux-headers-$kernel" || :
check "make modules_install" in_root make -C /src modules_install \
	KDIR="/usr/src/linux-headers-$kernel" INSTALL_MOD_PATH=/modules || :
is "its module" "$(below /modules | grep '\.ko')" "lib/modules/$kernel/extra/pcsc_passthru.ko" || :
check "make install" in_root make -C /src install DESTDIR=/here prefix=/usr || :
is "its files" "$(below /here)" "$(contents "$debs/pcsc-passthru-tools.deb" | sed 's/\.gz$//')" || :
check "its program runs" in_root /here/usr/bin/pcsc-reader --help || :
ktap_end
