#!/usr/bin/env bats
# make lab, as a person uses it: two shells, at a terminal of tmux.

bats_require_minimum_version 1.5.0
load ../helper

setup() {
	require tmux script
	cd "$REPO" || return # as make does
}

teardown() {
	screen kill-server || true
}

screen() {
	tmux -S "$BATS_TEST_TMPDIR/screen" -f /dev/null "$@"
}

# sees PATTERN: waits until a line of the screen matches.
sees() {
	wait_for 120 shows "$1" || {
		screen capture-pane -p >&2
		return 1
	}
}

shows() {
	screen capture-pane -p | grep -q -e "$1"
}

# types TEXT: in the shell that has the focus.
types() {
	screen send-keys "$1" Enter
}

# Until then, what is typed is his.
bob_has_left() { ! shows '^bob'; }

# The address of alice, from bob's greeting.
lab_alice() {
	screen capture-pane -p | grep -o -m 1 '00:AA:01:[0-9A-F:]*'
}

@test "make lab: alice's shell and bob's, with tools and manual; leaving both is status 0" {
	screen new-session -d -x 100 -y 40 \
		"tests/lab/run -i lab-shell; echo status \$?; exec sleep 1000" 3>&-
	sees '^alice has hci0'
	sees '^bob has hci1'
	types 'rfcat-connect -V; man rfcat | head -n 3'
	sees '^rfcat-connect [0-9]'
	sees '^RFCAT(7)'
	types 'rfcat-listen -i hci0 9'
	sees '^listening on'
	screen send-keys C-b o
	types "man -w rfchat; echo 'hi alice' | rfcat-connect -N -i hci1 $(lab_alice) 9"
	sees '^/.*man.*/rfchat.1$'
	sees '^hi alice'
	types exit
	wait_for 120 bob_has_left
	types exit
	sees '^status 0'
}
