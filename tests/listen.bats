# rfcat-listen: admission, one peer or many, programs.
bats_require_minimum_version 1.5.0
load helper

setup() { rfcomm_setup; }
# A failed test must not leave its radio fault to the next one.
teardown() {
	stop_all
	air heal
}

connect() { rfcat-connect -i "${adapter-hci1}" "$@" "$alice" "$channel"; }

# The same in the background: its process is $connect.
connecting() {
	rfcat-connect -i "${adapter-hci1}" "$@" "$alice" "$channel" <&0 3>&- &
	connect=$!
}

@test "listen: a second peer is refused while the first one talks" {
	mkfifo typed
	exec 4<>typed
	listener "$channel"
	connecting <typed >/dev/null
	wait_line 20 '^connected' listener.err
	run --separate-stderr connect -N <<<"me too"
	[ "$status" -ne 0 ]
	adapter=hci2 run --separate-stderr connect -N <<<"me too"
	[ "$status" -eq 1 ]
	[[ $stderr == *"connection refused"* ]]
	echo "still here" >&4
	wait_line 20 'still here' listener.out
	kill $connect
	exec 4>&-
}

@test "listen -k: peers come one after another, and each is heard whole" {
	listener -k "$channel"
	for i in 1 2 3; do
		wait_for 20 connect -N <<<"peer $i"
	done
	kill "$listener"
	status=0
	status_of "$listener" || status=$?
	[ "$status" -eq 143 ]
	[ "$(cat listener.out)" = $'peer 1\npeer 2\npeer 3' ]
}

@test "listen -k: a second peer is refused while one talks, not swallowed" {
	mkfifo typed
	exec 4<>typed
	listener -k "$channel"
	connecting <typed >/dev/null
	wait_line 20 '^connected' listener.err
	adapter=hci2 run --separate-stderr connect -N <<<"me too"
	[ "$status" -eq 1 ]
	[[ $stderr == *"connection refused"* ]]
	grep -q 'refused .* (too many peers)' listener.err
	kill $connect
	exec 4>&-
}

@test "listen -k: of a hundred hasty peers exactly those with status 0 were heard" {
	listener -k "$channel"
	told=0
	for i in $(seq 50); do
		connecting -N <<<"a $i" 2>/dev/null
		adapter=hci2 connect -N <<<"b $i" 2>/dev/null && echo "b $i" >>told
		wait $connect && echo "a $i" >>told
	done
	wait_for 20 same_lines told listener.out
	[ "$(wc -l <told)" -ge 10 ]
}

same_lines() { cmp <(sort "$1") <(sort "$2"); }

@test "listen -k: stdin is read only while a peer is connected, and is not repeated" {
	mkfifo typed
	exec 4<>typed
	input=typed listener -k "$channel"
	echo "for the first" >&4
	connecting -q -1 </dev/null >one
	wait_line 20 'for the first' one
	kill $connect
	wait_line 20 '^peer closed' listener.err
	wait_for 20 eval 'connect -q 1 </dev/null >two'
	[ ! -s two ]
	exec 4>&-
}

@test "listen: a program's stdin and stdout are the connection, and its status is ours" {
	listener "$channel" sh -c 'read -r line; echo "you said $line"; exit 7'
	run connect <<<"hello"
	[ "$output" = "you said hello" ]
	status=0
	status_of "$listener" || status=$?
	[ "$status" -eq 7 ]
}

@test "listen: the program sees a real end of file when the peer leaves" {
	listener "$channel" sh -c 'cat >got; echo "cat: $?" >>got'
	connect -N <<<"to the cat"
	status_of "$listener"
	[ "$(cat got)" = $'to the cat\ncat: 0' ]
}

@test "listen: a program that ends at once after 1 MiB has delivered all of it" {
	random_file big 1048576
	listener "$channel" cat big
	connect </dev/null >got
	status_of "$listener"
	cmp big got
}

