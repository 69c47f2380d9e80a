# The recipes of rfcat(7), taken from the page and run as they are printed.
bats_require_minimum_version 1.5.0
load helper

# Recipes that need something that no lab has, and what.
untested='
esp32   an ESP32 to run it
'

setup() {
	rfcomm_setup
	wait_for 20 free
}

# Each recipe is a process group of its own.
teardown() {
	exec 4>&- 5>&-
	local group
	for group in $(jobs -p); do
		kill -- "-$group" 2>/dev/null
	done
	wait
	[ -z "${renamed-}" ] || name alice bob
}

# name HCI0 HCI1: sets the adapters' names for others.
name() {
	local i=0
	for alias; do
		busctl set-property org.bluez /org/bluez/hci$i org.bluez.Adapter1 Alias s "$alias"
		i=$((i + 1))
	done
	renamed=1
}

free() { ! lab-sockets; }

# waits SCRIPT, calls SCRIPT: one of the two ends, in the background. Descriptor 4, or 5, is its
# input; waits.out, or calls.out, its output.
waits() {
	mkfifo waits.typed
	setsid bash -c "$1" <waits.typed >waits.out 2>waits.err 3>&- 4>&- &
	waits=$!
	exec 4>waits.typed
	wait_for 30 listens
}

# A listener first tries which channel is free on every adapter: its sockets come and go until then.
listens() {
	local sockets
	sockets=$(lab-sockets) && sleep 0.3 && [ "$sockets" = "$(lab-sockets)" ]
}

calls() {
	mkfifo calls.typed
	setsid bash -c "$1" <calls.typed >calls.out 2>calls.err 3>&- 4>&- 5>&- &
	calls=$!
	exec 5>calls.typed
}

