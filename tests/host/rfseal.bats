# rfseal's protocol as another implementation has it.
bats_require_minimum_version 1.5.0
load ../helper

@test "rfseal: the unit tests' vectors are those of an implementation of its own" {
	diff -u <(/usr/bin/python3 "$REPO/tests/rfseal.py" vectors) "$REPO/tests/unit/vectors.inc"
}
