#!/usr/bin/env bats
# rfchat-window: on a display of the test's own (Xvfb), typed by xdotool, and read as a screen reader
# does. alice has hci0, bob hci1, others answer scans.

# shellcheck disable=SC2154 # rfcomm_setup sets alice and bob

bats_require_minimum_version 1.5.0
load helper

setup_file() {
	require rfchat-window Xvfb xdotool dbus-daemon
	export XDG_RUNTIME_DIR=$BATS_FILE_TMPDIR DISPLAY=:9 GDK_BACKEND=x11 GSK_RENDERER=cairo
	export DBUS_SESSION_BUS_ADDRESS=unix:path=$XDG_RUNTIME_DIR/bus
	chmod 700 "$XDG_RUNTIME_DIR"
	Xvfb :9 -screen 0 1800x700x24 -nolisten tcp 3>&- 2>"$XDG_RUNTIME_DIR/Xvfb" &
	echo $! >"$XDG_RUNTIME_DIR/processes"
	dbus-daemon --session --nofork --address="$DBUS_SESSION_BUS_ADDRESS" 3>&- >"$XDG_RUNTIME_DIR/dbus" 2>&1 &
	echo $! >>"$XDG_RUNTIME_DIR/processes"
	wait_for 30 xdotool getdisplaygeometry
	wait_for 30 test -S "$XDG_RUNTIME_DIR/bus"
}

teardown_file() {
	local process
	while read -r process; do
		kill "$process" || true
	done <"$XDG_RUNTIME_DIR/processes"
}

setup() {
	rfcomm_setup
	mkdir tmp
	export TMPDIR=$PWD/tmp
	fds=()
}

teardown() {
	local fd who
	for fd in "${fds[@]}"; do
		exec {fd}>&-
	done
	air heal
	stop_all
	for who in *.seen; do
		[ -z "${BATS_ERROR_STATUS#0}" ] || [ ! -e "$who" ] || { echo "$who:"; grep -v -e ': $' -e ': Gtk' "$who" || true; }
	done
	set_name hci1 bob
	set_name hci2 carol
}

# window WHO [OPTION ...] ...: opens one; what is in it is in WHO.seen. Its process is $window.
window() {
	local who=$1
	shift
	mkdir -p "$who.home"
	XDG_STATE_HOME=$PWD/$who.home XDG_DOWNLOAD_DIR=$PWD/$who.home \
		rfchat-window -n "$who" "$@" >"$who.err" 2>&1 3>&- &
	window=$!
	: >"$who.seen"
	/usr/bin/python3 "$REPO/tests/window.py" "$window" "$who.seen" 3>&- &
	find_window "$who"
	wait_seen "$who" '^\*text: Type a line'
}

find_window() {
	timeout 60 xdotool search --sync --onlyvisible --pid "$window" | head -n 1 >"$1.id"
}

# wait_seen WHO PATTERN: until it is.
wait_seen() {
	wait_line 60 "$2" "$1.seen"
}

# press WHO KEY ...: into the window.
press() {
	local who=$1
	shift
	xdotool windowfocus --sync "$(cat "$who.id")" key "$@"
}

# type_in WHO TEXT: a line, into whatever has the focus there.
type_in() {
	xdotool windowfocus --sync "$(cat "$1.id")" type --delay 1 -- "$2"
	wait_for 30 grep -qF "${3-$2}" "$1.seen"
	xdotool key Return
}

# chat OPTION ...: bob's rfchat, plain: >&$to_bob is typed, bob.out shown.
chat() {
	mkfifo bob.in
	mkdir bob.home
	XDG_STATE_HOME=$PWD/bob.home XDG_DOWNLOAD_DIR=$PWD/bob.home rfchat -i hci1 "$@" \
		<bob.in >bob.out 2>bob.err 3>&- &
	chat=$!
	exec {to_bob}>bob.in
	fds+=("$to_bob")
}

is_in_reach() {
	wait_for 60 published
}

published() {
	btscan -i hci1 -s "$alice" | grep -q rfchat
}

# closes WHO PROCESS: in order.
closes() {
	press "$1" ctrl+q
	status_of "$2"
}

bob_leaves() {
	exec {to_bob}>&-
	status_of "$chat" || true
}

nothing_left() {
	wait_for 20 nothing_of_it || {
		ls -A "$TMPDIR"
		ps ax
		return 1
	} >&2
}

nothing_of_it() {
	[ -z "$(ls -A "$TMPDIR")" ] && ! pgrep -x 'rfchat|btscan|rfchat-window'
}

# set_name ADAPTER NAME
set_name() {
	busctl set-property org.bluez "/org/bluez/$1" org.bluez.Adapter1 Alias s "$2"
}

