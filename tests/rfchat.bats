#!/usr/bin/env bats
# rfchat: alice waits with hci0, bob calls with hci1. Needs six adapters.

# shellcheck disable=SC2154 # rfcomm_setup sets alice and bob

bats_require_minimum_version 1.5.0
load helper
load rfchat

setup() {
	require rfchat rfseal tmux rlwrap
	rfchat_setup
}

teardown() {
	rfchat_teardown
}

# lost_link: both know that it is; nobody can call until air heal.
lose_link() {
	air nopage hci0 on
	air lose hci0 hci1
	wait_line 30 "state away $alice" bob.err
	wait_line 30 "state away $bob" alice.err
}

@test "rfchat: two talk, each sees both, and who leaves was heard; a log has it all" {
	echo earlier >"the log"
	chat_pair -o "the log"
	echo "hi alice" >&"$to_bob"
	wait_line 30 '<bob> hi alice' alice.out
	wait_line 30 '<bob> hi alice' bob.out
	printf '%s\n' '/me waves' //x /nonsense /help >&"$to_alice"
	wait_line 30 '<alice> /x' bob.out
	wait_for 30 delivered bob.err
	printf bye >&"$to_alice"
	hang_up "$to_alice"
	status_of "$alice_chat"
	wait_line 30 "state away $alice [0-9:]* alice" bob.err
	hang_up "$to_bob"
	status_of "$bob_chat"
	said bob.out | diff - <(printf '%s\n' "<bob> hi alice" "<alice> * waves" "<alice> /x" \
		"<alice> bye")
	diff alice.out bob.out
	# The log, with dates, is appended to.
	diff <(echo earlier; cat alice.out) "the log"
	grep -qE '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{12}[+-][0-9:]{5} <alice> bye$' "the log"
	grep -q '^/nonsense: no such command' alice.err
	grep -q '^rfchat: state waiting$' alice.err
	nothing_left
}

@test "rfchat: what is typed while the link is lost, or the moment it is, arrives once" {
	chat_pair
	local round losses=${RFCHAT_LOSSES-2}
	for round in $(seq "$losses"); do
		echo "bob, as it breaks $round" >&"$to_bob"
		echo "alice, as it breaks $round" >&"$to_alice"
		air lose hci0 hci1
		wait_line 60 "<bob> bob, as it breaks $round" alice.out
		wait_line 60 "<alice> alice, as it breaks $round" bob.out
		wait_for 60 connected_again "$round" bob.err
		wait_for 60 connected_again "$round" alice.err
	done
	wait_for 30 delivered bob.err
	lose_link
	echo "bob, apart" >&"$to_bob"
	wait_line 30 'state undelivered 1' bob.err
	echo "alice, apart" >&"$to_alice"
	air nopage hci0 off
	wait_line 60 "<bob> bob, apart" alice.out
	wait_line 60 "<alice> alice, apart" bob.out
	wait_for 30 delivered bob.err
	wait_for 30 delivered alice.err
	[ "$(wc -l <alice.out)" -eq $((2 * losses + 2)) ]
	diff <(sort alice.out) <(sort bob.out)
	# Each one's own lines are in the order in which they were typed.
	grep '<bob>' alice.out | sort -c -s -k 1,1
	diff <(grep '<bob>' alice.out) <(grep '<bob>' bob.out)
	diff <(grep '<alice>' alice.out) <(grep '<alice>' bob.out)
	hang_up "$to_bob"
	status_of "$bob_chat"
	hang_up "$to_alice"
	status_of "$alice_chat"
	nothing_left
}

@test "rfchat: who leaves while lines wait is told; a kept room has them, and goes on later" {
	chat_pair -r room
	lose_link
	echo "too late" >&"$to_alice"
	echo "lost" >&"$to_bob"
	wait_line 30 'state undelivered 1' alice.err
	wait_line 30 'state undelivered 1' bob.err
	hang_up "$to_bob"
	ends_with 1 "$bob_chat"
	grep -q '^rfchat: not delivered: 1 of my lines$' bob.err
	hang_up "$to_alice"
	ends_with 1 "$alice_chat"
	grep -q '^rfchat: not delivered: 1 of my lines (they wait in room)$' alice.err
	air heal
	chat alice -l -i hci0 -r room
	is_in_reach
	chat bob -i hci1 "$alice"
	wait_line 60 '<alice> too late' bob.out
}

