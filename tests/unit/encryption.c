#include "bt/encryption.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
says(struct encryption encryption, const char *expected, bool weak)
{
	char text[ENCRYPTION_TEXT];
	assert_string_equal(encryption_text(encryption, text), expected);
	assert_int_equal(encryption_is_weak(encryption), weak);
}

static void
what_is_known_is_said(void **state)
{
	(void)state;
	says((struct encryption){false, false, 0}, "", false);
	says((struct encryption){true, false, 0}, " (not encrypted)", false);
	says((struct encryption){true, true, 0}, " (encrypted)", false);
	says((struct encryption){true, true, 16}, " (encrypted, 16-octet key)", false);
}

static void
a_short_key_is_weak(void **state)
{
	(void)state;
	says((struct encryption){true, true, 15}, " (encrypted, 15-octet key)", true);
	says((struct encryption){true, true, 7}, " (encrypted, 7-octet key)", true);
	says((struct encryption){true, true, 1}, " (encrypted, 1-octet key)", true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_known_is_said),
		cmocka_unit_test(a_short_key_is_weak),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
