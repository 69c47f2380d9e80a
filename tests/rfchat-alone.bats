#!/usr/bin/env bats
# rfchat in a room, without Bluetooth: where it is started, and on what terminal.

bats_require_minimum_version 1.5.0
load helper
load rfchat

setup() {
	require rfchat tmux script python3
	cd "$BATS_TEST_TMPDIR" || return
	mkdir tmp
	export TMPDIR=$PWD/tmp
}

teardown() {
	screen kill-server 2>/dev/null || true
	stop_all
}

# terminal ENVIRONMENT...: rfchat at a terminal, in the room.
terminal() {
	screen new-session -d -s chat -x 80 -y 24 \
		"env $* rfchat -n me -r room; echo status \$?; exec sleep 1000" 3>&-
}

@test "rfchat: started by a link in another folder it finds its tools" {
	ln -s "$REPO/bin/rfchat" talk
	PATH=/usr/bin:/bin ./talk -n me -r room <<<"hi there"
	grep -q '<me> hi there$' room
}

@test "rfchat: with a socket as standard output a room works" {
	echo "<you> earlier" >room
	python3 -c 'import socket, subprocess
a, b = socket.socketpair()
subprocess.run(["rfchat", "-n", "me", "-r", "room"], input=b"hi there\n", stdout=b)
b.close()
print(b"".join(iter(lambda: a.recv(1000), b"")).decode())' >shown
	grep -q '<you> earlier$' shown
	grep -q '<me> hi there$' shown
	grep -q '<me> hi there$' room
}

@test "rfchat: where tmux can't start it takes plain lines, and says so in one" {
	local where
	for where in TERM=dumb TERM=nonsense "-u TERM" "TMPDIR=$PWD/$(printf '%0100d' 0)"; do
		rm -f room
		[[ $where != TMPDIR=* ]] || mkdir "${where#*=}"
		terminal "$where"
		wait_screen chat "in the room room"
		[ "$(screen capture-pane -p -t chat | grep -c "^rfchat: tmux can't start here")" -eq 1 ]
		screen send-keys -t chat "hi there" Enter
		wait_for 30 grep -q '<me> hi there$' room
		screen send-keys -t chat C-d
		wait_screen chat '^status'
		screen kill-session -t chat
	done
}

@test "rfchat: the pane to type in stays two lines high when the terminal is resized" {
	terminal TERM=screen
	wait_screen chat '^in the room room'
	local size
	for size in 100x40 60x15; do
		screen resize-window -t chat -x "${size%x*}" -y "${size#*x}"
		wait_for 30 two_lines
	done
}

# Of rfchat's own tmux.
two_lines() {
	local socket
	socket=$(echo tmp/*/tmux)
	[ "$(command tmux -S "$socket" list-panes -F '#{window_width}' | tail -n 1)" = "${size%x*}" ] &&
		[ "$(command tmux -S "$socket" list-panes -F '#{pane_height}' | tail -n 1)" = 2 ]
}

@test "rfchat: a room's name with a backslash forges no line, and with #[ no colour" {
	terminal TERM=screen
	wait_screen chat '^in the room room'
	screen send-keys -t chat C-d
	wait_screen chat '^status'
	screen kill-session -t chat
	screen new-session -d -s chat -x 80 -y 24 \
		"rfchat -n me -r 'a\\nb#[fg=red]\"'; echo status \$?; exec sleep 1000" 3>&-
	wait_screen chat '^in the room a\\nb#\[fg=red\]"'
	wait_screen chat '^[0-9:]* in the room a\\nb#\[fg=red\]"'
}

# at_once: a fresh terminal in the room, with its state in sight.
at_once() {
	screen kill-session -t chat 2>/dev/null || true
	rm -f room
	terminal TERM=screen
	wait_screen chat '^in the room room'
	wait_screen chat '^>$'
}

# part NAME: the process of rfchat with this part to play; the first, where it has children.
part() {
	grep -lsz "^TMPDIR=$TMPDIR" /proc/[0-9]*/environ | xargs grep -lsz "^part=$1\$" |
		cut -d / -f 3 | sort -n | head -n 1
}

@test "rfchat: whatever of it is killed at a terminal, it ends, and nothing is left" {
	local victim pid
	for victim in main house painter server typing rlwrap view seer; do
		at_once
		case $victim in
		main) pid=$(pgrep -f 'rfchat -n me -r room$' | tail -n 1) ;;
		house) pid=$(part house) ;;
		painter) pid=$(part paint) ;;
		server) pid=$(pgrep -f "tmux -u -S $TMPDIR/.* new-session") ;;
		typing) pid=$(part talk) ;;
		rlwrap) pid=$(pgrep -f "rlwrap -H $TMPDIR") ;;
		view) pid=$(pgrep -f 'chatroom -n 100') ;;
		seer) pid=$(pgrep -f 'chatline -f  -w 0$') ;;
		esac
		echo "$victim is $pid"
		# shellcheck disable=SC2086 # perhaps more than one
		kill -KILL $pid
		[ "$victim" = main ] || wait_screen chat 'status [0-9]'
		nothing_left
	done
}

