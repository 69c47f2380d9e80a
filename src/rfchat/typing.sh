# A chapter of rfchat: what I type.
# shellcheck shell=sh

say() {
	printf '%s\n' "$1" | chatline -w 0 -n "$nick" | chatroom -n 0 "$room" >/dev/null
	event said
}

talk() {
	line=
	while IFS= read -r line; do
		[ "$form" != tmux ] || printf '\033[H\033[J'
		answer "$line" || command_or_line "$line" || return 0
		[ "${#line}" -lt 1000 ] || [ ! -t 0 ] || say_if_cut
	done
	[ -z "$line" ] || say "$line"
}

# A terminal gives a line no more bytes than this.
say_if_cut() {
	[ "$(printf %s "$line" | wc -c)" -lt 4095 ] ||
		event show "rfchat: the line was too long for a terminal: it ends in '${line#"${line%???????????}"}'"
}

# answer LINE: true where something was asked, and this may be the answer.
answer() {
	case $(cat "$dir/asked" 2>/dev/null)/$1 in
	offer/[yYnN] | offer/[yY]es | offer/[nN]o)
		rm "$dir/asked"
		event answer "$1"
		;;
	code/[!/]*)
		rm "$dir/asked"
		(umask 077 && printf '%s\n' "$1" >"$dir/code.new" && mv "$dir/code.new" "$dir/code")
		;;
	*) return 1 ;;
	esac
}

command_or_line() {
	case $1 in
	'') ;;
	/quit) return 1 ;;
	/help)
		event show 'A line that is typed is sent. /me waves; //x sends /x; /send FILE; /quit or ^D leaves.'
		;;
	'/me '*) say "* ${1#/me }" ;;
	'/send '*) event send "${1#/send }" ;;
	//*) say "${1#/}" ;;
	/*) event show "${1%% *}: no such command (/help; // sends a line that begins with /)" ;;
	*) say "$1" ;;
	esac
}

# In tmux, this is the pane below.
type_below() {
	trap exit INT
	export part=talk
	if command -v rlwrap >/dev/null; then
		exec rlwrap -H "$dir/history" -S '> ' "$self" 2>"$dir/lines"
	fi
	talk 2>"$dir/lines"
}

# Not on a terminal that tmux does not know, nor where the name of its socket would be too long.
in_tmux() {
	tput clear >/dev/null 2>&1 || return
	unset TMUX
	tmux -u -S "$dir/tmux" -f /dev/null new-session -d env part=paint "$self" \; \
		set -g mouse on \; set -g status-right ' ^D leaves ' \; set -g status-left '#{@state}' \; \
		set -g status-left-length 200 \; set -g window-status-current-format '' \; \
		set-hook -g pane-exited 'detach -E true' \; \
		select-pane -d \; split-window -l 2 env part=type_below "$self" \; \
		set-hook -gw window-resized "resize-pane -t '{bottom}' -y 2" 2>/dev/null
}
