#!/usr/bin/env bats
# rfchat at two terminals, for minutes: make chat-soak runs it.

# shellcheck disable=SC2154 # rfcomm_setup sets alice

bats_require_minimum_version 1.5.0
load ../helper
load ../rfchat

setup() {
	require rfchat tmux rlwrap
	rfchat_setup
}

teardown() {
	rfchat_teardown
}

# said_by WHO SCREEN: the lines of that person on a screen, without times and marks.
said_by() {
	screen capture-pane -p -t "$2" | sed -n "s/^[0-9:]* <$1> \\($1, [a-z ]* [0-9]*\\).*/\\1/p"
}

@test "terminals: two lose the link while both type, and show every line, once, and delivered" {
	local round who losses=${RFCHAT_LOSSES-2} rows=400 # every line stays in sight
	terminal_pair
	for round in $(seq "$losses"); do
		screen send-keys -t bob "bob, as it breaks $round" Enter
		screen send-keys -t alice "alice, as it breaks $round" Enter
		air lose hci0 hci1
		screen send-keys -t bob "bob, apart $round" Enter
		wait_screen alice "<bob> bob, apart $round$"
		wait_screen bob "<alice> alice, as it breaks $round$"
		wait_screen bob "<bob> bob, apart $round.✓$"
		wait_screen alice "<alice> alice, as it breaks $round.✓$"
	done
	for who in alice bob; do
		said_by bob "$who" | diff - <(for round in $(seq "$losses"); do
			printf '%s\n' "bob, as it breaks $round" "bob, apart $round"
		done)
		said_by alice "$who" | diff - <(seq -f "alice, as it breaks %g" "$losses")
		run ! shows "$who" '…$'
	done
	screen send-keys -t bob C-d
	wait_screen bob 'status 0'
	screen send-keys -t alice C-d
	wait_screen alice 'status 0'
	nothing_left
}