@test "listen: the program's environment is UCSPI's, and none of these variables is inherited" {
	export RFCOMMREMOTECHANNEL=99 RFCOMMREMOTEADDR=forged PROTO=TCP
	listener "$channel" env
	connect </dev/null >vars
	status_of "$listener"
	grep -qx PROTO=RFCOMM vars
	grep -qx "RFCOMMLOCALADDR=$alice" vars
	grep -qx "RFCOMMREMOTEADDR=$bob" vars
	grep -qx "RFCOMMLOCALCHANNEL=$channel" vars
	grep -qx RFCOMMCONNNUM=1 vars
	run ! grep '^RFCOMMREMOTECHANNEL=' vars
}

@test "connect: a program's environment names the peer and its channel" {
	listener "$channel"
	rfcat-connect -i hci1 "$alice" "$channel" sh -c 'env >vars; echo done'
	status_of "$listener"
	[ "$(cat listener.out)" = "done" ]
	grep -qx PROTO=RFCOMM vars
	grep -qx "RFCOMMLOCALADDR=$bob" vars
	grep -qx "RFCOMMREMOTEADDR=$alice" vars
	grep -qx "RFCOMMREMOTECHANNEL=$channel" vars
	run ! grep '^RFCOMMLOCALCHANNEL=' vars
}

