# Security levels, each from a fresh start: what a pairing leaves behind changes the next one.
bats_require_minimum_version 1.5.0
load helper

setup() {
	lab-fresh
	rfcomm_setup
}
teardown() { stop_all; }
teardown_file() { lab-fresh; }

connect() { rfcat-connect -i hci1 "$@" "$alice" "$channel"; }

@test "-s medium encrypts" {
	listener -s medium "$channel"
	run connect -v -s medium -N <<<"secret"
	[[ ${lines[0]} == *"(encrypted)" ]]
	status_of "$listener"
	[ "$(cat listener.out)" = secret ]
}

@test "listen -s high: a peer that can't confirm a passkey gets nothing through" {
	listener -k -s high "$channel"
	run --separate-stderr connect -w 20 -N <<<"unauthenticated"
	[ "$status" -eq 1 ]
	[ ! -s listener.out ]
	kill "$listener"
}

@test "connect -s high: without an agent to confirm a passkey it is said what to do" {
	listener "$channel"
	run --separate-stderr connect -s high -w 20 -N </dev/null
	[ "$status" -eq 1 ]
	[[ $stderr == *"bluetoothctl pair"* ]]
	kill "$listener"
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