@test "window: a conversation with a plain rfchat, by the keyboard alone" {
	window alice -i hci0
	wait_seen alice "list item: bob, $bob"
	wait_seen alice 'label: Waiting for a call'
	is_in_reach
	chat -n bob "$alice"
	wait_seen alice '^frame: bob'
	wait_seen alice 'label: Connected$'
	wait_seen alice 'label: \(Open\|Encrypted\)$'
	type_in alice 'hi bob'
	wait_line 30 '<alice> hi bob$' bob.out
	wait_seen alice 'list item: alice: hi bob, .*, delivered$'
	echo 'hi alice' >&"$to_bob"
	wait_seen alice 'list item: bob: hi alice, '

	air nopage hci0 on
	air lose hci0 hci1
	wait_seen alice 'label: Away since [0-9:]*$'
	type_in alice 'not yet'
	wait_seen alice 'list item: alice: not yet, .*, not delivered yet$'
	wait_seen alice 'label: Away since .* 1 line waits$'
	air heal
	wait_line 60 '<alice> not yet$' bob.out
	wait_seen alice 'list item: alice: not yet, .*, delivered$'

	closes alice "$window"
	bob_leaves
	nothing_left
}

@test "window: a file is sent, and saved only after the question" {
	window alice -i hci0
	is_in_reach
	chat -n bob "$alice"
	wait_seen alice 'label: Connected$'
	echo "from bob" >notes.txt
	echo "/send $PWD/notes.txt" >&"$to_bob"
	wait_seen alice 'label: save notes.txt, 9 bytes?'
	wait_seen alice '^\*text: Type a line'
	press alice alt+y
	wait_seen alice "label: saved as $PWD/alice.home/notes.txt"
	cmp notes.txt alice.home/notes.txt
	type_in alice "/send $PWD/notes.txt"
	wait_line 60 'state question save notes.txt' bob.err
	echo y >&"$to_bob"
	wait_seen alice 'list item: bob has notes.txt'
	cmp notes.txt bob.home/notes.txt

	kill -KILL "$(pgrep -P "$window" -x rfchat)"
	wait_seen alice 'label: The conversation has ended, see above'
	press alice alt+s
	wait_seen alice 'label: Waiting for a call'
	closes alice "$window"
	bob_leaves
	nothing_left
}

@test "window: names and lines of a peer harm nothing" {
	local evil
	evil=$'<b>x</b>&amp;#[fg=red]\\n"\'`$(id)\e[31m\u202e'
	set_name hci1 "$evil"
	set_name hci2 "$(printf '<%.0s' {1..248})"
	window alice -i hci0
	wait_seen alice '^list item: <b>x</b>&amp;#\[fg=red\]\\n"'"'"'`$(id)^\[\[31m<U+202E>, '"$bob"
	wait_seen alice '^list item: <\{200,248\}, '
	is_in_reach
	chat -n "$evil" "$alice"
	wait_seen alice '^frame: <b>x</b>&amp;#\[fg=red\]\\n"'
	printf '%s\n' "$evil" >&"$to_bob"
	wait_seen alice '^list item: <b>x</b>.*: <b>x</b>&amp;#\[fg=red\]\\n"'"'"'`$(id)^\[\[31m<U+202E>, '
	type_in alice 'still here'
	wait_line 30 '<alice> still here$' bob.out
	closes alice "$window"
	bob_leaves
	run ! grep -i warning alice.err
	nothing_left
}

@test "window: two windows meet sealed, by a code" {
	local code first
	window alice -e -l -i hci0
	first=$window
	is_in_reach
	window bob -e -i hci1 "$alice"
	wait_seen alice '^label: [0-9]\{3\}-[0-9]\{3\}$'
	code=$(sed -n 's/^label: \([0-9]\{3\}-[0-9]\{3\}\)$/\1/p' alice.seen | head -n 1)
	wait_seen bob '^\*text: Code of six digits'
	type_in bob "$code"
	wait_seen alice 'label: Sealed$'
	wait_seen bob 'label: Sealed$'
	wait_seen bob '^\*text: Type a line'
	type_in bob 'hi alice'
	wait_seen alice 'list item: .*: hi alice, '
	type_in alice 'hi bob'
	wait_seen bob 'list item: .*: hi bob, '
	wait_seen alice 'hi bob, .*, delivered$'
	closes bob "$window"
	wait_seen alice 'label: Away since'
	closes alice "$first"
	nothing_left
}

@test "window: without a display it says so; rfchat -g opens it" {
	fails_with 1 'no display to open a window on' env -u DISPLAY -u WAYLAND_DISPLAY rfchat-window
	rfchat -g -i hci0 -n alice 3>&- &
	window=$!
	find_window alice
	closes alice "$window"
	nothing_left
}
