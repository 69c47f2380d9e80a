#!/usr/bin/env bats
# chatroom without Bluetooth: members of a room in a folder of their own.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	require chatroom flock unshare script nc
}

teardown() {
	[ -z "${served-}" ] || kill -- "-$served" 2>/dev/null || true
	stop_all
}

# member NAME [option...]: joins the room; say NAME text... sends, out.NAME is what it sees.
declare -gA fd pid
member() {
	local name=$1 in
	shift
	mkfifo "in.$name"
	chatroom "$@" room <"in.$name" >"out.$name" 2>"err.$name" 3>&- &
	pid[$name]=$!
	exec {in}>"in.$name"
	fd[$name]=$in
}

say() {
	local name=$1
	shift
	echo "$*" >&"${fd[$name]}"
}

leave() {
	local in=${fd[$1]}
	exec {in}>&-
	wait "${pid[$1]}"
}

lines_in() { # lines_in FILE COUNT: has it that many?
	[ "$(wc -l <"$1")" -ge "$2" ]
}

has_line() { # has_line FILE TEXT
	grep -qxF -- "$2" "$1"
}

# Lines "id number length text", of all lengths up to 20,000, faster than any reader.
flood() { # flood ID
	awk -v id="$1" 'BEGIN {
		text = "0123456789abcdef"
		while (length(text) < 20000)
			text = text text
		for (i = 1; ; i++) {
			length_of = 1 + (i * 7919) % 20000
			print id, i, length_of, substr(text, 1, length_of)
		}
	}'
}

# Whether every line of a flood is whole, and each sender's lines are in order, without a gap.
check_flood() {
	awk 'NF != 4 || length($4) != $3 { print FNR ": damaged: " substr($0, 1, 60); bad = 1 }
		$2 != ++seen[$1] { print FNR ": " $1 " sent " seen[$1] ", here is " $2; bad = 1 }
		END { exit bad || NR == 0 }' "$1"
}

@test "chatroom: a line is shown to everyone but its sender" {
	member a -n 1000
	member b -n 1000
	member c -n 1000
	say a from a
	wait_for 30 has_line out.b "from a"
	say b from b
	wait_for 30 has_line out.c "from b"
	say c from c
	wait_for 30 has_line out.a "from c"
	wait_for 30 has_line out.b "from c"
	diff out.a - <<<$'from b\nfrom c'
	diff out.b - <<<$'from a\nfrom c'
	diff out.c - <<<$'from a\nfrom b'
	diff room - <<<$'from a\nfrom b\nfrom c'
}

@test "chatroom: the last ten lines are shown first, or as many as -n says" {
	seq 20 >room
	diff <(chatroom room </dev/null) <(seq 11 20)
	diff <(chatroom -n 3 room </dev/null) <(seq 18 20)
	diff <(chatroom -n 0 room </dev/null) /dev/null
	diff <(chatroom -n 21 room </dev/null) room
	seq 100000 >room
	diff <(chatroom -n 99999 room </dev/null) <(seq 2 100000)
}

@test "chatroom: at the end of its input it leaves, and all its lines are in the room" {
	seq 30000 | chatroom room
	diff room <(seq 30000)
	printf 'no newline' | chatroom -n 0 room
	[ "$(tail -n 1 room)" = "no newline" ]
	[ "$(tail -c 1 room | wc -l)" = 1 ]
	chatroom -n 0 room </dev/null
	lines_in room 30001
}

@test "chatroom: with -d it only shows, and stays when its input has ended" {
	: >room
	chatroom -d -n 5 room </dev/null >out 3>&- &
	echo one | chatroom -n 0 room
	wait_for 30 has_line out one
	chmod 400 room
	echo two >>room
	wait_for 30 has_line out two
	kill $!
}

@test "chatroom: each member sees all lines of the others, once and in one order" {
	local m
	for m in 1 2 3 4; do
		member $m -n 1000000
	done
	for m in 1 2 3 4; do
		seq -f "$m %g" 500 >&"${fd[$m]}" &
	done
	wait_for 60 lines_in room 2000
	for m in 1 2 3 4; do
		wait_for 60 lines_in out.$m 1500
		diff out.$m <(grep -v "^$m " room)
		diff <(grep "^$m " room) <(seq -f "$m %g" 500)
	done
}

