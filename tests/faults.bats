# Faults, and their messages: each fault meets two conversations at once between alice, who listens,
# and bob, who connects. In "mid" both of them send without an end; in "idle" both have sent a word,
# and are silent. In each case either all bytes have arrived, or the exit status and a message say
# what is missing.
# shellcheck disable=SC2154 # rfcomm_setup sets alice, bob and channel
# shellcheck disable=SC2030,SC2031 # each test is a process of its own
bats_require_minimum_version 1.5.0
load helper

setup() {
	rfcomm_setup
	fresh=
}

teardown() {
	local file
	air heal
	# After a failure one of them may still hold its channel.
	for file in *.pid; do
		[ ! -e "$file" ] || [ -s "${file%.pid}.status" ] || kill -KILL "$(cat "$file")" || true
	done
	stop_all
	[ -z "$fresh" ] || lab-fresh
}

# talk NAME CHANNEL INPUT: connects alice and bob; each one's input is NAME.SIDE.in, its output
# NAME.SIDE.out, and its process NAME.SIDE.pid.
talk() {
	local side
	for side in alice bob; do
		mkfifo "$1.$side.in"
		exec {fd}<>"$1.$side.in"
	done
	start "$1.alice" rfcat-listen -v -i hci0 "$2"
	wait_line 20 '^listening' "$1.alice.err"
	start "$1.bob" rfcat-connect -v -i hci1 "$alice" "$2"
	wait_line 20 '^connected' "$1.bob.err"
	wait_line 20 '^connected' "$1.alice.err"
}

# start WHO COMMAND ...: in the background; its exit status goes to WHO.status.
start() {
	local who=$1 out=$1.out
	shift
	[ ! -e "$who.pipe" ] || out=$who.pipe
	{
		status=0
		# A shell's background jobs ignore ^C; this undoes that.
		# shellcheck disable=SC2016
		env --default-signal=INT,QUIT sh -c 'echo $$ >"$0.pid"; exec "$@"' "$who" "$@" \
			<"$who.in" >"$out" 2>"$who.err" || status=$?
		echo "$status" >"$who.status"
	} 3>&- {fd}>&- &
}

# Brings both conversations into the state for the fault.
conversations() {
	local side
	talk mid "$channel"
	talk idle $((channel + 1))
	for side in alice bob; do
		echo "hello from $side" >"idle.$side.in"
	done
	wait_line 20 hello idle.alice.out
	wait_line 20 hello idle.bob.out
	[ -e numbers ] || seq 2000000 >numbers
	for side in alice bob; do
		cat numbers >"mid.$side.in" 2>/dev/null 3>&- &
	done
	wait_for 20 holds mid.alice.out 20000
	wait_for 20 holds mid.bob.out 20000
}

holds() { [ "$(stat -c %s "$1")" -ge "$2" ]; }

hit() { kill "-$1" "$(cat "$2.pid")"; }

# ends WHO STATUS [PATTERN]: waits for the end; the last message matches, or there is none.
ends() {
	wait_for 60 test -s "$1.status" || return
	echo "$1: $(cat "$1.status"), $(tail -n 1 "$1.err")"
	[ "$(cat "$1.status")" -eq "$2" ] || return
	if [ -n "${3-}" ]; then
		tail -n 1 "$1.err" | grep -Eq "$3"
	else
		tail -n 1 "$1.err" | grep -q '^\(connected\|listening\)'
	fi
}

missing='up to [0-9]+ bytes were not delivered \(sent [0-9]+, received [0-9]+\)'
greeting='up to 1[57] bytes were not delivered \(sent 1[57], received 1[57]\)'

# true_counts WHO PEER: checks the counts of bytes in WHO's message against the files.
true_counts() {
	local last sent missing received
	last=$(tail -n 1 "$1.err")
	sent=$(sed -E 's/.*sent ([0-9]+).*/\1/' <<<"$last")
	received=$(sed -E 's/.*received ([0-9]+).*/\1/' <<<"$last")
	missing=$(sed -nE 's/.*up to ([0-9]+) bytes were not.*/\1/p' <<<"$last")
	echo "$1: sent $sent, received $received, missing ${missing:-0}," \
		"wrote $(stat -c %s "$1.out"), the peer $(stat -c %s "$2.out")"
	[ "$(stat -c %s "$1.out")" -eq "$received" ] &&
		[ "$(stat -c %s "$2.out")" -ge $((sent - ${missing:-0})) ] &&
		[ "$(stat -c %s "$2.out")" -le "$sent" ]
}

# Checks that the output is the beginning of the input.
nothing_garbled() {
	local side
	for side in alice bob; do
		cmp -n "$(stat -c %s "mid.$side.out")" "mid.$side.out" numbers || return
	done
}

