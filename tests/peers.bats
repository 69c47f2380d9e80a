# Other people's programs at the other end.
bats_require_minimum_version 1.5.0
load helper

setup() { rfcomm_setup; }
teardown() { stop_all; }

# As PyBluez tutorials teach: strictly in turns, text without a newline.
pybluez_client='
import sys, bluetooth
sock = bluetooth.BluetoothSocket(bluetooth.RFCOMM)
sock.connect((sys.argv[1], int(sys.argv[2])))
for text in ("hello", "how are you?", "bye"):
    sock.send(text.encode())
    print(sock.recv(1024).decode(), flush=True)
sock.close()
'
pybluez_server='
import sys, bluetooth
server = bluetooth.BluetoothSocket(bluetooth.RFCOMM)
server.bind((sys.argv[1], int(sys.argv[2])))
server.listen(1)
print("ready", flush=True)
client, _ = server.accept()
while True:
    text = client.recv(1024).decode()
    print(text, flush=True)
    if "bye" in text:
        break
    client.send(("re: " + text).encode())
client.close()
server.close()
'

@test "each message of a PyBluez client becomes one line of chatline" {
	mkfifo answers
	rfcat-listen -v -i hci0 "$channel" <answers 2>err 3>&- | chatline -n bob >lines 3>&- &
	exec 4>answers
	wait_line 20 '^listening' err
	python3 -c "$pybluez_client" "$alice" "$channel" >client.out 3>&- 4>&- &
	client=$!
	for text in hello "how are you?" bye; do
		wait_line 20 "<bob> $text" lines
		printf ok >&4
	done
	status_of $client
	[ "$(cat client.out)" = $'ok\nok\nok' ]
	wait_line 20 '^peer closed' err
	exec 4>&-
	[ "$(wc -l <lines)" -eq 3 ]
}

@test "rfcat-connect talks to a PyBluez server in turns, and ends with 0 when that leaves" {
	python3 -c "$pybluez_server" "$alice" "$channel" >server.out 3>&- &
	server=$!
	wait_line 20 ready server.out
	mkfifo typed
	rfcat-connect -v -i hci1 "$alice" "$channel" <typed >heard 2>err 3>&- &
	connect=$!
	exec 4>typed
	printf hello >&4
	wait_line 20 're: hello' heard
	printf 'good bye' >&4
	status_of $server
	status_of $connect
	grep -q '^peer closed' err
	exec 4>&-
}

@test "rctest sends to rfcat-listen" {
	listener "$channel"
	rctest -s -i hci1 -P "$channel" -N 20 -b 800 "$alice" >rctest.out 2>&1
	status_of "$listener"
	[ "$(stat -c %s listener.out)" -eq 16000 ]
}

@test "rctest receives from rfcat-connect" {
	timeout 60 rctest -r -i hci0 -P "$channel" -b 2000 >rctest.out 2>&1 3>&- &
	wait_line 20 'Waiting for connection' rctest.out
	random_file sent 20000
	rfcat-connect -N -i hci1 "$alice" "$channel" <sent
	wait_line 20 Disconnect rctest.out
}

# socat's address of an RFCOMM end: the family's number, then channel and address as it is in
# memory: AF_BLUETOOTH 31, SOCK_STREAM 1, BTPROTO_RFCOMM 3.
socat_end() {
	local bytes=${1//:/}
	local reversed=
	for ((i = 10; i >= 0; i -= 2)); do
		reversed+=${bytes:i:2}
	done
	printf '31:3:x%s%02x00' "$reversed" "$2"
}

@test "socat connects to rfcat-listen" {
	random_file sent 50000
	listener "$channel"
	socat -b 1016 -u OPEN:sent "SOCKET-CONNECT:$(socat_end "$alice" "$channel")"
	status_of "$listener"
	cmp sent listener.out
}

@test "rfcat-connect sends to socat" {
	random_file sent 50000
	socat -u "SOCKET-LISTEN:$(socat_end "$alice" "$channel")" CREATE:got 2>socat.err 3>&- &
	socat=$!
	wait_for 20 eval 'rfcat-connect -N -i hci1 "$alice" "$channel" <sent'
	status_of $socat || true
	cmp sent got
}