@test "chatroom: a member that comes late or leaves early makes no difference to the others" {
	member a -n 1000000
	member b -n 1000000
	seq -f "a %g" 2000 >&"${fd[a]}" &
	local i
	for i in 1 2 3 4; do
		echo "guest $i" | chatroom -n 1000000 room >guest.$i
	done
	wait_for 60 lines_in out.b 2004
	cmp out.b room
	for i in 1 2 3 4; do
		grep -vx "guest $i" room | head -n "$(wc -l <guest.$i)" | cmp - guest.$i
	done
	[ "$(grep -c guest guest.4)" = 3 ]
}

@test "chatroom: a long line is cut between characters, and the pieces end in +" {
	awk 'BEGIN { printf "x"; for (i = 0; i < 70000; i++) printf "é"; print ""; print "next" }' >long
	chatroom -n 0 room <long
	[ "$(wc -l <room)" = 4 ]
	[ "$(LC_ALL=C awk '{ print length($0) }' room | sort -n | tail -n 1)" -le 65535 ]
	[ "$(grep -c '^x\?é*+$' room)" = 2 ]
	iconv -f UTF-8 room >/dev/null
	awk '/\+$/ { sub(/\+$/, ""); printf "%s", $0; next } { print }' room | cmp - long
	awk 'BEGIN { for (i = 0; i < 65535; i++) printf "x"; print "" }' >fits
	chatroom -n 0 room2 <fits
	cmp room2 fits
}

@test "chatroom: the room is made for its owner only" {
	(umask 0 && chatroom room </dev/null)
	[ "$(stat -c %a room)" = 600 ]
}

# Up to the end of a page: only there the kernel stops the write of a killed process.
torn_room() {
	{ echo whole; head -c 4090 /dev/zero | tr '\0' x; } >>room
	[ "$(stat -c %s room)" = 4096 ]
}

@test "chatroom: a killed writer's incomplete line is removed, and never shown" {
	member reader -n 1000
	torn_room
	wait_for 30 has_line out.reader whole
	echo next | chatroom -n 0 room 2>err
	wait_for 30 has_line out.reader next
	diff room - <<<$'whole\nnext'
	cmp room out.reader
	grep -q '4090 bytes' err
}

@test "chatroom: a last line without a newline, not from a killed writer, gets one" {
	printf 'whole\nby an editor' >room
	member reader -n 1000
	wait_for 30 has_line out.reader whole
	echo next | chatroom -n 0 room 2>err
	wait_for 30 has_line out.reader next
	diff room - <<<$'whole\nby an editor\nnext'
	cmp room out.reader
	diff err - <<<"chatroom: room: its last line had no newline, and got one"
}

@test "chatroom: with writers killed at any moment, the room has whole lines only, in order" {
	member reader -n 1000000
	kill_writers() {
		local i
		for i in 1 2 3 4 5 6 7 8; do
			chatroom -n 0 room < <(flood "$1.$i" 2>/dev/null) >/dev/null 2>>"err.$1" &
			sleep "0.$((RANDOM % 3))$((RANDOM % 10))"
			kill -KILL $!
			wait $! || true
		done
	}
	local slot slots=()
	for slot in 1 2; do
		kill_writers $slot 3>&- &
		slots+=($!)
	done
	wait "${slots[@]}"
	echo "end 1 1 x" | chatroom -n 0 room
	wait_for 60 has_line out.reader "end 1 1 x"
	check_flood room
	cmp room out.reader
	[ "$(cut -d ' ' -f 1 room | sort -u | wc -l)" -gt 3 ]
}

@test "chatroom: a full disk refuses a line, whole, and says so; later ones go on" {
	mkdir disk
	unshare -rm bash -e <<-'END'
		mount -t tmpfs -o size=64k none disk
		cd disk
		seq 12000 | head -c 61000 | head -n -1 >room
		mkfifo in
		chatroom -n 0 room <in 2>../err &
		exec 4>in
		filler=$(seq -s, 3000)
		echo "first" >&4
		until grep -qx first room; do sleep 0.05; done
		cp room ../before
		echo "refused $filler" >&4
		until [ -s ../err ]; do sleep 0.05; done
		cmp room ../before
		echo "second" >&4
		until grep -qx second room; do sleep 0.05; done
		head -n 1 room >room.short
		cp room ../after
		exec 4>&-
		if wait $!; then exit 1; fi
	END
	diff <(cat before; echo second) after
	diff err - <<<"chatroom: room: 1 line refused: the disk is full"
}

