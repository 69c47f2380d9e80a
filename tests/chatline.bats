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

# ends_with STATUS: the program of start ends by itself, with this status.
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
	run env TZ=XYZ-5:30 chatline -f '%3N %N %::z' <<<hi
	[[ $output =~ ^[0-9]{3}\ [0-9]{9}\ \+05:30:00\ hi$ ]]
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
	run chatline -f '' -n $'a\e[31m\n' <<<$'x\e]0;t\a\x9b2J\r\xe2\x80\xaey\x7f\tz'
	[ "$output" = $'<a^[[31m^J> x^[]0;t^G\\x9b2J^M<U+202E>y^?\tz' ]
	run chatline -f '' -r <<<$'x\e[1m\x9b'
	[ "$output" = $'x\e[1m\x9b' ]
}

@test "chatline: invisible characters show, except those that scripts need" {
	run chatline -f '' <<<$'a\xe2\x80\x8bb\xe2\x81\xa0c\xc2\xadd\xe1\xa0\x8ee\xcd\x8ff\xe3\x85\xa4g'
	[ "$output" = 'a<U+200B>b<U+2060>c<U+00AD>d<U+180E>e<U+034F>f<U+3164>g' ]
	run chatline -f '' <<<$'\xe2\x9d\xa4\xef\xb8\x8f\xe2\x80\x8d\xf0\x9f\x94\xa5 \xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae a\xef\xb8\x8f'
	[ "$output" = $'\xe2\x9d\xa4\xef\xb8\x8f\xe2\x80\x8d\xf0\x9f\x94\xa5 \xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae a<U+FE0F>' ]
	echo $'\xe2\x9d\xa4\xef\xb8\x8f 9\xef\xb8\x8f\xe2\x83\xa3 a\xef\xb8\x8f' >room
	script -qec "chatroom room </dev/null" /dev/null | tr -d '\r' >shown
	[ "$(cat shown)" = $'\xe2\x9d\xa4\xef\xb8\x8f 9\xef\xb8\x8f\xe2\x83\xa3 a<U+FE0F>' ]
}

