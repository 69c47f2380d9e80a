# rfcat-connect and rfcat-listen as stdin and stdout: data, ends, exit statuses, messages.
bats_require_minimum_version 1.5.0
load helper

setup() { rfcomm_setup; }
teardown() { stop_all; }

# One file from bob to alice.
send_file() {
	listener "$channel"
	rfcat-connect -i hci1 -q 1 "$alice" "$channel" <sent >reply
	status_of "$listener"
	cmp sent listener.out
	[ ! -s reply ]
}

@test "connect: an empty stdin is sent as nothing, and both ends leave by themselves" {
	random_file sent 0
	send_file
}

@test "connect: one byte arrives" {
	random_file sent 1
	send_file
}

@test "connect: 32 KiB arrive unchanged" {
	random_file sent 32768
	send_file
}

@test "connect: 5 MiB arrive unchanged" {
	random_file sent 5242880
	send_file
}

@test "listen: 5 MiB go to the peer that connects, and -N leaves when they are delivered" {
	random_file sent 5242880
	input=sent listener -N "$channel"
	rfcat-connect -i hci1 "$alice" "$channel" </dev/null >got
	status_of "$listener"
	cmp sent got
}

@test "2 MiB in both directions at once arrive, without a deadlock" {
	random_file up 2097152
	random_file down 2097152
	input=down listener "$channel"
	rfcat-connect -i hci1 -q 2 "$alice" "$channel" <up >got
	status_of "$listener"
	cmp down got
	cmp up listener.out
}

@test "bursts of 1 byte to 1 MiB arrive unchanged" {
	random_file bursts 1100000
	for size in 1 127 1016 1017 4096 65536 1048576; do
		dd if=bursts of=sent bs="$size" count=$((size < 100 ? 5000 : 1100000 / size)) status=none
		listener "$channel"
		dd if=sent bs="$size" status=none |
			rfcat-connect -i hci1 -N "$alice" "$channel" >/dev/null
		status_of "$listener"
		cmp sent listener.out
	done
}

@test "connect: a reply that comes two seconds later is printed" {
	listener "$channel" sh -c 'read -r line; sleep 2; echo "re: $line"'
	run --separate-stderr rfcat-connect -i hci1 "$alice" "$channel" <<<"hi"
	[ "$status" -eq 0 ]
	[ "$output" = "re: hi" ]
}

@test "listen: with nothing on stdin it receives everything" {
	random_file sent 100000
	rfcat-listen -v -i hci0 "$channel" </dev/null >listener.out 2>listener.err 3>&- &
	listener=$!
	wait_line 20 '^listening' listener.err
	rfcat-connect -i hci1 -q 1 "$alice" "$channel" <sent
	status_of "$listener"
	cmp sent listener.out
}

@test "lines go back and forth as they are typed" {
	mkfifo typed
	input=/dev/null listener "$channel" cat
	rfcat-connect -i hci1 "$alice" "$channel" <typed >heard 3>&- &
	exec 4>typed
	for line in one two three; do
		echo $line >&4
		wait_line 20 "^$line\$" heard
	done
	exec 4>&-
	status_of $!
	status_of "$listener"
}

@test "connect: the peer's close ends it with 0 while stdin is still open" {
	mkfifo typed
	exec 4<>typed
	listener -N "$channel" head -n 1
	rfcat-connect -v -i hci1 "$alice" "$channel" <typed >heard 2>err 3>&- &
	wait_line 20 '^connected' err
	echo "leave" >&4
	status_of $!
	[ "$(cat heard)" = leave ]
	grep -q '^peer closed: sent 6 bytes, received 6$' err
	[ "$(wc -l <err)" -eq 2 ]
	exec 4>&-
}

@test "connect -d: stdin is not read, and its end does not count" {
	listener -N "$channel" sh -c 'sleep 1; echo late'
	run rfcat-connect -d -N -i hci1 "$alice" "$channel" <<<"not sent"
	[ "$status" -eq 0 ]
	[ "$output" = late ]
	status_of "$listener"
	grep -q 'received 0$' listener.err
}

@test "connect -q -1: waits for the peer without a limit" {
	listener "$channel" sh -c 'cat >/dev/null & sleep 7; echo late'
	run rfcat-connect -q -1 -i hci1 "$alice" "$channel" </dev/null
	[ "$status" -eq 0 ]
	[ "$output" = late ]
}

