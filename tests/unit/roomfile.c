/* roomfile: appending, reading, and text that is never removed. */
#include "chat/roomfile.h"
#include "chat/splitter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { PAGE = 4096 };

/* A file without a name, which holds this; two open file descriptions of it. */
struct both {
	int fd; /* anybody's */
	struct roomfile *file;
};

static struct both
file_with(const char *text)
{
	char name[] = "/tmp/roomfile.XXXXXX";
	int fd = mkstemp(name);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	struct both b = {fd, roomfile_new(open(name, O_RDWR | O_APPEND | O_CLOEXEC))};
	assert_non_null(b.file);
	unlink(name);
	assert_true(roomfile_look(b.file) >= 0);
	roomfile_check(b.file);
	return b;
}

static void
drop(struct both b)
{
	close(b.fd);
	roomfile_free(b.file);
}

static void
put(struct both b, const char *text)
{
	assert_int_equal(lseek(b.fd, 0, SEEK_END) >= 0, 1);
	assert_int_equal(write(b.fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void
put_page_end(struct both b)
{
	off_t size = lseek(b.fd, 0, SEEK_END);
	for (; size % PAGE != 0; size++)
		assert_int_equal(write(b.fd, "x", 1), 1);
}

static void
holds(struct both b, const char *text)
{
	char all[256] = "";
	ssize_t n = pread(b.fd, all, sizeof all - 1, 0);
	assert_true(n >= 0);
	assert_string_equal(all, text);
}

/* The reader gets this text, and then no more. */
static void
reads(struct both b, const char *text)
{
	char all[256] = "";
	size_t len = 0;
	while (roomfile_look(b.file) > 0) {
		ssize_t n = roomfile_read(b.file, all + len, 5);
		assert_true(n >= 0);
		len += (size_t)n;
	}
	assert_string_equal(all, text);
}

static void
whole_lines_of_others_are_read_and_none_of_its_own(void **state)
{
	(void)state;
	struct both b = file_with("one\ntwo\nhal");
	assert_int_equal(roomfile_append(b.file, "", 0), 0);
	reads(b, "one\ntwo\n");
	put(b, "f\n");
	assert_int_equal(roomfile_append(b.file, "mine\n", 5), 5);
	put(b, "three\n");
	reads(b, "half\nthree\n");
	holds(b, "one\ntwo\nhalf\nmine\nthree\n");
	drop(b);
}

static void
the_last_lines_are_what_is_asked_for(void **state)
{
	(void)state;
	static const struct {
		long lines;
		const char *text;
	} cases[] = {{0, ""}, {1, "c\n"}, {2, "b\nc\n"}, {3, "a\nb\nc\n"}, {100, "a\nb\nc\n"}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct both b = file_with("a\nb\nc\ntorn");
		assert_int_equal(roomfile_skip(b.file, cases[i].lines), 0);
		reads(b, cases[i].text);
		drop(b);
	}
}

static void
an_emptied_file_is_read_from_its_start(void **state)
{
	(void)state;
	struct both b = file_with("one\n");
	reads(b, "one\n");
	assert_int_equal(ftruncate(b.fd, 0), 0);
	put(b, "longer than before\n");
	reads(b, "longer than before\n");
	assert_true(b.file->emptied);
	assert_int_equal(b.file->restarts, 1);
	drop(b);
}

static void
what_has_no_end_anywhere_is_no_room(void **state)
{
	(void)state;
	struct both b = file_with("text without an end");
	assert_int_equal(roomfile_check(b.file), EBADMSG);
	assert_int_equal(roomfile_mend(b.file), -1);
	assert_int_equal(errno, EBADMSG);
	put_page_end(b);
	assert_int_equal(roomfile_mend(b.file), -1);
	assert_int_equal(errno, EBADMSG);
	assert_int_equal(lseek(b.fd, 0, SEEK_END), PAGE);
	drop(b);
	b = file_with("");
	assert_int_equal(roomfile_check(b.file), 0);
	drop(b);
}

static void
what_ends_with_a_page_is_removed(void **state)
{
	(void)state;
	struct both b = file_with("one\ntorn");
	put_page_end(b);
	assert_int_equal(roomfile_mend(b.file), 0);
	holds(b, "one\n");
	assert_int_equal(b.file->removed, PAGE - 4);
	assert_false(b.file->ended);
	drop(b);
	/* Of the first line of a file that was empty, too. */
	b = file_with("");
	put_page_end(b);
	put(b, "x");
	put_page_end(b);
	assert_int_equal(roomfile_mend(b.file), 0);
	holds(b, "");
	drop(b);
}

static void
what_ends_elsewhere_gets_its_end_and_stays(void **state)
{
	(void)state;
	struct both b = file_with("one\nby an editor");
	assert_int_equal(roomfile_mend(b.file), 0);
	assert_true(b.file->ended);
	assert_int_equal(b.file->removed, 0);
	assert_int_equal(roomfile_append(b.file, "mine\n", 5), 5);
	holds(b, "one\nby an editor\nmine\n");
	reads(b, "one\nby an editor\n");
	drop(b);
}

static void
more_than_a_line_without_an_end_is_left_alone(void **state)
{
	(void)state;
	struct both b = file_with("one\n");
	for (int i = 0; i < SPLITTER_LINE_MAX / PAGE; i++) {
		put_page_end(b);
		put(b, "x");
	}
	put_page_end(b);
	off_t size = lseek(b.fd, 0, SEEK_END);
	assert_int_equal(roomfile_look(b.file), 1);
	assert_int_equal(roomfile_check(b.file), EILSEQ);
	assert_int_equal(roomfile_mend(b.file), -1);
	assert_int_equal(errno, EILSEQ);
	assert_int_equal(lseek(b.fd, 0, SEEK_END), size);
	drop(b);
}

static void
what_does_not_fit_is_taken_back_by_whole_lines(void **state)
{
	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	struct rlimit before;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	struct both b = file_with("one\n");
	setrlimit(RLIMIT_FSIZE, &(struct rlimit){10, before.rlim_max});
	size_t posted = roomfile_append(b.file, "two\nthree\n", 10);
	int error = errno;
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(posted, 4);
	assert_int_equal(error, EFBIG);
	holds(b, "one\ntwo\n");
	put(b, "four\n");
	reads(b, "one\nfour\n");
	drop(b);
}

static void
a_pipe_is_no_room(void **state)
{
	(void)state;
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	assert_null(roomfile_new(ends[0]));
	assert_int_equal(errno, EINVAL);
	close(ends[0]);
	close(ends[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_lines_of_others_are_read_and_none_of_its_own),
		cmocka_unit_test(the_last_lines_are_what_is_asked_for),
		cmocka_unit_test(an_emptied_file_is_read_from_its_start),
		cmocka_unit_test(what_has_no_end_anywhere_is_no_room),
		cmocka_unit_test(what_ends_with_a_page_is_removed),
		cmocka_unit_test(what_ends_elsewhere_gets_its_end_and_stays),
		cmocka_unit_test(more_than_a_line_without_an_end_is_left_alone),
		cmocka_unit_test(what_does_not_fit_is_taken_back_by_whole_lines),
		cmocka_unit_test(a_pipe_is_no_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
