# A chapter of rfchat: who is around, and by which name.
# shellcheck shell=sh

# What bluetoothd, if it is there, calls a peer; else its address.
name_of() {
	hci=$(btscan -l | grep -m 1 -i "${RFCOMMLOCALADDR:-${tab}up$tab}" | cut -f 1)
	name=$(busctl --auto-start=no --timeout=2 --json=short get-property org.bluez \
		"/org/bluez/$hci/dev_$(echo "$1" | tr : _)" org.bluez.Device1 Alias 2>/dev/null |
		sed -n 's/.*"data":"\(.*\)"}$/\1/p' | sed 's/\\\(["\\]\)/\1/g' |
		chatline -f '' | LC_ALL=C.UTF-8 sed 's/^\(.\{60\}\).*/\1/')
	printf '%s\n' "${name:-$1}"
}

# A sealed peer has the name that was given here, not one that it sends.
given_name() {
	name=$(grep "^$1 " "$keys/../names" 2>/dev/null | tail -n 1 | cut -d ' ' -f 2-)
	printf '%s\n' "${name:-$1}"
}

given_address() {
	while read -r peer name; do
		[ "$name" != "$1" ] || echo "$peer"
	done 2>/dev/null <"$keys/../names" | tail -n 1
}

# All devices that bluetoothd knows or that are around: address, tab, name.
everybody() {
	busctl --auto-start=no --list tree org.bluez 2>/dev/null |
		sed -n 's|.*/dev_\(.\{17\}\)$|\1|p' | tr _ : | while read -r peer; do
		printf '%s\t%s\n' "$peer" "$(name_of "$peer")"
	done
	btscan -t 6 ${adapter:+-i "$adapter"} 2>/dev/null | cut -f 1,4
}

# The address of the only one that has this name.
address_of() {
	found=$(given_address "$1")
	[ "$found" ] || found=$(everybody | while IFS=$tab read -r peer name; do
		[ "$name" != "$1" ] || echo "$peer"
	done | sort -u)
	case $found in
	'') die 1 "$1: nobody around has this name (rfchat alone shows who is there)" ;;
	*:*[!0-9A-F:]*:*) die 1 "$1: several have this name: $(echo "$found" | paste -s -d ' ')" ;;
	esac
	echo "$found"
}

# The peers around, and a number: prints the address of the one that is chosen.
choose() {
	echo 'Who is around? Type a number, or only Enter to look again.' >&4
	while :; do
		: >"$dir/around"
		btscan ${adapter:+-i "$adapter"} 2>&1 | while IFS=$tab read -r peer rssi _ name; do
			[ "$rssi" ] || { printf '%s\n' "$peer" >&4; continue; } # a message
			echo "$peer" >>"$dir/around"
			printf '%3d  %s  %s\n' "$(wc -l <"$dir/around")" "$peer" "$name" >&4
		done &
		read -r number || exit 1
		kill $! 2>/dev/null
		case $number in
		'' | 0* | *[!0-9]*) ;;
		*) sed -n "${number}p" "$dir/around" | grep . && return ;;
		esac
	done
}
