/* The part of the sockets that needs no Bluetooth. */
#include "bt/rfcomm.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static void
a_peer_that_has_sent_already_is_in(void **state)
{
	(void)state;
	int pair[2];
	char byte;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		abort();
	assert_int_equal(rfcomm_admit(pair[0]), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(write(pair[1], "x", 1), 1);
	errno = EACCES; /* of something else, and earlier */
	assert_int_equal(rfcomm_admit(pair[0]), 0);
	assert_int_equal(read(pair[0], &byte, 1), 1);
	close(pair[0]);
	close(pair[1]);
}

static void
a_name_is_an_address_and_a_channel(void **state)
{
	(void)state;
	char name[RFCOMM_NAME];
	const struct rfcomm_end end = {.peer = {{6, 5, 4, 3, 2, 0xff}}, .channel = 30};
	assert_string_equal(rfcomm_name(&end, name), "FF:02:03:04:05:06 channel 30");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_peer_that_has_sent_already_is_in),
		cmocka_unit_test(a_name_is_an_address_and_a_channel),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
