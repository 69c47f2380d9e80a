# The manual explains the tools' messages: each failure stands in the DIAGNOSTICS of a page.
load ../helper

# A line for each message: its longest constant part. Messages about wrong command lines (MSG_USAGE)
# need no explanation.
messages() {
	awk '
		BEGIN { RS = ";\n" }
		/msg_say|MSG_USAGE/ || !/msg_warn\(|msg_die\(MSG_FAIL|return "|[^]] = "|\? "[^ ,]/ { next }
		{
			gsub(/"[ \t\n]*PRI[a-z0-9]*[ \t\n]*"/, "z")
			gsub(/"[ \t\n]*"/, "")
			sub(/.*(msg_warn\(|msg_die\(MSG_FAIL|return |[=?] )/, "")
			longest = ""
			while (match($0, /"[^"]*"/)) {
				count = split(substr($0, RSTART + 1, RLENGTH - 2), part, /%[-+.*0-9]*z?[a-z]/)
				for (i = 1; i <= count; i++)
					if (length(part[i]) > length(longest))
						longest = part[i]
				$0 = substr($0, RSTART + RLENGTH)
			}
			gsub(/^[ :,(]+|[ :,(]+$/, "", longest)
			if (longest ~ / /)
				print longest
		}' "$REPO"/src/*.c "$REPO"/src/*/*.c
}

@test "the manual: each message of a failure is explained" {
	diagnostics=$(sed -n '/^\.Sh DIAGNOSTICS/,/^\.Sh SEE ALSO/p' "$REPO"/man/*.1)
	messages | sort -u >"$BATS_TEST_TMPDIR/messages"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/messages")" -ge 50 ]
	while read -r message; do
		[[ $diagnostics == *"$message"* ]] || echo "$message"
	done <"$BATS_TEST_TMPDIR/messages" >"$BATS_TEST_TMPDIR/unexplained"
	cat "$BATS_TEST_TMPDIR/unexplained"
	[ ! -s "$BATS_TEST_TMPDIR/unexplained" ]
}
