# rfseal between two ends on this machine, of which one is the other's transport.
bats_require_minimum_version 1.5.0
load ../helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	(umask 077 && echo 482-913 >code)
}

# The other end, as a transport.
served() { timeout 20 rfseal -d bob -s -a "$@"; }

# meet: alice and bob know one another.
meet() {
	timeout 20 rfseal -d alice -c code bob rfseal -d bob -c code -s alice true </dev/null
}

# python ARG ...: another implementation at the other end.
python() {
	timeout 20 rfseal -d alice "${options[@]}" bob /usr/bin/python3 "$REPO/tests/rfseal.py" "$@"
}

@test "rfseal: the unit tests' vectors are those of an implementation of its own" {
	diff -u <(/usr/bin/python3 "$REPO/tests/rfseal.py" vectors) "$REPO/tests/unit/vectors.inc"
}

@test "rfseal: another implementation, written from the manual, meets and talks with ours" {
	local options=() i
	# Who is A, and who is B, is a matter of chance.
	for i in {1..5}; do
		rm -rf alice
		options=(-c code)
		run -0 --separate-stderr python code 482913 pair <<<"hello python"
		[ "$output" = "hello from python" ]
		[ "$stderr" = "hello python" ]
		options=()
		run -0 --separate-stderr python pair pair <<<"hello again"
		[ "$output" = "hello from python" ]
		[ "$stderr" = "hello again" ]
	done
	rm -rf alice
	options=(-c code)
	run -1 --separate-stderr python code 482914 pair <<<"hello python"
	[ -z "$output" ]
	[[ $stderr == *"rfseal: bob: wrong code, or somebody in between"* ]]
	[[ $stderr == *"wrong proof"* ]]
}

@test "rfseal: a code once, a name in the program's environment, and its exit status" {
	run -0 --separate-stderr timeout 20 rfseal -v -d alice -c code bob \
		rfseal -v -d bob -c code -s alice sh -c 'echo "$RFSEALPEER"; cat' <<<hello
	[ "$output" = $'alice\nhello' ]
	[[ $stderr == *"bob: sealed, and met for the first time"* ]]
	[[ $stderr == *"bob: ended: sent 6 bytes, received 12"* ]]
	[ "$(stat -c %a alice bob alice/bob bob/alice | tr '\n' ' ')" = "700 700 600 600 " ]
	[ "$(ls -A alice bob)" = $'alice:\nbob\n\nbob:\nalice' ]

	run -0 --separate-stderr timeout 20 rfseal -v -d alice bob \
		rfseal -d bob -s -a sh -c 'echo "$RFSEALPEER"; exit 7' </dev/null
	[ "$output" = alice ]
	[[ $stderr == *"bob: sealed"* ]]
	mkfifo there back
	served sh -c 'exit 7' <there >back 3>&- &
	timeout 20 rfseal -d alice bob sh -c 'cat <back & exec cat >there' </dev/null
	status_of $! && false
	[ "$?" -eq 7 ]
}

@test "rfseal: it shows a code, and shows it again until it has served or is void" {
	for i in 1 2 3; do
		run -1 timeout 20 rfseal -d alice -g bob rfseal -d bob -c code -s alice cat </dev/null
		[[ $output =~ code\ for\ bob:\ ([0-9]{3}-[0-9]{3}) ]]
		[ "$(grep -c 'wrong code' <<<"$output")" -eq 2 ]
		[ -z "${shown-}" ] || [ "$shown" = "${BASH_REMATCH[1]}" ]
		shown=${BASH_REMATCH[1]}
	done
	fails_with 1 '^rfseal: alice/.bob.code: .* void \(-g makes another once this file is gone' \
		rfseal -d alice -g bob true
	# The guesses of -c were counted, too.
	(umask 077 && echo 111111 >other)
	fails_with 1 '^rfseal: bob/.alice.code: .* void .*; -c needs another\)' \
		rfseal -d bob -c code alice true
	rm alice/.bob.code
	timeout 20 rfseal -d alice -g bob sh -c 'umask 077; sed -n "s/^code.*: //p" shown >code
		exec rfseal -d bob -c code -s alice cat' <<<hello 2>shown >heard
	[ "$(cat heard)" = hello ]
	# Known from here on: no code is shown.
	run -0 --separate-stderr timeout 20 rfseal -d alice -g bob rfseal -d bob -s -a cat <<<again
	[ "$output" = again ] && [ -z "$stderr" ]
}

