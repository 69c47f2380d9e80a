# Sourced by scripts whose steps are tests. shellcheck shell=bash

number=0
failed=0

# report NAME COMMAND ...: one line of TAP, with the output of a failure below it.
report() {
	local name=$1 output status=0
	shift
	number=$((number + 1))
	output=$("$@" 2>&1) || status=$?
	if [ "$status" -eq 0 ]; then
		echo "ok $number - $name"
	else
		failed=1
		echo "not ok $number - $name"
		printf '%s\n' "$output" | tail -n 40 | sed 's/^/# /'
	fi
	return "$status"
}

# Prints the plan, and returns the exit status of all steps.
report_end() {
	echo "1..$number"
	return "$failed"
}
