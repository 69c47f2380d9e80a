# Rooms that meet: through pipes, and over Bluetooth with links that break. make sync-soak repeats
# the tests of faults with SYNC_LOSSES losses, and SYNC_AWAY lines that a room missed. Needs four
# adapters: tests/lab/run -n 4 bats tests/chatsync.bats.

# shellcheck disable=SC2154 # rfcomm_setup sets alice, bob and channel
bats_require_minimum_version 1.5.0
load helper

losses=${SYNC_LOSSES-10}
away=${SYNC_AWAY-20000}

setup() {
	rfcomm_setup
	groups=()
}

teardown() {
	[ -n "$BATS_TEST_COMPLETED" ] || tail -n 4 ./*err* ./*/err* 2>/dev/null
	local group
	for group in "${groups[@]}"; do
		kill -CONT -- "-$group"
		kill -KILL -- "-$group"
	done 2>/dev/null
	air heal
	stop_all
	[ -z "${folder-}" ] || rm -r "$folder"
	[ -z "${disk-}" ] || umount -l "$disk"
}

# lines NAME COUNT: stamped lines, a second apart.
lines() {
	awk -v name="$1" -v count="$2" 'BEGIN {
		for (i = 0; i < count; i++)
			printf "2026-11-23T%02d:%02d:%02d+00:00 <%s> line %d\n", i / 3600 % 24,
				i / 60 % 60, i % 60, name, i
	}'
}

# same ROOM ROOM ...: all hold the same lines, each of them once.
same() {
	local room
	LC_ALL=C sort "$1" >sorted.first
	[ -z "$(uniq -d sorted.first)" ] || return
	for room; do
		LC_ALL=C sort "$room" | cmp -s - sorted.first || return
	done
}

# Whether both rooms have at least this number of lines, and the same ones.
same_after() {
	[ "$(wc -l <"$2")" -ge "$1" ] && same "${@:2}"
}

# group COMMAND: in the background, as a process group; its id is $group.
group() {
	setsid bash -c "$1" </dev/null 3>&- 4>&- 5>&- &
	group=$!
	groups+=("$group")
}

has_line() { grep -qxF -e "$2" "$1"; }

@test "chatsync: after a meeting both rooms hold the union, each line once" {
	{ lines both 2000; lines alice 500; } >a
	{ lines both 2000; lines bob 300; } >b
	chatsync -1v a chatsync b 2>err
	same a b
	[ "$(wc -l <a)" = 2800 ]
	diff <(grep -v '^delivered up to byte [0-9]*$' err) - <<-END
		met: 2500 lines here, 2300 there
		in step: 2800 lines, 300 came, 500 went
		left in step: 2800 lines, 300 came, 500 went
	END
	grep -q '^delivered' err
	diff <(tail -n 300 a) <(lines bob 300)
	diff <(tail -n 500 b) <(lines alice 500)
	cp a before
	chatsync -1 a chatsync b
	cmp a before
}

@test "chatsync: -v reports up to which byte all is delivered, lines that came among it" {
	lines alice 10 >a
	: >b
	group 'exec chatsync -v a chatsync -v b 2>err'
	wait_for 30 delivered_twice "$(wc -c <a)"
	echo "from b" >>b
	wait_for 30 has_line a "from b"
	wait_for 30 delivered_twice "$(wc -c <a)"
	cmp a b
}

delivered_twice() {
	[ "$(grep -cx "delivered up to byte $1" err)" -eq 2 ]
}

@test "chatsync: by two fifos; a new room is made for its owner only" {
	lines alice 1000 >a
	mkfifo there back
	chatsync -1 a >there <back 3>&- &
	chatsync -1 b <there >back
	status_of $!
	cmp a b
	[ "$(stat -c %a b)" = 600 ]
}

@test "chatsync: while both are connected, any program's line gets into the other room" {
	group 'exec chatsync a chatsync b'
	wait_for 30 test -e b
	echo "by echo" >>a
	wait_for 30 has_line b "by echo"
	echo "by chatroom" | chatroom -n 0 b
	wait_for 30 has_line a "by chatroom"
	echo hi | chatline -f "" -n bob -o b >/dev/null
	wait_for 30 has_line a "<bob> hi"
	chatroom -d -n 0 a >seen 3>&- &
	chatroom -d -n 0 b >seen.b 3>&- &
	seq 1000 | chatroom -n 0 a >/dev/null &
	seq -f "b %g" 1000 | chatroom -n 0 b >/dev/null
	wait_for 30 same_after 2003 a b
	wait_for 30 has_line seen.b 1000
}

@test "chatsync: rotation is followed, and lines that were rotated away do not come back" {
	group 'exec chatsync a chatsync b'
	wait_for 30 test -e b
	lines alice 100 >>a
	wait_for 30 same_after 100 a b
	mv b b.1
	echo "after the rotation" | chatroom -n 0 b
	wait_for 30 has_line a "after the rotation"
	echo "and from a" >>a
	wait_for 30 has_line b "and from a"
	[ "$(wc -l <b)" = 2 ]
	[ "$(wc -l <a)" = 102 ]
}

