/* record: how bytes become records, where they are cut, and when they began. */
#include "chat/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SECOND = 1000000000 };

struct fixture {
	struct stamp stamp;
	struct record record;
	char out[1 << 18];
	size_t len;
};

static struct fixture *
fixture(const char *format, enum sanitize_style style, size_t limit)
{
	static struct fixture f;
	struct stamp_options options = {.kind = STAMP_TIME, .utc = true, .format = format};
	stamp_init(&f.stamp, &options);
	record_init(&f.record, &f.stamp, style, limit);
	f.len = 0;
	return &f;
}

/* Takes the records as the tool does, and checks each piece. */
static void
take(struct fixture *f)
{
	const char *records = f->record.out;
	for (size_t left = record_ready(&f->record); left > 0;) {
		size_t n = record_piece(records, left);
		assert_true(n >= 1 && n <= RECORD_WRITE);
		assert_int_equal(records[n - 1], '\n');
		assert_true(f->len + n < sizeof f->out);
		memcpy(f->out + f->len, records, n);
		f->len += n;
		records += n;
		left -= n;
	}
	f->out[f->len] = '\0';
	record_written(&f->record);
	assert_int_equal(record_ready(&f->record), 0);
}

static void
feed(struct fixture *f, const char *src, size_t len, int64_t now)
{
	while (len > 0) {
		size_t n = record_add(&f->record, src, len, now);
		take(f);
		src += n;
		len -= n;
	}
}

static void
feed_at(struct fixture *f, int second, const char *text)
{
	feed(f, text, strlen(text), (int64_t)second * SECOND);
}

static void
end(struct fixture *f)
{
	record_end(&f->record);
	take(f);
}

static void
idle(struct fixture *f)
{
	record_idle(&f->record);
	take(f);
}

static void
a_line_is_a_record(void **state)
{
	(void)state;
	struct fixture *f = fixture("%s", SANITIZE_SHOW, RECORD_WRITE);
	feed_at(f, 1, "hi\n\nthere\n");
	assert_string_equal(f->out, "1 hi\n1 \n1 there\n");
	feed_at(f, 2, "rest");
	end(f);
	assert_string_equal(f->out, "1 hi\n1 \n1 there\n2 rest\n");
	end(f);
	assert_string_equal(f->out, "1 hi\n1 \n1 there\n2 rest\n");
}

static void
a_record_is_stamped_by_its_first_byte(void **state)
{
	(void)state;
	struct fixture *f = fixture("%s", SANITIZE_SHOW, RECORD_WRITE);
	feed_at(f, 1, "a");
	feed_at(f, 2, "b\nc\xc3");
	feed_at(f, 3, "\xa9\n\xe2\x82");
	feed_at(f, 4, "\xac\n\r");
	feed_at(f, 5, "\n");
	assert_string_equal(f->out, "1 ab\n2 c\xc3\xa9\n3 \xe2\x82\xac\n4 \n");
}

static void
cr_before_lf_is_dropped_and_no_other(void **state)
{
	(void)state;
	struct fixture *f = fixture("", SANITIZE_SHOW, RECORD_WRITE);
	feed_at(f, 0, "a\r\nb\r\r\nc\rd\r");
	end(f);
	assert_string_equal(f->out, "a\nb^M\nc^Md\n");
	f = fixture("", SANITIZE_RAW, RECORD_WRITE);
	feed_at(f, 0, "a\r\nb\rc\x1b\x80\r");
	end(f);
	assert_string_equal(f->out, "a\nb\rc\x1b\x80\n");
	f = fixture("", SANITIZE_ESCAPE, RECORD_WRITE);
	feed_at(f, 0, "a\r\n");
	assert_string_equal(f->out, "a\\x0d\n");
}

static void
silence_ends_a_record_and_takes_the_newline_after_it(void **state)
{
	(void)state;
	struct fixture *f = fixture("", SANITIZE_SHOW, RECORD_WRITE);
	idle(f);
	assert_false(record_pending(&f->record));
	feed_at(f, 0, "one");
	assert_true(record_pending(&f->record));
	idle(f);
	assert_string_equal(f->out, "one\n");
	assert_false(record_pending(&f->record));
	feed_at(f, 0, "\n");
	assert_string_equal(f->out, "one\n");
	feed_at(f, 0, "\ntwo");
	idle(f);
	feed_at(f, 0, "three\n\n");
	assert_string_equal(f->out, "one\n\ntwo\nthree\n\n");
}

static void
silence_holds_back_a_cut_character(void **state)
{
	(void)state;
	struct fixture *f = fixture("%s", SANITIZE_SHOW, RECORD_WRITE);
	feed_at(f, 3, "two\xe2\x82");
	idle(f);
	assert_string_equal(f->out, "3 two\n");
	assert_false(record_pending(&f->record));
	feed_at(f, 4, "\xac\n");
	assert_string_equal(f->out, "3 two\n3 \xe2\x82\xac\n");
	feed_at(f, 6, "\xf0\x9f");
	end(f);
	assert_string_equal(f->out + strlen("3 two\n3 eur\n"), "6 \\xf0\\x9f\n");
}