@test "rfcat(7): every recipe has a name, and a test that runs it" {
	page=$REPO/man/rfcat.7
	sed -n '/^\.Bd/{x;s/^\.\\" //p;x};h' "$page" | sort >names
	[ "$(sort -u names | wc -l)" -eq "$(grep -c '^\.Bd' "$page")" ]
	{
		awk '{print $1}' <<<"$untested"
		sed -n 's/^[^#]*\<recipe \([a-z-]*\).*/\1/p' "$REPO"/tests/*.bats
	} | sort -u >run
	run comm -23 names run
	echo "not run: $output"
	[ -z "$output" ]
}

@test "rfcat(7): the page shows exactly the recipes that are run" {
	page=$REPO/man/rfcat.7
	sed -n '/^\.Bd/,/^\.Ed/{/^\.[BE]d/!p}' "$page" |
		sed -e 's/\\e/\\/g' -e 's/^[[:space:]]*//' | sort -u >lines
	mandoc -T ascii "$page" | col -bx | sed 's/^ *//' | sort -u >shown
	[ -s lines ]
	run comm -23 lines shown
	echo "not shown: $output"
	[ -z "$output" ]
}

@test "rfcat(7): chat" {
	waits "$(recipe chat-listen)"
	calls "$(recipe chat-connect)"
	echo "hi alice" >&5
	wait_line 20 '<bob> hi alice' waits.out
	echo "hi bob" >&4
	wait_line 20 '<alice> hi bob' calls.out
	exec 4>&-
	kill -- "-$calls"
	status_of $waits
}

# The caller scans with hci0, the first adapter, so it finds the listener by hci1's name.
@test "rfcat(7): chat with a peer that is found by name" {
	name bob alice
	waits "$(recipe chat-found)"
	wait_for 60 published
	calls "$(recipe chat-find)"
	echo "found you" >&5
	wait_line 60 '<bob> found you' waits.out
	echo "and I you" >&4
	wait_line 20 '^and I you$' calls.out
}

published() { btscan -i hci1 "$alice" | grep -q "${1-rfcat}"; }

@test "rfcat(7): a conversation logged with tee" {
	waits 'rfcat-listen 1 sed -u "s/^/re: /"'
	calls "$(recipe tee)"
	for text in one two; do
		echo $text >&5
		wait_line 20 "^re: $text$" heard
	done
	[ "$(cat said)" = $'one\ntwo' ]
	cmp heard calls.out
}

@test "rfcat(7): a conversation in one log" {
	waits 'rfcat-listen 1 sed -u "s/^/re: /"'
	calls "$(recipe tee-chatline)"
	for text in one two; do
		echo $text >&5
		wait_line 20 "<me> $text" log
		wait_line 20 "<alice> re: $text" log
	done
	cmp <(grep alice log) calls.out
	# Two chatlines write: a reply can come before the line that it answers.
	[ "$(cut -d ' ' -f 2- log | sort -s -k 1,1)" = $'<alice> re: one\n<alice> re: two\n<me> one\n<me> two' ]
}

@test "rfcat(7): a file, with progress" {
	mkdir here there
	random_file there/file 300000
	cd here
	waits "$(recipe file-listen)"
	(cd ../there && bash -c "$(recipe file-connect)")
	status_of $waits
	cmp file ../there/file
}

@test "rfcat(7): a folder" {
	mkdir -p here there/folder/below
	random_file there/folder/below/file 50000
	cd here
	waits "$(recipe folder-listen)"
	(cd ../there && bash -c "$(recipe folder-connect)")
	status_of $waits
	cmp folder/below/file ../there/folder/below/file
}

@test "rfcat(7): a file to be fetched" {
	mkdir here there
	random_file here/file 50000
	cd here
	waits "$(recipe fetch-listen)"
	for i in 1 2; do
		(cd ../there && bash -c "$(recipe fetch-connect)")
		cmp file ../there/file
	done
}

# The directories where each end of a sealed link remembers the other.
at_waits() { echo "export XDG_STATE_HOME=$PWD/waits.state"; }
at_calls() { echo "export XDG_STATE_HOME=$PWD/calls.state"; }

# met WAITS CALLS: lets them meet first, under these names.
met() {
	(umask 077 && echo 482913 >code)
	timeout 60 rfseal -d waits.state/rfcat/peers -c code "$2" \
		rfseal -d calls.state/rfcat/peers -c code -s "$1" true </dev/null
}

@test "rfcat(7): sealed by a code: a chat, typed at two terminals" {
	waits "$(at_waits); $(recipe seal-listen)"
	wait_line 20 '^code for bob: ' waits.err
	recipe seal-connect >connect
	calls "$(at_calls)"'; script -qec "$(cat connect)" /dev/null'
	wait_line 60 '^code for alice: ' calls.out
	sed -n 's/^code for bob: //p' waits.err >&5
	echo "hi alice" >&5
	wait_line 60 '<bob> hi alice' waits.out
	echo "hi bob" >&4
	wait_line 20 '<alice> hi bob' calls.out
	# Control-D; and he goes on reading.
	printf '\4' >&5
	echo "still there?" >&4
	wait_line 20 '<alice> still there?' calls.out
	exec 4>&-
	status_of $waits
	status_of $calls

	rm waits.typed calls.typed
	waits "$(at_waits); $(recipe seal-listen)"
	calls "$(at_calls); $(recipe seal-connect)"
	echo "me again" >&5
	wait_line 60 '<bob> me again' waits.out
	[ ! -s waits.err ]
}

@test "rfcat(7): sealed by a code: a hub for known peers" {
	met hub bob
	waits "$(at_waits); $(recipe seal-hub)"
	calls "$(at_calls); $(recipe seal-peer)"
	echo "hi all" >&5
	wait_line 60 '<bob> hi all$' room
	echo welcome | chatroom -n 0 room
	wait_line 20 '^welcome$' calls.out
	exec 5>&-
	status_of $calls
	run -1 rfseal -c code -d stranger hub rfcat-connect "$alice" 1 </dev/null
	[[ $output == *"meets only peers that it knows"* ]]
}

@test "rfcat(7): sealed by a code: a file" {
	met alice bob
	mkdir here there
	random_file there/file 200000
	waits "$(at_waits); cd here; $(recipe seal-file-listen)"
	bash -c "$(at_calls); cd there; $(recipe seal-file-connect)"
	status_of $waits
	cmp here/file there/file
}

@test "rfcat(7): sealed by a code: two rooms in step" {
	met alice bob
	mkdir here there
	echo "from here" >here/room
	echo "from there" >there/room
	waits "$(at_waits); cd here; $(recipe seal-sync-listen)"
	calls "$(at_calls); cd there; $(recipe seal-sync-connect)"
	wait_line 60 '^from there$' here/room
	wait_line 60 '^from here$' there/room
	echo "and later" | chatroom -n 0 here/room
	wait_line 20 '^and later$' there/room
}

@test "rfcat(7): sealed by a code: through an ssh server" {
	met alice bob
	set_up_ssh
	mkdir -p /run/sshd
	# One connection for both, with a key exchange that an emulated processor does in no time.
	printf '\t%s\n' 'Host host' 'ProxyCommand /usr/sbin/sshd -i' 'KexAlgorithms curve25519-sha256' \
		'ControlMaster auto' 'ControlPath ~/.ssh/shared' >~/.ssh/config
	mkfifo waits.typed
	setsid bash -c "$(at_waits); $(recipe seal-ssh)" <waits.typed >waits.out 3>&- 4>&- &
	waits=$!
	exec 4>waits.typed
	wait_for 60 test -S ~/bob.socket
	calls "$(at_calls); $(recipe seal-ssh-peer)"
	echo "from far" >&5
	wait_line 60 '^from far$' waits.out
	echo "and back" >&4
	wait_line 20 '^and back$' calls.out
	exec 4>&- 5>&-
	status_of $waits
	status_of $calls
	rm ~/.ssh/config ~/bob.socket
}

# sshd as Debian sets it up, and a user who logs in by key.
set_up_ssh() {
	mkdir -p ~/.ssh
	[ -e /etc/ssh/sshd_config ] || cp /usr/share/openssh/sshd_config /etc/ssh/
	rm -f ~/.ssh/* /etc/ssh/ssh_host_*
	ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
	ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519
	cp ~/.ssh/id_ed25519.pub ~/.ssh/authorized_keys
	echo "host $(cat /etc/ssh/ssh_host_ed25519_key.pub)" >~/.ssh/known_hosts
}

@test "rfcat(7): ssh logs in by key, runs a command, and copies 1 MiB" {
	set_up_ssh
	waits "$(recipe ssh-listen)"
	run --separate-stderr bash -c "$(recipe ssh-command)"
	echo "$stderr"
	[ "$status" -eq 0 ]
	[[ $output == *"load average"* ]]

	# At a terminal, so that ssh asks for one at the other end, too.
	recipe ssh-login >login
	calls 'script -qec "$(cat login)" /dev/null'
	echo 'echo "$USER at $(tty)"; exit' >&5
	wait_line 60 'root at /dev/pts/' calls.out
	status_of $calls

	random_file file 1048576
	rm -f ~/file
	bash -c "$(recipe ssh-copy)"
	cmp file ~/file

	recipe ssh-config >~/.ssh/config
	[ "$(ssh host echo hello)" = hello ]
	rm ~/.ssh/config
}

@test "rfcat(7): a shell at a real terminal" {
	require script
	recipe terminal-listen >listen.sh
	# A background job of a shell without job control ignores SIGINT: env takes that back.
	waits "exec env --default-signal=INT bash listen.sh"
	calls "script -qc '$(recipe terminal-connect)' /dev/null"
	echo 'tty; [ -t 2 ] && echo "a ter""minal"' >&5
	wait_line 60 '/dev/pts/' calls.out
	wait_line 60 'a terminal' calls.out
	echo 'echo wai""ting; sleep 1000; echo "status $?"' >&5
	wait_line 60 'waiting' calls.out
	printf '\003' >&5
	wait_for 60 interrupted
	echo exit >&5
	status_of "$calls"
}

# Text that is typed right after a ^C is flushed with it.
interrupted() {
	echo 'echo "interr""upted"' >&5
	wait_line 1 interrupted calls.out
}

@test "rfcat(7): live readings: the last one, and then each new one" {
	mkdir bin
	printf '#!/bin/sh\nseq 9\nread -r line <go\necho "$line"\nsleep 60\n' >bin/sensor
	chmod +x bin/sensor
	mkfifo go
	PATH=$PWD/bin:$PATH setsid bash -c "$(recipe live-sensor)" 3>&- 4>&- 5>&- &
	wait_line 20 '^9$' readings
	waits "$(recipe live-listen)"
	calls "$(recipe live-connect)"
	wait_line 20 '^9$' calls.out
	echo 10 >go
	wait_line 20 '^10$' calls.out
	[ "$(cat calls.out)" = $'9\n10' ]
}

@test "rfcat(7): a bot for every peer" {
	recipe bot >bot.sh
	chmod +x bot.sh
	waits "$(recipe bot-listen)"
	for i in 1 2; do
		run rfcat-connect -i hci1 "$alice" 1 <<<$'hm\ndate\nquit'
		[ "$status" -eq 0 ]
		[ "${lines[0]}" = "Hello $bob. I know date, uptime and quit." ]
		[ "${lines[1]}" = "What is hm?" ]
		[[ ${lines[2]} == *"$(date +%Y)"* ]]
	done
}

@test "rfcat(7): a bot that connects" {
	recipe bot >bot.sh
	chmod +x bot.sh
	waits 'rfcat-listen 1'
	calls "$(recipe bot-connect)"
	wait_line 20 "^Hello $alice" waits.out
	echo quit >&4
	status_of $calls
	status_of $waits
}

@test "rfcat(7): a bot for peers that end lines differently" {
	recipe bot >bot.sh
	chmod +x bot.sh
	waits "$(recipe bot-chatline)"
	calls "rfcat-connect $alice 1"
	printf 'hm\r\n' >&5
	wait_line 20 '^What is hm?$' calls.out
	printf quit >&5
	status_of $calls
}

@test "rfcat(7): a room for many: a peer, and the keeper of the hub" {
	waits "$(recipe hub)"
	calls "$(recipe hub-peer)"
	mkfifo keeper.typed
	setsid bash -c "$(recipe hub-keeper)" <keeper.typed >keeper.out 3>&- 4>&- 5>&- &
	exec 6>keeper.typed
	echo "hi all" >&5
	wait_line 20 '<00:AA:01:[0-9A-F:]*> hi all$' keeper.out
	echo welcome >&6
	wait_line 20 '<host> welcome$' calls.out
	exec 6>&-
	[ "$(cut -d ' ' -f 3- room)" = $'hi all\nwelcome' ]
	run ! grep -q "hi all" calls.out
}

@test "rfcat(7): a room for many: by ssh over Bluetooth" {
	set_up_ssh
	cp "$REPO"/bin/chatline "$REPO"/bin/chatroom /usr/local/bin/
	rm -f ~/room
	waits "$(recipe ssh-listen)"
	recipe ssh-config >~/.ssh/config
	calls "$(recipe room-ssh)"
	echo "from afar" >&5
	wait_line 60 '<root> from afar$' /srv/room
	echo "from here" | chatroom -n 0 /srv/room
	wait_line 20 '^from here$' calls.out
	[ "$(wc -l </srv/room)" -eq 2 ]
	rm ~/.ssh/config /srv/room
}

@test "rfcat(7): rooms in many places: a hub, and a member that talks while it is away" {
	mkdir hub member
	mkfifo member/typed
	(cd member && exec setsid bash -c "$(recipe sync-talk)" <typed >out 3>&- 4>&- 5>&-) &
	exec 6>member/typed
	echo "is anybody there?" >&6
	wait_line 20 '<bob> is anybody there?$' member/room
	waits "cd hub; $(recipe sync-hub)"
	echo "I am" >hub/room
	calls "cd member; $(recipe sync-member)"
	wait_line 60 '<bob> is anybody there?$' hub/room
	wait_line 20 '^I am$' member/out
	echo "good" >&6
	wait_line 20 '<bob> good$' hub/room
	exec 6>&-
	diff <(sort hub/room) <(sort member/room)
}

@test "rfcat(7): rooms in many places: by ssh over Bluetooth, and by a memory stick" {
	set_up_ssh
	cp "$REPO"/bin/chatsync /usr/local/bin/
	echo "from afar" >~/room
	echo "from here" >room
	waits "$(recipe ssh-listen)"
	recipe ssh-config >~/.ssh/config
	calls "$(recipe sync-ssh)"
	wait_line 60 '^from here$' ~/room
	wait_line 20 '^from afar$' room
	echo "and on" >>~/room
	wait_line 20 '^and on$' room
	rm ~/.ssh/config ~/room
	mount -t tmpfs none /media
	mkdir /media/stick
	bash -c "$(recipe sync-stick)"
	cmp room /media/stick/room
	umount /media
}

@test "rfcat(7): a log as it grows, stamped" {
	echo before >app.log
	calls "$(recipe stamp-log)"
	wait_line 20 'Z before$' stamped.log
	echo after >>app.log
	wait_line 20 'Z after$' stamped.log
}

@test "rfcat(7): a build, stamped" {
	printf 'all:\n\t@echo one\n\t@echo two >&2\n' >Makefile
	run bash -c "$(recipe stamp-make)"
	[[ ${lines[0]} =~ ^00:00:..\.....one$ ]]
	[[ ${lines[1]} =~ ^00:00:..\.....two$ ]]
}

@test "rfcat(7): the journal, stamped" {
	mkdir -p /run/systemd /run/log/journal
	mountpoint -q /sys/fs/cgroup || mount -t cgroup2 none /sys/fs/cgroup
	setsid /lib/systemd/systemd-journald 3>&- &
	wait_for 20 systemd-cat -t somebody echo hello
	calls "$(recipe stamp-journal)"
	wait_line 20 '^20[^ ]* .* somebody[^ ]* hello$' calls.out
}

@test "rfcat(7): a serial device that ends lines by carriage returns alone" {
	waits 'rfcat-listen 1 printf "21.1\r21.2\r"'
	calls "$(recipe serial-cr)"
	wait_line 20 ' 21.2$' calls.out
	[ "$(wc -l <calls.out)" -eq 2 ]
}

@test "rfcat(7): a serial device that wants carriage returns" {
	waits 'rfcat-listen 1 sed -u "s/\r$/ and CR\r/"'
	calls "$(recipe serial)"
	echo AT >&5
	wait_line 20 ' AT and CR$' calls.out
}

@test "rfcat(7): a sensor that comes and goes, logged" {
	waits 'rfcat-listen -k 1 echo 21.5'
	calls "$(recipe serial-log)"
	twice() { [ "$(grep -c ' 21.5$' sensor.log)" -eq 2 ]; }
	wait_for 40 twice
}

@test "rfcat(7): a device file" {
	waits 'rfcat-listen 1 sed -u "s/^/re: /"'
	calls "$(recipe serial-tty)"
	wait_for 20 test -c ttyBT
	exec 6<>ttyBT
	echo AT >&6
	read -r -t 20 reply <&6
	exec 6>&-
	[ "$reply" = "re: AT" ]
}

@test "rfcat(7): a service for phones" {
	recipe bot >bot.sh
	chmod +x bot.sh
	waits "$(recipe phone)"
	wait_for 60 published "$HOSTNAME"
	calls "rfcat-connect $alice"
	printf 'hm' >&5
	wait_line 60 '^What is hm?$' calls.out
}

@test "rfcat(7): a service of the system, for a user without rights" {
	recipe unit >bot.service
	recipe bot >/usr/local/bin/bot.sh
	chmod +x /usr/local/bin/bot.sh
	cp "$REPO"/bin/rfcat-listen "$REPO"/bin/btpublish /usr/local/bin/
	run systemd-analyze verify ./bot.service
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	waits "exec setpriv --reuid 65534 --regid 65534 --clear-groups \
		$(sed -n 's/^ExecStart=//p' bot.service)"
	run rfcat-connect "$alice" 1 <<<quit
	[[ ${lines[0]} == Hello* ]]
}
