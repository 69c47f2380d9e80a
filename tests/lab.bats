#!/usr/bin/env bats
# The lab itself, on which the other tests rely. The peers are socat, so that a failure here is the
# lab's fault and not rfcat's.

# shellcheck disable=SC2154 # rfcomm_setup sets alice, bob and channel; run sets stderr

bats_require_minimum_version 1.5.0
load helper

setup_file() {
	own_lab -b -n 3
}

teardown_file() { give_back_lab; }

setup() {
	require socat air lab-addr
	rfcomm_setup
	carol=$(lab-addr hci2)
}

teardown() {
	air heal
	stop_all
}

# A sockaddr_rc for socat, without its family: the address backwards, and the channel.
socket_address() {
	local IFS=: bytes
	read -ra bytes <<<"$1"
	printf 'x%s%s%s%s%s%s%02x00' "${bytes[5]}" "${bytes[4]}" "${bytes[3]}" "${bytes[2]}" \
		"${bytes[1]}" "${bytes[0]}" "$2"
}

# hub [-u] OPTIONS TO: alice accepts peers on this test's channel, and joins them to TO.
hub() {
	local way=
	[ "$1" != -u ] || { way=-u; shift; }
	# shellcheck disable=SC2086 # none, or one
	socat -d -d $way "SOCKET-LISTEN:31:3:$(socket_address "$alice" "$channel")$1" "$2" \
		2>hub.err 3>&- &
	hub=$!
	wait_line 20 'listening on' hub.err
}

# member NAME ADDRESS: stays connected to alice: sends >&$in, and writes NAME.out.
member() {
	mkfifo "$1.in"
	socat - "$(to_alice "$2")" <"$1.in" >"$1.out" 2>"$1.err" 3>&- &
	exec {in}>"$1.in"
}

to_alice() {
	echo "SOCKET-CONNECT:31:3:$(socket_address "$alice" "$channel"),bind=$(socket_address "$1" 0)"
}

# send_file FILE: bob sends it to alice.
send_file() {
	socat -u -b 4096 "OPEN:$1,rdonly" "$(to_alice "$bob")" 3>&-
}

links_of() {
	air links | grep "^$1 "
}

@test "lab: two peers talk to one hub at once, and each hears its own answers" {
	hub ,fork PIPE
	member bob "$bob"
	local to_bob=$in
	member carol "$carol"
	local to_carol=$in
	for i in 1 2 3; do
		echo "bob $i" >&"$to_bob"
		echo "carol $i" >&"$to_carol"
		wait_line 20 "bob $i" bob.out
		wait_line 20 "carol $i" carol.out
	done
	run ! grep -q carol bob.out
	run ! grep -q bob carol.out
}

@test "lab: each side of a link has a handle of its own" {
	wait_for 20 no_links # an old one would change who gets which handle
	hub ,fork PIPE
	member bob "$bob"
	echo hi >&"$in"
	wait_line 20 hi bob.out
	member carol "$carol"
	echo hi >&"$in"
	wait_line 20 hi carol.out
	air links
	[ "$(links_of hci0 | cut -d ' ' -f 2 | sort -u | wc -l)" -eq 2 ]
	[ "$(links_of hci0 | grep "$carol" | cut -d ' ' -f 2)" != "$(links_of hci2 | cut -d ' ' -f 2)" ]
}

@test "lab: a link that is lost times out at both ends" {
	hub ,fork PIPE
	member bob "$bob"
	echo hi >&"$in"
	wait_line 20 hi bob.out
	air lose hci0 hci1
	wait_line 20 'Connection timed out' bob.err
	wait_line 20 'Connection timed out' hub.err
	run air lose hci0 hci1
	[ "$status" -eq 1 ]
	[ "$output" = "air: no link between them" ]
}

@test "lab: a stopped receiver stalls the sender, and nothing is lost" {
	random_file sent 1000000
	hub -u "" CREATE:received
	kill -STOP "$hub"
	send_file sent &
	local sender=$! position=0 last=-1
	# It has stopped when it gets no further in half a second.
	until [ "$position" -gt 0 ] && [ "$position" = "$last" ]; do
		last=$position
		read -rt 0.5 <> <(:) || true
		position=$(position_of "$sender")
	done
	[ "$position" -lt 300000 ]
	kill -CONT "$hub"
	status_of "$sender"
	status_of "$hub" || true
	cmp sent received
}

