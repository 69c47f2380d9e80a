#!/usr/bin/env bats
# make install and make uninstall, into folders of the test's own.

load ../helper

setup() {
	cd "$REPO" || return
	root="$BATS_TEST_TMPDIR/a root"
}

# All files below the folder, with their modes and contents.
listing() {
	(cd "$1" && find . -type f -printf '%p %m ' -exec sha256sum {} \; | sort)
}

@test "install puts every tool and page below DESTDIR and PREFIX" {
	make -s install DESTDIR="$root" PREFIX=/usr
	for page in man/*.1; do
		tool=$(basename "$page" .1)
		[ "$tool" != rfchat-window ] || continue
		[ -x "$root/usr/bin/$tool" ]
		[ "$(stat -c %a "$root/usr/share/man/man1/$tool.1")" = 644 ]
	done
	cmp man/rfcat.7 "$root/usr/share/man/man7/rfcat.7"
	for tool in "$root"/usr/bin/*; do
		cmp "$tool" "bin/${tool##*/}"
		cmp src/complete/rfcat.bash \
			"$root/usr/share/bash-completion/completions/${tool##*/}"
		cmp src/complete/rfcat.fish \
			"$root/usr/share/fish/vendor_completions.d/${tool##*/}.fish"
		grep -q "^#compdef.* ${tool##*/}\( \|$\)" "$root/usr/share/zsh/site-functions/_rfcat"
	done
}

@test "what is installed finds its parts" {
	make -s install DESTDIR="$root" PREFIX=/usr
	cd "$root" && PATH=/usr/bin:/bin usr/bin/rfchat -n me -r room <<<"hi there"
	grep -q '<me> hi there$' room
}

@test "install-window installs the window, also for the desktop, and uninstall-window removes it" {
	require desktop-file-validate
	make -s window
	make -s install-window DESTDIR="$root" PREFIX=/usr
	cmp bin/rfchat-window "$root/usr/bin/rfchat-window"
	cmp man/rfchat-window.1 "$root/usr/share/man/man1/rfchat-window.1"
	desktop-file-validate "$root"/usr/share/applications/*.desktop
	desktop=$(echo "$root"/usr/share/applications/*.desktop)
	icon=$(sed -n 's/^Icon=//p' "$desktop")
	[ -f "$root/usr/share/icons/hicolor/scalable/apps/$icon.svg" ]
	[ "$(basename "$desktop" .desktop)" = "$icon" ]
	grep -qF "\"$icon\"" src/window/ui_window.h
	make -s uninstall-window DESTDIR="$root" PREFIX=/usr
	[ -z "$(ls -A "$root")" ]
}

@test "install installs no window, and needs no GTK" {
	make -s install DESTDIR="$root" PREFIX=/usr
	[ ! -e "$root/usr/bin/rfchat-window" ]
	[ ! -e "$root/usr/share/man/man1/rfchat-window.1" ]
}

@test "uninstall leaves nothing of an installation in a DESTDIR" {
	make -s install DESTDIR="$root"
	make -s uninstall DESTDIR="$root"
	[ -z "$(ls -A "$root")" ]
}

@test "uninstall leaves others' files beside it, and needs no installation" {
	mkdir -p "$root/usr/bin" "$root/usr/share/man/man1"
	echo theirs | tee "$root/usr/bin/other" >"$root/usr/share/man/man1/other.1"
	before=$(listing "$root")
	make -s install DESTDIR="$root" PREFIX=/usr
	[ "$(listing "$root")" != "$before" ]
	make -s uninstall DESTDIR="$root" PREFIX=/usr
	[ "$(listing "$root")" = "$before" ]
	make -s uninstall DESTDIR="$root" PREFIX=/usr
	[ "$(listing "$root")" = "$before" ]
}

@test "the folders of a PREFIX stay" {
	make -s install PREFIX="$root"
	make -s uninstall PREFIX="$root"
	[ -d "$root/bin" ]
	[ -z "$(find "$root" -type f)" ]
}

@test "install takes the built programs, with any flags, and builds nothing" {
	here=(BUILD="$BATS_TEST_TMPDIR/build" BIN="$BATS_TEST_TMPDIR/bin")
	make -s "${here[@]}" CFLAGS=-O0
	run make "${here[@]}" install DESTDIR="$root" PREFIX=/usr
	[ "$status" -eq 0 ]
	[[ $output != *CC* ]]
	for tool in "$BATS_TEST_TMPDIR"/bin/*; do
		cmp "$tool" "$root/usr/bin/${tool##*/}"
	done
}
