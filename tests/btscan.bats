# btscan: the devices around, with bluetoothd and without; hostile ones; the state that it leaves
# behind.
bats_require_minimum_version 1.5.0
load helper

setup_file() {
	require script hcitool hciconfig
	own_lab -n 4
}

teardown_file() { give_back_lab; }

setup() {
	rfcomm_setup
	carol=$(lab-addr hci2)
	dave=$(lab-addr hci3)
}

teardown() {
	stop_all
	if [ -n "$without" ]; then
		lab-fresh
	fi
}

# The test goes on without bluetoothd.
without=
without_bluetoothd() {
	without=1
	lab-fresh -b
}

nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)

# scanning [OPTION ...]: alice scans in the background, to scan.out and scan.err; it is $scan.
scanning() {
	# A background job of a shell without job control ignores SIGINT: env takes that back.
	"${as[@]}" env --default-signal=INT btscan -i hci0 "$@" >scan.out 2>scan.err 3>&- &
	scan=$!
}

as=() # as whom

lines_are() { [ "$(wc -l <"$1")" -eq "$2" ]; }

quiet_radio() { ! hciconfig hci0 | grep -q INQUIRY; }

# All three, once each, as lines of four fields.
expect_all() {
	[ "$(cut -f 1,4 "$1" | sort)" = "$(printf '%s\n' "$bob	bob" "$carol	carol" "$dave	dave")" ]
	[ "$(grep -c -P '^[0-9A-F:]{17}\t-?[0-9]+\t0x[0-9a-f]{6}\t[a-z]+$' "$1")" -eq 3 ]
}

find_all_before_the_end() {
	scanning -v -t 300
	wait_for 100 lines_are scan.out 3
	kill -0 "$scan"
	expect_all scan.out
	kill -INT "$scan"
	status=0
	status_of "$scan" || status=$?
	[ "$status" -eq 130 ]
	[ "$(cat scan.err)" = "scanning with hci0 for 300 s, by $1" ]
}

@test "bluetoothd: all peers are printed with their names, each before the scan ends" {
	find_all_before_the_end bluetoothd
	wait_for 20 quiet_radio
}

@test "without bluetoothd: the same, by name requests" {
	without_bluetoothd
	find_all_before_the_end 'the radio'
	wait_for 20 quiet_radio
}

@test "an ordinary user finds them, with bluetoothd and without" {
	as=("${nobody[@]}")
	find_all_before_the_end bluetoothd
	without_bluetoothd
	find_all_before_the_end 'the radio'
}

@test "-t ends the scan, quietly, and each peer is printed once" {
	scanning -t 3
	status_of "$scan" || [ ! -s scan.out ]
	[ "$(sort scan.out)" = "$(sort -u scan.out)" ]
	wait_for 20 quiet_radio
}

@test "btscan | grep -m1 ends the scan, and stops the radio" {
	without_bluetoothd
	line=$(btscan -i hci0 -t 300 | grep -m1 bob)
	[ "${line%%	*}" = "$bob" ]
	wait_for 20 quiet_radio
}

@test "from a name to a connection by rfcat-connect" {
	listener "$channel"
	rfcat-connect -N -i hci1 "$(btscan -i hci1 -t 60 | grep -m1 alice | cut -f 1)" "$channel" <<<"hello"
	status_of "$listener"
	[ "$(cat listener.out)" = hello ]
}

@test "two scans at the same time both find all" {
	"${nobody[@]}" btscan -i hci0 -t 300 >other 3>&- &
	other=$!
	wait_for 100 lines_are other 3
	find_all_before_the_end bluetoothd
	expect_all other
	kill "$other"
	wait_for 20 quiet_radio
}

grep_radio() { hciconfig hci0 | grep -q INQUIRY; }

# Another program scans, for ten seconds.
busy_radio() {
	hcitool -i hci0 inq --flush --length=8 >inq.out 3>&- &
	wait_for 20 grep_radio
	scanning -t 300
}

@test "bluetoothd gets its turn when another program uses the radio" {
	busy_radio
	wait_for 100 lines_are scan.out 3
	expect_all scan.out
}

