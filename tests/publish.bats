# Being found and finding: rfcat-listen -p, btpublish, rfcat-connect without a channel, btscan -s.
bats_require_minimum_version 1.5.0
load helper

setup_file() {
	require sdptool python3 busctl
	own_lab -n 3
}

teardown_file() { give_back_lab; }

setup() {
	rfcomm_setup
	other=12345678-1234-5678-9abc-def012345678
}

teardown() {
	stop_all
	if [ -n "$fresh" ]; then
		lab-fresh
	fi
}

fresh= # this test has changed what the next ones need

nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)

# published [CHANNEL NAME]: whether bob finds just this Serial Port service at alice, or none.
published() {
	[ "$(btscan -i hci1 -u spp "$alice" 2>/dev/null | cut -f 2,4)" = "${1+$1	$2}" ]
}

flags_are() { hciconfig hci0 | grep -q "^	UP RUNNING $1\$"; }

nobody_heralds() { ! pgrep -x btpublish; }

# Ends a test's process by this signal, and checks that all is restored.
ends_by() {
	kill -"$1" "$listener"
	status_of "$listener" || true
	wait_for 60 published
	wait_for 60 nobody_heralds
}

@test "listen -p: sdptool sees the record, which goes with the process" {
	for signal in TERM KILL; do
		listener -p -n "a <b> & \"c\" Grüße" "$channel"
		grep -q ", published as a <b> & \"c\" Gr" listener.err
		run -0 sdptool -i hci1 search --bdaddr "$alice" SP
		[[ $output == *'Service Name: a <b> & "c" Grüße'* ]]
		[[ $output == *'"Serial Port" (0x1101)'*'"L2CAP" (0x0100)'*'"RFCOMM" (0x0003)'* ]]
		[[ $output == *"Channel: $channel"* ]]
		[[ $output == *'Version: 0x0102'* ]]
		run -0 sdptool -i hci1 browse "$alice"
		[[ $output == *'Service Name: a <b> & "c" Grüße'* ]]
		ends_by $signal
	done
}

@test "rfcat-listen -p and rfcat-connect ADDRESS meet without a number, as any user" {
	"${nobody[@]}" rfcat-listen -v -p -i hci0 </dev/null >out 2>err 3>&- &
	listener=$!
	wait_line 60 '^listening' err
	"${nobody[@]}" rfcat-connect -v -N -i hci1 "$alice" <<<"hello" 2>connect.err || {
		cat connect.err err
		return 1
	}
	status_of "$listener"
	[ "$(cat out)" = hello ]
	got=$(sed -n 's/^listening .* channel \([0-9]*\), published as rfcat$/\1/p' err)
	grep -q "^connected to $alice channel $got " connect.err
}

@test "listen -p: the record goes when the listening ends, not the session" {
	mkfifo typed
	exec 4<>typed
	listener -p "$channel"
	published "$channel" rfcat
	rfcat-connect -i hci1 "$alice" <typed 3>&- 4>&- &
	wait_line 60 '^connected' listener.err
	wait_for 60 published
	wait_for 60 nobody_heralds
	[ -z "$(ps --ppid "$listener" -o pid=)" ]
	kill "$listener"
	exec 4>&-
}