@test "chatline: a name is cut between characters, and never refused" {
	run chatline -f '' -n "$(printf 'é%.0s' {1..130})" <<<hi
	[ "$output" = "<$(printf 'é%.0s' {1..124})> hi" ]
	run chatline -f '' -n "$(printf '\xe2\x80\xae%.0s' {1..100})" <<<hi
	[ "$output" = "<$(printf '<U+202E>%.0s' {1..82})> hi" ]
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

@test "chatline: half a character waits for the rest, and a late newline is no line" {
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

@test "chatline: a carriage return ends a record when silence follows, and each has its own time" {
	start -f %.s -w 50
	local i sent=()
	for i in 1 2 3; do
		sent+=("$(date +%s%6N)")
		printf '21.%s\r' "$i" >&9
		wait_for 20 grep -qE "^[0-9.]+ 21.$i$" out
	done
	exec 9>&-
	ends_with 0
	[ "$(wc -l <out)" -eq 3 ]
	for i in 0 1 2; do
		[ "$(sed -n "$((i + 1))s/\(.*\)\.\(.*\) .*/\1\2/p" out)" -ge "${sent[i]}" ]
	done
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

@test "chatline: a signal flushes pending text, and chatline dies by it" {
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

# Whether the process has filled the pipe, and sleeps.
full() {
	[ "$(sed -n 's/^wchar: //p' "/proc/$1/io")" -gt 60000 ] && grep -q '^State:.*S' "/proc/$1/status"
}

@test "chatline: without a reader it ends at once, quietly" {
	mkfifo in
	exec 9<>in
	echo one >&9
	run timeout -s KILL 30 bash -c 'chatline <in 9>&- | head -n 1 >/dev/null; exit ${PIPESTATUS[0]}' 3>&-
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	exec 9>&-
}

@test "chatline: a full disk is reported at once, with standard input still open" {
	mkfifo in
	exec 9<>in
	echo one >&9
	run timeout -s KILL 30 bash -c 'chatline <in >/dev/full 9>&-' 3>&-
	[ "$status" -eq 1 ]
	[ "$output" = 'chatline: standard output: No space left on device' ]
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

@test "chatline: a log's full disk is reported once, and the display goes on; status 1 at the end" {
	start -f '' -o /dev/full
	echo one >&9
	wait_for 20 grep -qx one out
	echo two >&9
	wait_for 20 grep -qx two out
	exec 9>&-
	ends_with 1
	[ "$(cat err)" = 'chatline: /dev/full: No space left on device' ]
}

@test "chatline: on a full disk the log has whole records only" {
	local text
	text=$(printf '%999d' 0)
	run bash -c 'ulimit -f 8; for i in 1 2 3 4 5 6 7 8 9 10; do echo "$1"; done |
		chatline -f "" -o log >/dev/full' - "$text"
	[ "$status" -eq 1 ]
	[ "$(sort -u log)" = "$text" ]
	[ "$(wc -l <log)" -eq 8 ]
}

@test "chatline: a viewer that has left costs the log no record, now or later" {
	mkfifo in viewed
	exec 8<>viewed
	chatline -f '' -o log <in >viewed 2>err 3>&- 8>&- &
	pid=$!
	exec 9>in
	echo one >&9
	read -ru 8
	exec 8>&-
	seq 20000 >&9
	wait_for 20 grep -qx 20000 log
	echo end >&9
	exec 9>&-
	ends_with 1
	diff log <(echo one; seq 20000; echo end)
	[ ! -s err ]
}

@test "chatline: a stalled viewer keeps no record out of the log when a signal ends it" {
	mkfifo in stalled
	exec 8<>stalled
	chatline -f '' -o log <in >stalled 3>&- 8>&- &
	pid=$!
	exec 9>in
	seq 60000 >&9 &
	wait_for 20 full $pid
	wait_for 20 grep -qx 10000 log
	kill $pid
	ends_with 143
	# The signal may come in the middle of a line, which is the last record then.
	local lines
	lines=$(wc -l <log)
	diff <(head -n -1 log) <(seq $((lines - 1)))
	[[ $lines == "$(tail -n 1 log)"* ]]
	exec 8>&- 9>&-
}

@test "chatline: -o follows the name of its file, and loses and tears no record" {
	echo before >log
	chmod 664 log
	start -f '' -o log
	{
		local i
		for i in 1 2 3; do
			until [ -e "log.$i" ]; do
				seq -f "$i %.0f some text" 50
			done
		done
		echo end
	} >&9 3>&- &
	for i in 1 2 3; do
		wait_for 20 grep -q "^$i " log
		mv log "log.$i"
	done
	wait_for 20 grep -qx end log
	exec 9>&-
	ends_with 0
	diff <(cat log.? log) <(echo before; cat out)
	[ "$(stat -c %a log)" = 664 ]
	[ ! -s err ]
}

@test "chatline: a log whose folder has gone goes on in the old file, and that is reported" {
	mkdir folder
	start -f '' -o folder/log
	echo one >&9
	wait_for 20 grep -qx one folder/log
	mv folder renamed
	echo two >&9
	wait_for 20 grep -qx two renamed/log
	mkdir folder
	echo three >&9
	wait_for 20 grep -qx three folder/log
	exec 9>&-
	ends_with 0
	[ "$(cat err)" = "chatline: folder/log: can't be opened again, going on with the old file: No such file or directory" ]
}

@test "chatline: members of a room see all that chatline logs into it, while it is rotated" {
	start -f '' -o room
	wait_for 20 test -e room
	chatroom -d room >seen 3>&- &
	local reader=$! i
	for i in 1 2 3; do
		seq -f "$i %.0f" 2000 >&9
		wait_for 20 grep -qx "$i 2000" seen
		mv room "room.$i"
	done
	echo end >&9
	wait_for 20 grep -qx end seen
	kill $reader
	exec 9>&-
	ends_with 0
	diff seen <(cat room.? room)
}

@test "chatline: -o of a descriptor that is a socket" {
	run python3 -c 'import socket, subprocess
a, b = socket.socketpair()
print(subprocess.run(["chatline", "-f", "", "-o", "/dev/fd/%d" % b.fileno()], input=b"one\n",
	pass_fds=[b.fileno()], stdout=subprocess.DEVNULL).returncode, a.recv(100))'
	[ "$output" = "0 b'one\\n'" ]
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

# out has at least this number of bytes: with stamps and pluses, more.
out_of() {
	[ "$(wc -c <out)" -gt "$1" ]
}

# Its peak memory, in KiB.
memory() {
	sed -n 's/^VmHWM:\s*\([0-9]*\) kB/\1/p' /proc/$pid/status
}

@test "chatline: memory stays small without a single newline" {
	local before limit=500
	# A sanitizer's own memory comes in huge pages; a chatline that kept everything would have
	# 20000.
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

@test "chatline: a wrong command line is explained in one line, status 2" {
	local args
	for args in '-l 19' '-l 4097' '-l x' '-w -1' '-w' '-s -i' '-e -r' -x file '-l 20'; do
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

	printf '21.1\r21.2\r' >device
	run bash -c "$(example 'tr ')"
	[[ ${#lines[@]} -eq 2 && ${lines[1]} =~ ^${stamp}.{6}\ 21\.2$ ]]

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