@test "chatroom: a full disk takes whole lines only" {
	mkdir disk
	# shellcheck disable=SC2016 # for the other shell to expand
	run unshare -rm bash -c 'mount -t tmpfs -o size=64k none disk &&
		seq 30000 | chatroom -n 0 disk/room; status=$?; cat disk/room >copy; exit $status'
	[ "$status" = 1 ]
	local kept
	kept=$(wc -l <copy)
	[ "$kept" -gt 10000 ]
	diff copy <(seq "$kept")
	[ "$(grep -o '[0-9]* lines\? refused' <<<"$output" | awk '{ n += $1 } END { print n }')" = \
		$((30000 - kept)) ]
}

@test "chatroom: a limit of the file's size refuses a line, whole, and says so" {
	local text
	text=$(seq -s , 800)
	run bash -c 'ulimit -f 8; for i in 1 2 3 4; do echo "$1"; done | chatroom -n 0 room' - "$text"
	[ "$status" = 1 ]
	[[ $output == *"2 lines refused: the limit of the file's size is reached"* ]]
	diff room <(echo "$text" && echo "$text")
}

@test "chatroom: rotation by rename is followed without a lost or repeated line" {
	local m i
	for m in 1 2 reader; do
		member $m -n 1000000
	done
	feed() { # feed MEMBER
		local i
		for i in 1 2 3; do
			until [ -e room.$i ]; do
				seq -f "$1 $i.%.0f" 50
				sleep 0.01
			done
		done
		echo "$1 end"
	}
	for m in 1 2; do
		feed $m >&"${fd[$m]}" 3>&- &
	done
	for i in 1 2 3; do
		for m in 1 2 reader; do
			wait_for 60 grep -q "^. $i" out.$m
		done
		mv room room.$i
	done
	for m in 1 2; do
		wait_for 60 has_line out.reader "$m end"
	done
	cat room.? room >all
	cmp all out.reader
	for m in 1 2; do
		wait_for 60 lines_in out.$m "$(grep -vc "^$m " all)"
		cmp out.$m <(grep -v "^$m " all)
	done
}

@test "chatroom: a line that a slow writer puts into the old file is not missed" {
	member reader -n 10
	echo one >>room
	wait_for 30 has_line out.reader one
	mkfifo never
	exec 4<>never 5<>room
	flock 5
	mv room old
	echo three >room
	read -rt 0.1 <&4 || true
	echo two >>old
	flock -u 5
	wait_for 30 has_line out.reader three
	diff out.reader - <<<$'one\ntwo\nthree'
}

@test "chatroom: members that only read find a new room in place of the old one" {
	member reader -n 10
	echo one >>room
	wait_for 30 has_line out.reader one
	mv room old
	echo two >>old
	echo three >new
	mv new room
	wait_for 30 has_line out.reader three
	rm room
	echo four >room
	wait_for 30 has_line out.reader four
	diff out.reader - <<<$'one\ntwo\nthree\nfour'
}

# posted_to FILE LINE: posts it to the room, and checks that the file has it.
posted_to() {
	say a "$2"
	wait_for 30 has_line "$1" "$2"
}

@test "chatroom: the new file after a rotation has the same mode, owner, group and ACL" {
	# user::rw-, user:65534:rw-, group::r--, mask::rw-, other::---
	echo one >room
	chown 65533:65532 room
	chmod 660 room
	python3 -c 'import os, struct
os.setxattr("room", "system.posix_acl_access", struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *e)
	for e in [(1, 6, 2**32 - 1), (2, 6, 65534), (4, 4, 2**32 - 1), (16, 6, 2**32 - 1), (32, 0, 2**32 - 1)]))'
	acl() { python3 -c 'import os; print(os.getxattr("room", "system.posix_acl_access").hex())'; }
	local before
	before="$(stat -c '%a %u %g' room) $(acl)"
	member a
	wait_for 30 has_line out.a one
	mv room room.1
	posted_to room two
	[ "$(stat -c '%a %u %g' room) $(acl)" = "$before" ]
}

@test "chatroom: where the group can't be kept, no other group gets its rights, and that is reported" {
	local folder
	folder=$(mktemp -d /tmp/chatroom.XXXXXX) # others can't come to the test's own
	chmod 777 "$folder"
	ln -s "$folder" folder
	echo one >folder/room
	chgrp 65532 folder/room
	chmod 666 folder/room
	mkfifo in
	setpriv --reuid 65534 --regid 65534 --clear-groups chatroom "$folder/room" <in >out 2>err 3>&- &
	exec {in}>in
	fd[a]=$in pid[a]=$!
	wait_for 30 has_line out one
	mv folder/room folder/room.1
	posted_to folder/room two
	[ "$(stat -c '%a %u %g' folder/room)" = "606 65534 65534" ]
	diff err - <<<"chatroom: $folder/room: the new file could not get the old one's group, which has no rights now"
	rm -r "$folder"
}