# all_true: for a fault that both ends survive and report.
all_true() {
	true_counts mid.alice mid.bob && true_counts mid.bob mid.alice &&
		true_counts idle.alice idle.bob && true_counts idle.bob idle.alice && nothing_garbled
}

@test "the peer is killed: all its bytes arrive; those that it did not take are reported" {
	conversations
	hit KILL mid.bob
	hit KILL idle.bob
	ends mid.alice 1 "the peer closed: $missing"
	ends idle.alice 0 'peer closed: sent 17 bytes, received 15'
	nothing_garbled
}

@test "the listening peer is killed" {
	conversations
	hit KILL mid.alice
	hit KILL idle.alice
	ends mid.bob 1 "the peer closed: $missing"
	ends idle.bob 0 'peer closed: sent 15 bytes, received 17'
	nothing_garbled
}

@test "the link is lost without a goodbye: reported at both ends, with a count" {
	conversations
	air lose hci0 hci1
	for side in alice bob; do
		ends mid.$side 1 "link lost .*: $missing"
		ends idle.$side 1 "link lost .*: $greeting"
	done
	all_true
}

@test "the adapter goes down: reported at both ends, with a count" {
	conversations
	hciconfig hci1 down
	ends mid.bob 1 "the local adapter went down or away: $missing"
	ends idle.bob 1 "the local adapter went down or away: $greeting"
	# It did not say goodbye, but when it is up again, it knows nothing of its links.
	hciconfig hci1 up piscan
	ends mid.alice 1 "link lost .*: $missing"
	ends idle.alice 1 "link lost .*: $greeting"
	all_true
}

@test "bluetoothd switches the adapter off: reported there, and a plain end at the peer's" {
	fresh=1
	conversations
	busctl set-property org.bluez /org/bluez/hci1 org.bluez.Adapter1 Powered b false
	ends mid.bob 1 "the local adapter went down or away: $missing"
	ends idle.bob 1 "the local adapter went down or away: $greeting"
	ends mid.alice 1 "$missing"
	ends idle.alice 0 "peer closed: sent 17 bytes, received 15"
	all_true
}

@test "the adapter is pulled out: reported at both ends, with a count" {
	fresh=1
	conversations
	air unplug hci0
	ends mid.alice 1 "the local adapter went down or away: $missing"
	ends idle.alice 1 "the local adapter went down or away: $greeting"
	ends mid.bob 1 "link lost .*: $missing"
	ends idle.bob 1 "link lost .*: $greeting"
	all_true
}

no_links() { [ -z "$(air links)" ]; }

@test "a page without an answer: host is down, exit 1" {
	wait_for 20 no_links
	air nopage hci0 on
	fails_with 1 "host is down" rfcat-connect -i hci1 "$alice" "$channel"
}

# The same numbers arrive at the other end; a signal or the end of the input ends it all.
arrives_whole() {
	seq 20000 >numbers
	rfcat-connect -v -N -i hci1 "$alice" "$channel" <numbers 2>connect.err
	status_of "$listener"
	cmp numbers listener.out
}

@test "a slow link, and a stuttering one: nothing is lost, exit 0 at both ends" {
	listener "$channel"
	air rate hci1 hci0 40000
	arrives_whole
	air heal
	listener "$channel"
	air stutter all all 300
	arrives_whole
}

@test "bluetoothd is killed, and comes back: conversations go on" {
	fresh=1
	conversations
	pkill -KILL -x bluetoothd
	echo "still here" >idle.bob.in
	wait_line 20 'still here' idle.alice.out
	lab-bluetoothd restart
	echo "and now" >idle.alice.in
	wait_line 20 'and now' idle.bob.out
	size=$(stat -c %s mid.alice.out)
	wait_for 20 holds mid.alice.out $((size + 100000))
	for who in mid.alice mid.bob idle.alice idle.bob; do
		[ ! -e $who.status ]
	done
}

# readable WHO ...: their output goes to readers, which are in $readers.
readable() {
	local who
	readers=()
	for who; do
		mkfifo "$who.pipe"
		cat "$who.pipe" >"$who.out" 3>&- &
		readers+=($!)
	done
}

@test "standard output loses its reader: it ends at once, without a message" {
	local side peer
	for side in alice bob; do
		[ "$side" = bob ] && peer=alice || peer=bob
		rm -f mid.* idle.*
		readable "mid.$side" "idle.$side"
		conversations
		kill "${readers[@]}"
		ends "mid.$side" 141
		ends "idle.$side" 141
		ends "mid.$peer" 1 "the peer closed: $missing"
		ends "idle.$peer" 0 'peer closed'
		channel=$((channel + 2))
	done
}

