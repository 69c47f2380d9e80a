# Sourced by the bats files: what they share. shellcheck shell=bash

REPO=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
PATH=$REPO/bin:$PATH

# wait_for SECS COMMAND [ARG ...]: until the command succeeds; fails, saying which, after SECS.
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		if ((SECONDS >= end)); then
			echo "timed out waiting for: $*" >&2
			return 1
		fi
		sleep 0.05
	done
}

# wait_line SECS PATTERN FILE: until a line of the file matches.
wait_line() {
	wait_for "$1" grep -q -e "$2" "$3" || {
		echo "$3 holds:" >&2
		cat "$3" >&2
		return 1
	}
}

# Waits for a process of ours to end, 60 s at most, and returns its exit status.
status_of() {
	wait_for "${2-60}" ended "$1" || return 99
	wait "$1"
}

ended() {
	! kill -0 "$1" 2>/dev/null || [[ $(ps -o state= -p "$1") == Z ]]
}

# require COMMAND ...: what a test needs has to be there; no test is ever skipped.
require() {
	local command
	for command; do
		command -v "$command" >/dev/null || {
			echo "not installed: $command" >&2
			return 1
		}
	done
}