static void
a_cr_that_silence_follows_ends_its_record(void **state)
{
	(void)state;
	struct fixture *f = fixture("%s", SANITIZE_SHOW, RECORD_WRITE);
	feed_at(f, 1, "21.1\r");
	idle(f);
	idle(f);
	feed_at(f, 2, "21.2");
	feed_at(f, 3, "\r");
	idle(f);
	assert_string_equal(f->out, "1 21.1\n2 21.2\n");
	/* An empty line of such a device; then a late LF, and a late CR. */
	feed_at(f, 4, "\r");
	assert_true(record_pending(&f->record));
	idle(f);
	assert_string_equal(f->out, "1 21.1\n2 21.2\n4 \n");
	feed_at(f, 5, "\n21.3");
	idle(f);
	feed_at(f, 6, "\r");
	idle(f);
	feed_at(f, 7, "\n21.4");
	idle(f);
	feed_at(f, 8, "\r21.5\r");
	end(f);
	assert_string_equal(f->out + strlen("1 21.1\n2 21.2\n4 \n"), "5 21.3\n7 21.4\n8 21.5\n");
	assert_false(record_pending(&f->record));
}

static void
a_cr_in_the_midst_of_text_is_text(void **state)
{
	(void)state;
	struct fixture *f = fixture("%s", SANITIZE_SHOW, RECORD_WRITE);
	feed_at(f, 1, "a\rb\r");
	feed_at(f, 2, "c\n\rd\n");
	assert_string_equal(f->out, "1 a^Mb^Mc\n2 ^Md\n");
	f = fixture("%s", SANITIZE_ESCAPE, RECORD_WRITE);
	feed_at(f, 1, "a\r");
	idle(f);
	feed_at(f, 2, "\rb\r");
	end(f);
	assert_string_equal(f->out, "1 a\\x0d+\n2 \\x0db\\x0d+\n");
}

static void
a_selector_belongs_to_the_character_before_it_in_the_same_record(void **state)
{
	(void)state;
	struct fixture *f = fixture("", SANITIZE_SHOW, RECORD_WRITE);
	feed_at(f, 0, "\xe2\x9d\xa4");
	feed_at(f, 0, "\xef\xb8");
	feed_at(f, 0, "\x8f\xe2\x9d\xa4");
	idle(f);
	feed_at(f, 0, "\xef\xb8\x8f\x90\xef\xb8\x8f\n");
	assert_string_equal(f->out, "\xe2\x9d\xa4\xef\xb8\x8f\xe2\x9d\xa4\n"
				    "<U+FE0F>\\x90<U+FE0F>\n");
}

/* 32 bytes, LF included: a record of that length stays whole, and a longer one is cut. */
static void
a_record_as_long_as_the_limit_is_whole(void **state)
{
	(void)state;
	struct fixture *f = fixture("%s", SANITIZE_SHOW, 32);
	feed_at(f, 7, "12345678901234567890123456789\n123456789012345678901234567890\n");
	assert_string_equal(f->out, "7 12345678901234567890123456789\n"
				    "7 1234567890123456789012345678+\n7 90\n");
}

static void
a_cut_is_between_characters(void **state)
{
	(void)state;
	struct fixture *f = fixture("", SANITIZE_SHOW, 24);
	feed_at(f, 0, "123456789012345678901\xc3\xa9z\n");
	assert_string_equal(f->out, "123456789012345678901+\n\xc3\xa9z\n");
	f = fixture("", SANITIZE_SHOW, 24);
	feed_at(f, 0, "1234567890123456\xe2\x80\xaez\n");
	assert_string_equal(f->out, "1234567890123456+\n<U+202E>z\n");
	f = fixture("", SANITIZE_SHOW, 24);
	feed_at(f, 0, "12345678901234567890123\n1234567890123456789012\x01\n");
	assert_string_equal(f->out, "12345678901234567890123\n1234567890123456789012+\n^A\n");
}

/* Text behind the cut keeps its own time, even if the cut is decided later. */
static void
a_piece_is_stamped_by_its_own_first_byte(void **state)
{
	(void)state;
	struct fixture *f = fixture("%s", SANITIZE_SHOW, 32);
	feed_at(f, 1, "1234567890123456789012345678");
	feed_at(f, 2, "9");
	feed_at(f, 3, "0\n");
	assert_string_equal(f->out, "1 1234567890123456789012345678+\n2 90\n");
}

