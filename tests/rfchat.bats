#!/usr/bin/env bats
# rfchat: alice waits with hci0, bob calls with hci1.

# shellcheck disable=SC2154 # rfcomm_setup sets alice and bob

bats_require_minimum_version 1.5.0
load helper

setup() {
	require rfchat tmux rlwrap yad Xvfb xdotool
	rfcomm_setup
	mkdir tmp
	# Whatever rfchat starts has a variable that names its folder in here.
	export TMPDIR=$PWD/tmp
	fds=()
}

teardown() {
	local fd
	for fd in "${fds[@]}"; do
		exec {fd}>&-
	done
	screen kill-server 2>/dev/null || true
	air heal
	stop_all
}

# chat WHO [OPTION ...] ...: plain rfchat: >&$in is typed, WHO.out shown. Its process is $chat.
chat() {
	local who=$1
	shift
	mkfifo "$who.in"
	(
		for fd in "${fds[@]}"; do
			exec {fd}>&-
		done
		exec rfchat -n "$who" "$@" <"$who.in" >"$who.out" 2>"$who.err" 3>&-
	) &
	chat=$!
	exec {in}>"$who.in"
	fds+=("$in")
}

hang_up() { # hang_up FD: no more is typed
	local fd=$1
	exec {fd}>&-
}

# chat_pair [OPTION ...]: alice and bob are connected; to_alice, to_bob and their processes.
chat_pair() {
	chat alice -l -i hci0 "$@"
	alice_chat=$chat to_alice=$in
	wait_line 60 waiting alice.out
	chat bob -i hci1 "$alice"
	bob_chat=$chat to_bob=$in
	wait_line 60 "connected to alice" bob.out
	wait_line 60 "connected to bob" alice.out
}

# ends_with STATUS PROCESS
ends_with() {
	local status=0
	status_of "$2" || status=$?
	[ "$status" -eq "$1" ]
}

# No process of any rfchat, no fifo, no file. The last words of a few may take a moment.
nothing_left() {
	wait_for 20 nothing_of_it || {
		find "$TMPDIR" >&2
		grep -lsz "^dir=$TMPDIR" /proc/[0-9]*/environ | sed 's/environ/cmdline/' |
			xargs -r cat | tr '\0' ' ' >&2
		return 1
	}
}

nothing_of_it() {
	[ -z "$(ls -A "$TMPDIR")" ] && ! grep -qsz "^dir=$TMPDIR" /proc/[0-9]*/environ
}

# Terminals, by a tmux of the test's own.
screen() {
	command tmux -S "$BATS_TEST_TMPDIR/screens" -f /dev/null "$@"
}

# terminal WHO [OPTION ...] ...: rfchat at a terminal, which shows "status N" at its end.
terminal() {
	local who=$1
	shift
	screen new-session -d -s "$who" -x 80 -y 24 \
		"rfchat -n $who $*; echo status \$?; exec cat" 3>&-
}

# wait_screen WHO PATTERN: until it can be seen.
wait_screen() {
	wait_for 60 shows "$@" || {
		screen capture-pane -p -t "$1" >&2
		return 1
	}
}

shows() {
	screen capture-pane -p -t "$1" | grep -q -e "$2"
}

terminal_pair() {
	terminal alice -l -i hci0
	wait_screen alice waiting
	terminal bob -i hci1 "$alice"
	wait_screen bob '^connected to alice' # the status line
	wait_screen alice '^connected to bob'
}

@test "rfchat: two talk, and each sees both; who leaves ends it for both" {
	chat_pair
	echo "hi alice" >&"$to_bob"
	wait_line 30 '<bob> hi alice' alice.out
	wait_line 30 '<bob> hi alice' bob.out
	echo "hi bob" >&"$to_alice"
	wait_line 30 '<alice> hi bob' bob.out
	echo "bye" >&"$to_alice"
	hang_up "$to_alice"
	status_of "$alice_chat"
	status_of "$bob_chat"
	cut -d ' ' -f 2- bob.out | diff - <(printf '%s\n' "connected to alice" "<bob> hi alice" \
		"<alice> hi bob" "<alice> bye" "alice has left")
	cut -d ' ' -f 2- alice.out | diff - <(printf '%s\n' \
		"waiting; on the other machine: rfchat $alice" "connected to bob" "<bob> hi alice" \
		"<alice> hi bob" "<alice> bye")
	cat alice.err bob.err
	[ ! -s alice.err ] && [ ! -s bob.err ]
	nothing_left
}

