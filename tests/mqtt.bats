# Rooms joined through an MQTT broker: the recipes of rfcat(7), with mosquitto. No Bluetooth.
bats_require_minimum_version 1.5.0
load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	PATH=$PATH:/usr/sbin
	require chatroom mosquitto mosquitto_sub mosquitto_pub
	cat >broker.conf <<-END
		listener 1883 127.0.0.1
		allow_anonymous true
		persistence true
		persistence_location $PWD/
		user root
		log_type all
	END
	start_broker
}

teardown() {
	[ -n "$BATS_TEST_COMPLETED" ] || tail -n 20 broker.log ./*/err ./*/room
	local hub
	for hub in "${!hubs[@]}"; do
		kill -- "-${hubs[$hub]}"
	done
	stop_broker
}

start_broker() {
	: >broker.log
	mosquitto -c broker.conf >>broker.log 2>&1 3>&- &
	broker=$!
	wait_line 30 'running$' broker.log
}

stop_broker() {
	kill "$broker"
	wait "$broker" || true
}

# hub NAME RECIPE: runs it as a group of its own, in a folder of that name.
declare -gA hubs
hub() {
	local before
	before=$(subscribed)
	mkdir -p "$1"
	(cd "$1" && HOSTNAME=$1 exec setsid bash -c "$2" 2>>err) 3>&- &
	hubs[$1]=$!
	wait_for 30 joined "$1"
	one_more() { [ "$(subscribed)" -gt "$before" ]; }
	wait_for 30 one_more
}

subscribed() {
	grep -c 'Sending SUBACK' broker.log || true
}

# Whether the hub's chatroom watches the room, and has nothing else to do.
joined() {
	local member
	member=$(pgrep -g "${hubs[$1]}" -x chatroom) &&
		grep -qs ^inotify "/proc/$member/fdinfo"/* &&
		[ "$(ps -o state= -p "$member")" = S ]
}

say() { # say NAME TEXT
	echo "$2" | chatroom -n 0 "$1/room"
}

has_lines() { # has_lines NAME COUNT
	[ "$(wc -l <"$1/room")" -ge "$2" ]
}

# heard FROM TO: the lines of FROM that TO has, each once: QoS 1 may repeat one whose
# acknowledgement was lost.
heard() {
	grep "$1" "$2/room" | awk '!seen[$0]++'
}

@test "mqtt: a line of one room arrives in each of the others once, and not again" {
	hub alpha "$(recipe mqtt)"
	hub beta "$(recipe mqtt)"
	hub gamma "$(recipe mqtt)"
	local n
	for n in 1 2 3 4 5; do
		say alpha "alpha $n"
		say beta "beta $n"
		say gamma "gamma $n"
	done
	wait_for 60 has_lines alpha 15
	wait_for 60 has_lines beta 15
	wait_for 60 has_lines gamma 15
	say alpha "the end"
	wait_line 60 "the end" beta/room
	wait_line 60 "the end" gamma/room
	for n in beta gamma; do
		diff <(sort alpha/room) <(sort $n/room)
		diff <(grep alpha $n/room) <(seq -f "alpha %g" 5)
	done
	[ "$(wc -l <alpha/room)" = 16 ]
}

@test "mqtt: nothing is lost while the broker restarts" {
	hub alpha "$(recipe mqtt-lasting)"
	hub beta "$(recipe mqtt-lasting)"
	say alpha "alpha 1"
	wait_line 60 "alpha 1" beta/room
	stop_broker
	seq -f "alpha %g" 2 6 | chatroom -n 0 alpha/room
	say beta "beta 1"
	start_broker
	say alpha "alpha 7"
	wait_line 60 "alpha 7" beta/room
	wait_line 60 "beta 1" alpha/room
	# In the middle of many.
	seq -f "alpha %g" 8 30 | chatroom -n 0 alpha/room
	wait_line 60 "alpha 9" beta/room
	stop_broker
	start_broker
	wait_line 60 "alpha 30" beta/room
	diff <(heard alpha beta) <(seq -f "alpha %g" 30)
	diff <(heard beta alpha) <(echo "beta 1")
}

@test "mqtt: a hub that was away gets the lines of the time between" {
	hub alpha "$(recipe mqtt-lasting)"
	hub beta "$(recipe mqtt-lasting)"
	say alpha "alpha 1"
	wait_line 60 "alpha 1" beta/room
	kill -- "-${hubs[beta]}"
	wait_line 60 "Client beta .*\(disconnected\|closed\)" broker.log
	seq -f "alpha %g" 2 5 | chatroom -n 0 alpha/room
	hub beta "$(recipe mqtt-lasting)"
	wait_line 60 "alpha 5" beta/room
	diff <(heard alpha beta) <(seq -f "alpha %g" 5)
}