static void
an_escaped_record_ends_in_plus_where_no_newline_was(void **state)
{
	(void)state;
	struct fixture *f = fixture("", SANITIZE_ESCAPE, 32);
	feed_at(f, 0, "a+\nb\\+");
	idle(f);
	feed_at(f, 0, "\nc");
	end(f);
	assert_string_equal(f->out, "a\\x2b\nb\\\\++\n\nc+\n");
}

static void
a_prefix_that_has_grown_too_long_is_cut(void **state)
{
	(void)state;
	struct fixture *f = fixture("1234567890123456789012345678901234567890", SANITIZE_SHOW, 32);
	feed_at(f, 0, "\xe2\x80\xae\xe2\x80\xae\n");
	assert_string_equal(f->out, "123456789012<U+202E><U+202E>\n");
}

static void
elapsed_times_count_between_the_first_bytes(void **state)
{
	(void)state;
	struct fixture *f = fixture("", SANITIZE_SHOW, RECORD_WRITE);
	stamp_init(&f->stamp, &(struct stamp_options){.kind = STAMP_RECORD, .format = "%s"});
	feed_at(f, 3, "a\nb\nc");
	feed_at(f, 7, "\nd\n");
	feed_at(f, 12, "e\n");
	assert_string_equal(f->out, "3 a\n0 b\n0 c\n4 d\n5 e\n");
}

/* Random text of critical pieces: its output, whole and split at random. */
static void
split_makes_no_difference(void **state)
{
	(void)state;
	static const char *const parts[] = {"a", "hello ", "\n", "\r\n", "\r", "+", "\\",
		"\xd0\x9f", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xe2\x80\xae", "\xf0\x9f", "\xc3",
		"\x80", "\x1b", "\xef\xb8\x8f", "\xe2\x9d\xa4",
		"0123456789012345678901234567890123456789", "\t"};
	static char src[1 << 14], whole[1 << 18];
	srandom(1);
	for (int round = 0; round < 3000; round++) {
		size_t len = 0;
		for (int i = 0; i < 60; i++) {
			const char *part = parts[(size_t)random() % (sizeof parts / sizeof *parts)];
			memcpy(src + len, part, strlen(part));
			len += strlen(part);
		}
		enum sanitize_style style = (enum sanitize_style)(round % 3);
		size_t limit = RECORD_TEXT_MIN + 2 + (size_t)random() % 60;
		struct fixture *f = fixture("x", style, limit);
		feed(f, src, len, 0);
		end(f);
		memcpy(whole, f->out, f->len + 1);
		f = fixture("x", style, limit);
		for (size_t at = 0, n; at < len; at += n) {
			n = 1 + (size_t)random() % 9;
			n = n < len - at ? n : len - at;
			feed(f, src + at, n, 0);
		}
		end(f);
		assert_string_equal(f->out, whole);
		for (char *line = whole, *lf; (lf = strchr(line, '\n')); line = lf + 1)
			assert_true(lf >= line && (size_t)(lf - line) < limit);
	}
}

static void
a_batch_goes_out_in_whole_records(void **state)
{
	(void)state;
	static char src[1 << 17];
	struct fixture *f = fixture("", SANITIZE_SHOW, RECORD_WRITE);
	memset(src, 'x', sizeof src);
	for (size_t i = 2999; i < sizeof src; i += 3000)
		src[i] = '\n';
	feed(f, src, sizeof src, 0);
	end(f);
	assert_int_equal(f->len, sizeof src + 1);
	assert_memory_equal(f->out, src, sizeof src);
	f = fixture("", SANITIZE_SHOW, RECORD_WRITE);
	memset(src, 'x', sizeof src);
	feed(f, src, sizeof src, 0);
	end(f);
	assert_int_equal(f->len, sizeof src + 2 * (sizeof src / (RECORD_WRITE - 2)) + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_a_record),
		cmocka_unit_test(a_record_is_stamped_by_its_first_byte),
		cmocka_unit_test(cr_before_lf_is_dropped_and_no_other),
		cmocka_unit_test(silence_ends_a_record_and_takes_the_newline_after_it),
		cmocka_unit_test(silence_holds_back_a_cut_character),
		cmocka_unit_test(a_cr_that_silence_follows_ends_its_record),
		cmocka_unit_test(a_cr_in_the_midst_of_text_is_text),
		cmocka_unit_test(a_selector_belongs_to_the_character_before_it_in_the_same_record),
		cmocka_unit_test(a_record_as_long_as_the_limit_is_whole),
		cmocka_unit_test(a_cut_is_between_characters),
		cmocka_unit_test(a_piece_is_stamped_by_its_own_first_byte),
		cmocka_unit_test(an_escaped_record_ends_in_plus_where_no_newline_was),
		cmocka_unit_test(a_prefix_that_has_grown_too_long_is_cut),
		cmocka_unit_test(elapsed_times_count_between_the_first_bytes),
		cmocka_unit_test(split_makes_no_difference),
		cmocka_unit_test(a_batch_goes_out_in_whole_records),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
