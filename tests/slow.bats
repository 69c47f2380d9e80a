# Tests that take long by nature: all at the same time, each on a channel and adapters of its own.
bats_require_minimum_version 1.5.0
load helper

# case NAME CHANNEL LISTENER-ARGUMENTS...: starts alice's listener with stdin from /dev/null.
start_listener() {
	local name=$1
	shift
	rfcat-listen -v -i hci0 "$@" </dev/null >"$name.got" 2>"$name.err" 3>&- &
	echo $! >"$name.listener"
	wait_line 20 '^listening' "$name.err"
}

# The connecting end, with stdin from a file; its exit status to NAME.status.
start_connect() {
	local name=$1 input=$2
	shift 2
	{
		status=0
		rfcat-connect -i hci1 "$@" <"$input" >"$name.reply" 2>"$name.connect.err" || status=$?
		echo "$status" >"$name.status"
	} 3>&- &
}

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	alice=$(lab-addr hci0)
	random_file sent 1048576

	# The receiver stops in the middle of 1 MiB.
	start_listener middle 1
	mkfifo slowly
	start_connect middle slowly "$alice" 1
	exec 4>slowly
	head -c 300000 sent >&4
	wait_for 30 holds middle.got 100000
	kill -STOP "$(cat middle.listener)"
	tail -c +300001 sent >&4 &
	exec 4>&-

	# The receiver stops when everything has been sent, but not taken.
	start_listener end 2
	head -c 80000 sent >"tail"
	mkfifo late
	start_connect end late "$alice" 2
	exec 7>late
	wait_line 20 '^connected' end.err
	kill -STOP "$(cat end.listener)"
	cat "tail" >&7
	exec 7>&-

	# A receiver whose own stdout stalls: the program does not read meanwhile.
	start_listener stall 3 sh -c 'sleep 90; cat >stalled'
	start_connect stall sent "$alice" 3

	# Two that are connected, and idle.
	start_listener idle 4
	mkfifo quiet
	exec 5<>quiet
	rfcat-connect -v -i hci1 "$alice" 4 <quiet >/dev/null 2>idle.connect.err 3>&- &
	echo $! >idle.connect
	wait_line 20 '^connected' idle.err
	wait_line 20 '^connected' idle.connect.err

	# One whose peer has closed, while its output is not read.
	start_listener closed 5 sh -c 'cat sent; true'
	mkfifo unread
	exec 6<>unread
	rfcat-connect -v -i hci1 "$alice" 5 </dev/null >unread 2>closed.err2 3>&- &
	echo $! >closed.connect

	# Not counting the time for starting and moving data, which is long under emulation.
	sleep 2
	for who in idle.listener idle.connect closed.connect; do
		cpu_of "$(cat $who)" >$who.before
	done
	sleep 90
	for who in idle.listener idle.connect closed.connect; do
		cpu_of "$(cat $who)" >$who.after
	done
	kill -CONT "$(cat middle.listener)" "$(cat end.listener)"
}

setup() { cd "$BATS_FILE_TMPDIR" || return; }

holds() { [ "$(stat -c %s "$1")" -ge "$2" ]; }

teardown_file() {
	cd "$BATS_FILE_TMPDIR" || return
	exec 5>&- 6>&-
	stop_all
}

@test "a receiver that is stopped for 90 s in the middle of 1 MiB loses nothing" {
	wait_for 60 test -s middle.status
	[ "$(cat middle.status)" -eq 0 ]
	wait_line 20 'received 1048576' middle.err
	cmp sent middle.got
}

@test "a receiver that is stopped for 90 s at the end loses nothing" {
	wait_for 60 test -s end.status
	cat end.connect.err
	[ "$(cat end.status)" -eq 0 ]
	wait_line 20 'received 80000' end.err
	cmp tail end.got
}

@test "a program that does not read for 90 s loses nothing" {
	wait_for 60 test -s stall.status
	[ "$(cat stall.status)" -eq 0 ]
	wait_for 20 cmp sent stalled
}

# The cost of waiting, in hundredths of a second.
cost_of() { echo $(($(cat "$1.after") - $(cat "$1.before"))); }

@test "idle for 90 s, the processor time is under 0.05 s at both ends" {
	[ "$(cost_of idle.listener)" -lt 5 ]
	[ "$(cost_of idle.connect)" -lt 5 ]
}

@test "after the peer's close, with a stalled reader, it is under 0.05 s, too" {
	[ "$(cost_of closed.connect)" -lt 5 ]
}