@test "rfchat: a log has the whole conversation, with dates, and is appended to" {
	echo earlier >"the log"
	chat_pair -o "the log"
	echo "hi alice" >&"$to_bob"
	wait_line 30 '<bob> hi alice' "the log"
	echo "hi bob" >&"$to_alice"
	hang_up "$to_alice"
	status_of "$alice_chat"
	diff <(sed 1d "the log") alice.out
	head -n 1 "the log" | grep -qx earlier
	grep -qE '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[+-][0-9:]{5} <alice> hi bob$' "the log"
}

@test "rfchat: a lost link is said and made again, and what was typed meanwhile arrives" {
	chat_pair
	air nopage hci0 on
	air lose hci0 hci1
	wait_line 30 "the link to bob is lost; trying again" alice.out
	wait_line 30 "the link to alice is lost; trying again" bob.out
	echo "still there?" >&"$to_bob"
	air nopage hci0 off
	wait_line 60 "<bob> still there?" alice.out
	[ "$(grep -c "connected to" bob.out)" -eq 2 ]
	hang_up "$to_bob"
	status_of "$bob_chat"
	status_of "$alice_chat"
	nothing_left
}

@test "rfchat: who never answered is not called again" {
	chat bob -i hci1 "$alice" 29
	ends_with 1 "$chat"
	[[ $(cat bob.err) == "rfcat-connect: $alice channel 29: connection refused"* ]]
	[ ! -s bob.out ]
	nothing_left
}

@test "rfchat: with a channel nobody needs to be asked for it" {
	chat alice -l -i hci0 "$channel"
	wait_line 60 "waiting; on the other machine: rfchat $alice $channel" alice.out
	echo "hi alice" | rfchat -n bob -i hci1 "$alice" "$channel" 3>&-
	status_of "$chat"
	grep -q '<bob> hi alice' alice.out
}

@test "rfchat: without an address one chooses from those around" {
	chat alice -l -i hci0
	local alice_chat=$chat
	wait_line 60 waiting alice.out
	chat bob -i hci1
	wait_line 60 "  $alice  alice" bob.out
	echo nonsense >&"$in"
	wait_for 60 twice "$alice" bob.out
	awk -v addr="$alice" '$2 == addr { number = $1 } END { print number }' bob.out >&"$in"
	wait_line 60 "connected to alice" bob.out
	hang_up "$in"
	status_of "$chat"
	status_of "$alice_chat"
	nothing_left
}

twice() {
	[ "$(grep -c -e "$1" "$2")" -ge 2 ]
}

@test "rfchat: whoever connects to a room is in it, and others may join by its file" {
	chat alice -l -i hci0 -r room
	local alice_chat=$chat to_alice=$in
	wait_line 60 "in the room room; on other machines: rfchat $alice" alice.out
	chat carol -r room
	local carol_chat=$chat to_carol=$in
	wait_line 60 "in the room room" carol.out
	chat bob -i hci1 "$alice"
	wait_line 60 "connected to alice" bob.out
	echo "hi all" >&"$in"
	wait_line 30 '<bob> hi all' alice.out
	wait_line 30 '<bob> hi all' carol.out
	echo "hi bob" >&"$to_carol"
	wait_line 30 '<carol> hi bob' bob.out
	wait_line 30 '<carol> hi bob' alice.out
	wait_line 30 '<carol> hi bob' carol.out
	hang_up "$to_carol"
	status_of "$carol_chat"
	hang_up "$in"
	status_of "$chat"
	echo "all gone" >&"$to_alice"
	hang_up "$to_alice"
	status_of "$alice_chat"
	cut -d ' ' -f 2- room | diff - <(printf '%s\n' "<bob> hi all" "<carol> hi bob" "<alice> all gone")
	nothing_left
}