descriptors_are() {
	local fds=("/proc/$listener/fd/"*)
	[ ${#fds[@]} -eq "$1" ]
}

@test "listen -k -p: peers find it one after another, and at the same time; nothing is left behind" {
	listener -k -p "$channel" cat
	fds=("/proc/$listener/fd/"*)
	mkfifo typed
	exec 4<>typed
	rfcat-connect -i hci1 "$alice" <typed >first 3>&- &
	echo zero >&4
	wait_line 60 zero first
	published "$channel" rfcat
	kill $!
	exec 4>&-
	for i in 1 2; do
		[ "$(rfcat-connect -i hci1 "$alice" <<<"$i")" = "$i" ]
		published "$channel" rfcat
	done
	wait_for 60 descriptors_are ${#fds[@]}
	no_sessions_of "$listener"
	ends_by TERM
}

@test "-u: any class of 16, 32 or 128 bits, or a name" {
	for uuid in dun 0xcafe 0x12345678 "$other"; do
		listener -p -u "$uuid" "$channel"
		[ "$(rfcat-connect -N -i hci1 -u "$uuid" "$alice" <<<"$uuid" 2>&1)" = "" ]
		status_of "$listener"
		[ "$(cat listener.out)" = "$uuid" ]
		wait_for 60 nobody_heralds
	done
	listener -p -u "$other" "$channel"
	fails_with 1 "^rfcat-connect: $alice service dun: the peer has no such service" \
		rfcat-connect -i hci1 -u dun "$alice"
	[ "$(btscan -i hci1 -u "$other" "$alice")" = "$alice	$channel	$other	rfcat" ]
	ends_by TERM
}

@test "-u: phones and PyBluez, which look for Serial Port, find a service of another class, too" {
	listener -p -u "$other" "$channel"
	run -0 sdptool -i hci1 search --bdaddr "$alice" SP
	[[ $output == *"Channel: $channel"* ]]
	published "$channel" rfcat
	rfcat-connect -N -i hci1 "$alice" <<<"hello"
	status_of "$listener"
	[ "$(cat listener.out)" = hello ]
}

@test "several services match: nothing is connected, and the channels are listed" {
	rfcat-listen -v -k -p -n one -i hci0 5 </dev/null >one.out 2>one.err 3>&- &
	wait_line 60 '^listening' one.err
	rfcat-listen -v -k -p -n two -i hci0 6 </dev/null >two.out 2>two.err 3>&- &
	wait_line 60 '^listening' two.err
	fails_with 1 "^rfcat-connect: $alice service spp: several match, give a channel: 5 \(one\), 6 \(two\)$" \
		rfcat-connect -i hci1 "$alice"
	rfcat-connect -N -i hci1 "$alice" 6 <<<"hello"
	wait_line 60 hello two.out
}

@test "connect -r: waits until the service is published" {
	rfcat-connect -v -r 0.3 -N -i hci1 "$alice" <<<"at last" 2>err 3>&- &
	connect=$!
	wait_line 60 'no such service .*; trying again' err
	listener -p "$channel"
	status_of "$connect"
	status_of "$listener"
	[ "$(cat listener.out)" = "at last" ]
}

@test "when bluetoothd is started again, the record comes back, and so does the rest" {
	fresh=1
	btpublish -v -i hci0 "$channel" 2>err 3>&- &
	wait_line 60 '^published' err
	lab-bluetoothd restart
	wait_line 60 '^published again' err
	wait_for 60 flags_are 'PSCAN ISCAN '
	hciconfig hci1 up
	wait_for 60 published "$channel" rfcat
}

@test "an adapter that is pulled out, and plugged in as another one, is found again" {
	fresh=1
	for named in "" hci0; do
		lab-fresh -n 3
		alice=$(lab-addr hci0)
		btpublish ${named:+-i "$named"} "$channel" 3>&- &
		publisher=$!
		wait_for 60 published "$channel" rfcat
		air unplug hci0
		air unplug hci2
		air plug hci2
		air plug hci0
		wait_for 60 adapter_is hci2 "$alice"
		wait_for 60 hciconfig hci2 up
		wait_for 60 both_scans_of hci2
		wait_for 60 published "$channel" rfcat
		kill "$publisher"
		status_of "$publisher" || true
	done
}

@test "listen -k: a late adapter is reported once, and served as soon as it appears" {
	fresh=1
	for named in "" "-i $alice"; do
		# A pairing may be lost at one end with its adapter; bluetoothd then refuses another one.
		lab-fresh -n 3
		for hci in 0 1 2; do
			air unplug hci$hci
		done
		# shellcheck disable=SC2086 # two words, or none
		fails_with 1 'no .*adapter' rfcat-listen $named "$channel"
		# shellcheck disable=SC2086
		rfcat-listen -v -k -p $named "$channel" cat 2>err 3>&- &
		listener=$!
		wait_line 60 '^rfcat-listen: waiting for an adapter: ' err
		for hci in 0 1 2; do
			air plug hci$hci
		done
		wait_for 60 hciconfig hci0 up
		wait_for 60 hciconfig hci1 up
		wait_line 60 '^listening' err
		[ "$(grep -c waiting err)" = 1 ]
		wait_for 60 published "$channel" rfcat
		wait_for 60 answers hello
		ends_by TERM
	done
}

answers() { [ "$(rfcat-connect -i hci1 "$alice" <<<"$1")" = "$1" ]; }

adapter_is() { hciconfig "$1" | grep -q "BD Address: $2"; }

both_scans_of() { hciconfig "$1" | grep -q 'PSCAN ISCAN'; }

@test "listen -p: listeners that start together all come up" {
	fresh=1
	hciconfig hci0 noscan
	wait_for 60 flags_are ''
	for i in 1 2 3 4; do
		rfcat-listen -v -p -k -i hci0 $((20 + i)) cat 2>err.$i 3>&- &
	done
	for i in 1 2 3 4; do
		wait_line 60 '^listening' err.$i
	done
	flags_are 'PSCAN ISCAN '
}

# According to bluetoothd and the kernel's settings: after a time-out, Linux 6.12 goes on answering
# inquiries until the next link ends.
discoverable_is() {
	[ "$(busctl get-property org.bluez /org/bluez/hci0 org.bluez.Adapter1 Discoverable)" = "b $1" ]
}

connectable() { hciconfig hci0 | grep -q PSCAN; }

# alice listens with -p, and is killed; then her settings are restored.
kill_published() {
	hciconfig hci0 "$1"
	wait_for 60 discoverable_is "$2"
	listener -p "$channel"
	flags_are 'PSCAN ISCAN '
	kill -KILL "$listener"
	wait_for 60 nobody_heralds
	wait_for 60 discoverable_is "$2"
}

@test "discoverable meanwhile, and restored afterwards, even after SIGKILL" {
	fresh=1
	kill_published noscan false
	flags_are ''
	kill_published pscan false
	connectable
	kill_published piscan true
	flags_are 'PSCAN ISCAN '
}

@test "discoverable outlasts bluetoothd's time-out, and is restored to the state without us" {
	fresh=1
	adapter=(org.bluez /org/bluez/hci0 org.bluez.Adapter1)
	busctl set-property "${adapter[@]}" DiscoverableTimeout u 1
	hciconfig hci0 noscan
	wait_for 60 flags_are ''
	busctl monitor org.bluez --match="type='signal',member='PropertiesChanged'" >signals 2>&1 3>&- &
	wait_line 60 Monitoring signals
	listener -p "$channel"
	wait_for 60 lapsed_twice
	wait_for 60 flags_are 'PSCAN ISCAN '
	[ "$(busctl get-property "${adapter[@]}" DiscoverableTimeout)" = "u 1" ]
	ends_by TERM
	wait_for 60 flags_are ''
}

lapsed_twice() { [ "$(grep -c '"Discoverable"' signals)" -ge 4 ]; }

@test "without bluetoothd: one clear line, exit 1" {
	fresh=1
	lab-fresh -b
	fails_with 1 "^btpublish: channel $channel: can't be published: bluetoothd does not run" \
		rfcat-listen -p -i hci0 "$channel"
	fails_with 1 "^btpublish: channel 5: can't be published: bluetoothd does not run" btpublish 5
}

@test "publishing: a wrong command line does nothing, and is explained" {
	fails_with 2 "^rfcat-listen: -n: it needs -p" rfcat-listen -n me 1
	fails_with 2 "^rfcat-listen: -u: it needs -p" rfcat-listen -u spp 1
	fails_with 2 "^rfcat-listen: -u 1: not a UUID" rfcat-listen -p -u 1
	fails_with 2 "^rfcat-listen: -n .*: not a name" rfcat-listen -p -n $'a\nb'
	fails_with 2 "^rfcat-connect: -u spp: either a service or a channel" rfcat-connect -u spp "$alice" 5
	fails_with 2 "^rfcat-connect: -u xyz: not a UUID" rfcat-connect -u xyz "$alice"
	fails_with 2 "^btpublish: channel 31: " btpublish 31
	fails_with 2 "^btpublish: give one channel" btpublish
}

@test "a PyBluez client finds the service by find_service, and connects" {
	# PyBluez takes the first adapter.
	"${nobody[@]}" rfcat-listen -v -p -u "$other" -i hci1 "$channel" \
		sh -c 'read -r line; echo "re: $line"' 2>err 3>&- &
	wait_line 60 '^listening' err
	run python3 -c '
import sys, time, bluetooth
found = bluetooth.find_service(uuid=sys.argv[2], address=sys.argv[1])
print(len(found), found[0]["name"], found[0]["protocol"], found[0]["port"])
for attempt in range(10):  # a first pairing, right after the adapters came up, fails now and then
    try:
        sock = bluetooth.BluetoothSocket(bluetooth.RFCOMM)
        sock.connect((found[0]["host"], found[0]["port"]))
        break
    except bluetooth.BluetoothError:
        if attempt == 9:
            raise
        time.sleep(0.3)
sock.send(b"hi\n")
print(sock.recv(100).decode(), end="")
' "$bob" "$other"
	echo "status $status: $output"
	cat err
	[ "$output" = "1 rfcat RFCOMM $channel"$'\nre: hi' ]
}

# Starts bluetoothd in the way that PyBluez and sdptool need for publishing.
compat_bluetoothd() {
	fresh=1
	lab-bluetoothd stop
	/usr/libexec/bluetooth/bluetoothd -n --compat >bluetoothd.log 2>&1 3>&- &
	wait_for 60 test -S /run/sdp
	wait_for 60 busctl get-property org.bluez /org/bluez/hci1 org.bluez.Adapter1 Powered
	wait_for 60 hciconfig hci0 up piscan
	wait_for 60 hciconfig hci1 up piscan
}

@test "records of PyBluez's advertise_service and of sdptool are found beside ours" {
	compat_bluetoothd
	python3 -c '
import sys, bluetooth
server = bluetooth.BluetoothSocket(bluetooth.RFCOMM)
server.bind(("", 30))
server.listen(1)
bluetooth.advertise_service(server, "Sample", service_id=sys.argv[1], service_classes=[sys.argv[1]])
print("ready", flush=True)
client, _ = server.accept()
client.send(b"re: " + client.recv(100))
' "$other" >pybluez.out 3>&- &
	wait_line 60 ready pybluez.out
	sdptool add --channel=12 DUN
	listener -p -u 0xcafe "$channel"
	"${nobody[@]}" btscan -i hci1 -s "$alice" >out
	grep -q "^$alice	30	$other	Sample\$" out
	grep -q "^$alice	12	0x1103	Dial-Up Networking\$" out
	grep -q "^$alice	$channel	0xcafe	rfcat\$" out
	[ "$("${nobody[@]}" rfcat-connect -i hci1 -u "$other" "$alice" <<<"hello")" = "re: hello" ]
}