@test "rfchat: one may talk an hour, by the clock, before the other has come" {
	chat bob -i hci1 "$alice"
	local to_bob=$in bob_chat=$chat
	echo "are you there?" >&"$to_bob"
	wait_line 30 'state undelivered 1' bob.err
	wait_line 60 'btscan:\|no such service' bob.err
	date -s '+1 hour'
	chat alice -l -i hci0
	echo "not yet" >&"$in"
	wait_line 60 '<bob> are you there?' alice.out
	wait_line 60 '<alice> not yet' bob.out
	echo lunch? | rfchat -n carol -i hci2 "$alice" 3>&- >carol.out 2>carol.err || true
	run ! grep -q lunch alice.out
	wait_for 30 delivered bob.err
	hang_up "$to_bob"
	status_of "$bob_chat"
	run ! grep -q 'not yet' carol.out
	date -s '-1 hour'
}

@test "rfchat: somebody without rfchat is talked to plainly, with or without newlines" {
	chat alice -l -i hci0
	local alice_chat=$chat to_alice=$in fd
	wait_for 60 btscan -i hci1 -u spp "$alice"
	mkfifo phone.in
	rfcat-connect -i hci1 "$alice" <phone.in >phone.out 2>phone.err 3>&- &
	local phone=$!
	exec {fd}>phone.in
	wait_line 60 "state connected $bob [a-z]* plain bob" alice.err
	printf 'no newline' >&"$fd"
	wait_line 30 '<bob> no newline$' alice.out
	echo "hi phone" >&"$to_alice"
	wait_line 30 '^hi phone$' phone.out
	printf 'bye\n' >&"$fd"
	wait_line 30 '<bob> bye$' alice.out
	kill "$phone"
	status_of "$alice_chat"
	exec {fd}>&-
	nothing_left
}

@test "rfchat: with a channel it talks plainly, and nobody needs to be asked for it" {
	chat bob -i hci1 "$alice" 29
	ends_with 1 "$chat"
	grep -q "^rfcat-connect: $alice channel 29: connection refused" bob.err
	[ ! -s bob.out ]
	chat alice -l -i hci0 "$channel"
	local alice_chat=$chat
	wait_for 60 lab-sockets
	echo "hi alice" | rfchat -n bob -i hci1 "$alice" "$channel" 3>&-
	status_of "$alice_chat"
	grep -q '<bob> hi alice' alice.out
	nothing_left
}

@test "rfchat: a peer is found by its number in a list, or by its name" {
	chat alice -l -i hci0
	local alice_chat=$chat
	is_in_reach
	chat bob -i hci1
	wait_line 60 "  $alice  alice" bob.out
	echo nonsense >&"$in"
	wait_for 60 twice "$alice" bob.out
	awk -v addr="$alice" '$2 == addr { number = $1 } END { print number }' bob.out >&"$in"
	wait_line 60 "state connected $alice" bob.err
	hang_up "$in"
	status_of "$chat"
	echo "by name" | rfchat -n bob -i hci1 alice 3>&- >/dev/null
	wait_line 30 '<bob> by name' alice.out
	busctl set-property org.bluez /org/bluez/hci2 org.bluez.Adapter1 Alias s alice
	fails_with 1 '^rfchat: alice: several have this name: [0-9A-F:]+ [0-9A-F:]+$' \
		rfchat -i hci1 alice
	busctl set-property org.bluez /org/bluez/hci2 org.bluez.Adapter1 Alias s carol
}

twice() {
	[ "$(grep -c -e "$1" "$2")" -ge 2 ]
}