@test "a full disk ends it with 1, and the peer reports the bytes that it could not send" {
	local side peer
	for side in alice bob; do
		[ "$side" = bob ] && peer=alice || peer=bob
		rm -f full.*
		ln -s /dev/full "full.$side.pipe"
		talk full "$channel"
		air rate all all 100000 # so that there is more on its way
		seq 2000000 >"full.$peer.in" 2>/dev/null 3>&- &
		ends "full.$side" 1 'standard input or output: No space left on device'
		ends "full.$peer" 1 "the peer closed: $missing"
		channel=$((channel + 1))
	done
}

@test "standard input loses its writer: all that came before is delivered, exit 0 at both ends" {
	mkfifo unwritten
	exec {hole}<>unwritten
	listener "$channel"
	seq 20000 >numbers
	{
		cat numbers unwritten 3>&- | {
			status=0
			rfcat-connect -N -i hci1 "$alice" "$channel" 3>&- || status=$?
			echo "$status" >status
		}
	} {hole}>&- &
	wait_for 60 cmp numbers listener.out
	[ ! -e status ]
	pkill -KILL -P $! cat
	wait_for 20 test -s status
	[ "$(cat status)" -eq 0 ]
	status_of "$listener"
	cmp numbers listener.out
}

@test "a signal in the middle: the other end reports the bytes that it could not send" {
	local side peer
	for side in alice bob; do
		[ "$side" = bob ] && peer=alice || peer=bob
		rm -f mid.* idle.*
		conversations
		hit TERM "mid.$side"
		hit TERM "idle.$side"
		ends "mid.$side" 143 "interrupted: $missing"
		ends "idle.$side" 143
		ends "mid.$peer" 1 "the peer closed: $missing"
		ends "idle.$peer" 0 'peer closed'
		nothing_garbled
		channel=$((channel + 2))
	done
}

@test "every other signal: it kills as usual, or does nothing; the peer sees a plain end" {
	local side peer signal
	for side in alice bob; do
		[ "$side" = bob ] && peer=alice || peer=bob
		rm -f idle.*
		talk idle "$channel"
		for signal in CHLD CONT PIPE STOP TSTP TTIN TTOU URG WINCH CONT; do
			hit "$signal" "idle.$side"
		done
		echo "still here" >"idle.$side.in"
		wait_line 20 'still here' "idle.$peer.out"
		hit KILL "idle.$side"
		ends "idle.$side" 137
		ends "idle.$peer" 0 'peer closed'
		for signal in ALRM INT HUP QUIT TERM USR1 USR2; do
			rm -f idle.*
			talk idle "$channel"
			hit "$signal" "idle.$side"
			ends "idle.$side" $((128 + $(kill -l "$signal")))
			ends "idle.$peer" 0 'peer closed'
		done
		channel=$((channel + 1))
	done
}

# A listener's resources: descriptors, those of the process that starts its sessions, and KiB of its own
# memory.
holdings() {
	local fds=("/proc/$listener/fd/"*)
	local starters=("/proc/$(pgrep -P "$listener")/fd/"*)
	echo "${#fds[@]} ${#starters[@]} $(awk '/^Private_Dirty/ { kib += $2 } END { print kib }' \
		"/proc/$listener/smaps_rollup")"
}

# A thousand sessions by one process, since starting one takes longer than to connect.
thousand() {
	python3 - "$1" "$2" "$3" <<-'PYTHON'
		import socket, sys, time
		address, channel, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
		for i in range(count):
		    for attempt in range(50):
		        peer = socket.socket(socket.AF_BLUETOOTH, socket.SOCK_STREAM, socket.BTPROTO_RFCOMM)
		        try:
		            peer.connect((address, channel))
		            break
		        except OSError as e:  # the one before is just being taken down
		            peer.close()
		            time.sleep(0.02)
		    peer.send(b"%d\n" % i)
		    if peer.recv(100) != b"%d\n" % i:
		        sys.exit("%d was not echoed" % i)
		    peer.close()
	PYTHON
}

@test "a thousand connections in a row: each is served, and nothing grows" {
	local before after
	listener -k "$channel" cat
	thousand "$alice" "$channel" 10
	wait_for 20 no_sessions_of "$listener"
	before=$(holdings)
	thousand "$alice" "$channel" 1000
	wait_for 20 no_sessions_of "$listener"
	after=$(holdings)
	echo "before: $before; after: $after"
	[ "${before% *}" = "${after% *}" ]
	[ "${after##* }" -le $((${before##* } + 8)) ]
	[ "$(grep -c '^connected' listener.err)" -eq 1010 ]
}
