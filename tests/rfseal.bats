# rfseal over RFCOMM: alice (hci0) listens, bob (hci1) connects; eve, in between, has hci2 and hci3.
# shellcheck disable=SC2154 # rfcomm_setup sets alice and channel
bats_require_minimum_version 1.5.0
load helper

setup() {
	rfcomm_setup
	(umask 077 && echo 482-913 >code && echo 482-914 >guess)
	mallory=$(lab-addr hci2)
}

teardown() {
	tmux -S tmux kill-server 2>/dev/null || true
	stop_all
}

# met: alice and bob know one another, each in a directory of this name.
met() {
	timeout 60 rfseal -d alice -c code bob rfseal -d bob -c code -s alice true </dev/null
}

# sealed OPTION ... NAME: alice listens, with stdin from $input (nothing), to listener.out and
# listener.err; her process is $listener.
sealed() {
	rfseal -d alice "$@" rfcat-listen -v -i hci0 "$channel" \
		<"${input-/dev/null}" >listener.out 2>listener.err 3>&- &
	listener=$!
	wait_line 30 '^listening' listener.err
}

# calls OPTION ... NAME [ADDRESS]: bob does, to alice or to another address.
calls() {
	local address=$alice
	[[ ${*: -1} != *:* ]] || { address=${*: -1}; set -- "${@:1:$#-1}"; }
	timeout 120 rfseal -d bob "$@" rfcat-connect -i hci1 "$address" "$channel"
}

# between PROGRAM: what bob sends to hci2 goes to alice through a program, and what she answers back.
between() {
	rfcat-listen -v -i hci2 "$channel" sh -c "$1" 2>between.err 3>&- &
	wait_line 30 '^listening' between.err
}

# A program that carries everything on, but for a bit of the first record.
flip_a_bit() {
	cat <<-'END'
		import os
		seen = 0
		while data := bytearray(os.read(0, 4096)):
		    if seen <= 140 < seen + len(data):
		        data[140 - seen] ^= 1
		    seen += len(data)
		    os.write(1, data)
	END
}

# at WINDOW COMMAND: a terminal of tmux with this command.
at() {
	tmux -S tmux -f /dev/null new-session -d -x 120 -y 24 -s "$1" \
		"HOME=$PWD/$1.home PS1='$ ' exec bash --norc -i" 3>&-
	wait_for 30 shows "$1" '^\$$'
	tmux -S tmux send-keys -t "$1" "$2" Enter
}

shows() { tmux -S tmux capture-pane -p -t "$1" | grep -q -e "$2"; }

@test "rfseal: two people at two terminals: a code once, half an end, and no code again" {
	require tmux
	at alice "rfseal -g bob rfcat-listen -i hci0 $channel | chatline -f '' -n bob; echo status \${PIPESTATUS[0]}"
	wait_for 30 shows alice '^code for bob: [0-9]'
	code=$(tmux -S tmux capture-pane -p -t alice | sed -n 's/^code for bob: \([0-9-]*\).*/\1/p')
	at bob "rfseal alice rfcat-connect -i hci1 $alice $channel | chatline -f '' -n alice; echo status \${PIPESTATUS[0]}"
	wait_for 60 shows bob '^code for alice:'
	tmux -S tmux send-keys -t bob "${code/-/ }" Enter "hi alice" Enter
	wait_for 60 shows alice '^<bob> hi alice$'
	tmux -S tmux send-keys -t alice "hi bob" Enter
	wait_for 30 shows bob '^<alice> hi bob$'
	tmux -S tmux send-keys -t bob C-d
	tmux -S tmux send-keys -t alice "still there?" Enter
	wait_for 30 shows bob '^<alice> still there?$'
	tmux -S tmux send-keys -t alice C-d
	wait_for 30 shows alice '^status 0$'
	wait_for 30 shows bob '^status 0$'
	[ "$(stat -c %a bob.home/.local/state/rfcat/peers/alice)" = 600 ]

	tmux -S tmux send-keys -t alice C-l Up Enter
	wait_for 30 listens
	tmux -S tmux send-keys -t bob C-l Up Enter
	tmux -S tmux send-keys -t bob "me again" Enter
	wait_for 60 shows alice '^<bob> me again$'
	run ! shows alice '^code'
}

listens() { [ "$(wc -l </proc/net/rfcomm)" -gt 1 ]; }

