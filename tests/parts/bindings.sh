#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# The device tree binding: valid itself, accepts the nodes we ship and the one
# QEMU adds to a stock DTB, and refuses one that is wrong.
set -eu

# shellcheck source=scripts/common.sh
. "$(dirname -- "$0")/../../scripts/common.sh"
# shellcheck source=tests/ktap.sh
. "$top/tests/ktap.sh"

command -v dt-validate >/dev/null || {
	! "$top/scripts/setup" --checks --list | grep -qx dt-schema || die "dt-validate is missing"
	ktap_begin
	skip "the binding" "no dt-validate (Debian 13 has none)"
	ktap_end
	exit
}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

binding=$(find "$top/Documentation/devicetree" -name 'linaro,pcsc-passthru.yaml')
compatible=linaro,pcsc-passthru

# node TEXT: a DTS around the node, as it stands under a simple-bus
node() {
	cat <<-DTS
	/dts-v1/;
	/ {
		compatible = "linaro,pcsc-test-board";
		model = "test";
		#address-cells = <2>;
		#size-cells = <2>;
		interrupt-parent = <&gic>;
		gic: interrupt-controller {
			#interrupt-cells = <3>;
			interrupt-controller;
		};
		$1
	};
	DTS
}

validate() { # DTS: only what our binding says counts
	dtc -q -I dts -O dtb -o "$tmp/t.dtb" "$1" || return 2
	dt-validate -m -l "$compatible" -s "${binding%/*}" "$tmp/t.dtb" >"$tmp/out" 2>&1 ||
		{ cat "$tmp/out"; return 1; }
	cat "$tmp/out"
	! grep -q "pcsc" "$tmp/out"
}
refuses() { ! validate "$1"; }

ktap_begin
check "yamllint" yamllint -s -d "{extends: relaxed, rules: {line-length: {max: 110}}}" "$binding"
check "dt-doc-validate" dt-doc-validate "$binding"

node 'pcsc@1f000000 {
	compatible = "linaro,pcsc-passthru";
	reg = <0 0x1f000000 0 0x1000>;
	interrupts = <0 47 4>;
};' >"$tmp/good.dts"
check "the node of 2014" validate "$tmp/good.dts"

node 'pcsc@1f000000 {
	compatible = "linaro,pcsc-passthru";
	reg = <0 0x1f000000 0 0x1000>;
	interrupts = <0 47 4>;
	dma-coherent;
};' >"$tmp/coherent.dts"
check "with dma-coherent" validate "$tmp/coherent.dts"

node 'pcsc@1f000000 {
	compatible = "linaro,pcsc-passthru";
	reg = <0 0x1f000000 0 0x1000>;
};' >"$tmp/noirq.dts"
check "refused: no interrupts" refuses "$tmp/noirq.dts"

node 'pcsc@1f000000 {
	compatible = "linaro,pcsc-passthru";
	reg = <0 0x1f000000 0 0x1000>;
	interrupts = <0 47 4>;
	num-readers = <3>;
};' >"$tmp/extra.dts"
check "refused: an unknown property" refuses "$tmp/extra.dts"
ktap_end