@test "connect -q: it stays while the peer goes on sending" {
	listener "$channel" sh -c 'for i in 1 2 3 4; do sleep 0.7; echo $i; done'
	run rfcat-connect -q 2 -i hci1 "$alice" "$channel" </dev/null
	[ "$status" -eq 0 ]
	[ "$output" = $'1\n2\n3\n4' ]
}

@test "connect -v: reports the peer, the encryption, and the bytes each way" {
	listener "$channel"
	run rfcat-connect -v -N -i hci1 "$alice" "$channel" <<<"hello"
	[ "${lines[0]}" = "connected to $alice channel $channel (encrypted, 16-octet key)" ]
	[ "${lines[1]}" = "closed: sent 6 bytes, received 0" ]
	status_of "$listener"
	[ "$(sed -n 1p listener.err)" = "listening on $alice channel $channel" ]
	[ "$(sed -n 2p listener.err)" = "connected from $bob (encrypted, 16-octet key)" ]
	[ "$(sed -n 3p listener.err)" = "peer closed: sent 0 bytes, received 6" ]
}

@test "connect -q: where the output is kept, it reports that the peer had not closed" {
	mkfifo rest
	exec 4<>rest
	listener "$channel" sh -c 'echo part1; cat rest' 4>&-
	rfcat-connect -q 0.5 -i hci1 "$alice" "$channel" </dev/null >kept 2>said
	[ "$(cat kept)" = part1 ]
	grep -q "^rfcat-connect: $alice channel $channel: left after 0.5 s of silence" said
	exec 4>&-
	status_of "$listener" || true
	listener "$channel" sh -c 'echo all; cat'
	rfcat-connect -N -i hci1 "$alice" "$channel" </dev/null >kept 2>said
	[ ! -s said ]
}

@test "addresses are taken in every usual spelling" {
	listener -k -a "$(tr -d : <<<"$bob")" "$channel"
	for address in "$alice" "$(tr : - <<<"$alice")" "$(tr -d : <<<"$alice" | tr A-F a-f)"; do
		rfcat-connect -N -i "$(tr -d : <<<"$bob" | tr A-F a-f)" "$address" "$channel" </dev/null
	done
	for address in 00-AA:01:01:00:42 00:AA:01:01:00 00AA0101004 00AA010100421 0:AA:01:01:00:42; do
		fails_with 2 "not a Bluetooth address" rfcat-connect "$address" "$channel"
	done
}

# It has written for a while, and can't go on: its processor time stands still.
sleeps() {
	local before
	before=$(cpu_of "$1")
	((before > 0)) && sleep 0.3 && [ "$(cpu_of "$1")" -eq "$before" ]
}

@test "a signal in the middle of a transfer: the bytes that were not delivered are reported" {
	listener "$channel"
	rfcat-connect -i hci1 "$alice" "$channel" </dev/zero 2>err 3>&- &
	connect=$!
	wait_line 20 '^connected' listener.err
	kill -STOP "$listener"
	wait_for 20 sleeps "$connect"
	kill -TERM "$connect"
	run status_of "$connect"
	[ "$status" -eq 143 ]
	cat err
	grep -Eq 'interrupted: up to [1-9][0-9]* bytes were not delivered' err
	kill -CONT "$listener"
}

@test "success is silent without -v" {
	rfcat-listen -i hci0 "$channel" </dev/null >out 2>err 3>&- &
	wait_for 20 rfcat-connect -N -i hci1 "$alice" "$channel" </dev/null
	status_of $!
	[ ! -s err ]
}

@test "connect: no listener" {
	fails_with 1 "^rfcat-connect: $alice channel $channel: connection refused \(nothing listens" \
		rfcat-connect -i hci1 "$alice" "$channel"
}

@test "connect: an unknown address" {
	fails_with 1 "^rfcat-connect: 00:11:22:33:44:55 channel 1: host is down" \
		rfcat-connect -i hci1 00:11:22:33:44:55 1
}

@test "connect: a missing adapter" {
	fails_with 1 "^rfcat-connect: -i hci99: no such adapter" rfcat-connect -i hci99 "$alice" 1
	fails_with 1 "^rfcat-connect: -i 00:11:22:33:44:55: no such adapter" \
		rfcat-connect -i 00:11:22:33:44:55 "$alice" 1
}

@test "connect, listen: an adapter that is down" {
	hciconfig hci2 down
	fails_with 1 "^rfcat-connect: -i hci2: the local adapter is down" \
		rfcat-connect -i hci2 "$alice" 1
	fails_with 1 "^rfcat-listen: -i hci2: the local adapter is down" rfcat-listen -i hci2 1
	hciconfig hci2 up piscan
}

