#!/usr/bin/env bats
# The commands in README.md are in the manual, whose recipes and examples are tested.

bats_require_minimum_version 1.5.0
load ../helper

@test "README: each of its commands is in the manual" {
	require mandoc
	cd "$BATS_TEST_TMPDIR"
	sed -n '/^## By task/,/^## Requirements/p; /^## The tools/,/^## Limits/p' "$REPO/README.md" >tools
	{
		sed -n 's/^    *//p' tools
		sed -n 's/^|.*| `\(.*\)` |$/\1/p' tools | sed 's/\\|/|/g'
	} | sed 's/\<ADDR\>/00:1A:7D:DA:71:13/g' >commands
	[ "$(wc -l <commands)" -ge 10 ]
	for page in "$REPO"/man/*.[17]; do
		mandoc -T ascii -O width=200 "$page" | col -bx
	done | sed 's/\<ADDR\>/00:1A:7D:DA:71:13/g' | tr -s ' \n' ' ' >manual
	while IFS= read -r command; do
		grep -qF -e " $command " manual || {
			echo "not in the manual: $command"
			return 1
		}
	done <commands
}
