# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
# shellcheck shell=sh disable=SC2154 # build, out, work: set by bench/inside and scripts/bench
#
# The guests that are measured: start, ask, stop them. A guest is called NAME here,
# which is KIND@MACHINE[@VARIANT], such as bare@vexpress-a15@legacy. Sourced by
# bench/inside, in the namespaces of scripts/stack.

# Not those of the stack's own vpcd
vpcd_port=36963
answer_s=300

# qemu_debian: Debian's QEMU, with the libraries of its own release
qemu_debian() {
	root=$out/qemu
	libs=$(dpkg-architecture -qDEB_HOST_MULTIARCH)
	QEMU_MODULE_DIR=$root/usr/lib/$libs/qemu exec \
		"$root"/lib*/ld-linux*.so.2 \
		--library-path "$root/usr/lib/$libs:$root/lib/$libs" \
		"$root/usr/bin/qemu-system-arm" -L "$root/usr/share/qemu" "$@"
}
qemu_ours() {
	exec "$build/qemu/10.0/qemu-system-arm" "$@"
}

# far_end KIND READERS: the peers' cards, once for all guests of a kind
far_end() {
	[ ! -e "$work/far.$1.$2" ] || return 0
	case $1 in
	usb-ccid) "$out/host/card" vscard "$work/vscard" "$2" 2>"$work/far.$1.log" & ;;
	vpcd-net) "$out/host/card" vpcd "$vpcd_port" "$2" 2>"$work/far.$1.log" & ;;
	*) return 0 ;;
	esac
	: >"$work/far.$1.$2"
	sleep 0.2
}

# guest_start NAME [READERS [WORDS FOR THE KERNEL...]]: returns at once; sets
# $started, ns
guest_start() {
	name=$1
	readers=${2:-1}
	shift "$(($# < 2 ? $# : 2))"
	words="console=ttyAMA0 panic=-1 oops=panic cryptomgr.notests deferred_probe_timeout=1"
	words="$words initcall_blacklist=load_system_certificate_list,init_blk_tracer"
	words="$words bench.kind=${name%%@*} bench.variant=${name##*@} bench.readers=$readers bench.port=$vpcd_port $*"
	kind=${name%%@*}
	machine=${name#*@}
	variant=${machine#*@}
	machine=${machine%%@*}
	dir=$work/$name
	rm -rf "$dir"
	mkdir -p "$dir"
	mkfifo "$dir/port.in" "$dir/port.out"
	series=$BENCH_KERNEL
	[ "$variant" != armmp ] || series=${series%-lpae}
	qemu=qemu_debian
	set --
	case $machine in
	vexpress-a15)
		set -- -machine vexpress-a15 -audio none \
			-dtb "$build/kernel/$series/vexpress-v2p-ca15-tc1.dtb"
		;;
	virt) set -- -machine virt,highmem=off -cpu cortex-a15 ;;
	esac
	case $kind in
	ours | bare) qemu=qemu_ours ;;
	usb-ccid)
		far_end usb-ccid 10
		set -- "$@" -device qemu-xhci,p2=15,p3=15,id=usb
		n=0
		while [ $n -lt "$readers" ]; do
			set -- "$@" -chardev "socket,id=card$n,path=$work/vscard.$n" \
				-device "usb-ccid,id=ccid$n,bus=usb.0" \
				-device "ccid-card-passthru,bus=ccid$n.0,chardev=card$n"
			n=$((n + 1))
		done
		;;
	vpcd-net)
		far_end vpcd-net 10
		set -- "$@" -netdev user,id=net -device virtio-net-device,netdev=net
		;;
	esac
	case $variant in
	legacy) set -- "$@" -global pcsc-passthru.version=1 ;;
	legacy2) set -- "$@" -global pcsc-passthru.version=1 -smp 2 ;;
	off) set -- "$@" -machine pcsc=off ;;
	esac
	# shellcheck disable=SC2034 # for bench/steps.sh
	started=$(date +%s%N)
	$qemu "$@" -m 256 -nodefaults -display none -no-reboot \
		-kernel "$build/kernel/$series/vmlinuz" -append "$words" \
		-initrd "$out/guest/$kind.$series.initrd" -serial "file:$dir/console" \
		-chardev "pipe,id=port,path=$dir/port" -device virtio-serial-device \
		-device virtserialport,chardev=port,name=bench \
		</dev/null >"$dir/qemu.log" 2>&1 &
	echo $! >"$dir/pid"
}

guest_pid() { cat "$work/$1/pid"; }

# guest_lives NAME: whether it does; why not goes to stderr
guest_lives() {
	kill -0 "$(guest_pid "$1")" 2>/dev/null && return
	say "the guest $1 ended"
	tail -n 5 "$work/$1/qemu.log" "$work/$1/console" >&2
	return 1
}

# guest_listen NAME: what it sends, up to the line that ends it
guest_listen() {
	timeout "$answer_s" sed -u '/^=end /q' <"$work/$1/port.out"
}

# guest_ask NAME COMMAND: its output; status 1 if it fails, with its output on stderr
guest_ask() {
	printf '%s\n' "$2" >"$work/$1/port.in"
	guest_listen "$1" >"$work/$1/answer" || { guest_lives "$1"; return 1; }
	if [ "$(tail -n 1 "$work/$1/answer")" = '=end 0' ]; then
		sed '$d' "$work/$1/answer"
		return
	fi
	say "$1: $2:"
	tail -n 5 "$work/$1/answer" >&2
	return 1
}

guest_stop() {
	pid=$(guest_pid "$1")
	kill -KILL "$pid" 2>/dev/null || :
	wait "$pid" 2>/dev/null || :
}

# only NAME|none: of the guests in $running, the others stand still
only() {
	for other in $running; do
		[ "$other" = "$1" ] || kill -STOP "$(guest_pid "$other")"
	done
	[ "$1" = none ] || kill -CONT "$(guest_pid "$1")"
	sleep 0.1
}
