#compdef rfcat-listen rfcat-connect btscan btpublish chatline chatroom chatsync rfseal rfchat rfchat-window
# Completion for zsh. It reads a tool's own -h for options, the names of their arguments, and the
# operands in the synopsis.

# The last argument is the name of an argument in -h: lists the words for it, with their meanings.
_rfcat_words() {
	local kind=$argv[-1]
	local -a list
	case $kind in
	(adapter) list=(${(f)"$(btscan -l 2>/dev/null | sed 's/:/\\:/g; s/\t/:/; s/\t/ /g')"}) ;;
	(address) list=(${(f)"$(timeout 2 bluetoothctl devices 2>/dev/null | chatline -f '' |
		sed -n 's/:/\\:/g; s/^Device \([^ ]*\) /\1:/p')"}) ;;
	(level) list=(low medium high) ;;
	(uuid) list=($(btscan -u '?' 2>&1 | sed -n 's/.* or one of \([a-z ]*\))$/\1/p')) ;;
	(file|log|room) _files; return ;;
	(name) list=(${XDG_STATE_HOME:-~/.local/state}/rfcat/peers/*(N:t)) ;;
	(program|transport) _command_names -e; return ;;
	(*) _message $kind; return ;;
	esac
	_describe -t $kind $kind list
}

_rfcat() {
	local command=$words[1] help line text form
	local -a specs longest operands match mbegin mend
	# As it was typed: only ~ and a variable in front are expanded, since anything else could
	# run a command.
	if [[ $command =~ '^\$\{?([A-Za-z_][A-Za-z_0-9]*)\}?(/.*)$' ]]; then
		command=${(P)match[1]}$match[2]
	elif [[ $command == '~'* ]]; then
		command=${~command}
	fi
	help="$($command -h 2>/dev/null)"
	for line in ${(f)help}; do
		[[ $line =~ '^  -(.) ([a-z]*) +(.*)' ]] || continue
		text=${${match[3]//\[/\\[}//\]/\\]}
		specs+=("-$match[1][$text]${match[2]:+:$match[2]:_rfcat_words $match[2]}")
	done
	# The longest form of the synopsis has all operands.
	for form in ${(f)"$(sed '/^  -/Q; s/^usage://' <<<$help | tr '\n' ' ' |
		sed "s/ ${command:t} /\n/g; s/\[-[^]]*\]//g; s/\n-[a-z] /\n/g; s/[][]//g; s/\.\.\.//g")"}; do
		operands=(${=form})
		(( $#operands <= $#longest )) || longest=($operands)
	done
	local number=0
	for line in $longest; do
		[[ $line == arg ]] && specs+=('*::arg:_files') ||
			specs+=("$((++number))::$line:_rfcat_words $line")
	done
	_arguments -s -A '-*' : $specs
}

_rfcat "$@"
