# Completion for bash, with bash-completion. It reads a tool's own -h for options, the names of
# their arguments, and the operands in the synopsis.
# shellcheck shell=bash

# _rfcat_words KIND: lists the words for an argument that -h calls so.
_rfcat_words() {
	case $1 in
	adapter) btscan -l | cut -f 1 ;;
	# Strictly, for bash expands words: a device may have any name, even one with newlines.
	address) timeout 2 bluetoothctl devices |
		sed -nE 's/^Device (([0-9A-F]{2}:){5}[0-9A-F]{2}) .*/\1/p' ;;
	level) printf '%s\n' low medium high ;;
	name) ls "${XDG_STATE_HOME:-$HOME/.local/state}/rfcat/peers" ;;
	uuid) btscan -u '?' 2>&1 | sed -n 's/.* or one of \([a-z ]*\))$/\1/p' ;;
	esac 2>/dev/null
}

# _rfcat_path WORD: a command as the shell will find it. Bash gives the word as it was typed; only ~
# and a variable in front are expanded, since anything else could run a command.
_rfcat_path() {
	local path=$1
	if [[ $path =~ ^\$\{?([A-Za-z_][A-Za-z_0-9]*)\}?(/.*)$ ]]; then
		path=${!BASH_REMATCH[1]}${BASH_REMATCH[2]}
	elif [[ $path == '~'* ]]; then
		__expand_tilde_by_ref path
	fi
	printf '%s\n' "$path"
}

_rfcat() {
	local cur prev words cword split # bash-completion sets them
	local help takes form operands=() operand=0 at word kind
	_init_completion -n : || return
	help=$("$(_rfcat_path "$1")" -h 2>/dev/null) || return
	takes=$(sed -n 's/^  -\(.\) \([a-z][a-z]*\) .*/\1 \2/p' <<<"$help")
	# The longest form of the synopsis has all operands.
	while read -r -a form; do
		((${#form[@]} <= ${#operands[@]})) || operands=("${form[@]}")
	done < <(sed '/^  -/Q; s/^usage://' <<<"$help" | tr '\n' ' ' |
		sed "s/ ${1##*/} /\n/g; s/\[-[^]]*\]//g; s/\n-[a-z] /\n/g; s/[][]//g; s/\.\.\.//g; s/$/\n/")

	for ((at = 1; at < cword; at++)); do
		word=${words[at]}
		if [[ $operand -gt 0 || $word != -* ]]; then
			((++operand))
		elif [[ $takes == *"${word: -1} "* ]]; then
			((++at)) # past cword, where its argument is what we are asked for
		fi
		[[ ${operands[operand]-} != @(program|transport) ]] || { _command_offset $((at + 1)); return; }
	done
	if ((at > cword)); then
		kind=$(sed -n "s/^${word: -1} //p" <<<"$takes")
	elif [[ $operand -eq 0 && $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(sed -n 's/^  \(-.\) .*/\1/p' <<<"$help")" -- "$cur")
		return
	else
		kind=${operands[operand]-}
	fi
	case $kind in
	file | log | room) _filedir ;;
	*)
		mapfile -t COMPREPLY < <(compgen -W "$(_rfcat_words "$kind")" -- "$cur")
		__ltrim_colon_completions "$cur"
		;;
	esac
}

complete -F _rfcat rfcat-listen rfcat-connect btscan btpublish chatline chatroom chatsync rfseal rfchat rfchat-window