@test "rfchat: sealed by a code that is typed once; a stranger hears nothing" {
	export HOME=$PWD/bob
	mkdir bob alice
	HOME=$PWD/alice chat alice -l -e -r room -i hci0
	local alice_chat=$chat to_alice=$in
	wait_for 60 published 1
	chat bob -i hci1 -e alice
	local bob_chat=$chat to_bob=$in
	wait_line 60 'state code [0-9]' alice.err
	wait_line 60 'state ask-code' bob.err
	sed -n 's/.*state code //p' alice.err >&"$to_bob"
	wait_line 60 "state connected $alice sealed rfchat alice" bob.err
	echo secret >&"$to_bob"
	wait_line 60 '<bob> secret' alice.out
	random_file plan 50000
	echo "/send plan" >&"$to_alice"
	wait_line 60 'state question save plan, 50000 bytes?$' bob.err
	echo y >&"$to_bob"
	wait_line 60 'saved as' bob.err
	cmp plan bob/Downloads/plan
	# A stranger, with -e and a code that she makes up, too.
	HOME=$PWD chat eve -i hci2 "$alice"
	echo "let me in" >&"$in"
	wait_line 60 '^rfcat-connect: ' eve.err
	kill "$chat"
	HOME=$PWD chat eve -i hci2 -e "$alice"
	wait_line 60 'state ask-code' eve.err
	printf '%s\n' 123456 "let me in" >&"$in"
	wait_line 60 '^rfseal: ' eve.err
	kill "$chat"
	run ! grep -q secret eve.out
	run ! grep -q 'let me in' alice.out
	hang_up "$to_bob"
	status_of "$bob_chat"
	# Remembered at both ends: by the name given here, and without -e.
	chat bob -i hci1 alice
	wait_line 60 "state connected $alice sealed rfchat alice" bob.err
	run ! grep -q 'ask-code' bob.err
}

@test "rfchat: a file is saved with consent only, whole, under a harmless name, over no file" {
	export HOME=$PWD XDG_DOWNLOAD_DIR=$PWD/saved
	chat_pair
	random_file photo.jpg 100000
	local round
	for round in 1 2; do
		echo "/send ~/photo.jpg" >&"$to_bob"
		wait_for 60 asked "$round" 'save photo.jpg, 100000 bytes?$' alice.err
		echo y >&"$to_alice"
		wait_for 60 saved_files "$round"
	done
	cmp photo.jpg saved/photo.jpg
	cmp photo.jpg "saved/2 photo.jpg"
	wait_line 30 '<alice> \* has photo.jpg' bob.out
	grep -q "^saved as $PWD/saved/2 photo.jpg" alice.err

	# The other way, by a name with escapes; a line between the question and the answer is a line.
	local name=$'..\u202e\e[7m $(touch pwned) `x` "\'\\'
	echo hi >"$name"
	echo "/send $name" >&"$to_alice"
	wait_line 60 'state question save \.\.<U+202E>^\[\[7m' bob.err
	printf '%s\n' "what is that?" y >&"$to_bob"
	wait_line 30 '<bob> what is that?' alice.out
	wait_for 60 saved_files 3
	[ "$(cat saved/'<U+202E>'*)" = hi ]

	echo "/send $name" >&"$to_alice"
	wait_for 60 asked 2 'save \.\.<U' bob.err
	echo n >&"$to_bob"
	wait_line 30 '<bob> \* declines \.\.<U' alice.out
	echo "/send nothing" >&"$to_bob"
	wait_line 30 '^/send: nothing: no file that can be read$' bob.err
	[ "$(find saved -type f | wc -l)" -eq 3 ]
	hang_up "$to_bob"
	status_of "$bob_chat"
	hang_up "$to_alice"
	status_of "$alice_chat"
	nothing_left
}

asked() {
	[ "$(grep -c "state question $2" "$3")" -ge "$1" ]
}

saved_files() {
	[ "$(find saved -type f ! -name '.*' | wc -l)" -eq "$1" ]
}

