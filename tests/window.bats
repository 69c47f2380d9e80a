#!/usr/bin/env bats
# rfchat-window, by its keys and by what a screen reader gets to hear of it. Needs four adapters.

# shellcheck disable=SC2154 # rfcomm_setup sets alice and bob

bats_require_minimum_version 1.5.0
load helper
load rfchat
load window

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

@test "window: a conversation with a plain rfchat, with marks, also of what is typed apart" {
	chat alice -l -i hci0
	local alice_chat=$chat to_alice=$in
	is_in_reach
	open_window bob -i hci1 "$alice"
	see bob '^label Connected$'
	see bob '^label alice$'
	see bob '^label (Open|Encrypted)$'
	type_line bob "hi alice, are you well? <b>&amp;</b>"
	wait_line 30 '<bob> hi alice, are you well? <b>&amp;</b>$' alice.out
	see bob '^list item bob: hi alice, are you well\? <b>&amp;</b>, ..:.., delivered$'
	printf '%s\n' "¡Estupendo! ¿Y tú?" "/me waves" >&"$to_alice"
	see bob '^list item alice: ¡Estupendo! ¿Y tú\?, ..:..$'
	see bob '^list item alice waves, ..:..$'

	air nopage hci0 on
	air lose hci0 hci1
	see bob '^label Away since ..:..:..$'
	type_line bob "are you there?"
	see bob '^list item bob: are you there\?, ..:.., not delivered yet$'
	see bob '^label Away since ..:..:.. · 1 line waits$'
	echo "not yet" >&"$to_alice"
	air nopage hci0 off
	see bob '^label Connected$'
	see bob '^list item alice: not yet, ..:..$'
	see bob '^list item bob: are you there\?, ..:.., delivered$'
	wait_line 30 '<bob> are you there?$' alice.out

	# The line before the last, once more, by keys alone; then it leaves.
	press bob Up Up Return
	see bob 'Type a line \(focused\)$'
	wait_for 30 has_lines 2 '<bob> hi alice' alice.out
	leaves bob 0 ctrl+q
	wait_line 30 "state away $bob" alice.err
	[ "$(grep -c '<bob>' alice.out)" -eq 3 ]
	hang_up "$to_alice"
	status_of "$alice_chat"
	nothing_left
}

has_lines() {
	[ "$(grep -c -e "$2" "$3")" -eq "$1" ]
}

@test "window: it waits, lists who is around, and calls whom one chooses; no name is markup" {
	local name=$'<b>al</b> &lt; "x" \\\e[7m\u202e'
	busctl set-property org.bluez /org/bluez/hci0 org.bluez.Adapter1 Alias s "$name"
	chat alice -l -i hci0
	is_in_reach
	open_window bob -i hci1
	see bob '^label Waiting for a call$'
	see bob "^list item carol, $(lab-addr hci2)$"
	wait_for 60 no_scan
	# The next one is not over by itself: the call ends it, so that bluetoothd does not end the link.
	press bob F5
	wait_for 30 pkill -STOP -x -P "$window" btscan
	choose bob "$alice"
	see bob '^label Connected$'
	wait_for 30 no_scan
	see bob "^list item carol, $(lab-addr hci2)$"
	see bob '^label <b>al</b> &lt; "x" \\\\u001b\[7m<U\+202E>$'
	see bob 'Type a line \(focused\)$' # one types at once
	type_line bob "hi"
	wait_line 30 '<bob> hi$' alice.out

	# The peers can be hidden. Waiting again asks before it leaves this one.
	press bob F9
	wait_for 30 hidden bob '^list Peers around'
	press bob F9
	see bob '^list .*Peers around'
	press bob F6 Return
	see bob '^label Leave the conversation with '
	press bob alt+l
	see bob '^label Waiting for a call$'
	wait_line 30 "state away $bob" alice.err
	busctl set-property org.bluez /org/bluez/hci0 org.bluez.Adapter1 Alias s alice
	leaves bob 0 ctrl+q
}

@test "window: a wrong command line and a missing display get one line" {
	fails_with 2 '-x: unknown option' rfchat-window -x
	fails_with 2 "too many operands" rfchat-window "$alice" 1 2
	fails_with 1 'no display to open a window on' env -u DISPLAY rfchat-window
	run -0 rfchat-window -h
	[[ ${lines[0]} == "usage: rfchat-window "* ]]
}