@test "rfseal: a hub for known peers, and a stranger outside" {
	met
	mv alice peers && mkdir -m 700 alice && timeout 60 rfseal -d peers -c code carol \
		rfseal -d carol -c code -s hub true </dev/null
	rfcat-listen -v -i hci0 -k "$channel" rfseal -d peers -s -a sh -c \
		'chatline -f "" -n "$RFSEALPEER" | chatroom room' 2>hub.err 3>&- &
	wait_line 30 '^listening' hub.err
	mkfifo typed
	calls alice <typed >bob.out 3>&- &
	exec 4>typed
	echo "it is bob" >&4
	wait_line 60 '^<bob> it is bob$' room
	rfseal -d carol hub rfcat-connect -i hci2 "$alice" "$channel" <<<"it is carol" >carol.out
	wait_line 30 '^<carol> it is carol$' bob.out
	run -1 --separate-stderr rfseal -d eve -c code hub rfcat-connect -i hci3 "$alice" "$channel" \
		<<<"it is bob, really"
	[[ $stderr == *"rfseal: hub: the other end meets only peers that it knows"* ]]
	exec 4>&-
	[ "$(sort room)" = $'<bob> it is bob\n<carol> it is carol' ]
}

@test "rfseal: a wrong code, and both ends say so" {
	sealed -c code bob
	run -1 --separate-stderr calls -c guess alice <<<secret
	[[ $stderr == *"rfseal: alice: wrong code, or somebody in between"* ]]
	status_of "$listener" && false
	grep -q '^rfseal: bob: wrong code, or somebody in between' listener.err
	[ -z "$output" ] && [ ! -s listener.out ]
}

@test "rfseal: a file, and what the end of one direction leaves of the other" {
	met
	random_file file 100000
	sealed bob
	calls alice <file
	status_of "$listener"
	cmp file listener.out
	rfcat-listen -v -i hci0 "$channel" rfseal -d alice -s bob sh -c 'wc -c; echo over' \
		2>serve.err 3>&- &
	wait_line 30 '^listening' serve.err
	run -0 --separate-stderr calls alice <file
	[ "$output" = $'100000\nover' ]
}

@test "rfseal: 5 MiB both ways at once" {
	met
	random_file there 5242880
	random_file back 5242880
	input=back sealed bob
	calls alice <there >got
	status_of "$listener"
	cmp there listener.out
	cmp back got
}

@test "rfseal: eve in between hears nothing, and may carry it on" {
	met
	sealed bob
	# When alice leaves, eve does, too.
	between "tee said | (rfcat-connect -N -i hci3 $alice $channel; kill \$\$) | tee answered"
	run -0 --separate-stderr calls alice "$mallory" <<<"attack at dawn"
	status_of "$listener"
	[ "$(cat listener.out)" = "attack at dawn" ]
	[ -s said ] && [ -s answered ]
	run ! grep -a -e attack -e alice -e bob said answered
	# What she has recorded is worth nothing.
	sealed bob
	rfcat-connect -q 1 -i hci2 "$alice" "$channel" <said >replayed
	status_of "$listener" && false
	grep -q '^rfseal: bob: not whom we know by this name' listener.err
	[ ! -s listener.out ]
}

@test "rfseal: eve in between changes one bit, or guesses at both ends" {
	met
	sealed bob
	flip_a_bit >flip.py
	between "python3 flip.py | (rfcat-connect -i hci3 $alice $channel; kill \$\$)"
	run -1 --separate-stderr calls alice "$mallory" <<<"attack at dawn"
	echo "$stderr"
	status_of "$listener" && false
	grep -q '^rfseal: bob: something came that the other end had not sealed' listener.err
	[ ! -s listener.out ]
	rm -r alice bob
	channel=$((channel + 1)) # the old one may still be in use on eve's side
	sealed -c code bob
	between "rfseal -d eve -c guess -s bob rfseal -d eve2 -c guess alice rfcat-connect -i hci3 $alice $channel"
	run -1 --separate-stderr calls -c code alice "$mallory" <<<"attack at dawn"
	[[ $stderr == *"rfseal: alice: wrong code, or somebody in between"* ]]
	# The program of the one in between never runs, so she has to guess at alice's by herself.
	run -1 rfseal -d eve2 -c guess alice rfcat-connect -i hci3 "$alice" "$channel" </dev/null
	status_of "$listener" && false
	grep -q '^rfseal: bob: wrong code, or somebody in between' listener.err
	[ ! -s listener.out ]
}

@test "rfseal: a link that is lost is not an end" {
	met
	mkfifo typed
	sealed bob
	calls alice <typed >got 2>calls.err 3>&- &
	caller=$!
	exec 4>typed
	echo hello >&4
	wait_line 60 '^hello$' listener.out
	air lose hci0 hci1
	status_of "$caller" && false
	status_of "$listener" && false
	exec 4>&-
	grep -q '^rfseal: bob: the link ended before the other end did' listener.err
	grep -q '^rfseal: alice: the link ended before the other end did' calls.err
}