@test "without bluetoothd a busy radio is reported once, and waited for" {
	without_bluetoothd
	busy_radio
	wait_line 60 '^btscan: hci0: busy: another program is scanning; waiting$' scan.err
	wait_for 100 lines_are scan.out 3
	expect_all scan.out
	[ "$(wc -l <scan.err)" -eq 1 ]
}

@test "an adapter that goes down during a scan: exit 1, and one line" {
	scanning -t 300
	wait_for 100 lines_are scan.out 3
	without=1
	lab-bluetoothd stop
	status=0
	status_of "$scan" || status=$?
	[ "$status" -eq 1 ]
	grep -q '^btscan: hci0: cannot scan: the local adapter is down' scan.err
	[ "$(wc -l <scan.err)" -eq 1 ]
}

@test "nobody around: exit 1, and one line" {
	for i in 1 2 3; do
		hciconfig "hci$i" noscan
	done
	fails_with 1 '^btscan: no device answered within 1 s' btscan -i hci0 -t 1
	without=1
}

# hostile_name NAME: bob takes it; prints alice's view of it.
name_of_bob() {
	hciconfig hci1 name "$1"
	btscan -i hci0 -t 60 | grep -m1 "^$bob" | cut -f 4-
}

@test "hostile names: no control byte, no second line, no extra field" {
	without_bluetoothd
	[ "$(name_of_bob $'\e[31mred')" = '^[[31mred' ]
	[ "$(name_of_bob $'a\tb\nc\rd')" = 'a^Ib^Jc^Md' ]
	[ "$(name_of_bob $'\xff\xc3(\xe2\x80')" = '\xff\xc3(\xe2\x80' ]
	[ "$(name_of_bob $'\u202Ecod.exe\u200F')" = '<U+202E>cod.exe<U+200F>' ]
	[ "$(name_of_bob "$(printf '%0247d' 0)")" = "$(printf '%0247d' 0)" ]
}

