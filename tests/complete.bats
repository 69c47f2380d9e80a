#!/usr/bin/env bats
# Completion in real shells, at terminals of tmux.

# shellcheck disable=SC2154 # rfcomm_setup sets bob

bats_require_minimum_version 1.5.0
load helper

setup() {
	require tmux bash zsh fish
	rfcomm_setup
	mkdir -p bash zsh fish/fish/vendor_completions.d home
	cp "$REPO/src/complete/rfcat.zsh" zsh/_rfcat
	for tool in rfcat-listen rfcat-connect btscan chatline chatroom chatsync rfseal; do
		cp "$REPO/src/complete/rfcat.fish" "fish/fish/vendor_completions.d/$tool.fish"
	done
	mkdir home/bin
	ln -s "$REPO/bin/chatline" home/bin/chatline
	touch "room of many"
	mkdir -p home/.local/state/rfcat/peers
	touch home/.local/state/rfcat/peers/zebedee
}

teardown() {
	screen kill-server 2>/dev/null || true
}

screen() {
	command tmux -S "$BATS_TEST_TMPDIR/screens" -f /dev/null "$@"
}

# shell COMMAND [LINE ...]: at a terminal, ready for more.
shell() {
	HOME=$PWD/home XDG_DATA_DIRS=$PWD/fish:/usr/share \
		screen new-session -d -s shell -x 120 -y 40 "$1" 3>&-
	shift
	local line
	for line; do
		screen send-keys -t shell "$line" Enter
	done
	screen send-keys -t shell "echo rea''dy" Enter
	wait_for 60 shows '^ready'
}

shows() {
	screen capture-pane -p -t shell | grep -q -e "$1"
}

# tab LINE PATTERN: presses Tab until the line, or the list below it, matches.
tab() {
	screen send-keys -t shell C-u C-l "$1"
	wait_for 60 shows "$1"
	screen send-keys -t shell Tab
	wait_for 60 tab_shows "$2" || {
		screen capture-pane -p -t shell >&2
		return 1
	}
}

tab_shows() {
	for _ in 1 2 3 4 5; do
		shows "$1" && return
		pause 0.2
	done
	screen send-keys -t shell Tab
	return 1
}

complete_all() {
	btscan -i hci0 -t 2 # bluetoothd knows, for half a minute, whom it has seen
	tab "rfcat-connect ${bob%:??}" "rfcat-connect $bob"
	tab "rfcat-listen -s me" "rfcat-listen -s medium"
	tab "btscan -vu pb" "btscan -vu pbap"
	tab "btscan -i hci" "hci1"
	tab "rfcat-listen -k 1 unam" "rfcat-listen -k 1 uname"
	tab "chatroom room" 'chatroom room\\ of\\ many'
	tab "chatsync -1 room" 'chatsync -1 room\\ of\\ many'
	tab "chatsync room unam" "chatsync room uname"
	tab "rfseal -s ze" "rfseal -s zebedee"
	tab "rfseal zebedee unam" "rfseal zebedee uname"
	tab "rfcat-connect -" '-z'
	# shellcheck disable=SC2088 # as it is typed
	tab '~/bin/chatline -' '-w'
	tab '$HOME/bin/chatline -' '-w'
}

@test "completion: bash" {
	shell "bash --norc" ". /usr/share/bash-completion/bash_completion" \
		". '$REPO/src/complete/rfcat.bash'"
	complete_all
}

# zsh searches a thousand files for completions; here, only the folders that ours needs.
@test "completion: zsh, with the meaning of each option" {
	local functions=/usr/share/zsh/functions/Completion
	shell "zsh -f" "fpath=('$PWD/zsh' $functions $functions/{Base,Unix,Zsh})" \
		"autoload -U compinit" "compinit -D -u"
	complete_all
	tab "rfcat-connect -" "print which channels answer"
}

@test "completion: fish, with the meaning of each option" {
	shell fish
	complete_all
	tab "rfcat-connect -" "print which channels answer"
}
