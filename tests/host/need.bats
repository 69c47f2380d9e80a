#!/usr/bin/env bats
# tests/need on machines that lack something; apt and sudo are stand-ins that report their
# arguments.

bats_require_minimum_version 1.5.0
load ../helper

# The machine's programs, in a folder of the test's own.
setup() {
	cd "$BATS_TEST_TMPDIR" || return
	bin=$PWD/bin
	mkdir "$bin"
	for tool in sh id uname sed env dpkg-query; do
		ln -s "$(command -v "$tool")" "$bin/$tool"
	done
}

# stub NAME BODY
stub() {
	rm -f "$bin/$1"
	printf '#!/bin/sh\n%s\n' "$2" >"$bin/$1"
	chmod +x "$bin/$1"
}

need() {
	run env -i PATH="$bin" sh "$REPO/tests/need" "$@"
}

# user UID
user() {
	# shellcheck disable=SC2016 # for the stub
	stub id '[ "$1" = -u ] && echo '"$1"
}

with_apt() {
	# shellcheck disable=SC2016
	stub apt-get 'echo "apt-get $*" >>'"'$PWD/log'"
	: >"$PWD/log"
}

@test "need: with everything installed it does nothing" {
	user 1000
	with_apt
	stub dpkg-query 'echo installed'
	need check
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ ! -s "$PWD/log" ]
}

@test "need: missing packages are listed in one line, and installed without recommendations" {
	user 0
	with_apt
	# shellcheck disable=SC2016
	stub dpkg-query 'for last; do :; done; [ "$last" != bats ] && echo installed'
	need check
	[ "$status" -eq 0 ]
	[ "$output" = "need: installing bats (to make check)" ]
	grep -q 'update$' "$PWD/log"
	grep -q 'install --no-install-recommends bats$' "$PWD/log"
}

@test "need: an ordinary user's installation goes through sudo" {
	user 1000
	with_apt
	stub dpkg-query 'exit 1'
	# shellcheck disable=SC2016
	stub sudo 'echo sudo >>'"'$PWD/log'"'; exec "$@"'
	need build
	[ "$status" -eq 0 ]
	[ "$(grep -c '^sudo$' "$PWD/log")" -eq 2 ]
	grep -q 'install .* gcc ' "$PWD/log"
}

@test "need: without sudo it names the packages to an ordinary user" {
	user 1000
	with_apt
	stub dpkg-query 'exit 1'
	need lab
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == *"as root: apt-get install gcc "*"qemu-system-"* ]]
}

@test "need: without apt it names the packages" {
	need check
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == *gcc*libbluetooth-dev*qemu-system-*bats* ]]
}

@test "need: when apt fails, so does it" {
	user 0
	stub apt-get 'exit 100'
	stub dpkg-query 'exit 1'
	need lab
	[ "$status" -ne 0 ]
	[[ $output == *"could not install"* ]]
}

@test "need: no package that it names starts a service" {
	sed -n "s/^[a-z]*='\(.*\)'$/\1/p" "$REPO/tests/need" | tr ' ' '\n' >packages
	[ -s packages ]
	# Only the installed ones: make deb and make check-arch need more.
	xargs dpkg -L <packages >files 2>/dev/null || true
	[ -s files ]
	run ! grep -E '^(/etc|(/usr)?/lib)/(systemd/system|init\.d)/' files
}
