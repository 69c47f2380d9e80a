#!/usr/bin/env bats
# The lab from outside: its results, its ends, its traces. Boots three at the same time.

bats_require_minimum_version 1.5.0
load ../helper

lab=$REPO/tests/lab/run

# Three labs: one that answers, one that times out, one that is interrupted.
setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	"$REPO/tests/lab/fetch"
	local script='echo out; echo err >&2; cat; echo "$LAB_WORD"; pwd
		echo kept >/lab/out/self-test; echo lost >"$1/written"; lab-addr hci1; nproc; exit 7'
	status=0
	LAB_WORD="two words" "$lab" -c 2 sh -c "$script" sh "$PWD" \
		</dev/null >answer.out 2>answer.err 3>&- || status=$?
	echo "$status" >answer.status
	{
		status=0
		"$lab" -t 40 sleep 300 >late.out 2>late.err || status=$?
		echo "$status" >late.status
	} 3>&- &
	late=$!
	"$lab" -v sleep 300 >killed.out 2>killed.err 3>&- &
	killed=$!
	wait_line 250 'ready' killed.err
	cat /proc/"$killed"/task/*/children >killed.children
	kill -TERM "$killed"
	status=0
	wait "$killed" || status=$?
	echo "$status" >killed.status
	wait "$late"
}

setup() { cd "$BATS_FILE_TMPDIR" || return; }

@test "lab: standard output, standard error and the exit status come back" {
	[ "$(cat answer.status)" -eq 7 ]
	[ "$(head -n 1 answer.out)" = out ]
	[ "$(cat answer.err)" = err ]
}

@test "lab: the command runs in the same folder, sees LAB_ variables, and has adapters and processors" {
	[ "$(sed -n 2p answer.out)" = "two words" ]
	[ "$(sed -n 3p answer.out)" = "$PWD" ]
	[[ $(sed -n 4p answer.out) =~ ^00:AA:01: ]]
	[ "$(sed -n 5p answer.out)" -eq 2 ]
}

@test "lab: its files are gone with it, except /lab/out" {
	[ ! -e written ]
	[ "$(cat "$REPO/build/lab/out/self-test")" = kept ]
	rm "$REPO/build/lab/out/self-test"
}

@test "lab: -t ends it with 124, and says so" {
	[ "$(cat late.status)" -eq 124 ]
	grep -qx 'lab: not done after 40 s (-t)' late.err
}

@test "lab: a signal ends everything" {
	[ "$(cat killed.status)" -eq 143 ]
	mapfile -d ' ' -t children <killed.children
	[ "${#children[@]}" -gt 0 ]
	for child in "${children[@]}"; do
		[ ! -e "/proc/$child" ]
	done
}

@test "lab: a wrong option, number or command is exit 2" {
	for arguments in "" "-x true" "-n 0 true" "-n 17 true" "-c 9 true" "-t soon true"; do
		# shellcheck disable=SC2086 # words
		run ! --separate-stderr "$lab" $arguments
		[ "$status" -eq 2 ]
		[ -z "$output" ]
		[ -n "$stderr" ]
	done
}

@test "lab: without QEMU it names the package" {
	mkdir -p bin
	for tool in bash sed uname dirname mktemp rm cat; do
		ln -sf "$(command -v "$tool")" bin/
	done
	PATH=$PWD/bin run --separate-stderr "$lab" true
	[ "$status" -eq 1 ]
	[[ $stderr == "lab: qemu-system-"*" is missing (apt-get install qemu-system-"*")" ]]
}