@test "chatroom: a link that gets another target is followed, be it a file or a folder" {
	mkdir 1 2
	echo one >1/room
	echo other >2/room
	ln -s 1 current
	ln -s current/room room
	member a -n 10
	wait_for 30 has_line out.a one
	ln -sfn 2 current
	wait_for 30 has_line out.a other
	posted_to 2/room two
	echo third >room.3
	ln -sfn room.3 room
	wait_for 30 has_line out.a third
	posted_to room.3 three
	# The target does not exist yet: the next line makes the file, with the same rights.
	chmod 640 room.3
	ln -sfn room.4 room
	posted_to room.4 four
	[ -L room ]
	[ "$(stat -c %a room.4)" = 640 ]
	[ ! -s err.a ]
}

@test "chatroom: a removed or renamed folder is reported, and another one of its name is followed" {
	mkdir -p folder/within
	echo one >folder/within/room
	mkfifo in
	chatroom folder/within/room <in >out.a 2>err.a 3>&- &
	exec {in}>in
	fd[a]=$in pid[a]=$!
	wait_for 30 has_line out.a one
	rm -r folder
	wait_line 30 "^chatroom: folder/within/room: its folder is gone" err.a
	say a lost
	wait_line 30 "1 line refused: its folder is not there" err.a
	mkdir -p folder/within
	echo two >folder/within/room
	wait_for 30 has_line out.a two
	posted_to folder/within/room three
	mv folder renamed
	mkdir -p folder/within
	echo four >folder/within/room
	wait_for 30 has_line out.a four
	posted_to folder/within/room five
	[ "$(grep -c gone err.a)" -ge 1 ]
}

@test "chatroom: an emptied room is reported, and it goes on" {
	member a -n 10
	echo one >>room
	wait_for 30 has_line out.a one
	: >room
	wait_for 30 grep -q "emptied" err.a
	echo two, longer than before >room
	wait_for 30 has_line out.a "two, longer than before"
	say a three
	wait_for 30 has_line room three
	echo four, longer than all of the lines before >room
	wait_for 30 has_line out.a "four, longer than all of the lines before"
	[ "$(wc -l <err.a)" = 2 ]
}

@test "chatroom: a member that is stopped while it holds the lock blocks no other" {
	member a -n 10
	member b -n 10
	flock -F room sleep 1000 3>&- &
	wait_for 30 bash -c '! flock -n room true'
	say a one
	wait_for 30 has_line out.b one
	mv room room.1
	say b two
	wait_for 30 has_line out.a two
	diff room - <<<two
}

@test "chatroom: a member that floods and is stopped blocks no other" {
	member a -n 0
	member b -n 1000000
	chatroom -n 0 room < <(flood x 2>/dev/null) >/dev/null 3>&- &
	local flooder=$! i
	for i in 1 2 3 4 5 6; do
		kill -STOP $flooder
		say a "a $i"
		wait_for 30 has_line out.b "a $i"
		kill -CONT $flooder
	done
	kill $flooder
	wait $flooder || [ $? = 143 ]
	diff <(grep '^a ' out.b) <(seq -f "a %g" 6)
}

@test "chatroom: a member that does not read blocks no other, and gets everything later" {
	mkfifo slow
	: >room
	chatroom -d -n 1000000 room >slow 3>&- &
	exec 5<slow
	member fast -n 1000000
	seq 50000 | chatroom -n 0 room
	wait_for 60 lines_in out.fast 50000
	timeout 60 head -n 50000 <&5 | cmp - room
}

@test "chatroom: a member whose output is not read can still send, up to a limit, and loses nothing" {
	mkfifo slow
	member other -n 1000000
	mkfifo in
	chatroom -n 1000000 room <in >slow 3>&- &
	exec 4>in 5<slow
	seq -f "other %.0f" 50000 >&"${fd[other]}"
	seq -f "slow %.0f" 50000 >&4 &
	wait_for 60 grep -q slow out.other
	timeout 60 head -n 50000 <&5 | diff - <(seq -f "other %.0f" 50000)
	exec 5>&-
	wait_for 60 lines_in out.other 50000
}