@test "rfchat: a file that breaks off is not saved, and both are told; nor is one of a liar" {
	export HOME=$PWD XDG_DOWNLOAD_DIR=$PWD/saved
	# The liar's channel sends less, then more, than was offered.
	rfcat-listen -k -i hci1 "$channel" printf 12345 2>/dev/null 3>&- &
	chat_pair
	echo "/me offers ../../less (6 bytes, at $bob channel $channel)" >&"$to_bob"
	wait_line 60 'state question save ../../less, 6 bytes' alice.err
	echo y >&"$to_alice"
	wait_line 60 '^../../less: broken off, nothing was saved' alice.err
	echo "/me offers ../../more (4 bytes, at $bob channel $channel)" >&"$to_bob"
	wait_line 60 'state question save ../../more, 4 bytes' alice.err
	echo y >&"$to_alice"
	wait_line 60 "^saved as $PWD/saved/_.._more" alice.err
	[ "$(cat saved/*)" = 1234 ]
	# Who is not connected offers nothing.
	echo "/me offers his (4 bytes, at 00:AA:01:02:00:42 channel 1)" >&"$to_bob"

	random_file film 3000000
	echo "/send film" >&"$to_bob"
	wait_line 60 'state question save film' alice.err
	echo y >&"$to_alice"
	wait_for 60 half_saved
	air nopage hci0 on
	air lose hci0 hci1
	wait_line 60 '^film: broken off, nothing was saved' alice.err
	wait_line 60 '^/send: film: broken off: alice has not got it' bob.err
	air nopage hci0 off
	[ "$(find saved -type f | wc -l)" -eq 1 ]
	[ "$(grep -c 'state question' alice.err)" -eq 3 ]
	hang_up "$to_bob"
	status_of "$bob_chat" || true
	hang_up "$to_alice"
	status_of "$alice_chat" || true
	nothing_left
}

half_saved() {
	[ "$(find saved -name '.rfchat.*' -size +0 | wc -l)" -eq 1 ]
}

@test "rfchat: whatever is killed, nothing is left that hinders the next start" {
	mkdir bob
	TMPDIR=$PWD/bob chat bob -i hci1 "$alice"
	local bob_chat=$chat to_bob=$in victim round=0
	for victim in main house rfcat-listen; do
		chat alice -l -i hci0
		wait_for 60 connected_again "$round" bob.err
		round=$(grep -c 'state connected' bob.err)
		wait_line 30 'state connected' alice.err
		case $victim in
		main) kill -KILL "$chat" ;;
		house) kill -KILL "$(house_of "$chat")" ;;
		*) pkill -KILL -s "$(house_of "$chat")" -x "$victim" ;;
		esac
		hang_up "$in"
		status_of "$chat" || true
		nothing_left
	done
	chat alice -l -i hci0
	for victim in chatsync rfcat-connect; do
		wait_for 60 connected_again "$round" bob.err
		round=$(grep -c 'state connected' bob.err)
		pkill -KILL -s "$(house_of "$bob_chat")" -x "$victim"
	done
	wait_for 60 connected_again "$round" bob.err
	echo "still here" >&"$to_bob"
	wait_line 30 'still here' alice.out
	kill "$bob_chat"
	ends_with 143 "$bob_chat"
}

# The process that keeps the house is the leader of a session.
house_of() {
	ps -o pid=,sid= --ppid "$1" | awk '$1 == $2 { print $1 }'
}

@test "rfchat: at a terminal one types below what one reads, and the state stays in sight" {
	terminal_pair
	screen send-keys -t bob "hi alicf" BSpace "e" Enter
	wait_screen alice '<bob> hi alice'
	wait_screen bob '<bob> hi alice.✓'
	screen send-keys -t alice "half a li"
	screen send-keys -t bob "and again" Enter
	wait_screen alice '<bob> and again'
	wait_screen alice '^> half a li$'
	screen send-keys -t alice "ne" Enter
	wait_screen bob '<alice> half a line'
	# The line to type is empty again, and has the history of rlwrap.
	wait_screen alice '^>$'
	screen send-keys -t alice Up Enter
	wait_for 30 shows_twice bob '<alice> half a line'
	screen send-keys -t alice "words that are longer than half of a line, together, are not cut anywhere" Enter
	wait_screen bob '^         cut anywhere$'
	lose_at_terminals
	screen send-keys -t bob "apart" Enter
	wait_screen bob '<bob> apart.…$'
	wait_screen bob '^1 not delivered; alice is away since'
	air nopage hci0 off
	wait_screen bob '<bob> apart.✓$'
	screen send-keys -t bob C-d
	wait_screen bob 'status 0'
	wait_screen alice '^bob is away since'
	screen send-keys -t alice /quit Enter
	wait_screen alice 'status 0'
	nothing_left
}

