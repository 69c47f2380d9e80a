#include "window/peerlist.h"

#include <stdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct peerlist list;

static int
begin(void **state)
{
	(void)state;
	list = (struct peerlist){0};
	return 0;
}

static void
a_line_is_a_peer(void **state)
{
	(void)state;
	assert_int_equal(
		peerlist_take(&list, "00:AA:01:01:00:01\t-52\t0x0c010c\tbob's  laptop"), 0);
	assert_string_equal(list.peers[0].address, "00:AA:01:01:00:01");
	assert_string_equal(list.peers[0].name, "bob's  laptop");
	assert_int_equal(list.peers[0].sort, PEER_COMPUTER);
	assert_int_equal(list.peers[0].bars, 4);
	assert_int_equal(peerlist_take(&list, "00:AA:01:01:00:02\t-\t0x5a020c\t"), 1);
	assert_string_equal(list.peers[1].name, "");
	assert_int_equal(list.peers[1].sort, PEER_PHONE);
	assert_int_equal(list.peers[1].bars, 0);
	assert_int_equal(list.count, 2);
}

static void
who_is_found_again_keeps_place_and_name(void **state)
{
	(void)state;
	peerlist_take(&list, "00:AA:01:01:00:01\t-52\t0x0c010c\tbob");
	peerlist_take(&list, "00:AA:01:01:00:02\t-52\t0x0c010c\tcarol");
	assert_int_equal(peerlist_take(&list, "00:AA:01:01:00:01\t-90\t0x0c010c\t"), 0);
	assert_int_equal(list.count, 2);
	assert_string_equal(list.peers[0].name, "bob");
	assert_int_equal(list.peers[0].bars, 1);
	peerlist_take(&list, "00:AA:01:01:00:01\t-90\t0x0c010c\trobert");
	assert_string_equal(list.peers[0].name, "robert");
}

static void
who_is_not_found_again_goes(void **state)
{
	(void)state;
	peerlist_take(&list, "00:AA:01:01:00:01\t-52\t0x0c010c\tbob");
	peerlist_take(&list, "00:AA:01:01:00:02\t-52\t0x0c010c\tcarol");
	peerlist_take(&list, "00:AA:01:01:00:03\t-52\t0x0c010c\tdave");
	peerlist_begin(&list);
	assert_int_equal(list.count, 3); /* while the scan runs they stay */
	peerlist_take(&list, "00:AA:01:01:00:03\t-52\t0x0c010c\tdave");
	peerlist_take(&list, "00:AA:01:01:00:01\t-52\t0x0c010c\tbob");
	peerlist_end(&list);
	assert_int_equal(list.count, 2);
	assert_int_equal(peerlist_find(&list, "00:AA:01:01:00:01"), 0);
	assert_int_equal(peerlist_find(&list, "00:AA:01:01:00:03"), 1);
	assert_int_equal(peerlist_find(&list, "00:AA:01:01:00:02"), -1);
}

static void
anything_else_is_no_peer(void **state)
{
	(void)state;
	static const char *const wrong[] = {
		"",
		"btscan: hci0: busy",
		"00:AA:01:01:00:01",
		"00:AA:01:01:00:01\t-52\t0x0c010c",
		"00:AA:01:01:00:01\t\t\tbob",
		"00-AA-01-01-00-01\t-52\t0x0c010c\tbob",
		"-e:AA:01:01:00:01\t-52\t0x0c010c\tbob",
		"00:AA:01:01:00:01:02\t-52\t0x0c010c\tbob",
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(peerlist_take(&list, wrong[i]), -1);
	assert_int_equal(list.count, 0);
}

static void
the_list_is_bounded(void **state)
{
	(void)state;
	char line[64];
	for (int i = 0; i < 2 * PEERLIST_MAX; i++) {
		snprintf(line, sizeof line, "00:AA:01:01:%02X:%02X\t-52\t0x0c010c\tbob", i / 256U,
			i % 256U);
		assert_int_equal(peerlist_take(&list, line), i < PEERLIST_MAX ? i : -1);
	}
	assert_int_equal(list.count, PEERLIST_MAX);
	/* one that is there is still updated */
	assert_int_equal(peerlist_take(&list, "00:AA:01:01:00:07\t-52\t0x0c010c\tbob"), 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_line_is_a_peer, begin),
		cmocka_unit_test_setup(who_is_found_again_keeps_place_and_name, begin),
		cmocka_unit_test_setup(who_is_not_found_again_goes, begin),
		cmocka_unit_test_setup(anything_else_is_no_peer, begin),
		cmocka_unit_test_setup(the_list_is_bounded, begin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
