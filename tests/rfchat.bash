# Sourced by the bats files of rfchat, after helper: conversations, by pipes and at terminals.
# shellcheck shell=bash disable=SC2154,SC2034 # variables of other files

# Whatever rfchat starts has a variable that names its folder in here.
rfchat_setup() {
	rfcomm_setup
	mkdir tmp
	export TMPDIR=$PWD/tmp
	fds=()
}

rfchat_teardown() {
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
	rm -f "$who".in "$who".out "$who".err
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

# is_in_reach: alice's rfchat can be called, by those that have rfchat and by all others.
is_in_reach() {
	wait_for 60 published 2
}

published() {
	[ "$(btscan -i hci1 -s "$alice" | grep -c 'rfchat')" -ge "$1" ]
}

# chat_pair [OPTION ...]: alice and bob are connected; to_alice, to_bob and their processes.
chat_pair() {
	chat alice -l -i hci0 "$@"
	alice_chat=$chat to_alice=$in
	is_in_reach
	chat bob -i hci1 "$alice"
	bob_chat=$chat to_bob=$in
	wait_line 60 "state connected $alice [a-z]* rfchat alice" bob.err
	wait_line 60 "state connected $bob [a-z]* rfchat bob" alice.err
}

# said FILE: what was said, without the times.
said() {
	cut -d ' ' -f 2- "$1"
}

connected_again() {
	[ "$(grep -c 'state connected' "$2")" -gt "$1" ]
}

# The last count, if there is one, is that all is.
delivered() {
	[[ $(grep 'state undelivered' "$1" | tail -n 1) == *(*' 0') ]]
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

# terminal WHO [OPTION ...] ...: rfchat at a terminal of $rows (24), which shows "status N" at its end.
terminal() {
	local who=$1
	shift
	screen new-session -d -s "$who" -x 80 -y "${rows-24}" \
		"rfchat -n $who $*; echo status \$?; exec cat" 3>&-
}

terminal_pair() {
	terminal alice -l -i hci0
	is_in_reach
	terminal bob -i hci1 "$alice"
	wait_screen bob '^connected to alice' # the status line
	wait_screen alice '^connected to bob'
}
