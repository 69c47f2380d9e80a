/* room: two members of one file, and where its name leads. */
#include "base/msg.h"
#include "chat/room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct room us, them;

/* Each test has a folder of its own, and is in it. */
static int
fresh(void **state)
{
	(void)state;
	char folder[] = "/tmp/room.XXXXXX";
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int
clean(void **state)
{
	(void)state;
	char folder[64], command[80];
	if (!getcwd(folder, sizeof folder) || strncmp(folder, "/tmp/room.", 10) != 0)
		return -1;
	snprintf(command, sizeof command, "rm -r %s", folder);
	return system(command);
}

static void
write_file(const char *name, const char *text)
{
	FILE *file = fopen(name, "a");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void
holds(const char *name, const char *text)
{
	char all[256] = "";
	FILE *file = fopen(name, "r");
	assert_non_null(file);
	assert_true(fread(all, 1, sizeof all - 1, file) < sizeof all);
	fclose(file);
	assert_string_equal(all, text);
}

static void
join(struct room *room, const char *name)
{
	assert_int_equal(room_open(room, name, true, 10), 0);
}

static void
post(struct room *room, const char *line)
{
	assert_int_equal(room_post(room, line, strlen(line)), strlen(line));
}

/* Takes note of all changes so far, and reads. */
static void
reads(struct room *room, const char *text)
{
	struct pollfd events = {.fd = room_fd(room), .events = POLLIN};
	while (poll(&events, 1, 0) == 1)
		room_wake(room);
	char all[256] = "";
	size_t len = 0;
	for (ssize_t n; (n = room_read(room, all + len, sizeof all - 1 - len)) != 0;
		len += (size_t)n)
		assert_true(n > 0);
	assert_string_equal(all, text);
}

static void
each_sees_the_others_lines_and_none_of_its_own(void **state)
{
	(void)state;
	write_file("room", "before\n");
	join(&us, "room");
	join(&them, "room");
	post(&us, "ours\n");
	post(&them, "theirs\n");
	reads(&us, "before\ntheirs\n");
	reads(&them, "before\nours\n");
	holds("room", "before\nours\ntheirs\n");
	room_leave(&us);
	post(&them, "late\n");
	reads(&us, "");
	room_close(&us);
	room_close(&them);
}

static void
only_who_posts_makes_a_room(void **state)
{
	(void)state;
	assert_int_equal(room_open(&us, "room", false, 10), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(access("room", F_OK), -1);
	join(&us, "room");
	struct stat file;
	assert_int_equal(stat("room", &file), 0);
	assert_int_equal(file.st_mode & 07777, 0600);
	room_close(&us);
}

static void
what_is_no_room_is_refused(void **state)
{
	(void)state;
	write_file("text", "no end");
	assert_int_equal(room_open(&us, "text", true, 10), -1);
	assert_int_equal(errno, EBADMSG);
	assert_int_equal(room_open(&us, ".", false, 10), -1);
	assert_int_equal(errno, EINVAL);
	holds("text", "no end");
}

static void
a_renamed_file_is_read_to_its_end_and_its_successor_is_for_the_same_people(void **state)
{
	(void)state;
	write_file("room", "one\n");
	assert_int_equal(chmod("room", 0664), 0);
	join(&us, "room");
	join(&them, "room");
	assert_int_equal(rename("room", "old"), 0);
	write_file("old", "two\n");
	post(&us, "three\n");
	reads(&them, "one\ntwo\nthree\n");
	reads(&us, "one\ntwo\n");
	holds("room", "three\n");
	struct stat file;
	assert_int_equal(stat("room", &file), 0);
	assert_int_equal(file.st_mode & 07777, 0664);
	post(&them, "four\n");
	reads(&us, "four\n");
	room_close(&us);
	room_close(&them);
}

static void
turn_link(const char *name, const char *target)
{
	unlink(name);
	assert_int_equal(symlink(target, name), 0);
}

static void
links_are_followed_where_they_lead_by_now(void **state)
{
	(void)state;
	assert_int_equal(mkdir("1", 0700) + mkdir("2", 0700), 0);
	turn_link("current", "1");
	turn_link("room", "current/file");
	join(&us, "room");
	write_file("1/file", "one\n");
	reads(&us, "one\n");
	write_file("2/file", "two\n");
	turn_link("current", "2");
	reads(&us, "two\n");
	turn_link("room", "./nothing/..//3");
	reads(&us, "");
	assert_int_equal(mkdir("nothing", 0700), 0);
	post(&us, "ours\n");
	holds("3", "ours\n");
	write_file("4", "four\n");
	char *absolute = realpath("4", NULL);
	assert_non_null(absolute);
	turn_link("room", absolute);
	free(absolute);
	reads(&us, "four\n");
	turn_link("room", "room");
	reads(&us, "");
	assert_int_equal(room_post(&us, "lost\n", 5), 0);
	assert_int_equal(errno, ELOOP);
	room_close(&us);
}

static void
a_folder_is_missed_and_found_again(void **state)
{
	(void)state;
	assert_int_equal(mkdir("folder", 0700), 0);
	join(&us, "folder/room");
	assert_int_equal(rename("folder", "elsewhere"), 0);
	reads(&us, "");
	assert_true(us.homeless);
	assert_int_equal(room_post(&us, "lost\n", 5), 0);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(mkdir("folder", 0700), 0);
	write_file("folder/room", "new\n");
	reads(&us, "new\n");
	assert_false(us.homeless);
	assert_int_equal(unlink("folder/room") + rmdir("folder"), 0);
	reads(&us, "");
	assert_int_equal(rename("elsewhere", "folder"), 0);
	write_file("folder/room", "old\n");
	reads(&us, "old\n");
	room_close(&us);
}

/* Holds the lock until it is killed. */
static pid_t
stopped_member(const char *name)
{
	int ready[2];
	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	if (pid == 0) {
		int fd = open(name, O_RDONLY | O_CLOEXEC);
		if (flock(fd, LOCK_EX) == 0 && write(ready[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	char byte;
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void
nobody_waits_for_a_lock_for_ever_even_with_sigalrm_blocked(void **state)
{
	(void)state;
	sigset_t alarm;
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	sigprocmask(SIG_BLOCK, &alarm, NULL);
	join(&us, "room");
	pid_t pid = stopped_member("room");
	post(&us, "ours\n");
	assert_true(us.stuck);
	holds("room", "ours\n");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	post(&us, "again\n");
	assert_false(us.stuck);
	room_close(&us);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			each_sees_the_others_lines_and_none_of_its_own, fresh, clean),
		cmocka_unit_test_setup_teardown(only_who_posts_makes_a_room, fresh, clean),
		cmocka_unit_test_setup_teardown(what_is_no_room_is_refused, fresh, clean),
		cmocka_unit_test_setup_teardown(
			a_renamed_file_is_read_to_its_end_and_its_successor_is_for_the_same_people,
			fresh, clean),
		cmocka_unit_test_setup_teardown(
			links_are_followed_where_they_lead_by_now, fresh, clean),
		cmocka_unit_test_setup_teardown(a_folder_is_missed_and_found_again, fresh, clean),
		cmocka_unit_test_setup_teardown(
			nobody_waits_for_a_lock_for_ever_even_with_sigalrm_blocked, fresh, clean),
	};
	msg_init("room");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