@test "chatsync: with -d, at either end, lines that are stamped earlier stay where they are" {
	{ echo "$(date -ud '3 days ago' +%FT%TZ) old"; echo "$(date -u +%FT%TZ) new"; echo plain; } >a
	chatsync -1 -d 2 a chatsync b
	diff b <(tail -n 2 a)
	chatsync -1 a chatsync -d 2 b
	[ "$(wc -l <b)" = 2 ]
	chatsync -1 -d 4 a chatsync b
	same a b
}

@test "chatsync: both ends hold more than all buffers between them" {
	lines alice 20000 >a
	lines bob 20000 >b
	chatsync -1 a chatsync b
	same_after 40000 a b
}

@test "chatsync: members killed at any moment damage nothing, and the next meeting completes it" {
	local i
	lines alice 20000 >a
	lines bob 20000 >b
	for ((i = 0; i < 6; i++)); do
		group 'exec chatsync a chatsync b 2>>err'
		read -rt "0.$((RANDOM % 5 + 1))" <> <(:) || true
		pkill -KILL -g "$group" -n -x chatsync
		kill -KILL "$group" 2>/dev/null || true
		status_of "$group" || true
	done
	chatsync -1 a chatsync b
	same_after 40000 a b
}

@test "chatsync: on a full disk it waits; when it leaves meanwhile it reports the missing lines" {
	lines alice 3000 >a
	mkdir disk
	# shellcheck disable=SC2016 # for the other shell to expand
	unshare -rm bash -ec '
		mount -t tmpfs -o size=100k none disk
		chatsync -1 a chatsync -1 disk/b 2>err.full && exit 1
		tail -c 1 disk/b | cmp - <(echo)
		chatsync -v1 a chatsync disk/b 2>err &
		until grep -q "disk/b: waiting: the disk is full" err; do sleep 0.05; done
		mount -o remount,size=1m disk
		wait $!
		cmp a disk/b'
	grep -Eq 'disk/b: [0-9]+ lines not taken: the disk is full' err.full
	grep -Eq 'left before both rooms were in step: [0-9]+ lines not confirmed' err.full
}

@test "chatsync: while a stopped process holds the lock, new lines wait, and then go on" {
	echo "from a" >a
	: >b
	group 'exec flock -F b sleep 1000'
	wait_for 30 bash -c '! flock -n b true'
	chatsync -1 a chatsync b 2>err 3>&- &
	wait_line 30 'b: waiting: a stopped process holds its lock' err
	kill -KILL -- "-$group"
	status_of $!
	cmp a b
}

@test "chatsync: another program at the other end ends it with one line, and nothing is in the room" {
	lines alice 100 >a
	cp a before
	fails_with 1 'it is not chatsync, but an SSH server' chatsync a printf 'SSH-2.0-x\r\n'
	fails_with 1 'it is not chatsync, but something that sends no text' chatsync a head -c 99 /dev/zero
	fails_with 1 'sends our own bytes back' chatsync a cat
	fails_with 1 'another version' chatsync a echo 'chatsync 2 x'
	fails_with 1 'false: it left without a greeting, with status 1' chatsync a false
	fails_with 1 'the other end left without a greeting' \
		bash -c 'chatsync a </dev/null >/dev/null'
	fails_with 1 'it sends rubbish' chatsync a bash -c '
		echo chatsync 1 0 0 1 00000000000000000000000000000000; head -c 100000 /dev/urandom | tr L M'
	cmp a before
}

@test "chatsync: an end that sends nothing, or half a greeting, blocks no other" {
	lines alice 100 >a
	group 'exec chatsync a sleep 1000'
	group 'exec chatsync a sh -c "printf chatsync; exec sleep 1000"'
	chatsync -1 a chatsync b
	cmp a b
}

@test "chatsync: it dies by the signal that ends it" {
	local signal
	: >a
	for signal in INT TERM HUP; do
		env --default-signal=INT chatsync -v a chatsync a2 2>err 3>&- &
		wait_line 30 'in step' err
		kill -$signal $!
		status=0
		status_of $! || status=$?
		[ "$status" = $((128 + $(kill -l $signal))) ]
	done
}

@test "chatsync: wrong command lines are refused before anything is made" {
	fails_with 2 'which room' chatsync
	fails_with 2 '-d x' chatsync -d x room
	fails_with 2 '-d 0: not a whole number from 1 to 36500' chatsync -d 0 room
	fails_with 2 'no-such-program: cannot run' chatsync room no-such-program
	run -2 script -qec 'chatsync room' /dev/null
	[[ $output == *"a terminal"* ]]
	[ ! -e room ]
	mkfifo fifo
	fails_with 1 'fifo: not a regular file' chatsync fifo true
	: >room
	fails_with 1 "it can't be standard input or output, too" bash -c 'chatsync room <room'
}

