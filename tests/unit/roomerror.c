/* The words for a room's errno. */
#include "chat/roomerror.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void
a_room_has_words_of_its_own_for_its_errors(void **state)
{
	(void)state;
	static const int errors[] = {
		EAGAIN, ENOSPC, EDQUOT, EFBIG, ENOENT, EINVAL, EBADMSG, EILSEQ};
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
		assert_string_not_equal(roomerror_use(errors[i]), strerror(errors[i]));
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(roomerror_use(errors[i]), roomerror_use(errors[j]));
	}
}

static void
any_other_error_is_the_systems(void **state)
{
	(void)state;
	assert_string_equal(roomerror_use(EIO), strerror(EIO));
	assert_string_equal(roomerror_use(EMFILE), strerror(EMFILE));
	assert_string_equal(roomerror_open(EACCES, true), strerror(EACCES));
}

static void
opening_can_also_lack_inotify(void **state)
{
	(void)state;
	assert_non_null(strstr(roomerror_open(EMFILE, true), "inotify instances"));
	assert_non_null(strstr(roomerror_open(ENOSPC, true), "inotify watches"));
	assert_string_equal(roomerror_open(EBADMSG, true), roomerror_use(EBADMSG));
}

static void
a_missing_room_or_a_missing_folder(void **state)
{
	(void)state;
	assert_string_equal(roomerror_open(ENOENT, true), "its folder is not there");
	assert_string_equal(roomerror_open(ENOENT, false), "no such room (without -d it is made)");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_room_has_words_of_its_own_for_its_errors),
		cmocka_unit_test(any_other_error_is_the_systems),
		cmocka_unit_test(opening_can_also_lack_inotify),
		cmocka_unit_test(a_missing_room_or_a_missing_folder),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