@test "chatroom: without a reader it ends at once, quietly, and not with 0" {
	mkfifo out in
	chatroom room <in >out 2>err 3>&- &
	exec 4>in 5<out
	exec 5<&-
	wait_for 30 bash -c "! kill -0 $!"
	status=0
	wait $! || status=$?
	[ "$status" = 1 ]
	[ ! -s err ]
}

@test "chatroom: it dies by the signal that ends it" {
	local signal
	for signal in INT TERM HUP; do
		echo hello >room
		env --default-signal=INT chatroom -d room >out 3>&- &
		wait_for 30 has_line out hello
		kill -$signal $!
		status=0
		wait $! || status=$?
		[ "$status" = $((128 + $(kill -l $signal))) ]
	done
}

@test "chatroom: on a terminal, others' bytes can do no harm" {
	printf 'plain \303\251\n\033]0;title\007 \302\233m \342\200\256 \200\n' >room
	script -qec "chatroom room </dev/null" /dev/null | tr -d '\r' >shown
	diff shown - <<<$'plain é\n^[]0;title^G <U+009B>m <U+202E> \\x80'
}

@test "chatroom: a line that is too large for the terminal's buffer comes whole" {
	awk 'BEGIN { for (i = 0; i < 20000; i++) printf "é"; print "" }' >room
	script -qec "chatroom room </dev/null" /dev/null | tr -d '\r' | cmp - room
}

@test "chatroom: any transport joins the room: nc on a Unix socket" {
	member local -n 1000
	setsid bash -c "$(recipe room-nc)" 3>&- &
	served=$!
	wait_for 30 test -S socket
	mkfifo typed
	bash -c "$(recipe room-nc-guest)" <typed >out.remote 3>&- &
	exec 4>typed
	say local hello
	wait_for 30 has_line out.remote hello
	echo hi >&4
	wait_line 30 '<guest> hi$' out.local
	kill $!
	status_of $served || [ $? = 1 ] # nobody reads any more
	[ "$(cat out.remote)" = hello ]
}

@test "chatroom: wrong command lines are refused before anything is made" {
	run chatroom
	[ "$status" = 2 ]
	run chatroom -n x room
	[ "$status" = 2 ]
	[[ $output == *"-n x"* ]]
	run chatroom -n -1 room
	[ "$status" = 2 ]
	run chatroom room other
	[ "$status" = 2 ]
	run chatroom -q room
	[ "$status" = 2 ]
	[ ! -e room ]
}

@test "chatroom: a file that can't be a room is refused and left as it is" {
	run chatroom . </dev/null
	[ "$status" = 1 ]
	run chatroom missing/room </dev/null
	[ "$status" = 1 ]
	mkfifo fifo
	run chatroom fifo </dev/null
	[ "$status" = 1 ]
	[[ $output == *"not a regular file"* ]]
	head -c 100000 /dev/zero >zeros
	run chatroom -n 0 zeros <<<line
	[ "$status" = 1 ]
	[ "$(stat -c %s zeros)" = 100000 ]
	head -c 3000 /dev/zero | tee small >copy
	run chatroom -n 0 small <<<line
	[ "$status" = 1 ]
	[ "$output" = "chatroom: small: not a room: it has no newline" ]
	run chatroom -d small
	[ "$status" = 1 ]
	cmp small copy
	# The name of a room becomes that of another file.
	member a
	echo one >>room
	wait_for 30 has_line out.a one
	mv small room
	say a two
	wait_line 30 "1 line refused: not a room" err.a
	cmp room copy
}

@test "chatroom: the room can't be its own input or output" {
	echo line >room
	local command
	for command in 'chatroom room <room' 'chatroom room </dev/null >>room' \
		'chatroom room <&- >out' 'chatroom room </dev/null >&-'; do
		run bash -c "$command"
		[ "$status" = 1 ]
		[ "$(cat room)" = line ]
	done
}

@test "chatroom: with -d, a missing room is reported, and not made" {
	run chatroom -d typo </dev/null
	[ "$status" = 1 ]
	[ "$output" = "chatroom: typo: no such room (without -d it is made)" ]
	[ ! -e typo ]
}

@test "chatroom: a call that its sandbox forbids is named in one line, with a preloaded library as a cause" {
	require fakeroot-sysv
	run fakeroot-sysv chatroom room </dev/null
	if [[ $(chatroom -V) == *"built to be tested"* ]]; then
		[ "$status" = 0 ]
		return
	fi
	[[ ${lines[0]} == "chatroom: "*": not a system call that this tool needs (does a preloaded library make it?)" ]]
	[ "$status" = 159 ]
}
