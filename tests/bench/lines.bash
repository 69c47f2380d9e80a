# Sourced by the benchmarks of chatsync. shellcheck shell=bash

# lines NAME FIRST STEP COUNT: stamped lines of 80 bytes, STEP seconds apart.
lines() {
	awk -v name="$1" -v first="$2" -v step="$3" -v count="$4" 'BEGIN {
		for (i = 0; i < count; i++) {
			second = first + int(i * step)
			if (int(second / 86400) != day)
				date = strftime("%Y-%m-%d", second, 1)
			day = int(second / 86400)
			printf "%sT%02d:%02d:%02d.123+00:00 <%s> %-*d\n", date, second / 3600 % 24,
				second / 60 % 60, second % 60, name, 47 - length(name), i
		}
	}'
}
