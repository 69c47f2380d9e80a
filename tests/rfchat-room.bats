#!/usr/bin/env bats
# rfchat in rooms of many. Needs nine adapters.

# shellcheck disable=SC2154 # rfcomm_setup sets alice and bob

bats_require_minimum_version 1.5.0
load helper
load rfchat

setup() {
	require rfchat
	rfchat_setup
}

teardown() {
	rfchat_teardown
}

@test "rfchat: a room of seven and more stays in step, by air, through another hub, by its file, and plainly" {
	chat alice -l -i hci0 -r room
	is_in_reach
	chat keeper -r room
	local to_keeper=$in member carol
	carol=$(lab-addr hci7)
	local -A to
	for member in 1 2 3 4 5 6; do
		chat "guest$member" -i "hci$member" "$alice"
		to[$member]=$in
	done
	# The seventh is a hub itself.
	chat carol -i hci7 -r other "$alice"
	chat hub -l -i hci7 -r other
	for member in guest{1..6} carol; do
		wait_line 120 'state connected' "$member.err"
	done
	wait_for 60 in_reach_of hci8 "$carol"
	chat guest8 -i hci8 "$carol"
	to[8]=$in
	wait_line 60 'state connected' guest8.err
	for member in 1 2 3 4 5 6 8; do
		echo "from $member" >&"${to[$member]}"
	done
	echo "from the keeper" >&"$to_keeper"
	for member in alice keeper guest{1..6} carol hub guest8; do
		for from in 1 2 3 4 5 6 8; do
			wait_line 60 "<guest$from> from $from\$" "$member.out"
		done
		wait_line 60 '<keeper> from the keeper$' "$member.out"
	done
	[ "$(sort room | uniq -d | wc -l)" -eq 0 ]
	diff <(sort room) <(sort other)
	for member in guest{1..6} guest8; do
		wait_for 30 delivered "$member.err"
	done
	rfcat-connect -d -i hci8 "$alice" 3>&- >plain.out 2>/dev/null &
	wait_line 60 '<guest3> from 3$' plain.out
}

in_reach_of() {
	btscan -i "$1" -s "$2" | grep -q rfchat
}