lose_at_terminals() {
	air nopage hci0 on
	air lose hci0 hci1
	wait_screen bob '^alice is away since'
}

shows_twice() {
	[ "$(screen capture-pane -p -t "$1" | grep -v '^connected' | grep -c -e "$2")" -ge 2 ]
}

@test "rfchat: a terminal that is closed, ^C and signals leave nothing behind" {
	terminal_pair
	screen kill-session -t bob
	wait_screen alice '^bob is away since'
	screen send-keys -t alice C-c
	wait_screen alice 'status 0'
	nothing_left
	chat alice3 -l -i hci0
	wait_line 60 waiting alice3.err
	kill -TERM "$chat"
	ends_with 143 "$chat"
	nothing_left
}

@test "rfchat: a peer's name is no command, forges no line, and may be long" {
	local name=$'#(touch pwned)#[fg=red]"\\n\e[7mx'
	busctl set-property org.bluez /org/bluez/hci0 org.bluez.Adapter1 Alias s "$name"
	terminal alice -l -i hci0
	is_in_reach
	terminal bob -i hci1 "$alice"
	wait_screen bob '^connected to #(touch pwned)#\[fg=red\]"\\n\\u001b\[7mx'
	screen send-keys -t bob "hi" Enter
	wait_screen alice '<bob> hi'
	screen send-keys -t bob C-d
	wait_screen bob 'status 0'
	busctl set-property org.bluez /org/bluez/hci0 org.bluez.Adapter1 Alias s "$(printf '\u202e%0240d' 0)"
	wait_for 30 no_link # the next one asks for the name
	chat bob -i hci1 "$alice"
	wait_line 60 "state connected $alice [a-z]* rfchat <U+202E>0*$" bob.err
	busctl set-property org.bluez /org/bluez/hci0 org.bluez.Adapter1 Alias s alice
	hang_up "$in"
	status_of "$chat"
	screen send-keys -t alice C-d
	wait_screen alice 'status 0'
	# A plain peer is labelled with it, in the room, and in the log.
	busctl set-property org.bluez /org/bluez/hci2 org.bluez.Adapter1 Alias s "$name> x"
	chat alice -l -i hci0 -o log
	wait_for 60 btscan -i hci2 -u spp "$alice"
	echo "hi" | rfcat-connect -N -i hci2 "$alice" 3>&-
	wait_line 30 '#(touch pwned)#\[fg=red\]"\\n\\u001b\[7mx> x> hi$' log
	busctl set-property org.bluez /org/bluez/hci2 org.bluez.Adapter1 Alias s carol
	run ! grep -qP '\e' log alice.out alice.err
	[ ! -e pwned ]
}

no_link() {
	! hcitool -i hci1 con | grep -q "$alice"
}

@test "rfchat: -g says what it lacks; what is wrong with the command line is said, and nothing is left" {
	mkdir bin # where no window is beside it
	cp "$REPO/bin/rfchat" bin
	ln -s "$REPO/src" src
	fails_with 1 '-g: rfchat-window is not installed' env PATH=/usr/bin:/bin bin/rfchat -g
	fails_with 2 '-x: unknown option' rfchat -x
	fails_with 2 '-n: .* its value is missing' rfchat -n
	fails_with 2 'too many' rfchat "$alice" 1 2
	run -0 rfchat -h
	[[ ${lines[0]} == "usage: rfchat "* ]]
	[[ $(rfchat --help) == "$output" ]]
	[[ $(rfchat -V) == "rfchat $(rfcat-connect -V | cut -d ' ' -f 2-)" ]]
	nothing_left
}