@test "rfchat: when the reader of its output has gone, it ends" {
	mkfifo typed
	(exec rfchat -n me -r room <typed 2>said 3>&- | head -n 1 >shown) 3>&- &
	local to fd
	exec {fd}>typed
	printf '%s\n' one two three >&"$fd"
	wait_for 30 nothing_of_it
	exec {fd}>&-
	[ "$(wc -l <shown)" -le 1 ]
}

@test "rfchat: a long line is said whole, and what a terminal cuts is reported" {
	seq -s ' ' 1400 >long
	rfchat -n me -r room <long >/dev/null
	diff long <(cut -d ' ' -f 3- room | sed '$!s/+$//' | tr -d '\n'; echo)
	at_once
	screen load-buffer long
	screen paste-buffer -t chat
	wait_screen chat 'too long for a terminal: it ends in '
}

# escapes: those with which the pane is drawn.
escapes() {
	screen capture-pane -e -p -t chat | grep -e "$1"
}

@test "rfchat: at a terminal, how to leave is in sight; names have colours, days a line, others a bell" {
	local stamp
	stamp=$(date +%FT%T.000%:z)
	echo '2001-02-03T04:05:06.000+00:00 <you> then' >room
	terminal TERM=screen
	wait_screen chat '\^D leaves'
	wait_screen chat '^04:05:06 <you> then$'
	wait_screen chat '^-------- 2001-02-03$'
	[ "$(screen display -p -t chat '#{window_bell_flag}')" = 1 ]
	screen kill-session -t chat
	wait_for 30 nothing_of_it
	rm room
	terminal TERM=screen
	wait_screen chat '^>$'
	screen send-keys -t chat "hi there" Enter
	wait_screen chat '<me> hi there.*✓$'
	escapes $'\e\\[36m<me>'
	escapes $'\e\\[2m[0-9:]* in the room'
	[ "$(screen display -p -t chat '#{window_bell_flag}')" = 0 ]
	echo "$stamp <you> and a line of yours with many words that is not cut within any of them, see" >>room
	wait_screen chat '<you> and a line of yours'
	wait_screen chat '^         of them, see$'
	escapes $'\e\\[33m<you>'
	run ! shows chat '\[0\]'
	[ "$(screen display -p -t chat '#{window_bell_flag}')" = 1 ]
	screen send-keys -t chat /help Enter
	wait_screen chat '/send FILE;$'
	screen send-keys -t chat "/me waves" Enter
	wait_screen chat '\* me waves.*✓$'
}

@test "rfchat: without colours where NO_COLOR is set" {
	# tmux itself heeds it; where tmux can't start, rfchat alone does.
	local where
	for where in TMPDIR="$TMPDIR" TMPDIR="$PWD/$(printf '%0100d' 0)"; do
		mkdir -p "${where#*=}"
		terminal TERM=screen NO_COLOR=1 "$where"
		wait_screen chat "in the room room"
		screen send-keys -t chat "hi there" Enter
		wait_screen chat '<me> hi there'
		escapes '[0-9] <me> hi there'
		run ! escapes $'\e\\[[0-9]*m.*<me>'
		screen kill-session -t chat
	done
}