@test "rfchat: at a terminal one types below what one reads, and the state stays in sight" {
	terminal_pair
	screen send-keys -t bob "hi alicf" BSpace "e" Enter
	wait_screen alice '<bob> hi alice'
	wait_screen bob '<bob> hi alice'
	screen send-keys -t alice "half a li"
	screen send-keys -t bob "and again" Enter
	wait_screen alice '<bob> and again'
	wait_screen alice '^> half a li$'
	screen send-keys -t alice "ne" Enter
	wait_screen bob '<alice> half a line'
	# The history of rlwrap.
	screen send-keys -t alice Up Enter
	wait_for 30 shows_twice bob '<alice> half a line'
	air lose hci0 hci1
	wait_screen bob 'the link to alice is lost'
	wait_for 60 shows_twice bob 'connected to alice'
	screen send-keys -t bob C-d
	wait_screen bob 'status 0'
	wait_screen alice 'bob has left'
	wait_screen alice 'status 0'
	nothing_left
}

shows_twice() {
	[ "$(screen capture-pane -p -t "$1" | grep -v '^connected' | grep -c -e "$2")" -ge 2 ]
}

@test "rfchat: a terminal that is closed, ^C and signals leave nothing behind" {
	terminal_pair
	screen kill-session -t bob
	wait_screen alice 'bob has left'
	wait_screen alice 'status 0'
	nothing_left
	terminal alice2 -l -i hci0
	wait_screen alice2 '^waiting'
	screen send-keys -t alice2 C-c
	wait_screen alice2 'status 143'
	nothing_left
	chat alice3 -l -i hci0
	wait_line 60 waiting alice3.out
	kill -TERM "$chat"
	ends_with 143 "$chat"
	nothing_left
}

@test "rfchat: a peer's name is not a command, and cannot forge lines" {
	local name=$'#(touch pwned)#{pid}\e[7mx'
	busctl set-property org.bluez /org/bluez/hci0 org.bluez.Adapter1 Alias s "$name"
	terminal_pair_of_anybody
	wait_screen bob '^connected to #(touch pwned)#{pid}\\u001b\[7mx'
	screen send-keys -t bob "hi" Enter
	wait_screen alice '<bob> hi'
	screen send-keys -t bob C-d
	wait_screen alice 'status 0'
	busctl set-property org.bluez /org/bluez/hci0 org.bluez.Adapter1 Alias s alice
	[ ! -e pwned ]
}

terminal_pair_of_anybody() {
	terminal alice -l -i hci0
	wait_screen alice waiting
	terminal bob -i hci1 "$alice"
	wait_screen alice '^connected to bob'
}

# window NAME: its number, once it can be seen.
window() {
	wait_for 60 xdotool search --onlyvisible --name "$1" || return
	xdotool search --onlyvisible --name "$1"
}

@test "rfchat: in windows" {
	Xvfb -displayfd 7 -screen 0 640x600x24 -fbdir "$PWD" 7>display >Xvfb.log 2>&1 3>&- &
	wait_for 60 test -s display
	DISPLAY=:$(cat display)
	export DISPLAY
	# There is no desktop that has these; GTK would start its own, and leave them.
	export DBUS_SESSION_BUS_ADDRESS=disabled: NO_AT_BRIDGE=1
	chat alice -l -i hci0 -g
	local alice_chat=$chat entry
	entry=$(window '^rfchat: alice$')
	wait_for 60 btscan -i hci1 -u spp "$alice"
	chat bob -i hci1 "$alice"
	wait_line 60 "connected to alice" bob.out
	echo "can you see me?" >&"$in"
	xdotool windowmove "$entry" 0 450 windowfocus "$entry" type "yes, clearly"
	xdotool key Return
	wait_line 60 '<alice> yes, clearly' bob.out
	xdotool windowmove "$(window '^rfchat: alice$')" 0 450
	cp Xvfb_screen0 "$LAB_OUT/window.xwd"
	xdotool windowfocus "$(window '^rfchat$')" key Escape
	ends_with 143 "$alice_chat"
	wait_line 60 "alice has left" bob.out
	status_of "$chat"
	nothing_left
}

@test "rfchat: what is wrong with the command line is said, and nothing is left" {
	fails_with 2 'bob: not an address such as .* \(rfchat alone shows who is around\)' rfchat bob
	fails_with 2 '-x: unknown option' rfchat -x
	fails_with 2 '-n: .* its value is missing' rfchat -n
	fails_with 2 'too many' rfchat "$alice" 1 2
	run -0 rfchat -h
	[[ ${lines[0]} == "usage: rfchat "* ]]
	[[ $(rfchat --help) == "$output" ]]
	[[ $(rfchat -V) == "rfchat $(rfcat-connect -V | cut -d ' ' -f 2-)" ]]
	nothing_left
}
