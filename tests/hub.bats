# A hub: rfcat-listen, chatline and chatroom as the manual has them, seven peers and a keeper.
# Needs eight adapters: tests/lab/run -n 8 bats tests/hub.bats. The tests build on one another.
bats_require_minimum_version 1.5.0
load helper

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	hub=$(lab-addr hci0)
	export hub
	# shellcheck disable=SC2016 # for the peer's shell
	rfcat-listen -v -i hci0 -k -m 7 1 sh -c '
		chatline -w 0 -n "$RFCOMMREMOTEADDR" | chatroom room' 2>hub.err 3>&- &
	hub_pid=$!
	export hub_pid
	wait_line 30 '^listening' hub.err
	keep
	say host welcome
	local i
	for i in 1 2 3 4 5 6 7; do
		peer "$i"
	done
	for i in 1 2 3 4 5 6 7; do
		wait_line 60 ' <host> welcome$' out.$i
	done
}

teardown_file() {
	cd "$BATS_FILE_TMPDIR" || return
	local file
	for file in pid.*; do
		kill -CONT "$(cat "$file")"
		kill "$(cat "$file")"
	done 2>/dev/null
	kill "$hub_pid"
	wait
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return
}

teardown() {
	[ -n "$BATS_TEST_COMPLETED" ] || tail -n 4 hub.err err.* room
}

# Each one's input is typed.NAME, its output out.NAME; pid.* are its processes.
keep() {
	: >typed.host
	tail -n +1 -f typed.host 2>/dev/null 3>&- | chatline -n host | chatroom room >out.host 3>&- &
	echo $! >pid.host
}

peer() { # peer NUMBER
	: >"typed.$1"
	mkfifo "in.$1"
	tail -n +1 -f "typed.$1" >"in.$1" 3>&- &
	echo $! >"pid.tail.$1"
	rfcat-connect -N -r 1 -i "hci$1" "$hub" 1 <"in.$1" >"out.$1" 2>"err.$1" 3>&- &
	echo $! >"pid.$1"
}

say() { # say NAME TEXT
	echo "$2" >>"typed.$1"
}

leave() { # leave NUMBER: at the end of what it has typed
	kill "$(cat "pid.tail.$1")"
	wait_for 60 gone "$(cat "pid.$1")"
	rm "in.$1" "pid.$1" "pid.tail.$1"
}

gone() {
	! kill -0 "$1" || [[ $(ps -o state= -p "$1") == Z ]]
}

name() { # name NUMBER: what the hub calls it
	if [ "$1" = host ]; then
		echo host
	else
		lab-addr "hci$1"
	fi
}

# Each member that was there all the time has seen the whole room except its own lines.
saw_all() { # saw_all NAME
	grep -v "^[^ ]* <$(name "$1")> " room | cmp - "out.$1"
}

@test "hub: seven peers and the keeper see all lines of the others, once, labelled, in one order" {
	local i n
	for n in $(seq 20); do
		for i in 1 2 3 4 5 6 7 host; do
			say $i "line $n of $i"
		done
	done
	wait_for 120 lines_in room 161
	for i in 1 2 3 4 5 6 7 host; do
		wait_for 120 saw_all $i
		diff <(grep "<$(name $i)> line" room | cut -d ' ' -f 3-) <(seq -f "line %g of $i" 20)
	done
	[ "$(grep -Ec '^[0-9T:.+-]{29} <([0-9A-F:]{17}|host)> ' room)" = 161 ]
}

lines_in() {
	[ "$(wc -l <"$1")" -ge "$2" ]
}

@test "hub: a peer leaves and comes again, and sees the last ten lines first" {
	leave 7
	say host "seven has left"
	wait_line 60 'seven has left' out.1
	tail -n 10 room >before
	peer 7
	wait_for 60 lines_in out.7 10
	diff before out.7
	say 7 "back again"
	wait_line 60 "<$(name 7)> back again" out.host
	say 1 "welcome back"
	wait_line 60 "<$(name 1)> welcome back" out.7
	run ! grep -q "back again" out.7
}

@test "hub: a peer that is killed takes nothing from the others" {
	say 6 "last words"
	wait_line 60 "<$(name 6)> last words" out.1
	kill -KILL "$(cat pid.6)"
	say 2 "six has gone"
	wait_line 60 "<$(name 2)> six has gone" out.host
	local i
	for i in 1 2 3 4 5 host; do
		wait_for 60 saw_all $i
	done
	closed_twice() { [ "$(grep -c '^peer closed' hub.err)" = 2 ]; }
	wait_for 60 closed_twice
}

@test "hub: one floods and one stalls for a minute; each member gets everything" {
	local stalled=$SECONDS i n size
	kill -STOP "$(cat pid.5)"
	seq -f "flood %g ......................................................................" 6000 \
		>>typed.4
	echo "flood over" >>typed.4
	for n in 1 2 3; do
		say 1 "in between $n"
		wait_line 60 "<$(name 1)> in between $n" out.host
	done
	for i in 1 2 3 host; do
		wait_line 120 "<$(name 4)> flood over" out.$i
		wait_for 30 saw_all $i
	done
	size=$(stat -c %s out.5)
	minute_over() { ((SECONDS >= stalled + 60)); }
	wait_for 120 minute_over
	[ "$(stat -c %s out.5)" = "$size" ]
	say 3 "a minute later"
	wait_line 60 "<$(name 3)> a minute later" out.2
	kill -CONT "$(cat pid.5)"
	wait_line 120 "<$(name 3)> a minute later" out.5
	saw_all 5
	say 5 "here I am"
	wait_line 60 "<$(name 5)> here I am" out.4
	[ "$(grep -c 'flood [0-9]' room)" = 6000 ]
}
