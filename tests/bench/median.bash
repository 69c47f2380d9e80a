# Sourced by the benchmarks. shellcheck shell=bash

# The median of the numbers that the lines begin with; of two, the smaller one.
median() {
	sort -g | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}
