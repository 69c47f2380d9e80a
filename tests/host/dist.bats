#!/usr/bin/env bats
# make dist: the tarball.

load ../helper

setup() {
	cd "$REPO" || return
}

# tarball FOLDER: makes it there, and prints its checksum.
tarball() {
	make -s -C "$1" dist BUILD="$BATS_TEST_TMPDIR/built" | cut -d ' ' -f 1
}

@test "dist: the same bytes from another folder, in another zone" {
	git clone -q . "$BATS_TEST_TMPDIR/another folder"
	first=$(tarball .)
	umask 077
	export TZ=Asia/Tokyo
	second=$(tarball "$BATS_TEST_TMPDIR/another folder")
	echo "$first"
	[ -n "$first" ]
	[ "$first" = "$second" ]
}

@test "dist: the tarball builds, and the tools run" {
	tarball .
	tar -xzf "$BATS_TEST_TMPDIR"/built/rfcat-*.tar.gz -C "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR"/rfcat-*/
	make -s install DESTDIR="$BATS_TEST_TMPDIR/root"
	[ "$(ls "$BATS_TEST_TMPDIR/root/usr/local/bin")" = "$(
		printf '%s\n' btpublish btscan chatline chatroom chatsync rfcat-connect \
			rfcat-listen rfchat rfseal)" ]
	[ "$(echo hi | "$BATS_TEST_TMPDIR/root/usr/local/bin/chatline" -f '' -n bob)" = "<bob> hi" ]
}
