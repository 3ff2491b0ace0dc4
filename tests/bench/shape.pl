#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# Usage: shape.pl FILE PATH:BYTES...
#
# Whether FILE is a result of scripts/bench as Documentation/performance.md
# describes it, with a row for each PATH at each of BYTES and no others. Says what
# is wrong.

use strict;
use warnings;
use JSON::PP;

my ($file, @wanted) = @ARGV;
open my $in, '<', $file or die "$file: $!\n";
my $json = decode_json(do { local $/; <$in> });
my @wrong;

sub number { return defined $_[0] && !ref $_[0] && encode_json([$_[0]]) =~ /^\[[0-9.]+\]$/ }

for my $name (qw(date command cpu cpus kernel guest_kernel qemu pcscd rounds)) {
	push @wrong, "env has no $name" unless length($json->{env}{$name} // '');
}
for my $name (qw(rows start gap many guests rest dropped)) {
	push @wrong, "$name is no list" unless ref $json->{$name} eq 'ARRAY';
}
my %seen;
for my $row (@{ $json->{rows} // [] }) {
	my $key = ($row->{path} // '?') . ':' . ($row->{bytes} // '?');
	push @wrong, "$key is there twice" if $seen{$key}++;
	push @wrong, "$key has no machine" unless length($row->{machine} // '');
	for my $name (qw(bytes n p50_us p90_us p99_us rate)) {
		push @wrong, "$key: $name is no number" unless number($row->{$name});
	}
	push @wrong, "$key: percentiles out of order"
	    unless 0 < $row->{p50_us} && $row->{p50_us} <= $row->{p90_us} &&
		   $row->{p90_us} <= $row->{p99_us};
	push @wrong, "$key: no rate" unless $row->{rate} > 0;
}
for my $key (@wanted) {
	push @wrong, "no row of $key" unless delete $seen{$key};
}
push @wrong, "a row of $_, which nobody wanted" for sort keys %seen;
print "$_\n" for @wrong;
exit(@wrong ? 1 : 0);
