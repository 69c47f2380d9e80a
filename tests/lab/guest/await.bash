# Sourced. shellcheck shell=bash

# Sleeps by a read without data: saves a process, which counts on an emulated processor.
exec {nothing}<> <(:)

# await COMMAND [ARG ...]: repeats it until it succeeds; gives up, with a message, after 180 s.
await() {
	local end=$((SECONDS + 180))
	until "$@" >/dev/null 2>&1; do
		if ((SECONDS >= end)); then
			echo "${0##*/}: timed out: $*" >&2
			tail -n 5 /run/lab/*.log >&2
			exit 1
		fi
		read -r -t 0.05 -u "$nothing" || true
	done
}

# end NAME ...: ends the processes of these names, and waits until they have gone.
end() {
	local pid pids
	pids=$(pidof "$@") || return 0
	# shellcheck disable=SC2086 # a list of words
	kill $pids
	for pid in $pids; do
		await gone "$pid"
	done
}

# A zombie has no program any more.
gone() {
	[ ! -e "/proc/$1/exe" ]
}

# daemon NAME PROGRAM [ARG ...]: in the background, with a log, and without anything else that the
# caller has open: bats would wait for that to be closed.
daemon() {
	(
		exec </dev/null >"/run/lab/$1.log" 2>&1
		for fd in /proc/"$BASHPID"/fd/*; do
			fd=${fd##*/}
			((fd <= 2)) || exec {fd}>&-
		done
		shift
		exec "$@"
	) &
}