@test "rfseal: what is wrong with a command line, and what is not private" {
	fails_with 2 "^rfseal: -a: only with -s" rfseal -a true
	fails_with 2 "^rfseal: -c code: not together with -g" rfseal -g -c code bob true
	fails_with 2 "^rfseal: -a: known peers need no code" rfseal -s -a -g true
	fails_with 2 "^rfseal: ../bob: not a name \(1 to 64 bytes" rfseal ../bob true
	fails_with 2 "^rfseal: nothing-such: cannot run: No such file" rfseal bob nothing-such
	[ ! -e alice ]
	fails_with 1 "^rfseal: none: No such file or directory" rfseal -d alice -c none bob true
	chmod 644 code
	fails_with 1 "^rfseal: code: others can read the code \(chmod go= it\)" \
		rfseal -d alice -c code bob true
	(umask 077 && echo 48291 >short)
	fails_with 1 "^rfseal: short: its first line is not a code" rfseal -d alice -c short bob true
	chmod 600 code
	meet
	chmod 640 alice/bob
	fails_with 1 "^rfseal: alice/bob: others can read it.*\(chmod go= it; if they may have" \
		rfseal -d alice bob true
	chmod 600 alice/bob
	chmod 755 alice
	fails_with 1 "^rfseal: alice: others can read it" rfseal -d alice bob true
	fails_with 1 "^rfseal: no home directory \(-d names another\)" \
		env -u XDG_STATE_HOME -u HOME "$REPO/bin/rfseal" bob true
}

@test "rfseal: each kind of wrong other end has a message of its own" {
	meet
	run -1 timeout 20 rfseal -d alice -c code zoe rfseal -d bob -s -a cat </dev/null
	[[ $output == *"rfseal: zoe: the other end meets only peers that it knows"* ]]
	[[ $output == *"rfseal: a peer: a stranger that would meet by a code"* ]]
	run -1 timeout 20 rfseal -d alice bob rfseal -d zoe -c code -s alice cat </dev/null
	[[ $output == *"rfseal: bob: the other end does not remember us"* ]]
	[[ $output == *"rfseal: alice: the other end remembers somebody by the name"* ]]
	run -1 timeout 20 rfseal -d alice bob cat </dev/null
	[[ $output == *"rfseal: bob: our own words came back"* ]]
	run -1 timeout 20 rfseal -d alice bob sh -c 'yes; cat' </dev/null
	[[ $output == *"rfseal: bob: the other end does not speak rfseal's protocol"* ]]
	run -1 timeout 20 rfseal -d alice bob true </dev/null
	[[ $output == *"rfseal: bob: the link ended before the other end said anything"* ]]
	sed 's/ A / x /; s/ B / A /; s/ x / B /' alice/bob >copy && chmod 600 copy
	mkdir -m 700 copied && mv copy copied/alice
	sed -i 's/[0-9a-f]$/x/; s/0/1/g; s/x$/0/' copied/alice
	run -1 timeout 20 rfseal -d alice bob rfseal -d copied -s -a cat </dev/null
	[[ $output == *"rfseal: a peer: nobody that is known here"* ]]
	[[ $output == *"rfseal: bob: the link ended before the other end proved who it is"* ]]
	cp alice/bob copied/alice
	run -1 timeout 20 rfseal -d alice bob rfseal -d copied -s alice cat </dev/null
	[[ $output == *"rfseal: bob: not whom we know by this name"* ]]
}

@test "rfseal: a signal, and a reader that goes, end it as they end others" {
	meet
	mkfifo typed
	rfseal -d alice bob rfseal -d bob -s -a cat <typed >heard 2>err 3>&- &
	local rfseal=$!
	exec 4>typed
	echo hello >&4
	wait_line 20 '^hello$' heard
	kill -TERM $rfseal
	status_of $rfseal && false
	[ "$?" -eq 143 ]
	exec 4>&-

	set +o pipefail
	yes | timeout 20 rfseal -d alice bob rfseal -d bob -s -a cat 2>err | head -n 1 >heard
	[ "${PIPESTATUS[1]}" -eq 141 ]
	[ "$(cat heard)" = y ]
	# One end has gone without a word: the other knows that it was cut.
	grep -q '^rfseal: alice: the link ended before the other end did: sent ' err
}