# How far a process has read the file "sent".
position_of() {
	local fd
	for fd in /proc/"$1"/fd/* /proc/"$(pgrep -P "$1" | head -n 1)"/fd/*; do
		if [[ $(readlink "$fd") == */sent ]]; then
			awk '/^pos/ { print $2 }' "${fd/fd/fdinfo}"
			return
		fi
	done 2>/dev/null
	echo 0
}

# echo_time: how long alice's echo takes, in milliseconds.
echo_time() {
	local from=${EPOCHREALTIME/./}
	echo "${1-hi}" >&"$in"
	wait_line 30 "${1-hi}" bob.out
	echo $(((${EPOCHREALTIME/./} - from) / 1000))
}

@test "lab: air delays as commanded, and heals" {
	hub ,fork PIPE
	member bob "$bob"
	echo_time first
	air delay hci0 hci1 1500
	[ "$(echo_time second)" -ge 1500 ]
	air delay all all 1000
	[ "$(echo_time third)" -ge 2000 ]
	air heal
	[ "$(echo_time fourth)" -lt 2000 ]
}

@test "lab: a slow link takes its time, and a stuttering one too" {
	random_file sent 20000
	hub -u ,fork OPEN:received,creat,append
	air rate hci1 hci0 10000
	local from=$SECONDS
	send_file sent
	wait_for 30 cmp sent received
	((SECONDS - from >= 1))
	air rate hci1 hci0 0
	air stutter hci1 hci0 500
	rm received
	send_file sent
	wait_for 30 cmp sent received
}

@test "lab: data that air drops is lost, without notice" {
	hub ,fork PIPE
	member bob "$bob"
	echo_time first
	air drop hci1 hci0 on
	echo lost >&"$in"
	air drop hci1 hci0 off
	echo_time second
	run ! grep -q lost bob.out
}

# Waits until the unused link is gone: the kernel keeps it for two seconds, and needs no page
# meanwhile.
no_links() {
	[ -z "$(air links)" ]
}

@test "lab: a page without an answer fails as on real radio, after five seconds" {
	wait_for 20 no_links
	air nopage hci0 on
	local from=$SECONDS
	# Not socat: it would ask for the error's details, and RFCOMM would let it wait for ever.
	run python3 -c 'import socket, sys
socket.socket(socket.AF_BLUETOOTH, socket.SOCK_STREAM, socket.BTPROTO_RFCOMM).connect(
    (sys.argv[1], 1))' "$alice"
	[ "$status" -ne 0 ]
	[[ $output == *"Host is down"* ]]
	((SECONDS - from >= 4))
}

@test "lab: an adapter that is pulled out loses its links, and comes back with its address" {
	hub ,fork PIPE
	member bob "$bob"
	echo hi >&"$in"
	wait_line 20 hi bob.out
	air unplug hci1
	wait_line 20 'Connection timed out' hub.err
	wait_line 20 'Software caused connection abort' bob.err
	[ ! -e /sys/class/bluetooth/hci1 ]
	run hcitool -i hci0 scan --flush
	echo "$output"
	[[ $output != *"$bob"* && $output == *"$carol"* ]]
	air plug hci1
	wait_for 20 hciconfig hci1 up piscan name bob
	hciconfig hci1 | grep -q "$bob"
	member again "$bob"
	echo hi >&"$in"
	wait_line 20 hi again.out
}

@test "lab: an inquiry finds the others with their names" {
	run hcitool -i hci0 scan --flush
	[[ $output == *"$bob"*bob* ]]
	[[ $output == *"$carol"*carol* ]]
}

@test "lab: fresh controllers have names, in bluetoothd too, and no pairings" {
	mkdir -p "/var/lib/bluetooth/$alice/$bob"
	lab-fresh -n 3
	for i in 0 1 2; do
		local names=(alice bob carol)
		[[ $(busctl get-property org.bluez "/org/bluez/hci$i" org.bluez.Adapter1 Alias) == \
			"s \"${names[i]}\"" ]]
	done
	[ "$(hciconfig | grep -c 'PSCAN ISCAN')" -eq 3 ]
	hciconfig hci0 sspmode | grep -q Enabled
	[ ! -e "/var/lib/bluetooth/$alice/$bob" ]
	lab-fresh -b -n 3
}

@test "lab: everything is writable, and standard error can be opened" {
	echo x >/usr/lab-test
	rm /usr/lab-test
	run --separate-stderr sh -c 'echo out >/dev/stdout; echo err >/dev/stderr'
	[ "$output" = out ]
	[ "$stderr" = err ]
	[ "$PWD" = "$BATS_TEST_TMPDIR" ]
}
