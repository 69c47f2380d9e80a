# A chapter of rfchat: files, by /send. An offer is a line of the room, with a channel; whoever takes
# the file calls there.
# shellcheck shell=sh

# offer FILE: to those who are connected by rfchat.
offer() {
	export part=give file="$1" size
	size=$(wc -c <"$file")
	set --
	for peer in $takers; do set -- "$@" -a "$peer"; done
	rfcat-listen -1 ${hub:+-k} -w 600 -L 5 "$@" 0 "$self" 2>/dev/null | {
		read -r number || { event show "/send: no channel is free"; exit; }
		say "* offers ${file##*/} ($size bytes, at $(cat "$dir/me") channel $number)"
		cat >/dev/null
	}
}

give() {
	over give_bytes ||
		event show "/send: ${file##*/}: broken off: $(name_of "$RFCOMMREMOTEADDR") has not got it"
}

# Then the other side says that it has them all, and hangs up.
give_bytes() {
	head -c "$size" <"$file"
	read -r answer && [ "$answer" = saved ] && cat >/dev/null
}

take() {
	over save
}

# over PART: to the other end of the link, sealed where the conversation is.
over() {
	export part="$1"
	case " $sealed " in
	*" $RFCOMMREMOTEADDR "*)
		rfseal -s "$(echo "$RFCOMMREMOTEADDR" | tr : -)" "$self" 2>/dev/null
		;;
	*) "$self" ;;
	esac
}

downloads() {
	config=${XDG_CONFIG_HOME:-$HOME/.config}/user-dirs.dirs
	# shellcheck source=/dev/null # shell by its specification
	[ "${XDG_DOWNLOAD_DIR-}" ] || [ ! -r "$config" ] || . "$config"
	echo "${XDG_DOWNLOAD_DIR:-$HOME/Downloads}"
}

# Only as many bytes as were agreed to, and all of them; not out of the folder, and over no file.
save() {
	folder=$(downloads)
	mkdir -p "$folder" && new=$(mktemp "$folder/.rfchat.XXXXXX") || exit 1
	trap 'rm -f "$new"' EXIT
	trap 'exit 1' HUP INT TERM
	head -c "$size" >"$new" && [ "$(wc -c <"$new")" -eq "$size" ] || exit 1
	name=$(printf '%s\n' "$file" |
		LC_ALL=C.UTF-8 sed 's/.*\(.\{60\}\)$/\1/; s|[[:cntrl:]/]|_|g; s/^[. ]*//; s/^$/file/')
	at=$folder/$name count=1
	until ln -T "$new" "$at" 2>/dev/null; do
		count=$((count + 1)) at="$folder/$count $name"
		[ "$count" -lt 1000 ] || exit 1
	done
	trap '' PIPE
	: >"$got"
	event show "saved as $at"
	say "* has $file"
	echo saved
}

# -- In the house

# those KIND|SEAL: the addresses of those who are here.
those() {
	printf '%s\n' "$here" | awk -v is="$1" '$2 == is || $3 == is { printf "%s ", $1 }'
}

heed_send() {
	export takers sealed
	takers=$(those rfchat) sealed=$(those sealed)
	case $1 in
	\~/*) set -- "$HOME/${1#??}" ;;
	esac
	if [ ! -f "$1" ] || [ ! -r "$1" ]; then
		show "/send: $1: no file that can be read"
	elif [ -z "$takers" ]; then
		show "/send: nobody is connected who has rfchat"
	else
		apart offer "$1"
	fi
}

# Offers of others, in the order of the room. An event is short: a pipe takes it at once.
watch() {
	chatroom -d -n 0 "$room" | chatline -f '' -w 0 | while IFS= read -r line; do
		case ${line#* } in
		"$label"*) ;;
		*'> * offers '*) [ "${#line}" -gt 1000 ] || event offer "$line" ;;
		esac
	done
}

# Only who is connected can offer, and not without end.
heed_offer() {
	fields=$(printf '%s\n' "$1" | LC_ALL=C sed -n 's/^[^ ]* <[^>]*> \* offers \(.*\) (\([0-9]\{1,15\}\) bytes, at '\
'\([0-9A-F:]\{17\}\) channel \([0-9]\{1,2\}\))$/\3 \4 \2 \1/p')
	[ "$fields" ] && [ "${#offers}" -lt 2000 ] || return
	case "
$here" in
	*"
${fields%% *} "*) offers="$offers$fields
" ;;
	esac
	ask
}

# About the first offer that waits.
ask() {
	[ "$offers" ] && [ ! -e "$dir/asked" ] || return
	read -r peer number size file <<-END
		$offers
	END
	echo offer >"$dir/asked"
	tell question "save $file, $size bytes?"
}

heed_answer() {
	read -r peer number size file <<-END
		$offers
	END
	offers=${offers#*"
"}
	case $1 in
	[yY]*) apart fetch ;;
	*) apart say "* declines $file" ;;
	esac
	ask
}

fetch() {
	export part=take file size sealed got="$dir/got.$peer.$number"
	sealed=$(those sealed)
	rm -f "$got"
	rfcat-connect -L 5 ${adapter:+-i "$adapter"} "$peer" "$number" "$self" 2>/dev/null
	[ -e "$got" ] || event show "$file: broken off, nothing was saved"
}
