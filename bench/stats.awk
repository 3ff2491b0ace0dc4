# SPDX-License-Identifier: GPL-2.0-only
# Copyright (C) 2026 The pcsc-passthru authors
#
# Of sorted ns, one a line: count, p50, p90, p99 in us and round trips a second.
# A percentile is the smallest value that so many of all do not exceed.

function percentile(p,	i) {
	i = int(NR * p / 100)
	return ns[i < NR * p / 100 ? i + 1 : i] / 1000
}
{ ns[NR] = $1; sum += $1 }
END {
	if (NR)
		printf "%d\t%.1f\t%.1f\t%.1f\t%.0f\n", NR, percentile(50), percentile(90),
			percentile(99), NR / (sum / 1e9)
}
