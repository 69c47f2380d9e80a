# Functions that the bats files share.
# shellcheck shell=bash disable=SC2034

REPO=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd)
PATH=$REPO/bin:$PATH

exec {nothing}<> <(:)

# pause SECS: by a read without data, since a process more counts on an emulated processor.
pause() {
	read -r -t "$1" -u "$nothing" || true
}

# wait_for SECS COMMAND [ARG ...]: until the command succeeds; fails, saying which, after SECS.
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		if ((SECONDS >= end)); then
			echo "timed out waiting for: $*" >&2
			return 1
		fi
		pause 0.1
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

# require COMMAND ...: fails unless all are installed; no test is ever skipped.
require() {
	local command
	for command; do
		command -v "$command" >/dev/null || {
			echo "not installed: $command" >&2
			return 1
		}
	done
}

# For the tests over RFCOMM: alice (hci0) listens, bob (hci1) connects, each test on a channel of
# its own, and none that BlueZ itself may hold (SIM Access: 8). Everything happens in the test's own folder.
rfcomm_setup() {
	cd "$BATS_TEST_TMPDIR" || return
	radio_is_alive || lab-fresh
	alice=$(lab-addr hci0)
	bob=$(lab-addr hci1)
	channel=$((BATS_TEST_NUMBER % 18 + 9))
}

# For a file with a lab of its own: lab-fresh with these options, and, at its end, as many
# controllers as there were before.
own_lab() {
	cp /run/lab/controllers "$BATS_FILE_TMPDIR/controllers"
	lab-fresh "$@"
}

give_back_lab() { lab-fresh -n "$(cat "$BATS_FILE_TMPDIR/controllers")"; }

# Checks the lab's controllers, where there is a lab; if they have died, prints their last messages
# and the kernel's.
radio_is_alive() {
	[ ! -e /run/air ] || air links >/dev/null || {
		tail -n 5 /run/lab/*.log
		dmesg | tail -n 5
		return 1
	} >&2
}

# Ends the processes that a test has left, also after a failure.
stop_all() {
	local left
	mapfile -t left < <(jobs -p)
	[ ${#left[@]} -eq 0 ] || kill -CONT "${left[@]}" 2>/dev/null
	[ ${#left[@]} -eq 0 ] || kill "${left[@]}" 2>/dev/null
	wait
	radio_is_alive || true
}

# listener [OPTION ...] CHANNEL ...: alice listens, with stdin from $input (nothing), to
# listener.out and listener.err; its process is $listener. Returns when peers can connect.
listener() {
	rfcat-listen -v -i hci0 "$@" <"${input-/dev/null}" >listener.out 2>listener.err 3>&- &
	listener=$!
	wait_line 20 '^listening' listener.err
}

# The processes that serve the peers of a listener with -k and a program: its only child starts them.
sessions_of() {
	pgrep -P "$(pgrep -P "$1")"
}

no_sessions_of() {
	! sessions_of "$1"
}

# Random bytes in a file.
random_file() {
	head -c "$2" /dev/urandom >"$1"
}

# The CPU time of a process in hundredths of a second.
cpu_of() {
	awk '{print $14 + $15}' "/proc/$1/stat"
}

# fails_with STATUS PATTERN COMMAND ...: one line on stderr that matches, and nothing on stdout.
# shellcheck disable=SC2154 # bats sets them in run
fails_with() {
	local expected=$1 pattern=$2
	shift 2
	run --separate-stderr "$@"
	echo "status $status, stdout '$output', stderr '$stderr'"
	[ "$status" -eq "$expected" ] && [ -z "$output" ] &&
		[ "${#stderr_lines[@]}" -eq 1 ] && [[ $stderr =~ $pattern ]]
}

# recipe NAME: what man/rfcat.7 prints below the comment NAME. ADDR is alice's.
recipe() {
	sed -n "/^\.\\\\\" $1\$/,/^\.Ed\$/p" "$REPO/man/rfcat.7" |
		sed -e '1,2d' -e '$d' -e 's/\\e/\\/g' -e "s/\<ADDR\>/${alice-ADDR}/"
}
