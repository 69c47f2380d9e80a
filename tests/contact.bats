#!/usr/bin/env bats
# First contact: the tools' messages where something is missing. Each one names the remedy.

# shellcheck disable=SC2154 # rfcomm_setup sets alice

bats_require_minimum_version 1.5.0
load helper

tools="rfcat-listen rfcat-connect btscan btpublish chatline chatroom chatsync rfseal rfchat"

setup() {
	rfcomm_setup
}

teardown() {
	soft_block 0
	[ -z "${stopped-}" ] || lab-bluetoothd start
}

# soft_block 0|1: as a laptop's switch does to all adapters.
soft_block() {
	local switch
	for switch in /sys/class/rfkill/rfkill*/soft; do
		[ "$(cat "$switch")" = "$1" ] || echo "$1" >"$switch"
	done
}

@test "every tool has --help and --version, and names an option that it does not know" {
	local tool
	for tool in $tools; do
		diff <("$tool" --help) <("$tool" -h)
		[[ $("$tool" --version) =~ ^$tool\ [0-9.]+( |$) ]]
		fails_with 2 "^$tool: --foo: unknown option.*\\($tool -h lists" "$tool" --foo
		fails_with 2 "^$tool: -%: unknown option.*\\($tool -h lists" "$tool" -%
	done
}

@test "a tool that needs an operand says so; all others start" {
	fails_with 2 '^rfcat-connect: no address given \(' rfcat-connect
	fails_with 2 '^btpublish: give one channel \(' btpublish
	fails_with 2 '^chatroom: which room\? \(' chatroom
	fails_with 2 '^chatsync: which room\? \(' chatsync
	fails_with 2 '^rfseal: no name given \(' rfseal
	fails_with 2 '^rfseal: no transport given \(' rfseal bob
	fails_with 2 '^rfseal: no program given \(' rfseal -s -a
}

@test "a standard stream that is closed: one line, and nothing is opened in its place" {
	local tool
	for tool in rfcat-listen "rfcat-connect $alice 1" btscan "btpublish 1" chatline "chatroom room" \
		"chatsync room" "rfseal -d d bob cat"; do
		fails_with 1 "^${tool%% *}: standard input: closed \(use /dev/null\)" bash -c "exec $tool <&-"
		fails_with 1 "^${tool%% *}: standard output: closed \(use /dev/null\)" bash -c "exec $tool >&-"
		run -1 --separate-stderr bash -c "exec $tool 2>&-"
		[ -z "$output$stderr" ]
	done
	[ ! -e room ] && [ ! -e d ]
}

@test "a name instead of an address: the message says how to find addresses" {
	fails_with 2 'bob: not a Bluetooth address such as .*btscan' rfcat-connect bob 1
	fails_with 2 'bob: not a Bluetooth address such as .*btscan' btscan bob
	fails_with 1 'nobody: nobody around has this name .*rfchat alone' rfchat nobody
	fails_with 2 'bob: not an adapter such as hci0.*btscan -l' rfcat-listen -i bob
}

@test "in a container: the message says that it has no Bluetooth" {
	local command
	for command in rfcat-listen "rfcat-connect $alice 1" btscan "btscan -l" "btpublish 1" "rfchat -l"; do
		# shellcheck disable=SC2086 # words
		fails_with 1 'no Bluetooth here .*container' unshare -n $command
	done
}

@test "an adapter that a switch has turned off: the message names rfkill" {
	local command
	soft_block 1
	wait_for 20 all_down
	for command in rfcat-listen "rfcat-connect $alice 1" btscan "btpublish 1"; do
		# shellcheck disable=SC2086 # words
		fails_with 1 'the local adapter is down \(.*rfkill' $command
	done
	soft_block 0
	wait_for 20 all_up
}

all_down() {
	! btscan -l | grep -q "$(printf '\tup\t')"
}

all_up() {
	! btscan -l | grep -q "$(printf '\tdown\t')" || {
		local hci
		for hci in /sys/class/bluetooth/hci?; do
			hciconfig "${hci##*/}" up piscan
		done
		return 1
	}
}

@test "without bluetoothd: tools that need it say so, all others work" {
	stopped=1
	lab-bluetoothd stop # it turns its adapters off
	hciconfig hci0 up piscan name alice
	hciconfig hci1 up piscan name bob
	fails_with 1 'bluetoothd does not run' rfcat-listen -i hci0 -p
	fails_with 1 'bluetoothd does not run' btpublish -i hci0 1
	listener "$channel"
	echo hi | rfcat-connect -N -i hci1 "$alice" "$channel" 3>&-
	status_of "$listener"
	grep -qx hi listener.out
	btscan -i hci1 -t 3 | grep -q "$alice"
}
