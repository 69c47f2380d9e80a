#include "bt/inquiry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <unistd.h>

/* A controller that does what the test says. */
static int controller;
static struct inquiry inquiry;
static struct peers peers;

static int
setup(void **state)
{
	(void)state;
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends) < 0)
		return -1;
	controller = ends[0];
	peers.count = 0;
	inquiry = (struct inquiry){.fd = ends[1], .peers = &peers};
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	return close(controller);
}

/* The controller sends an event: its packet, type and header included. */
static void
event(const uint8_t *packet, size_t len)
{
	assert_int_equal(write(controller, packet, len), len);
	assert_int_equal(inquiry_event(&inquiry), 0);
}

#define EVENT(...) event((const uint8_t[]){4, __VA_ARGS__}, sizeof(uint8_t[]){4, __VA_ARGS__})
#define COMMAND_STATUS(status, code) EVENT(0x0f, 4, (status), 1, (code), 0x04)
#define COMMAND_COMPLETE(status, code) EVENT(0x0e, 4, 1, (code), 0x04, (status))
#define INQUIRY_COMPLETE(status) EVENT(0x01, 1, (status))
#define RESULT(first) \
	EVENT(0x22, 15, 1, (first), 2, 3, 4, 5, 6, 1, 0, 0x0c, 0x02, 0x5a, 0x34, 0x12, 0xc4)

/* The command that the controller got: its opcode's lower byte; 0: none. */
static int
command(void)
{
	uint8_t packet[64];
	return read(controller, packet, sizeof packet) > 3 && packet[2] == 0x04 ? packet[1] : 0;
}

static void
start(void)
{
	assert_int_equal(inquiry_start(&inquiry, 5120), 0);
	assert_int_equal(command(), 0x01);
	assert_int_equal(inquiry.state, INQUIRY_STARTING);
}

static void
an_inquiry_runs_until_it_is_complete(void **state)
{
	(void)state;
	start();
	COMMAND_STATUS(0, 0x01);
	assert_int_equal(inquiry.state, INQUIRY_RUNNING);
	RESULT(1);
	RESULT(2);
	assert_int_equal(peers.count, 2);
	INQUIRY_COMPLETE(0);
	assert_int_equal(inquiry.state, INQUIRY_IDLE);
	inquiry_close(&inquiry);
	assert_int_equal(command(), 0);
}

static void
one_that_runs_is_cancelled_at_the_end(void **state)
{
	(void)state;
	start();
	COMMAND_STATUS(0, 0x01);
	inquiry_close(&inquiry);
	assert_int_equal(command(), 0x02);
}

static void
a_refusal_means_busy_and_nobody_elses_is_cancelled(void **state)
{
	(void)state;
	start();
	COMMAND_STATUS(0x0c, 0x01);
	assert_int_equal(inquiry.state, INQUIRY_BUSY);
	inquiry_close(&inquiry);
	assert_int_equal(command(), 0);
}

static void
a_refusal_may_come_as_a_completion(void **state)
{
	(void)state;
	start();
	COMMAND_STATUS(0, 0x01);
	INQUIRY_COMPLETE(0x0c);
	assert_int_equal(inquiry.state, INQUIRY_BUSY);
	inquiry_close(&inquiry);
}

static void
another_ones_refusal_does_not_concern_us(void **state)
{
	(void)state;
	start();
	COMMAND_STATUS(0, 0x01);
	COMMAND_STATUS(0x0c, 0x01);
	inquiry.since -= 1000;
	INQUIRY_COMPLETE(0x0c);
	assert_int_equal(inquiry.state, INQUIRY_RUNNING);
	COMMAND_COMPLETE(0, 0x02); /* but a cancel ends ours, too */
	assert_int_equal(inquiry.state, INQUIRY_IDLE);
	inquiry_close(&inquiry);
}

static void
ask(void)
{
	RESULT(1);
	assert_int_equal(inquiry_ask(&inquiry, peers_unsettled(&peers)), 0);
	assert_int_equal(command(), 0x19);
	assert_true(inquiry.asking);
}

/* Remote Name Request Complete, with all 248 bytes. */
static void
answer(uint8_t status, uint8_t first, const char *name)
{
	uint8_t packet[258] = {4, 0x07, 255, status, first, 2, 3, 4, 5, 6};
	memcpy(packet + 10, name, strlen(name));
	event(packet, sizeof packet);
}

static void
a_name_is_asked_for(void **state)
{
	(void)state;
	ask();
	COMMAND_STATUS(0, 0x19);
	assert_true(inquiry.asking);
	answer(0, 1, "alice");
	assert_false(inquiry.asking);
	assert_string_equal(peers.list[0].name, "alice");
	assert_true(peers.list[0].settled);
	inquiry_close(&inquiry);
}

static void
who_does_not_tell_its_name_has_none(void **state)
{
	(void)state;
	ask();
	answer(0x04, 1, "");
	assert_false(inquiry.asking);
	assert_true(peers.list[0].settled);
	assert_int_equal(peers.list[0].name_len, 0);
	inquiry_close(&inquiry);
}

static void
a_refused_request_leaves_the_name_open(void **state)
{
	(void)state;
	ask();
	COMMAND_STATUS(0x0c, 0x19);
	assert_false(inquiry.asking);
	assert_false(peers.list[0].settled);
	inquiry_close(&inquiry);
	assert_int_equal(command(), 0);
}

static void
anybodys_answer_is_welcome_and_ours_goes_on(void **state)
{
	(void)state;
	RESULT(7);
	ask();
	answer(0, 1, "alice");
	assert_true(inquiry.asking);
	assert_string_equal(peers.list[1].name, "alice");
	inquiry_close(&inquiry);
	assert_int_equal(command(), 0x1a);
}

static void
events_cut_short_change_nothing(void **state)
{
	(void)state;
	static const uint8_t codes[] = {0x01, 0x02, 0x07, 0x0e, 0x0f, 0x22, 0x2f};
	start();
	for (size_t i = 0; i < sizeof codes; i++) {
		EVENT(codes[i], 0);
		EVENT(codes[i], 200, 1, 2, 3);
		event((const uint8_t[]){4, codes[i]}, 2);
	}
	assert_int_equal(inquiry.state, INQUIRY_STARTING);
	assert_int_equal(peers.count, 0);
	inquiry_close(&inquiry);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(an_inquiry_runs_until_it_is_complete),
		TEST(one_that_runs_is_cancelled_at_the_end),
		TEST(a_refusal_means_busy_and_nobody_elses_is_cancelled),
		TEST(a_refusal_may_come_as_a_completion),
		TEST(another_ones_refusal_does_not_concern_us),
		TEST(a_name_is_asked_for),
		TEST(who_does_not_tell_its_name_has_none),
		TEST(a_refused_request_leaves_the_name_open),
		TEST(anybodys_answer_is_welcome_and_ours_goes_on),
		TEST(events_cut_short_change_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
