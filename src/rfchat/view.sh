# A chapter of rfchat: what I see.
# shellcheck shell=sh

# Lines of the room, safe to look at, go to whoever made the pipe, or to the painter.
begin_view() {
	exec 3>&1 5<>"$dir/lines" 8<>"$dir/end"
	[ "$form" = pipe ] || exec >&5
	{ exec 3>&- 5>&- 8>&- && chatroom -n 100 "$room" <"$dir/end"; } | {
		exec 3>&- 5>&- 8>&-
		chatline -f '' -w 0 ${log:+-o "$log"}
		without_view
	} &
	view=$! painter=$!
	[ "$form" != bare ] || { { exec <"$dir/lines" >&3 3>&- 5>&- 8>&- && paint; } & painter=$!; }
}

# show TEXT: a message. A program gets it as it is.
show() {
	case $form in
	pipe | over) printf '%s\n' "$1" >&2 ;;
	*) printf '%s%s %s\n' "$mark" "$(date +%T)" "$1" ;;
	esac
}

# tell STATE WORDS: how things are, as rfchat(1) has it for programs.
tell() {
	case $1 in
	undelivered | question) ;;
	*) presence=$(words "$@") ;;
	esac
	case $form in
	pipe) printf 'rfchat: state %s\n' "$1${2:+ $2}" >&2 ;;
	tmux) tmux -S "$dir/tmux" set -g @state "$(status_line | sed 's/#/##/g')" 2>/dev/null ;;
	esac
	[ "$form" = pipe ] || [ "$1" = undelivered ] || show "$(words "$@")"
}

status_line() {
	printf '%s%s' "$([ "$waiting" = 0 ] || echo "$waiting not delivered; ")" "$presence"
}

# The same for people.
words() {
	case $1 in
	waiting)
		if [ "$listen" ]; then
			printf '%s\n' "waiting${keep:+ in the room $keep}; on the other machine: rfchat $my_address"
		else
			printf '%s\n' "${address:+calling }${address:-in the room $keep}"
		fi
		;;
	connected)
		how=': no rfchat there, lines are sent once and as they are'
		[ "$kind" = plain ] || how=' by rfchat'
		printf '%s\n' "connected to $name ($seal)$how"
		;;
	away) printf '%s\n' "$name is away since $since" ;;
	code) echo "the other side has to type this code: $2" ;;
	ask-code) echo 'type the code that the other side shows' ;;
	question) printf '%s\n' "$2 (y or n)" ;;
	esac
}

# In tmux, what waits is dim, and is painted again when it was delivered. My lines are counted from
# the start of the room; shown has what is above.
paint() {
	exec 4>&1
	mine=$hidden delivered=$(cat "$dir/sent") day=$(date +%F)
	use_colours
	while IFS= read -r line; do
		case $line in
		"$mark$mark$delivered") ;;
		"$mark$mark"*) delivered=${line#"$mark$mark"} && paint_again ;;
		"$mark"*) paint_new ;;
		????-??-??T??:??:??*' '*)
			date=${line%%T*} said=$line
			[ "$date" = "$day" ] || { line="$mark-------- $date" && paint_new; }
			day=$date line=$said
			paint_new
			;;
		*) paint_new ;;
		esac
	done
}

paint_new() {
	printf '%s\n' "$line" >>"$dir/shown"
	size=$(stty size <&4)
	compose "$line"
	case $text in
	o*) mine=$((mine + 1)) && set_mark "$mine" ;;
	p*) [ "$form" = bare ] || printf '\a' ;;
	esac
	printf '%s\n' "$text" | wrap
}

# Of my line with this number.
set_mark() {
	if [ "$form" = bare ]; then
		return
	elif [ "$1" -gt "$delivered" ]; then
		text="w${text#o} …"
	else
		text="$text ✓"
	fi
}

paint_again() {
	size=$(stty size <&4)
	rows=${size% *}
	printf '\033[H'
	tail -n "$rows" "$dir/shown" | {
		number=$((mine - $(tail -n "$rows" "$dir/shown" | count_mine)))
		while IFS= read -r line; do
			compose "$line"
			case $text in
			o*) number=$((number + 1)) && set_mark "$number" ;;
			esac
			printf '%s\n' "$text"
		done
	} | wrap | tail -n $((rows - 1)) | sed "s/\$/${escape}[K/"
	printf '\033[J'
}

# Sets text: how it looks (own, peer, status), the time, and what was said.
compose() {
	case $1 in
	"$mark"*) text=s${1#"$mark"} ;;
	????-??-??T??:??:??*' '*)
		time=${1#*T} text=${1#* } look=p
		case $text in
		"$label"*) look=o ;;
		esac
		case $text in
		'<'*'> * '*) text="* ${text#<}" text="${text%%> \* *} ${text#*> \* }" ;;
		esac
		text="$look${time%"${time#????????}"} $text"
		;;
	*) text="p-------- $1" ;;
	esac
}

use_colours() {
	escape=$(printf '\033') off='' dim='' me='' other=''
	[ -z "${NO_COLOR-}" ] && [ "${TERM-dumb}" != dumb ] || return 0
	off="${escape}[0m" dim="${escape}[2m" me="${escape}[36m" other="${escape}[33m"
}

# No word is cut at the edge. What goes on in the next line is behind the time, where nothing can be
# taken for a line of its own.
wrap() {
	width=$((${size#* } - 10))
	LC_ALL=C.UTF-8 sed -E -e 's/ /\n/' -e "s/[^ \n]{$width}/& /g" \
		-e "s/([^\n]{1,$width})( |\$)/\1\n         /g" -e 's/\n *$//' -e 's/\n/ /' \
		-e "s/^o(.{9})(<[^>]*>)/\1$me\2$off/" -e "s/^p(.{9})(<[^>]*>)/\1$other\2$off/" \
		-e "s/^[sw](.*)/$dim\1$off/" -e 's/^[op]//'
}
