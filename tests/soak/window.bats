#!/usr/bin/env bats
# What rfchat-window does in minutes: make chat-soak runs it.

# shellcheck disable=SC2154 # rfcomm_setup sets alice and bob

bats_require_minimum_version 1.5.0
load ../helper
load ../rfchat
load ../window

setup_file() {
	window_setup_file
}

teardown_file() {
	window_teardown_file
}

setup() {
	window_setup
}

teardown() {
	rfchat_teardown
}

# rows WHO: the lines of the conversation, without times and marks.
rows() {
	in_sight "$1" | sed -n 's/^list item \([a-z]*: .*\), [0-9][0-9]:[0-9][0-9].*/\1/p'
}

@test "window: two windows lose the link while both type, and show every line, once, and delivered" {
	open_window alice -l -i hci0
	is_in_reach
	open_window bob -i hci1 "$alice"
	see bob '^label Connected$'
	see alice '^label Connected$'
	local round who losses=${WINDOW_LOSSES-1}
	for round in $(seq "$losses"); do
		type_line bob "bob, as it breaks $round"
		type_line alice "alice, as it breaks $round"
		air lose hci0 hci1
		type_line bob "bob, apart $round"
		for who in alice bob; do
			see "$who" "^list item bob: bob, apart $round, "
			see "$who" "^list item alice: alice, as it breaks $round, "
		done
	done
	see bob "^list item bob: bob, apart $losses, ..:.., delivered$"
	see alice "^list item alice: alice, as it breaks $losses, ..:.., delivered$"
	for who in alice bob; do
		rows "$who" >"$who.rows"
		sort "$who.rows" | diff - <(for round in $(seq "$losses"); do
			printf '%s\n' "bob: bob, as it breaks $round" "bob: bob, apart $round" \
				"alice: alice, as it breaks $round"
		done | sort)
		run ! grep -q 'not delivered yet' <(in_sight "$who")
	done
	# Each one's own lines are in the order in which they were typed.
	diff <(grep ^bob alice.rows) <(grep ^bob bob.rows)
	diff <(grep ^alice alice.rows) <(grep ^alice bob.rows)
	leaves bob 0 ctrl+w
	leaves alice 0 ctrl+q
	nothing_left
}

@test "window: two windows agree on a code of six digits, and a file needs consent" {
	local code
	mkdir alice bob
	HOME=$PWD/alice open_window alice -l -e -i hci0
	wait_for 60 published 1
	HOME=$PWD/bob open_window bob -e -i hci1 "$alice"
	see alice '^label Say this code to your peer:$'
	code=$(in_sight alice | sed -n 's/^label \([0-9]\{3\}-[0-9]\{3\}\)$/\1/p')
	see bob '^label Type the code that your peer sees'
	type_line bob "$code"
	see bob '^label Sealed$'
	see alice '^label Sealed$'
	wait_for 30 hidden alice "$code"
	type_line bob secret
	see alice '^list item bob: secret, ..:..$'

	echo plan >plan
	type_line bob "/send $PWD/plan"
	see alice '^label save plan, 5 bytes\?$'
	press alice alt+n
	see bob '^list item alice declines plan, '
	type_line bob "/send $PWD/plan"
	see alice '^label save plan, 5 bytes\?$'
	[ ! -e alice/Downloads ]
	press alice alt+y
	see alice '^list item saved as '
	cmp plan alice/Downloads/plan
	leaves bob 0 ctrl+q
	leaves alice 0 ctrl+q
	nothing_left
}

@test "window: it says what has failed, starts again, and asks before lines are lost" {
	open_window alice -l -i hci0
	see alice '^label Waiting for a call$'
	# What killed it leaves nobody to say so but the window.
	pkill -KILL -P "${pid_of[alice]}" -x rfchat
	see alice '^label The conversation has ended, see above\.$'
	see alice '^label Not connected$'
	press alice alt+s
	see alice '^label Waiting for a call$'
	is_in_reach

	# Nobody is there with this address.
	open_window bob -i hci1 00:00:5E:00:53:01
	see bob '^label Calling…$'
	see bob '^list item .*host is down'
	type_line bob "are you there?"
	see bob '^label Calling… · 1 line waits$'
	press bob ctrl+q
	see bob '^label 1 of your lines is not delivered yet\. Leave all the same\?$'
	press bob alt+s
	see bob 'Type a line \(focused\)$'
	press bob ctrl+q
	see bob '^label 1 of your lines is not delivered yet'
	leaves bob 0 alt+l

	open_window bob -i hci9
	see bob '^label btscan: -i hci9: no such adapter'
	see bob '^list item rfcat-listen: waiting for an adapter: hci9'
	leaves bob 0 ctrl+q
	leaves alice 0 ctrl+q
	nothing_left
}
