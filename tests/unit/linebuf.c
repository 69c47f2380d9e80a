#include "window/linebuf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct linebuf buffer;
static char got[64][LINEBUF_MAX + 1];
static int count;

static int
begin(void **state)
{
	(void)state;
	buffer.len = 0;
	count = 0;
	return 0;
}

static void
feed(const char *bytes, size_t len)
{
	while (len > 0) {
		const char *line;
		size_t taken = linebuf_take(&buffer, bytes, len, &line);
		assert_true(taken <= len);
		assert_true(taken > 0 || line); /* it gets on */
		if (line)
			snprintf(got[count++], sizeof *got, "%s", line);
		bytes += taken;
		len -= taken;
	}
}

static void
lines_come_whole_whatever_the_pieces(void **state)
{
	(void)state;
	static const char text[] = "one\n\ntwo and more\nrest";
	for (size_t piece = 1; piece < sizeof text; piece++) {
		begin(state);
		for (size_t at = 0; at < strlen(text); at += piece)
			feed(text + at, strlen(text) - at < piece ? strlen(text) - at : piece);
		assert_int_equal(count, 3);
		assert_string_equal(got[0], "one");
		assert_string_equal(got[1], "");
		assert_string_equal(got[2], "two and more");
		assert_string_equal(linebuf_rest(&buffer), "rest");
		assert_null(linebuf_rest(&buffer));
	}
}

static void
a_line_without_end_comes_in_pieces(void **state)
{
	(void)state;
	static char text[2 * LINEBUF_MAX + 2];
	memset(text, 'x', sizeof text);
	text[sizeof text - 1] = '\n';
	feed(text, sizeof text);
	assert_int_equal(count, 3);
	assert_int_equal(strlen(got[0]), LINEBUF_MAX);
	assert_int_equal(strlen(got[1]), LINEBUF_MAX);
	assert_string_equal(got[2], "x");
}

static void
a_line_may_be_as_long_as_the_buffer(void **state)
{
	(void)state;
	static char text[LINEBUF_MAX + 1];
	memset(text, 'x', sizeof text);
	text[LINEBUF_MAX] = '\n';
	feed(text, LINEBUF_MAX);
	feed(text + LINEBUF_MAX, 1);
	assert_int_equal(count, 1);
	assert_int_equal(strlen(got[0]), LINEBUF_MAX);
}

static void
a_nul_does_not_hide_what_follows(void **state)
{
	(void)state;
	feed("a\0b\n", 4);
	assert_string_equal(got[0], "a?b");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(lines_come_whole_whatever_the_pieces, begin),
		cmocka_unit_test_setup(a_line_without_end_comes_in_pieces, begin),
		cmocka_unit_test_setup(a_line_may_be_as_long_as_the_buffer, begin),
		cmocka_unit_test_setup(a_nul_does_not_hide_what_follows, begin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
