# Sourced. shellcheck shell=bash

# Runs a command again and again until it succeeds: 30 s at most.
await() {
	local end=$((SECONDS + 30))
	until "$@" >/dev/null 2>&1; do
		if ((SECONDS >= end)); then
			echo "${0##*/}: timed out: $*" >&2
			exit 1
		fi
		sleep 0.05
	done
}