@test "listen: the program has nothing open but 0, 1 and 2, and default signals" {
	listener -k "$channel" sh -c 'ls /proc/self/fd >fds; grep -E "Sig(Blk|Ign)" /proc/self/status'
	connect </dev/null >got
	# Except descriptors that the shell of this test has open itself.
	sh -c 'ls /proc/self/fd >expected' 3>&-
	cmp expected fds
	grep -q 'SigBlk:.0000000000000000' got
	# Bit 12 is SIGPIPE's. bats itself may have SIGINT ignored for a background job.
	(((16#$(awk '/SigIgn/ {print $2}' got) & 1 << 12) == 0))
	kill "$listener"
}

@test "listen -k: peers are served at the same time, each by its own program" {
	listener -k "$channel" sh -c 'echo "hello $RFCOMMREMOTEADDR"; cat'
	mkfifo one two
	exec 4<>one 5<>two
	connecting <one >one.out
	adapter=hci2 connecting <two >two.out
	wait_line 20 hello one.out
	wait_line 20 hello two.out
	echo "from one" >&4
	echo "from two" >&5
	wait_line 20 'from one' one.out
	wait_line 20 'from two' two.out
	kill "$listener"
	status=0
	status_of "$listener" || status=$?
	[ "$status" -eq 143 ]
	exec 4>&- 5>&-
}

@test "listen -m: peers past the limit are refused, and a slot is free again after an abrupt end" {
	listener -k -m 1 "$channel" cat
	connecting -d >/dev/null
	wait_line 20 '^connected' listener.err
	adapter=hci2 run connect -N </dev/null
	[ "$status" -eq 1 ]
	kill -9 $connect
	adapter=hci2 wait_for 20 connect -N </dev/null
}

@test "listen -k: a place is free as soon as its link has ended, though its program runs on" {
	listener -k -m 1 "$channel" sleep 300
	for _ in 1 2 3 4 5 6 7 8 9; do
		wait_for 20 connect -N <<<"hasty"
	done
	[ "$(sessions_of "$listener" | wc -l)" -ge 9 ]
	kill "$listener"
}

@test "-g: ends a program that runs on after its connection, after this time" {
	listener -k -g 0.1 "$channel" sh -c 'trap "" TERM; echo; exec sleep 300'
	connect -N </dev/null
	wait_for 30 no_sessions_of "$listener"
	kill "$listener"
	status_of "$listener" || true
	listener "$channel" true
	run -143 rfcat-connect -i hci1 -g 0.1 "$alice" "$channel" sleep 300
}

@test "listen -k: a full listener says so on standard error, once" {
	mkfifo typed
	exec 4<>typed
	listener -k "$channel" # with -v; the warning begins with the tool's name
	connecting <typed >/dev/null
	wait_line 20 '^connected' listener.err
	for _ in 1 2 3; do
		adapter=hci2 run ! connect -N <<<"me too"
	done
	[ "$(grep -c "^rfcat-listen: channel $channel: full: more than 1 at a time" listener.err)" = 1 ]
	kill $connect
	exec 4>&-
}

@test "listen -k: no zombie stays when peers have left" {
	listener -k "$channel" true
	for i in 1 2 3; do
		wait_for 20 connect </dev/null
	done
	wait_for 20 no_sessions_of "$listener"
	kill "$listener"
}

@test "listen -a: only the named peers come in; a stranger is refused, and sends nothing" {
	listener -k -a "$bob" "$channel"
	adapter=hci2 run --separate-stderr connect -N <<<"a stranger's words"
	[ "$status" -eq 1 ]
	[[ $stderr == *"connection refused"* ]]
	connect -N <<<"bob's words"
	wait_line 20 "bob's words" listener.out
	run ! grep stranger listener.out
	grep -q 'refused .* (not admitted by -a)' listener.err
	kill "$listener"
}

@test "listen -a: a file of addresses, with comments" {
	printf '# friends\n\n  %s # bob\n' "$bob" >friends
	listener -a ./friends "$channel"
	adapter=hci2 run connect -N </dev/null
	[ "$status" -eq 1 ]
	connect -N </dev/null
	status_of "$listener"
}

@test "listen -a: a malformed file is refused" {
	printf '%s\nbob\n' "$bob" >friends
	run --separate-stderr rfcat-listen -a ./friends "$channel"
	[ "$status" -eq 2 ]
	[[ $stderr == "rfcat-listen: -a ./friends: line 2: not an address"* ]]
	: >nobody
	run --separate-stderr rfcat-listen -a nobody "$channel"
	[ "$status" -eq 2 ]
	[[ $stderr == *"no address in it"* ]]
	run --separate-stderr rfcat-listen -a missing "$channel"
	[ "$status" -eq 2 ]
	[[ $stderr == *"neither an address nor a file"* ]]
}

@test "listen -w: gives up when no peer comes" {
	run --separate-stderr rfcat-listen -w 0.3 "$channel"
	[ "$status" -eq 1 ]
	[ "$stderr" = "rfcat-listen: channel $channel: no peer connected within 0.3 s" ]
}

@test "connect -w: gives up on a peer whose page time-out is longer" {
	# Not alice: an abandoned page goes on, and the next connection would join it.
	air nopage hci2 on
	run --separate-stderr rfcat-connect -i hci1 -w 0.5 "$(lab-addr hci2)" 1
	air nopage hci2 off
	[ "$status" -eq 1 ]
	[[ $stderr == *"timed out"* ]]
}

@test "-T: silence in both directions ends it, with 1; a byte in either does not" {
	listener "$channel" sh -c 'for i in 1 2 3 4; do sleep 0.5; echo $i; done; exec cat'
	run --separate-stderr connect -d -T 1.5
	[ "$status" -eq 1 ]
	[ "$output" = $'1\n2\n3\n4' ]
	[[ $stderr == *"no byte in either direction for 1.5 s" ]]
}

@test "listen: channel 0 or none takes a free one, and -1 prints it first" {
	rfcat-listen -1 -i hci0 0 echo hi >out 2>err 3>&- &
	wait_line 20 '^[0-9]' out
	[[ $(cat out) =~ ^[0-9]+$ ]]
	run rfcat-connect -i hci1 "$alice" "$(cat out)" </dev/null
	[ "$output" = hi ]
	rfcat-listen -v -i hci0 </dev/null >out 2>err 3>&- &
	wait_line 20 '^listening on .* channel [1-9]' err
	kill $!
}

# holds CHANNEL [OPTION ...]: a listener has it.
holds() {
	rfcat-listen -v -d "${@:2}" "$1" 2>"holds.$1" 3>&- &
	wait_line 20 '^listening' "holds.$1"
}

@test "listen: channel 0 takes one that is free on every adapter, and that BlueZ does not want" {
	holds 1 -i hci0
	holds 2
	holds 5 -i hci1
	run listens_on
	[ "$output" = 4 ]
	run listens_on -i hci0
	[ "$output" = 4 ]
	run listens_on -i hci2
	[ "$output" = 4 ]
	holds 4 -i hci1
	run listens_on
	[ "$output" = 18 ]
	run listens_on -i hci0
	[ "$output" = 4 ]
}

# listens_on [OPTION ...]: the channel that a listener gets without asking for one.
listens_on() {
	local pid
	rfcat-listen -v -d "$@" 2>any 3>&- &
	pid=$!
	wait_line 20 '^listening' any
	kill "$pid"
	sed -n 's/^listening on .* channel //p' any
}

@test "listen: a taken channel is reported, and whether BlueZ may have taken it" {
	holds 20 -i hci0
	holds 9 -i hci0
	fails_with 1 '^rfcat-listen: channel 20: that channel is taken \(0 takes a free one\)$' rfcat-listen -i hci0 20
	fails_with 1 '^rfcat-listen: channel 9: that channel is taken, perhaps by BlueZ for Object Push \(' \
		rfcat-listen -i hci0 9
}

@test "listen: a channel that is taken on every adapter is taken" {
	for adapter in $(btscan -l | cut -f 1); do
		rfcat-listen -v -d -i "$adapter" 20 2>"holds.$adapter" 3>&- &
		wait_line 20 '^listening' "holds.$adapter"
	done
	fails_with 1 '^rfcat-listen: channel 20: that channel is taken' rfcat-listen 20
}

@test "listen: an adapter that no peer can connect to is reported, even without -v" {
	hciconfig hci2 noscan
	rfcat-listen -i hci2 "$channel" </dev/null 2>err 3>&- &
	wait_line 20 "hci2: peers can't connect, its page scan is off (-p, or bluetoothctl discoverable on)" err
	kill $!
	hciconfig hci2 piscan
}

@test "listen: a wrong command line is explained, exit 2" {
	wrong() {
		run --separate-stderr rfcat-listen "$@"
		[ "$status" -eq 2 ] && [ -z "$output" ] && [ "${#stderr_lines[@]}" -eq 1 ]
	}
	wrong 31
	wrong x
	wrong -m 2 1
	wrong -m 0 1
	wrong -1 1
	wrong -z 1
	wrong 1 ./no-such-program
}

@test "connect -r: keeps trying until there is a listener" {
	connecting -r 0.3 -v -N <<<"at last" 2>err
	wait_line 20 'connection refused .*; trying again' err
	listener "$channel"
	status_of $connect
	status_of "$listener"
	[ "$(cat listener.out)" = "at last" ]
}

@test "connect -r -w: reports the last real reason, not that time ran out" {
	fails_with 1 "connection refused" connect -r 0.01 -w 2
}

@test "connect: quick reconnects succeed, one after another" {
	listener -k "$channel"
	for i in $(seq 20); do
		connect -N <<<"$i"
	done
	wait_line 20 '^20$' listener.out
	[ "$(cat listener.out)" = "$(seq 20)" ]
	kill "$listener"
}

@test "connect -z: prints the channels that answer, and sends nothing" {
	listener -k 28
	rfcat-listen -v -k -i hci0 30 </dev/null >other.out 2>other.err 3>&- &
	wait_line 20 listening other.err
	run --separate-stderr rfcat-connect -z -i hci1 "$alice" 26-30
	[ "$status" -eq 0 ]
	[ "$output" = $'28\n30' ]
	run --separate-stderr rfcat-connect -z -i hci1 "$alice" 26
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[ ! -s listener.out ]
	run --separate-stderr rfcat-connect -z -i hci1 "$alice" 9-3
	[ "$status" -eq 2 ]
	kill "$listener" $!
}

@test "a link that is lost in the middle: exit 1 at both ends, with a count" {
	input=/dev/zero listener "$channel"
	connecting -v </dev/zero >/dev/null 2>err
	wait_line 20 '^connected' err
	wait_line 20 '^connected' listener.err
	air lose hci0 hci1
	status=0
	status_of $connect || status=$?
	[ "$status" -eq 1 ]
	grep -q 'link lost .*: up to [0-9]* bytes were not delivered (sent [0-9]*, received [0-9]*)' err
	status=0
	status_of "$listener" || status=$?
	[ "$status" -eq 1 ]
	grep -q 'link lost' listener.err
}

@test "-L: a peer that does not acknowledge the end is not waited for longer" {
	mkfifo typed
	exec 4<>typed
	listener "$channel" 4>&-
	connecting -L 0.5 -N <typed 2>err 4>&-
	echo hello >&4
	wait_line 20 hello listener.out
	air drop hci1 hci0 on
	exec 4>&-
	status=0
	status_of $connect || status=$?
	air heal
	[ "$status" -eq 1 ]
	grep -q 'did not acknowledge the end within 0.5 s' err
	kill "$listener"
}

@test "-i: only this adapter listens, and only this adapter connects" {
	listener -k "$channel"
	fails_with 1 "connection refused" rfcat-connect -i hci1 "$(lab-addr hci2)" "$channel"
	for hci in hci1 hci2; do
		adapter=$hci connect -N </dev/null
		wait_line 20 "^connected from $(lab-addr $hci)" listener.err
	done
}

@test "listen -d: stdin is not read, and its end does not count" {
	echo "not sent" >typed
	input=typed listener -d -N "$channel"
	run --separate-stderr connect -q 0.5 <<<"hello"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	status_of "$listener"
	[ "$(cat listener.out)" = hello ]
}

@test "listen -1d: the channel comes first, and then the peer's bytes" {
	rfcat-listen -1d -i hci0 0 >out 2>err 3>&- &
	wait_line 20 '^[0-9]' out
	connect_to=$(cat out)
	rfcat-connect -N -i hci1 "$alice" "$connect_to" <<<"hello"
	status_of $!
	[ "$(cat out)" = "$connect_to"$'\nhello' ]
}

@test "listen -q: leaves when its stdin has ended and the peer was silent" {
	listener -q 0.3 "$channel"
	run timeout 20 rfcat-connect -d -i hci1 "$alice" "$channel"
	[ "$status" -eq 0 ]
	status_of "$listener"
}

@test "listen -T: gives up after silence in both directions" {
	listener -T 0.5 "$channel"
	connecting -d
	status=0
	status_of "$listener" || status=$?
	[ "$status" -eq 1 ]
	grep -q 'no byte in either direction for 0.5 s' listener.err
}

@test "listen -L: a peer that does not acknowledge the end is not waited for longer" {
	mkfifo typed
	exec 4<>typed
	input=typed listener -N -L 0.5 "$channel" 4>&-
	connecting -d 4>&-
	wait_line 20 '^connected' listener.err
	air drop hci0 hci1 on
	exec 4>&-
	status=0
	status_of "$listener" || status=$?
	air heal
	[ "$status" -eq 1 ]
	grep -q 'did not acknowledge the end within 0.5 s' listener.err
}

@test "connect -r -w: gives up when there was no listener for this time" {
	fails_with 1 "channel $channel: (connection refused|timed out)" connect -r 0.2 -w 1
}

# without CALL COMMAND ...: runs it as on a kernel without this system call.
without() {
	python3 - "$@" <<-'PYTHON'
		import ctypes, os, sys
		seccomp = ctypes.CDLL("libseccomp.so.2")
		seccomp.seccomp_init.restype = ctypes.c_void_p
		allow, enosys = 0x7FFF0000, 0x50000 | 38  # SCMP_ACT_ALLOW, SCMP_ACT_ERRNO(ENOSYS)
		rules = ctypes.c_void_p(seccomp.seccomp_init(allow))
		call = seccomp.seccomp_syscall_resolve_name(sys.argv[1].encode())
		if seccomp.seccomp_rule_add(rules, enosys, call, 0) or seccomp.seccomp_load(rules):
		    sys.exit(1)
		os.execvp(sys.argv[2], sys.argv[2:])
	PYTHON
}

@test "listen: a program that can't be watched is ended, and its connection closed" {
	without pidfd_open rfcat-listen -v -i hci0 "$channel" sleep 999 >listener.out 2>listener.err 3>&- &
	listener=$!
	wait_line 20 '^listening' listener.err
	run connect -N <<<"hello"
	status=0
	status_of "$listener" || status=$?
	[ "$status" -eq 1 ]
	grep -q '^rfcat-listen: sleep: cannot run: Function not implemented' listener.err
	run ! pgrep -fx "sleep 999"
}
