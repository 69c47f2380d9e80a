# Sourced by what opens windows, after helper and rfchat: keys are pressed by xdotool, and what is in
# sight is read on the accessibility bus.
# shellcheck shell=bash disable=SC2034,SC2154 # variables of other files

# start_desktop FOLDER [OPTION ...]: an X server, with these options, and a session bus, for all
# windows. Their processes are $desktop.
start_desktop() {
	local folder=$1 bus server
	shift
	Xvfb -displayfd 5 -screen 0 860x600x24 -nolisten tcp "$@" 5>"$folder/display" \
		>"$folder/Xvfb.log" 2>&1 3>&- &
	server=$!
	wait_for 60 grep -q . "$folder/display"
	DISPLAY=:$(cat "$folder/display")
	export DISPLAY
	bus=$(dbus-daemon --session --fork --print-address=1 --print-pid=1 3>&-)
	DBUS_SESSION_BUS_ADDRESS=$(head -n 1 <<<"$bus")
	export DBUS_SESSION_BUS_ADDRESS
	desktop="$server $(tail -n 1 <<<"$bus")"
	# Nothing moves: the lab's processor is a slow painter.
	mkdir "$folder/gtk-4.0"
	printf '%s\n' '[Settings]' gtk-enable-animations=0 gtk-cursor-blink=0 >"$folder/gtk-4.0/settings.ini"
	export XDG_CONFIG_HOME=$folder
	# Without this machine's settings, and without waiting for what no desktop is here to answer.
	export LC_ALL=C.UTF-8 GDK_BACKEND=x11 GSETTINGS_BACKEND=memory GTK_USE_PORTAL=0 GSK_RENDERER=cairo
	unset WAYLAND_DISPLAY
}

# start_reader: of windows, for the tests' own shell and what it starts.
start_reader() {
	mkfifo questions answers
	python3 "$REPO/tests/window.py" <questions >answers 2>reader.err 3>&- &
	exec {questions}>questions {answers}<answers
}

# open_window WHO [OPTION ...] ...: rfchat-window, of this nick; its process is $window.
declare -gA pid_of xid_of
open_window() {
	local who=$1
	shift
	rfchat-window -n "$who" "$@" >"$who.log" 2>&1 3>&- &
	window=$!
	pid_of[$who]=$window
	see "$who" '^frame '
	xid_of[$who]=$(xdotool search --sync --onlyvisible --pid "$window" | tail -n 1)
	focus "$who"
	see "$who" '^text .*\(focused\)$'
}

# ask WHO PATTERN: the lines of its window, once one matches; fails where none does within 60 s.
ask() {
	local line
	echo "${pid_of[$1]} $2" >&"$questions"
	while IFS= read -r line <&"$answers"; do
		case $line in
		seen) return 0 ;;
		'not in sight') return 1 ;;
		*) printf '%s\n' "$line" ;;
		esac
	done
	return 1
}

# in_sight WHO: a window's elements, a line each.
in_sight() {
	ask "$1" ''
}

# see WHO PATTERN: waits until a line of them matches, as a regular expression of Python's.
see() {
	local who
	ask "$@" >in_sight || {
		echo "$1: not in sight: $2"
		cat in_sight reader.err
		for who in "${!pid_of[@]}"; do
			echo "$who:"
			in_sight "$who"
		done
		return 1
	} >&2
}

# There is no window manager.
focus() {
	xdotool windowfocus --sync "${xid_of[$1]}"
}

# press WHO KEY ...: a function key by its code, since newer releases' xdotool adds modifiers to its name.
press() {
	local who=$1 key keys=()
	shift
	for key; do
		[[ ! $key =~ ^F[1-9]$ ]] || key=$((${key#F} + 66))
		keys+=("$key")
	done
	focus "$who"
	xdotool key --delay 50 "${keys[@]}"
}

# type_line WHO LINE
type_line() {
	focus "$1"
	xdotool type --delay 20 -- "$2"
	xdotool key Return
}

# The newest window does not scan.
no_scan() {
	! pgrep -x -P "$window" btscan
}

# choose WHO PEER: in the list of peers, by keys.
choose() {
	local down
	in_sight "$1" | grep '^list item .*, ..:..:..:..:..:..' >peers
	down=$(grep -nF "$2" peers | cut -d : -f 1)
	press "$1" F6
	see "$1" '^list item Wait for a call \(focused\)$'
	while ((down-- > 0)); do
		press "$1" Down
	done
	see "$1" "^list item .*$2 \(focused\)$"
	press "$1" Return
}

# leaves WHO STATUS KEY ...: the keys end it.
leaves() {
	local who=$1 expected=$2 status=0
	shift 2
	press "$who" "$@"
	status_of "${pid_of[$who]}" || status=$?
	[ "$status" -eq "$expected" ]
}

# hidden WHO PATTERN: no line matches, now.
hidden() {
	[ "$(in_sight "$1" | grep -c -e "$2")" -eq 0 ]
}

# One desktop for the windows of a file, of each of its tests another folder and other windows.
window_setup_file() {
	require rfchat-window Xvfb xdotool dbus-daemon python3
	start_desktop "$BATS_FILE_TMPDIR"
	export desktop
}

window_teardown_file() {
	# shellcheck disable=SC2086 # a list
	kill $desktop
}

window_setup() {
	rfchat_setup
	export HOME=$PWD
	start_reader
}