@test "chatsync: an ordinary user's rooms, from hub to member, over Bluetooth" {
	local as="setpriv --reuid 65534 --regid 65534 --clear-groups"
	folder=$(mktemp -d)
	chmod 777 "$folder"
	cd "$folder"
	group "exec $as rfcat-listen -v -k -i hci0 $channel chatsync hub 2>hub.err"
	wait_line 30 '^listening' hub.err
	echo "from the hub" | $as chatroom -n 0 hub
	$as sh -c 'echo "from the member" >member'
	$as rfcat-connect -i hci1 "$alice" "$channel" chatsync -1v member 2>err
	grep -q 'in step: 2 lines, 1 came, 1 went' err
	same_after 2 hub member
}

@test "chatsync: a room that was away gets all lines of the time between" {
	lines alice 1000 >hub
	cp hub member
	lines later "$away" >>hub
	echo "and from the member" >>member
	group "exec rfcat-listen -v -k -i hci0 $channel chatsync hub 2>hub.err"
	wait_line 30 '^listening' hub.err
	rfcat-connect -i hci1 "$alice" "$channel" chatsync -1 member
	same_after $((away + 1001)) hub member
}

# writer FOLDER NAME: ten lines a second, by this shell alone, until the file "stop" appears.
writer() {
	group "
		exec {never}<> <(:)
		for ((i = 1; ; i++)); do
			[ ! -e stop ] || exit 0
			TZ=UTC printf '%(%FT%TZ)T <$2> %d\\n' -1 \$i
			read -rt 0.1 -u \$never
		done >>$1/room"
	writers+=("$group")
}

# hub NUMBER: listens, and goes on to.
hub() {
	mkdir -p "$1"
	group "cd $1; while :; do
		rfcat-listen -v -k -i hci$1 $channel chatsync room 2>>err
	done"
	wait_line 30 '^listening' "$1/err"
}

# member NUMBER HUB: connects again and again.
member() {
	mkdir -p "$1"
	group "cd $1; while sleep 0.1; do
		rfcat-connect -i hci$1 $(lab-addr "hci$2") $channel chatsync -v room >>err.$2 2>&1
	done"
}

meetings() { cat ./*/err.* 2>/dev/null | grep -c '^met' || true; }

# met_again COUNT: whether there were more meetings than that; one may not end while a disk is full.
met_again() { [ "$(meetings)" -gt "$1" ]; }

stop_writers() {
	local writer
	touch stop
	for writer in "${writers[@]}"; do
		status_of "$writer"
	done
}

# assert_complete ROOM ...: all of the writers' lines are in each room, once.
assert_complete() {
	local name
	wait_for 60 same "$@"
	while read -r name; do
		diff <(grep -F -e "$name" "$1" | cut -d ' ' -f 3 | sort -n) \
			<(seq "$(grep -cF -e "$name" "$1")") >&2 || return
	done < <(cut -d ' ' -f 2 "$1" | sort -u)
	echo "# $(wc -l <"$1") lines, the same in $# rooms" >&3
}

@test "chatsync: two rooms, both written to all the time, and links that are lost in between" {
	local before i
	writers=()
	hub 0
	writer 0 alice
	member 1 0
	writer 1 bob
	wait_for 60 met_again 0
	for ((i = 0; i < losses; i++)); do
		before=$(meetings)
		read -rt "0.$((RANDOM % 10))" <> <(:) || true
		air lose hci0 hci1
		wait_for 60 met_again "$before"
	done
	stop_writers
	assert_complete 0/room 1/room
}

@test "chatsync: four hubs in a ring: cut links, killed members, and a full disk lose nothing" {
	local i n before
	writers=()
	mkdir -p 3
	mount -t tmpfs -o size=1m none 3
	disk=$PWD/3
	for i in 0 1 2 3; do
		hub $i
	done
	for i in 0 1 2 3; do
		member $i $(((i + 1) % 4))
		# Lines that are written where the disk is full are lost, and their writer knows
		# that.
		[ $i = 3 ] || writer $i "member$i"
	done
	wait_for 60 met_again 3
	dd if=/dev/zero of=3/filler bs=4k 2>/dev/null || true
	for ((n = 0; n < losses; n++)); do
		before=$(meetings)
		i=$((RANDOM % 4))
		if ((n % 3)); then
			air lose "hci$i" "hci$(((i + 1) % 4))" || true
		else
			pkill -KILL -x chatsync
		fi
		wait_for 60 met_again "$before"
		[ "$n" -ne $((losses / 2)) ] || rm 3/filler
	done
	stop_writers
	assert_complete 0/room 1/room 2/room 3/room
}