# eir BYTES: bob answers inquiries with these, completed with zeros.
eir() {
	local all=$1
	while [ ${#all} -lt 480 ]; do
		all+="00"
	done
	hciconfig hci1 inqdata "$all"
}

@test "hostile answers to an inquiry: names of wrong length are no names" {
	without_bluetoothd
	hciconfig hci0 inqmode 2
	hciconfig hci1 name asked
	eir 0609616c696365
	[ "$(btscan -i hci0 -t 60 | grep -m1 "^$bob" | cut -f 4)" = alice ]
	eir f009616c696365
	[ "$(btscan -i hci0 -t 60 | grep -m1 "^$bob" | cut -f 4)" = asked ]
	eir ff09
	[ "$(btscan -i hci0 -t 60 | grep -m1 "^$bob" | cut -f 4)" = asked ]
	eir 06091b5b6d0a09
	[ "$(btscan -i hci0 -t 60 | grep -m1 "^$bob" | cut -f 4)" = '^[[m^J^I' ]
}

@test "-l lists the local adapters, for any user" {
	run -0 "${nobody[@]}" btscan -l
	[ "${lines[0]}" = "hci0	$alice	up	alice" ]
	[ "${lines[3]}" = "hci3	$dave	up	dave" ]
	[ "${#lines[@]}" -eq 4 ]
	hciconfig hci3 down
	run -0 btscan -l
	[ "${lines[3]%	*}" = "hci3	$dave	down" ]
	without=1
}

@test "on a terminal, and only there, progress shows" {
	script -qec "btscan -i hci0 -t 10" /dev/null </dev/null >typescript
	grep -q 'scanning: 0 found, [0-9]* s left' typescript
	grep -q 'scanning: 3 found' typescript
	grep -q "$bob.*bob" typescript
	btscan -i hci0 -t 1 >out 2>err
	[ ! -s err ]
}

@test "a full disk is reported, exit 1, and the radio stops" {
	fails_with 1 '^btscan: standard output: No space left' \
		bash -c 'btscan -i hci0 -t 60 >/dev/full'
	wait_for 20 quiet_radio
}

@test "a wrong command line does nothing, and is explained" {
	fails_with 2 '^btscan: -t x: .*seconds' btscan -t x
	fails_with 2 '^btscan: -u 12: not a UUID' btscan -u 12
	fails_with 2 '^btscan: bob: not a Bluetooth address' btscan bob
	fails_with 2 '^btscan: -i wlan0: not an adapter' btscan -i wlan0
	fails_with 2 '^btscan: -l: ' btscan -l -s
	fails_with 1 '^btscan: -i hci9: no such adapter' btscan -i hci9
	hciconfig hci3 down
	fails_with 1 '^btscan: -i hci3: the local adapter is down' btscan -i hci3
	without=1
}

# Alice's view of a peer with hostile SDP: bob, with a program on PSM 1. Its answer comes first: an
# expression for the bytes of attribute lists, or "silence".
hostile_sdp='
import socket, struct, sys, time
what = sys.argv[2]
server = socket.socket(socket.AF_BLUETOOTH, socket.SOCK_SEQPACKET, socket.BTPROTO_L2CAP)
server.bind((sys.argv[1], 1))
server.listen(5)
print("ready", flush=True)
record = b"\x35\x22\x09\0\1\x35\3\x19\x11\1\x09\0\4\x35\x0c\x35\3\x19\1\0\x35\5\x19\0\3\x08\5\x09\1\0\x25\4COM5"
good = b"\x35\x24" + record
def answer(tid, lists, more=b"\0"):
    body = struct.pack(">H", len(lists)) + lists + more
    return b"\x07" + tid + struct.pack(">H", len(body)) + body
while True:
    peer, _ = server.accept()
    try:
        while True:
            request = peer.recv(672)
            if not request:
                break
            tid = request[1:3]
            if what == "silence":
                continue
            peer.send({
                "good": answer(tid, good),
                "cut": answer(tid, good[:-3]),
                "packet cut": answer(tid, good)[:-9],
                "deep": answer(tid, b"".join(struct.pack(">BH", 0x36, 597 - 3 * i) for i in range(200))),
                "absurd": answer(tid, b"\x37\xff\xff\xff\xff" + record),
                "count": b"\x07" + tid + b"\xff\xff\xff\xff" + good + b"\0",
                "endless": answer(tid, b"\x36\xff\xff" + record * 15, b"\x04more"),
                "empty endless": answer(tid, b"", b"\x04more"),
                "long state": answer(tid, good, b"\xff" + b"x" * 255),
                "other": answer(b"xx", good),
                "error": b"\x01" + tid + b"\0\2\0\3",
                "one byte": b"\x07",
                "name": answer(tid, good.replace(b"COM5", b"\x1b\n\t\xff")),
            }[what])
            if what == "hang up":
                peer.close()
    except OSError:
        pass
    peer.close()
'

serve_hostile() {
	python3 -c "$hostile_sdp" "$bob" "$1" >ready 2>server.err 3>&- &
	server=$!
	wait_line 20 ready ready
}

stop_hostile() {
	kill "$server"
	status_of "$server" || true
}

@test "hostile SDP: nothing crashes, hangs, or prints a control byte" {
	without_bluetoothd
	for kind in "packet cut" count endless "empty endless" "long state" other error "one byte"; do
		serve_hostile "$kind"
		fails_with 1 "^btscan: $bob: the peer's list of services is malformed" \
			btscan -i hci0 -s "$bob"
		stop_hostile
	done
	for kind in cut deep absurd; do
		serve_hostile "$kind"
		fails_with 1 "^btscan: no such service found" btscan -i hci0 -s "$bob"
		stop_hostile
	done
	serve_hostile good
	[ "$(btscan -i hci0 -s "$bob")" = "$bob	5	0x1101	COM5" ]
	stop_hostile
	serve_hostile name
	[ "$(btscan -i hci0 -s "$bob")" = "$bob	5	0x1101	^[^J^I\\xff" ]
	stop_hostile
	serve_hostile silence
	fails_with 1 "^rfcat-connect: $bob service spp: timed out" \
		rfcat-connect -i hci0 -w 2 "$bob"
}

@test "no list of services at all: reported, exit 1" {
	without_bluetoothd
	fails_with 1 "^btscan: $bob: the peer has no list of services" btscan -i hci0 -s "$bob"
	fails_with 1 "^btscan: 00:11:22:33:44:55: host is down" btscan -i hci0 -s 00:11:22:33:44:55
	fails_with 1 "^rfcat-connect: $bob service spp: the peer has no list of services" \
		rfcat-connect -i hci0 "$bob"
}
