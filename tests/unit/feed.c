#include "chat/feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct feed *
empty(void)
{
	static struct feed feed;
	feed.len = 0;
	return &feed;
}

/* Adds as much of text as there is room for. */
static size_t
add(struct feed *feed, const char *text, size_t len)
{
	size_t size;
	char *space = feed_space(feed, &size);
	if (len > size)
		len = size;
	memcpy(space, text, len);
	feed->len += len;
	return len;
}

static void
assert_ready(struct feed *feed, bool end, const char *text)
{
	assert_int_equal(feed_ready(feed, end), strlen(text));
	assert_memory_equal(feed->data, text, strlen(text));
	feed_taken(feed, strlen(text));
}

static void
only_whole_lines_are_ready(void **state)
{
	(void)state;
	struct feed *feed = empty();
	assert_ready(feed, false, "");
	add(feed, "one", 3);
	assert_ready(feed, false, "");
	add(feed, "\ntwo\n\nthr", 9);
	assert_ready(feed, false, "one\ntwo\n\n");
	add(feed, "ee\n", 3);
	assert_ready(feed, false, "three\n");
	assert_int_equal(feed->len, 0);
}

static void
the_last_line_needs_no_newline(void **state)
{
	(void)state;
	struct feed *feed = empty();
	assert_ready(feed, true, "");
	add(feed, "a\nb", 3);
	assert_ready(feed, true, "a\nb\n");
	add(feed, "c\n", 2);
	assert_ready(feed, true, "c\n");
	assert_ready(feed, true, "");
}

static void
the_longest_line_is_not_cut(void **state)
{
	(void)state;
	struct feed *feed = empty();
	static char line[FEED_LINE];
	memset(line, 'x', sizeof line);
	line[FEED_LINE - 1] = '\n';
	assert_int_equal(add(feed, line, sizeof line), sizeof line);
	assert_int_equal(feed_ready(feed, false), FEED_LINE);
	assert_memory_equal(feed->data, line, FEED_LINE);
}

/* Whatever its characters are: each piece is full but for a part of a character, its end says
 * that it was cut, and together they are the line. */
static void
check_cut(const char *character, size_t whole_len)
{
	struct feed *feed = empty();
	size_t len = strlen(character);
	size_t total = 3 * FEED_LINE / len * len, given = 0, back = 0;
	char *line = malloc(total + len);
	assert_non_null(line);
	for (size_t i = 0; i < total; i += len)
		memcpy(line + i, character, len);
	while (given < total) {
		given += add(feed, line + given, total - given);
		size_t n = feed_ready(feed, given == total);
		if (n == 0)
			continue;
		size_t text = n - 1;
		if (given < total) {
			assert_true(n <= FEED_LINE && n + whole_len > FEED_LINE);
			assert_int_equal(feed->data[--text], '+');
			assert_int_equal(text % whole_len, 0);
		}
		assert_int_equal(feed->data[n - 1], '\n');
		assert_memory_equal(feed->data, line + back, text);
		back += text;
		feed_taken(feed, n);
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
