#!/usr/bin/env bats

load helper

stamp='[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}'

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

# chatline in the background, between a FIFO that descriptor 9 keeps open, and out.
start() {
	mkfifo in
	chatline "$@" <in >out 2>err 3>&- &
	pid=$!
	exec 9>in
}

# ends_with STATUS: what start started ends by itself, and so.
ends_with() {
	local status=0
	status_of "$pid" || status=$?
	[ "$status" -eq "$1" ]
}

# example TEXT: the line of the manual's EXAMPLES that holds the text.
example() {
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh DIAGNOSTICS/p' "$REPO/man/chatline.1" | grep -F -- "$1" |
		sed 's/\\e/\\/g'
}

@test "chatline: a line becomes a record with the local time of RFC 3339" {
	run chatline <<<hi
	[ "$status" -eq 0 ]
	[[ $output =~ ^${stamp}[+-][0-9]{2}:[0-9]{2}\ hi$ ]]
	run env TZ=XYZ-5:30 chatline -n them <<<hi
	[[ $output =~ ^${stamp}\+05:30\ \<them\>\ hi$ ]]
}

@test "chatline: -u stamps in UTC, -f as it says, and an empty -f not at all" {
	run env TZ=XYZ-5:30 chatline -u <<<hi
	[[ $output =~ ^${stamp}Z\ hi$ ]]
	run chatline -f '[%.T]' <<<hi
	[[ $output =~ ^\[[0-9:]{8}\.[0-9]{6}\]\ hi$ ]]
	run chatline -f '' -n me <<<hi
	[ "$output" = '<me> hi' ]
	run chatline -f '' <<<hi
	[ "$output" = hi ]
}

@test "chatline: -s and -i stamp with elapsed time" {
	run chatline -s <<<hi
	[[ $output =~ ^[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}\ hi$ ]]
	run chatline -i -f %.S <<<$'one\ntwo'
	[ "${lines[1]}" = '00.000000 two' ]
}

@test "chatline: nothing in the text or the name reaches a terminal as a command" {
	run chatline -f '' -n $'a\e[31m\n' <<<$'x\e]0;t\a\x9b2J\r\u202ey\x7f\tz'
	[ "$output" = $'<a^[[31m^J> x^[]0;t^G\\x9b2J^M<U+202E>y^?\tz' ]
	run chatline -f '' -r <<<$'x\e[1m\x9b'
	[ "$output" = $'x\e[1m\x9b' ]
}

@test "chatline: the locale makes no difference" {
	head -c 100000 /dev/urandom >random
	LC_ALL=C chatline -f %A -n $'\xc3\xa9' <random >c
	LC_ALL=C.UTF-8 chatline -f %A -n $'\xc3\xa9' <random >utf8
	cmp c utf8
}

@test "chatline: -e decodes to the same bytes, as the manual does it" {
	require perl
	head -c 200000 /dev/urandom >device
	printf 'a+\nb+\\+\r\n\xff\\x41 no newline+' >>device
	bash -ec "$(example 'chatline -e')"
	bash -ec "$(example perl)" >decoded
	cmp device decoded
}

@test "chatline: a longer line than -l is cut between characters, and the pieces end in +" {
	run chatline -f '' -n me -l 25 <<<'12345678901234567é8'
	[ "${lines[0]}" = '<me> 12345678901234567+' ]
	[ "${lines[1]}" = '<me> é8' ]
	tr -dc '\200-\277' </dev/urandom | head -c 100000 | chatline -l 100 >long
	awk 'length($0) > 99 { exit 1 }' long
}

@test "chatline: text without a newline becomes a record after a silence" {
	start -f '' -w 50
	printf one >&9
	wait_for 20 grep -qx one out
	printf '\ntwo' >&9
	wait_for 20 grep -qx two out
	printf 'three\n\n' >&9
	exec 9>&-
	ends_with 0
	[ "$(cat out)" = $'one\ntwo\nthree' ]
	[ "$(wc -l <out)" -eq 4 ]
}

@test "chatline: a carriage return or half a character waits for the rest" {
	start -f '' -w 50
	printf 'one\r' >&9
	wait_for 20 grep -qx one out
	printf '\ntwo\xe2\x82' >&9
	wait_for 20 grep -qx two out
	printf '\xac\n' >&9
	wait_for 20 grep -qx € out
	exec 9>&-
	ends_with 0
	[ "$(cat out)" = $'one\ntwo\n€' ]
}

@test "chatline: the stamp is that of the first byte" {
	start -f %.s -w 0
	printf 'x\na' >&9
	wait_for 20 grep -q x out
	now=$(date +%s%6N)
	printf 'b\n' >&9
	wait_for 20 grep -q ab out
	began=$(sed -n 's/\(.*\)\.\(.*\) ab/\1\2/p' out)
	((began <= now))
	exec 9>&-
	ends_with 0
}

@test "chatline: a signal flushes what is pending, and chatline dies by it" {
	local signal
	for signal in TERM HUP; do
		rm -f in
		start -f '' -w 0
		printf 'x\npending' >&9
		wait_for 20 grep -qx x out
		kill -s $signal $pid
		ends_with $((128 + $(kill -l $signal)))
		[ "$(cat out)" = $'x\npending' ]
		[ ! -s err ]
		exec 9>&-
	done
}

@test "chatline: a signal ends it while its reader stalls" {
	mkfifo stalled
	exec 8<>stalled
	chatline < <(yes 3>&- 8>&-) >stalled 3>&- 8>&- &
	pid=$!
	wait_for 20 full $pid
	kill $pid
	ends_with 143
	exec 8>&-
}