@test "rfseal: a program that ends early, and what it did not read" {
	meet
	mkfifo typed
	timeout 20 rfseal -d alice bob rfseal -d bob -s -a sh -c 'exec <&-; echo deaf
		until [ -e leave ]; do sleep 1; done' \
		<typed >heard 2>err 3>&- &
	exec 4>typed
	wait_line 20 '^deaf$' heard
	echo hello >&4
	exec 4>&-
	touch leave
	status_of $! && false
	[ "$?" -eq 1 ]
	[ "$(cat err)" = \
		"rfseal: bob: the other end did not write out the last 6 bytes (sent 6, received 5)" ]
	# One whose input stays open is not waited for.
	run -0 timeout 20 rfseal -d alice bob rfseal -d bob -s -a echo hello < <(exec sleep 30)
	[ "$output" = hello ]
}

# cut OPTION ...: bob's program gets half of its input, and alice is killed.
cut() {
	rm -f part whole status typed
	mkfifo typed
	rfseal -d alice bob sh -c "rfseal -d bob -s -a $* sh -c 'cat >part && mv part whole'
		echo \$? >status" <typed 2>cut.err 3>&- &
	local alice=$!
	exec 4>typed
	echo half >&4
	wait_line 20 '^half$' part
	kill -KILL $alice
	exec 4>&-
	wait_line 20 . status
	grep -q '^rfseal: alice: the link ended before the other end did' cut.err
	[ "$(cat status)" -eq 1 ]
}

@test "rfseal -t: a program never takes half of its input for the whole" {
	meet
	cut -t
	[ ! -e whole ]
	[ "$(cat part)" = half ]
	# No program at the end of a pipe can see otherwise.
	cut
	[ -e whole ]
	# An end that the other has said is one.
	timeout 20 rfseal -d alice bob rfseal -d bob -s -t -a \
		sh -c 'trap "echo told >told" TERM; cat >all && sleep 1; mv all whole2' <<<all
	[ ! -e told ] && [ "$(cat whole2)" = all ]
	fails_with 2 "^rfseal: -t: only with -s" rfseal -t bob true
}

@test "rfseal: a transport that takes nothing more, and stays, is not waited for" {
	meet
	timeout 20 rfseal -d alice bob sh -c 'exec <&-; exec sleep 60' </dev/null 2>early.err 3>&- &
	local early=$!
	run -1 timeout 20 rfseal -d alice bob sh -c '
		dd bs=1 count=200 2>dd.err | rfseal -d bob -s -a cat
		exec sleep 60 <&-' < <(yes)
	[[ $output == *"rfseal: bob: the link takes nothing more: sent "* ]]
	status_of $early && false
	[ "$?" -eq 1 ]
	grep -q '^rfseal: bob: the link ended before the other end said anything' early.err
}

@test "rfseal: nobody can look into the process, and what it runs is as usual" {
	meet
	mkfifo typed
	rfseal -d alice bob rfseal -d bob -s -a sh -c 'cat; ulimit -c; cat /proc/self/coredump_filter' \
		<typed >heard 3>&- &
	exec 4>typed
	echo hello >&4
	wait_line 20 '^hello$' heard
	grep -q '^Seccomp:.2' /proc/$!/status
	exec 4>&-
	wait $!
	[ "$(sed -n 2p heard)" = "$(ulimit -c)" ]
}

@test "rfseal: the code that it waits with cannot be read out of the process" {
	# Not as root, who may look into everything.
	local keys user=()
	keys=$(mktemp -d)
	if [ "$(id -u)" -eq 0 ]; then
		user=(setpriv --reuid 65534 --regid 65534 --clear-groups)
		chown 65534:65534 "$keys"
	fi
	mkfifo typed
	exec 4<>typed
	"${user[@]}" "$REPO/bin/rfseal" -d "$keys" -g zoe sleep 60 <typed 2>shown 3>&- &
	wait_line 20 '^code for zoe: ' shown
	run ! "${user[@]}" cat /proc/$!/environ
	run ! "${user[@]}" head -c 0 /proc/$!/mem
	code=$(sed -n 's/^code for zoe: //p' shown)
	run ! grep -a -e "$code" -e "${code/-/}" /proc/$!/cmdline
	exec 4>&-
	kill $!
	wait $! || true
	rm -r "$keys"
}