@test "connect: a wrong command line opens nothing, and is explained" {
	fails_with 2 "^rfcat-connect: nonsense: not a Bluetooth address" rfcat-connect nonsense 1
	fails_with 2 "^rfcat-connect: channel 31: .* 1 to 30" rfcat-connect "$alice" 31
	fails_with 2 "^rfcat-connect: channel 3x: .* 1 to 30" rfcat-connect "$alice" 3x
	fails_with 2 "^rfcat-connect: -Y: unknown option" rfcat-connect -Y "$alice" 1
	fails_with 2 "^rfcat-connect: -v-: unknown option" rfcat-connect -v- "$alice" 1
	fails_with 2 "^rfcat-connect: -T 99999999: .* from 0.001 to 2073600$" \
		rfcat-connect -T 99999999 "$alice" 1
	fails_with 2 "^rfcat-connect: no address" rfcat-connect
	fails_with 2 "^rfcat-connect: -q: it needs a value" rfcat-connect -q
	fails_with 2 "^rfcat-connect: -q x: .*seconds" rfcat-connect -q x "$alice" 1
	fails_with 2 "^rfcat-connect: -s top: .*low, medium, high" rfcat-connect -s top "$alice" 1
	fails_with 2 "^rfcat-connect: -i wlan0: not an adapter" rfcat-connect -i wlan0 "$alice" 1
	fails_with 2 "^rfcat-connect: no-such-program: cannot run" \
		rfcat-connect "$alice" 1 no-such-program
}

@test "-h and -V print to stdout and exit 0; --help helps, too" {
	for tool in rfcat-connect rfcat-listen; do
		run --separate-stderr $tool -h
		[ "$status" -eq 0 ]
		[ -z "$stderr" ]
		[[ ${lines[0]} == "usage: $tool "* ]]
		run --separate-stderr $tool --help
		[ "$status" -eq 0 ]
		run --separate-stderr $tool -V
		[ "$status" -eq 0 ]
		[[ $output =~ ^$tool\ [0-9]+\.[0-9]+ ]]
	done
}

@test "connect: a closed stdout ends it promptly, without a byte from the peer" {
	mkfifo typed
	exec 5<>typed
	listener "$channel"
	(
		set +e
		rfcat-connect -i hci1 "$alice" "$channel" <typed 2>err
		echo "$?" >status
	) 3>&- | true
	wait_line 20 141 status
	[ ! -s err ]
	exec 5>&-
}

@test "connect: a full disk is reported, exit 1" {
	listener -N "$channel" sh -c 'echo something; cat >/dev/null'
	run --separate-stderr bash -c "rfcat-connect -i hci1 $alice $channel </dev/zero >/dev/full"
	[ "$status" -eq 1 ]
	[[ $stderr == *"No space left"* ]]
}

@test "connect: a peer that leaves before it has everything makes it exit 1, with a count" {
	listener "$channel" sh -c 'head -c 1000 >/dev/null; echo enough'
	run --separate-stderr bash -c "head -c 3000000 /dev/zero | rfcat-connect -i hci1 $alice $channel"
	[ "$status" -eq 1 ]
	[ "$output" = enough ]
	[[ $stderr =~ "the peer closed: up to "[0-9]+" bytes were not delivered" ]]
}

@test "^C and SIGTERM hang up, and die by the signal" {
	for signal in INT TERM HUP; do
		input=/dev/null listener "$channel"
		# A background job of a shell without job control ignores SIGINT: env takes that back.
		env --default-signal=INT rfcat-connect -d -i hci1 "$alice" "$channel" 3>&- &
		connect=$!
		wait_line 20 '^connected' listener.err
		kill -$signal $connect
		status=0
		status_of $connect || status=$?
		[ "$status" -eq $((128 + $(kill -l $signal))) ]
		status_of "$listener"
		grep -q '^peer closed' listener.err
	done
}

@test "an ordinary user can listen and connect" {
	setpriv --reuid 65534 --regid 65534 --clear-groups \
		rfcat-listen -v -i hci0 "$channel" </dev/null >out 2>err 3>&- &
	wait_line 20 '^listening' err
	setpriv --reuid 65534 --regid 65534 --clear-groups \
		rfcat-connect -N -i hci1 "$alice" "$channel" <<<"hello"
	status_of $!
	[ "$(cat out)" = hello ]
}