# Has the process written what a pipe holds, and does it sleep?
full() {
	[ "$(sed -n 's/^wchar: //p' "/proc/$1/io")" -gt 60000 ] && grep -q '^State:.*S' "/proc/$1/status"
}

@test "chatline: when nobody reads any more it ends at once, quietly" {
	mkfifo in
	exec 9<>in
	echo one >&9
	run timeout -s KILL 30 bash -c 'chatline <in 9>&- | head -n 1 >/dev/null; exit ${PIPESTATUS[0]}' 3>&-
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	exec 9>&-
}

@test "chatline: a full disk is said at once, with standard input still open" {
	mkfifo in
	exec 9<>in
	echo one >&9
	run timeout -s KILL 30 bash -c 'chatline <in >/dev/full 9>&-' 3>&-
	[ "$status" -eq 1 ]
	[ "$output" = 'chatline: standard output: No space left on device' ]
	run chatline -o /dev/full <<<one
	[ "$status" -eq 1 ]
	[[ ${lines[*]} == *'chatline: /dev/full: No space left on device'* ]]
	exec 9>&-
}

@test "chatline: -o appends the same records to a file" {
	echo before >log
	printf 'one\ntwo' | chatline -o log >out
	[ "$(cat log)" = "before"$'\n'"$(cat out)" ]
	[ "$(wc -l <out)" -eq 2 ]
	run chatline -o ./no/log <<<one
	[ "$status" -eq 1 ]
	[ "$output" = 'chatline: ./no/log: No such file or directory' ]
}

@test "chatline: two can share a log or a pipe, and damage no line" {
	local i
	for i in 1 2; do
		yes 'some text that is somewhat longer than a word' | head -n 20000 |
			chatline -n "$i" >>log 3>&- &
	done
	wait
	{
		for i in 1 2; do
			yes 'some text that is somewhat longer than a word' | head -n 20000 |
				chatline -n "$i" 3>&- &
		done
		wait
	} | cat >piped
	local file
	for file in log piped; do
		[ "$(grep -cE "^${stamp}.{6} <[12]> some text that is somewhat longer than a word$" \
			$file)" -eq 40000 ]
		[ "$(wc -l <$file)" -eq 40000 ]
	done
}

# So many bytes are in out, and more: stamps and pluses.
out_of() {
	[ "$(wc -c <out)" -gt "$1" ]
}

# The most that it has had, in KiB.
memory() {
	sed -n 's/^VmHWM:\s*\([0-9]*\) kB/\1/p' /proc/$pid/status
}

@test "chatline: memory stays small without a single newline" {
	local before limit=500
	# The books that sanitizers keep come in huge pages; one that kept it all would have 20000.
	[[ $(chatline -V) != *"built to be tested"* ]] || limit=10000
	start
	head -c 20000 /dev/zero >&9
	wait_for 20 out_of 20000
	before=$(memory)
	head -c 20000000 /dev/zero >&9
	wait_for 20 out_of 20020000
	[ $(($(memory) - before)) -lt "$limit" ]
	exec 9>&-
	ends_with 0
}

@test "chatline: what is wrong with the command line is said in one line, status 2" {
	local args
	for args in '-l 19' '-l 4097' '-l x' '-w -1' '-w' '-s -i' '-e -r' -x file '-l 20' \
		"-n $(printf %249s x | tr ' ' x)"; do
		# shellcheck disable=SC2086 # some are two words
		run chatline $args <<<text
		[ "$status" -eq 2 ]
		[ "${#lines[@]}" -eq 1 ]
		[[ $output == 'chatline: '* ]]
	done
	run chatline -f $'a\nb' <<<text
	[ "$status" -eq 2 ]
}

@test "chatline: -h lists the options, -V prints the version" {
	run chatline -h
	[ "$status" -eq 0 ]
	[[ $output == 'usage: chatline '* ]]
	run chatline -V
	[ "$status" -eq 0 ]
	[[ $output == 'chatline '[0-9]* ]]
}

@test "chatline: the manual's filters behind tail -f, journalctl -f and make" {
	echo one >app.log
	printf 'all:\n\t@echo built; echo failed >&2\n' >Makefile
	bash -c "$(example 'tail -f')" 3>&- &
	pid=$!
	wait_for 20 grep -q ' one$' stamped.log
	echo two >>app.log
	wait_for 20 grep -qE "^${stamp}Z two$" stamped.log
	pkill -P $pid tail
	wait $pid

	journalctl() {
		[ "$*" = '-f -o cat' ] && echo started
	}
	export -f journalctl
	run bash -c "$(example journalctl)"
	[[ $output =~ ^[0-9:]{8}\.[0-9]{6}\ started$ ]] || [[ $output =~ ^[0-9:]{8}\ started$ ]]
	run bash -c "$(example 'make 2')"
	[[ ${lines[0]} =~ ^00:00:[0-9]{2}\.[0-9]{3}\ built$ ]]
	[[ ${lines[1]} =~ ^00:00:[0-9]{2}\.[0-9]{3}\ failed$ ]]
}

@test "chatline: the manual's listener, and its two sources of one log" {
	rfcat-listen() {
		[ "$*" = 1 ] && echo hi
	}
	vmstat() {
		[ "$*" = 5 ] && echo from vmstat
	}
	iostat() {
		[ "$*" = 5 ] && echo from iostat
	}
	export -f rfcat-listen vmstat iostat
	run bash -c "$(example rfcat-listen)"
	[[ $output =~ ^${stamp}.{6}\ \<bob\>\ hi$ ]]
	bash -c "$(example vmstat); wait"
	grep -qE "^${stamp}.{6} <vm> from vmstat$" both.log
	grep -qE "^${stamp}.{6} <io> from iostat$" both.log
}
