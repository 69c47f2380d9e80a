# Security levels, each from a fresh start: a pairing would change the next one.
bats_require_minimum_version 1.5.0
load helper

setup() {
	lab-fresh
	rfcomm_setup
}
teardown() {
	stop_all
	tmux -S tmux kill-server 2>/dev/null || true
}
teardown_file() { lab-fresh; }

connect() { rfcat-connect -i hci1 "$@" "$alice" "$channel"; }

@test "-s medium encrypts" {
	listener -s medium "$channel"
	run connect -v -s medium -N <<<"secret"
	[[ ${lines[0]} == *"(encrypted, 16-octet key)" ]]
	status_of "$listener"
	[ "$(cat listener.out)" = secret ]
}

@test "-v warns where the link's key is short, as any user" {
	local nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	air keysize all 7
	rfcat-listen -v -i hci0 -k "$channel" </dev/null >listener.out 2>listener.err 3>&- &
	listener=$!
	wait_line 30 '^listening' listener.err
	run "${nobody[@]}" "$REPO/bin/rfcat-connect" -v -N -i hci1 "$alice" "$channel" <<<"hello"
	[[ ${lines[0]} == *"(encrypted, 7-octet key)" ]]
	[[ ${lines[1]} == "warning: a key of 7 octets, where 16 are usual"* ]]
	wait_line 20 'peer closed' listener.err
	grep -q '^connected from .* (encrypted, 7-octet key)$' listener.err
	grep -q '^warning: a key of 7 octets, where 16 are usual' listener.err
	kill "$listener"
}

@test "listen -s high: a peer that can't confirm a passkey gets nothing through" {
	listener -k -s high "$channel"
	run --separate-stderr connect -w 20 -N <<<"unauthenticated"
	[ "$status" -eq 1 ]
	[ ! -s listener.out ]
	kill "$listener"
}

@test "connect -s high: without an agent to confirm a passkey the message says what to do" {
	listener "$channel"
	run --separate-stderr connect -s high -w 20 -N </dev/null
	[ "$status" -eq 1 ]
	[[ $stderr == *"bluetoothctl pair"* ]]
	kill "$listener"
}

# shows PATTERN: whether bluetoothctl has printed that.
shows() { tmux -S tmux capture-pane -p -S - | grep -q -e "$1"; }

@test "rfcat(7): after a pairing in which a number was confirmed, -s high goes through" {
	require tmux
	# bluetoothctl looks for others from hci0.
	mapfile -t typed < <(alice=$bob recipe pair)
	tmux -S tmux -f /dev/null new-session -d -x 100 -y 40 "${typed[0]}" 3>&-
	wait_for 30 shows 'Agent registered'
	tmux -S tmux send-keys "${typed[1]}" Enter
	wait_for 60 shows "Device $bob"
	tmux -S tmux send-keys "${typed[2]}" Enter
	wait_for 30 shows 'Confirm passkey'
	tmux -S tmux send-keys yes Enter
	wait_for 30 shows 'Pairing successful'
	listener -s high "$channel"
	run connect -v -s high -N <<<"authenticated"
	[[ ${lines[0]} == *"(encrypted, 16-octet key)" ]]
	status_of "$listener"
	[ "$(cat listener.out)" = authenticated ]
}

# refused_by_agent listener|caller: the end with -s high; one attempt, of rfcat-connect with -r, where a person says no after a moment.
refused_by_agent() {
	tmux -S tmux -f /dev/null new-session -d -x 100 -y 40 "bluetoothctl --agent DisplayYesNo" 3>&-
	wait_for 30 shows 'Agent registered'
	if [ "$1" = listener ]; then
		listener -k -s high "$channel"
		connect -r 1 2>err 3>&- &
	else
		listener -k "$channel"
		connect -r 1 -s high 2>err 3>&- &
	fi
	local caller=$!
	wait_for 30 shows '(yes/no)'
	sleep 3
	tmux -S tmux send-keys no Enter
	run -1 status_of "$caller"
	grep "pairing failed" err
	[ "$(tmux -S tmux capture-pane -p -S - | grep -c '(yes/no)')" -eq 1 ]
	kill "$listener"
}

@test "listen -s high: a pairing that is refused is asked for once, and not again by connect -r" {
	require tmux
	refused_by_agent listener
}

@test "connect -s high: a pairing that is refused is asked for once, and not again by -r" {
	require tmux
	refused_by_agent caller
}

@test "without bluetoothd the link is not encrypted, and -v says so" {
	lab-fresh -b
	listener "$channel"
	run connect -v -N <<<"hello"
	[[ ${lines[0]} == *"(not encrypted)" ]]
	status_of "$listener"
}

@test "without bluetoothd nothing goes through with -s medium" {
	lab-fresh -b
	listener -k "$channel"
	run --separate-stderr connect -s medium -w 40 -N <<<"secret"
	[ "$status" -eq 1 ]
	[ ! -s listener.out ]
	kill "$listener"
}
