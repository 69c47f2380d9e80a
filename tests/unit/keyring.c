/* The files of those that we know. */
#include "base/keyring.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static char top[32];
static char path[64];
static struct keyring ring;
static const struct handshake_pair ours = {HANDSHAKE_B, {0xde, 0xad, 0xbe, 0xef}};

static int
setup(void **state)
{
	(void)state;
	strcpy(top, "/tmp/rfseal.XXXXXX");
	if (!mkdtemp(top))
		return -1;
	snprintf(path, sizeof path, "%s/some/where", top);
	return keyring_open(&ring, path);
}

static int
teardown(void **state)
{
	char command[64];
	(void)state;
	close(ring.dir);
	snprintf(command, sizeof command, "rm -r '%s'", top);
	return system(command);
}

static int
find(const char *name)
{
	struct handshake_pair pair;
	int found = keyring_find(&ring, name, &pair);
	if (found > 0) {
		assert_int_equal(pair.role, ours.role);
		assert_memory_equal(pair.key, ours.key, HANDSHAKE_KEY);
	}
	return found;
}

static mode_t
mode_of(const char *name)
{
	struct stat st;
	assert_int_equal(fstatat(ring.dir, name, &st, 0), 0);
	return st.st_mode & 07777;
}

static void
a_pair_is_unsure_and_then_known(void **state)
{
	(void)state;
	assert_int_equal(find("bob"), KEYRING_UNKNOWN);
	umask(0);
	assert_int_equal(keyring_store(&ring, "bob", &ours), 0);
	assert_int_equal(find("bob"), KEYRING_UNSURE);
	assert_int_equal(mode_of(".bob.new"), 0600);
	assert_int_equal(keyring_confirm(&ring, "bob", &ours), 0);
	assert_int_equal(find("bob"), KEYRING_KNOWN);
	assert_int_equal(mode_of("bob"), 0600);
	assert_int_equal(mode_of("."), 0700);
	/* Once more is no mistake. */
	assert_int_equal(keyring_confirm(&ring, "bob", &ours), 0);
	assert_int_equal(unlinkat(ring.dir, "bob", 0), 0);
	assert_int_equal(keyring_confirm(&ring, "bob", &ours), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(find("bob"), KEYRING_UNKNOWN);
}

/* Two meetings by the same name, of which either is confirmed when the other has stored its own. */
static void
only_the_pair_that_was_made_is_confirmed(void **state)
{
	const struct handshake_pair other = {HANDSHAKE_B, {1}};
	(void)state;
	assert_int_equal(keyring_store(&ring, "bob", &other), 0);
	assert_int_equal(keyring_store(&ring, "bob", &ours), 0);
	assert_int_equal(keyring_confirm(&ring, "bob", &other), -1);
	assert_int_equal(errno, EEXIST);
	assert_int_equal(find("bob"), KEYRING_UNSURE);
	assert_int_equal(keyring_confirm(&ring, "bob", &ours), 0);
	assert_int_equal(keyring_store(&ring, "bob", &other), 0);
	assert_int_equal(keyring_confirm(&ring, "bob", &other), -1);
	assert_int_equal(errno, EEXIST);
	assert_int_equal(find("bob"), KEYRING_KNOWN);
}

static void
a_code_is_kept_with_its_guesses(void **state)
{
	struct code code;
	(void)state;
	assert_int_equal(keyring_load_code(&ring, "bob", &code), 0);
	assert_string_equal(code.text, "");
	assert_int_equal(keyring_store_code(&ring, "bob", &(struct code){"482913", 2}), 0);
	assert_int_equal(mode_of(".bob.code"), 0600);
	assert_int_equal(keyring_load_code(&ring, "bob", &code), 0);
	assert_string_equal(code.text, "482913");
	assert_int_equal(code.wrong, 2);
	/* It is no peer. */
	assert_int_equal(find("bob"), KEYRING_UNKNOWN);
	assert_int_equal(keyring_drop_code(&ring, "bob"), 0);
	assert_int_equal(keyring_drop_code(&ring, "bob"), 0);
	assert_int_equal(keyring_load_code(&ring, "bob", &code), 0);
	assert_string_equal(code.text, "");
}

static void
the_longest_names_work_for_all_of_it(void **state)
{
	char name[KEYRING_NAME_MAX + 1];
	char text[CODE_MAX + 1];
	struct code code = {.wrong = 3};
	(void)state;
	memset(name, 'n', KEYRING_NAME_MAX);
	name[KEYRING_NAME_MAX] = '\0';
	memset(text, 'c', CODE_MAX);
	text[CODE_MAX] = '\0';
	memcpy(code.text, text, sizeof text);
	assert_int_equal(keyring_store_code(&ring, name, &code), 0);
	assert_int_equal(keyring_load_code(&ring, name, &code), 0);
	assert_string_equal(code.text, text);
	assert_int_equal(keyring_store(&ring, name, &ours), 0);
	struct handshake_pair found;
	struct keyring_list *list = keyring_list(&ring);
	assert_string_equal(keyring_next(list, &found), name);
	assert_null(keyring_next(list, &found));
	keyring_list_end(list);
	assert_int_equal(keyring_confirm(&ring, name, &ours), 0);
	assert_int_equal(find(name), KEYRING_KNOWN);
}

static void
a_list_has_those_that_are_known_and_unsure(void **state)
{
	const char *name;
	int bobs = 0;
	int zoes = 0;
	(void)state;
	assert_int_equal(keyring_store(&ring, "bob", &ours), 0);
	assert_int_equal(keyring_store(&ring, "zo\xc3\xab.b", &ours), 0);
	assert_int_equal(keyring_confirm(&ring, "zo\xc3\xab.b", &ours), 0);
	assert_int_equal(keyring_store_code(&ring, "eve", &(struct code){"482913", 0}), 0);
	struct handshake_pair found;
	struct keyring_list *list = keyring_list(&ring);
	while ((name = keyring_next(list, &found))) {
		bobs += strcmp(name, "bob") == 0;
		zoes += strcmp(name, "zo\xc3\xab.b") == 0;
		assert_string_not_equal(name, "eve");
		assert_memory_equal(found.key, ours.key, sizeof found.key);
	}
	assert_int_equal(errno, 0);
	keyring_list_end(list);
	assert_int_equal(bobs, 1);
	assert_int_equal(zoes, 1);
}

/* Its key would be one that anybody can make. */
static void
a_peer_that_is_forgotten_meanwhile_is_not_in_the_list(void **state)
{
	struct handshake_pair found;
	(void)state;
	assert_int_equal(keyring_store(&ring, "bob", &ours), 0);
	assert_int_equal(keyring_store(&ring, "zoe", &ours), 0);
	struct keyring_list *list = keyring_list(&ring);
	bool bob = strcmp(keyring_next(list, &found), "bob") == 0;
	assert_int_equal(unlinkat(ring.dir, bob ? ".zoe.new" : ".bob.new", 0), 0);
	assert_null(keyring_next(list, &found));
	assert_int_equal(errno, 0);
	keyring_list_end(list);
}

/* What has been written to a name's file, and with which mode. */
static void
refused(const char *text, mode_t mode, int error)
{
	struct handshake_pair pair;
	int fd = openat(ring.dir, "bob", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
	assert_int_equal(keyring_find(&ring, "bob", &pair), -1);
	assert_int_equal(errno, error);
	assert_string_equal(ring.file + strlen(path), "/bob");
	unlinkat(ring.dir, "bob", 0);
}

#define KEY "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void
what_others_can_read_is_refused(void **state)
{
	(void)state;
	refused("rfseal1 A " KEY "\n", 0644, EPERM);
	refused("rfseal1 A " KEY "\n", 0640, EPERM);
	refused("rfseal1 A " KEY "\n", 0602, EPERM);
	struct keyring other;
	assert_int_equal(chmod(path, 0750), 0);
	assert_int_equal(keyring_open(&other, path), -1);
	assert_int_equal(errno, EPERM);
	close(other.dir);
	assert_int_equal(chmod(path, 0700), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(path, 1, 1), 0);
		assert_int_equal(keyring_open(&other, path), -1);
		assert_int_equal(errno, EPERM);
		close(other.dir);
	}
}

static void
other_files_are_refused(void **state)
{
	struct handshake_pair pair;
	struct code code;
	(void)state;
	refused("", 0600, EBADMSG);
	refused("rfseal1 A " KEY, 0600, EBADMSG);
	refused("rfseal1 A " KEY "\n\n", 0600, EBADMSG);
	refused("rfseal1 C " KEY "\n", 0600, EBADMSG);
	refused("rfseal2 A " KEY "\n", 0600, EBADMSG);
	refused("rfseal1 A g" KEY, 0600, EBADMSG);
	refused("rfseal1 A " KEY KEY KEY KEY "\n", 0600, EBADMSG);
	assert_int_equal(symlinkat("/etc/passwd", ring.dir, "bob"), 0);
	assert_int_equal(keyring_find(&ring, "bob", &pair), -1);
	assert_int_equal(errno, ELOOP);
	unlinkat(ring.dir, "bob", 0);
	assert_int_equal(mkfifoat(ring.dir, "bob", 0600), 0);
	assert_int_equal(keyring_find(&ring, "bob", &pair), -1);
	assert_int_equal(errno, EBADMSG);
	assert_int_equal(mkfifoat(ring.dir, ".bob.code", 0600), 0);
	assert_int_equal(keyring_load_code(&ring, "bob", &code), -1);
}

static void
names_are_harmless(void **state)
{
	static const char *const good[] = {
		"b", "bob", "Bob.2", "bob@home", "a+b_c-d", "zo\xc3\xab", "1", "_"};
	static const char *const bad[] = {"", ".", "..", ".bob", "-bob", "a/b", "a b", "a\tb",
		"a\nb", "a$b", "a;b", "a\"b", "a\\b", "a*b", "\x1b[31m", "a\x7f", "a\xff",
		"a\xe2\x80\xae", "zo\xc3", "a:b", "a,b", "~"};
	char name[KEYRING_NAME_MAX + 2];
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(keyring_name(good[i]));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(keyring_name(bad[i]));
	memset(name, 'x', sizeof name);
	name[KEYRING_NAME_MAX + 1] = '\0';
	assert_false(keyring_name(name));
	name[KEYRING_NAME_MAX] = '\0';
	assert_true(keyring_name(name));
}

static void
the_place_is_that_of_the_environment(void **state)
{
	struct keyring other;
	char expected[128];
	(void)state;
	setenv("XDG_STATE_HOME", top, 1);
	assert_int_equal(keyring_open(&other, NULL), 0);
	snprintf(expected, sizeof expected, "%s/rfcat/peers", top);
	assert_string_equal(other.path, expected);
	close(other.dir);
	setenv("HOME", top, 1);
	setenv("XDG_STATE_HOME", "not/absolute", 1);
	assert_int_equal(keyring_open(&other, NULL), 0);
	snprintf(expected, sizeof expected, "%s/.local/state/rfcat/peers", top);
	assert_string_equal(other.path, expected);
	close(other.dir);
	unsetenv("HOME");
	assert_int_equal(keyring_open(&other, NULL), -1);
	assert_int_equal(errno, ENOENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_pair_is_unsure_and_then_known, setup, teardown),
		cmocka_unit_test_setup_teardown(
			only_the_pair_that_was_made_is_confirmed, setup, teardown),
		cmocka_unit_test_setup_teardown(a_code_is_kept_with_its_guesses, setup, teardown),
		cmocka_unit_test_setup_teardown(
			the_longest_names_work_for_all_of_it, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_list_has_those_that_are_known_and_unsure, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_peer_that_is_forgotten_meanwhile_is_not_in_the_list, setup, teardown),
		cmocka_unit_test_setup_teardown(what_others_can_read_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(other_files_are_refused, setup, teardown),
		cmocka_unit_test(names_are_harmless),
		cmocka_unit_test_setup_teardown(
			the_place_is_that_of_the_environment, setup, teardown),
	};
	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
