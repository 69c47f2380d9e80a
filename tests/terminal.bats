# At a terminal: the effect of ^C, ^D, ^Z and a closed window, with the terminal restored
# afterwards.
bats_require_minimum_version 1.5.0
load helper

# An interactive shell in tmux, as a person has it.
setup() {
	require tmux
	rfcomm_setup
	tmux -S tmux -f /dev/null new-session -d -x 120 -y 24 \
		"PS1='$ ' HISTFILE= exec bash --norc -i" 3>&-
	wait_for 20 shows '^\$$'
}

teardown() {
	stop_all
	tmux -S tmux kill-server || true
}

screen() { tmux -S tmux capture-pane -p; }
shows() { screen | grep -q -e "$1"; }

# see PATTERN: waits until a line of the screen matches.
see() {
	wait_for 30 shows "$1" || {
		screen >&2
		return 1
	}
}

# types KEY ...: text, or tmux's names of keys.
types() { tmux -S tmux send-keys "$@"; }

runs() { types "stty -a >before; $1" Enter; }

# connects OPTION ...: bob connects, at the terminal; returns when both ends have noticed.
connects() {
	runs "rfcat-connect -v -i hci1 $* $alice $channel"
	wait_line 30 '^connected' listener.err
	see '^connected to'
}

# left STATUS: checks that the command has ended with it, and the terminal is restored.
left() {
	see '^\$$'
	types 'echo "status $?"; stty -a >after; echo over' Enter
	see '^over$'
	see "^status $1\$"
	cmp before after
}

@test "terminal: ^C hangs up, dies by the signal, and restores the terminal" {
	listener "$channel"
	connects
	types hello C-c
	left 130
	status_of "$listener"
	grep -q '^peer closed' listener.err
	[ ! -s listener.out ]
}

@test "terminal: ^C of a listener, before a peer has come, and after" {
	runs "rfcat-listen -v -i hci0 $channel"
	see '^listening'
	types C-c
	left 130
	types clear Enter
	runs "rfcat-listen -v -i hci0 $channel"
	see '^listening'
	rfcat-connect -d -i hci1 "$alice" "$channel" 3>&- &
	see '^connected'
	types C-c
	left 130
	status_of $!
}

@test "terminal: even without -v the user sees the channel, the peer, and the end" {
	runs "rfcat-listen -i hci0 $channel"
	see "^listening on $alice channel $channel\$"
	echo hello | rfcat-connect -N -i hci1 "$alice" "$channel" 3>&-
	see "^connected from $bob"
	see '^hello$'
	see '^peer closed'
	left 0
	types clear Enter
	runs "rfcat-listen -i hci0 $channel </dev/null"
	wait_for 20 pgrep -x rfcat-listen
	rfcat-connect -r 0.1 -N -i hci1 "$alice" "$channel" </dev/null 3>&-
	left 0
	run ! shows '^listening'
}

@test "terminal: ^C ends a shell's loop, too" {
	listener -k "$channel"
	runs "while :; do rfcat-connect -v -i hci1 $alice $channel; done; echo 'not reached'"
	see '^connected'
	types C-c
	left 130
	run ! shows '^not reached'
}

@test "terminal: ^C works with a stopped peer, and with all queues full" {
	listener "$channel"
	connects '</dev/zero'
	kill -STOP "$listener"
	types C-c
	left 130
	kill -CONT "$listener"
	status_of "$listener"
}

@test "terminal: ^D sends an unfinished line, and goes on" {
	listener "$channel"
	connects
	types unfinished C-d
	wait_line 20 unfinished listener.out
	types ' line' Enter
	wait_line 20 '^unfinished line$' listener.out
	types C-d C-c
	left 130
}

@test "terminal: ^D ends the input: -N leaves at once, -q when the peer was silent" {
	for option in -N '-q 0.5'; do
		listener "$channel"
		connects "$option"
		types hello Enter C-d
		left 0
		status_of "$listener"
		[ "$(cat listener.out)" = hello ]
		types clear Enter
	done
}

@test "terminal: ^D ends the input, and -q -1 goes on listening to the peer" {
	mkfifo replies
	exec 4<>replies
	input=replies listener -N "$channel"
	connects -q -1
	types C-d
	echo "still there?" >&4
	see '^still there?$'
	kill "$listener"
	left 0
	exec 4>&-
}

@test "terminal: ^D with a stopped peer: it leaves when the peer has taken everything" {
	listener "$channel"
	connects -N
	kill -STOP "$listener"
	types hello Enter C-d
	left 0
	kill -CONT "$listener"
	status_of "$listener"
	[ "$(cat listener.out)" = hello ]
}

@test "terminal: the peer's end ends it while it waits for a key" {
	listener "$channel" true
	connects
	left 0
}

@test "terminal: ^Z stops it, and fg goes on where it was" {
	mkfifo replies
	exec 4<>replies
	input=replies listener "$channel"
	connects
	types C-z
	see Stopped
	echo "while you were away" >&4
	types clear Enter fg Enter
	see '^while you were away$'
	types "back again" Enter
	wait_line 20 '^back again$' listener.out
	types C-c
	left 130
	exec 4>&-
}

@test "terminal: in the background it prints the peer's lines, with -d" {
	listener "$channel" sh -c 'echo news; exec cat'
	runs "rfcat-connect -d -i hci1 $alice $channel &"
	see 'news$'
	types 'kill %1; wait %1' Enter
	left 143
}

@test "terminal: SIGTERM works while the terminal is stopped by ^S" {
	listener "$channel" yes
	for command in 'yes | chatline' 'chatroom -n 1000000 room' \
		"rfcat-connect -i hci1 $alice $channel"; do
		yes 'a line of many' | head -n 200000 >room
		types clear Enter
		runs "$command"
		see '[a-z]$'
		types C-s
		tool=$(grep -o '\(chat\|rfcat-connect\)[a-z]*' <<<"$command" | head -n 1)
		# So that it has met the full terminal.
		wait_for 20 sleeps "$tool"
		pkill -TERM -x "$tool"
		wait_for 20 gone "$tool"
		types C-q
		wait_for 30 shows '^\$$'
	done
}

sleeps() { [[ $(ps -o state= -C "$1") == *S* ]]; }
gone() { ! pgrep -x "$1"; }

@test "terminal: a closed window hangs up" {
	listener "$channel"
	connects
	tmux -S tmux kill-server
	status_of "$listener"
	grep -q '^peer closed' listener.err
}
