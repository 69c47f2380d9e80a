#include "chat/splitter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct splitter *
empty(void)
{
	static struct splitter s;
	s.len = 0;
	return &s;
}

/* Adds as much of text as there is space for. */
static size_t
add(struct splitter *s, const char *text, size_t len)
{
	size_t size;
	char *space = splitter_space(s, &size);
	if (len > size)
		len = size;
	memcpy(space, text, len);
	s->len += len;
	return len;
}

static void
assert_ready(struct splitter *s, bool end, const char *text)
{
	assert_int_equal(splitter_ready(s, end), strlen(text));
	assert_memory_equal(s->data, text, strlen(text));
	splitter_taken(s, strlen(text));
}

static void
only_whole_lines_are_ready(void **state)
{
	(void)state;
	struct splitter *s = empty();
	assert_ready(s, false, "");
	add(s, "one", 3);
	assert_ready(s, false, "");
	add(s, "\ntwo\n\nthr", 9);
	assert_ready(s, false, "one\ntwo\n\n");
	add(s, "ee\n", 3);
	assert_ready(s, false, "three\n");
	assert_int_equal(s->len, 0);
}

static void
the_last_line_needs_no_newline(void **state)
{
	(void)state;
	struct splitter *s = empty();
	assert_ready(s, true, "");
	add(s, "a\nb", 3);
	assert_ready(s, true, "a\nb\n");
	add(s, "c\n", 2);
	assert_ready(s, true, "c\n");
	assert_ready(s, true, "");
}

static void
the_longest_line_is_not_cut(void **state)
{
	(void)state;
	struct splitter *s = empty();
	static char line[SPLITTER_LINE_MAX];
	memset(line, 'x', sizeof line);
	line[SPLITTER_LINE_MAX - 1] = '\n';
	assert_int_equal(add(s, line, sizeof line), sizeof line);
	assert_int_equal(splitter_ready(s, false), SPLITTER_LINE_MAX);
	assert_memory_equal(s->data, line, SPLITTER_LINE_MAX);
}

/* For characters of any length: each piece is full except for a part of a character, its end marks
 * the cut, and together they are the line. */
static void
check_cut(const char *character, size_t whole_len)
{
	struct splitter *s = empty();
	size_t len = strlen(character);
	size_t total = 3 * SPLITTER_LINE_MAX / len * len, given = 0, back = 0;
	char *line = malloc(total + len);
	assert_non_null(line);
	for (size_t i = 0; i < total; i += len)
		memcpy(line + i, character, len);
	while (given < total) {
		given += add(s, line + given, total - given);
		size_t n = splitter_ready(s, given == total);
		if (n == 0)
			continue;
		size_t text = n - 1;
		if (given < total) {
			assert_true(n <= SPLITTER_LINE_MAX && n + whole_len > SPLITTER_LINE_MAX);
			assert_int_equal(s->data[--text], '+');
			assert_int_equal(text % whole_len, 0);
		}
		assert_int_equal(s->data[n - 1], '\n');
		assert_memory_equal(s->data, line + back, text);
		back += text;
		splitter_taken(s, n);
	}
	assert_int_equal(back, total);
	free(line);
}

static void
a_longer_line_is_cut_between_characters(void **state)
{
	(void)state;
	check_cut("x", 1);
	check_cut("\xc3\xa9", 2);
	check_cut("\xe2\x82\xac", 3);
	check_cut("\xf0\x9f\x8e\x89", 4);
	check_cut("\x80", 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_whole_lines_are_ready),
		cmocka_unit_test(the_last_line_needs_no_newline),
		cmocka_unit_test(the_longest_line_is_not_cut),
		cmocka_unit_test(a_longer_line_is_cut_between_characters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
