/* The relay on socket pairs and pipes: its data, its ends, and its counts. */
#include "base/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <cmocka.h>

/* A relay in a thread of its own, and our ends of its descriptors. */
struct rig {
	int in, out; /* the local side: we write in, and read out */
	int peer; /* at the other end of the link */
	int signals;
	int done;
	struct relay relay;
	int relay_signals, relay_done;
	enum relay_end end;
	pthread_t thread;
};

static size_t held; /* what the kernel pretends to hold */

static size_t
pretend(int link)
{
	(void)link;
	return __atomic_load_n(&held, __ATOMIC_SEQ_CST);
}

static int
setup(void **state)
{
	struct rig *rig = calloc(1, sizeof *rig);
	int in[2];
	int out[2];
	int link[2];
	int signals[2];
	int done[2];
	if (!rig || pipe(in) || pipe(out) || pipe(signals) || pipe(done) ||
		socketpair(AF_UNIX, SOCK_STREAM, 0, link) || fcntl(link[0], F_SETFL, O_NONBLOCK)) {
		free(rig);
		return -1;
	}
	rig->in = in[1];
	rig->out = out[0];
	rig->peer = link[1];
	rig->signals = signals[1];
	rig->done = done[1];
	rig->relay_done = done[0];
	rig->relay_signals = signals[0];
	rig->relay = (struct relay){.in = in[0],
		.out = nowait_open(out[1]),
		.link = link[0],
		.signals = signals[0],
		.done = -1,
		.quiet_ms = -1,
		.idle_ms = -1,
		.queued = pretend};
	held = 0;
	*state = rig;
	return 0;
}

static void
hang_up(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int
teardown(void **state)
{
	struct rig *rig = *state;
	int *fds[] = {&rig->in, &rig->out, &rig->peer, &rig->signals, &rig->done, &rig->relay.in,
		&rig->relay.out.own, &rig->relay.out.fd, &rig->relay.link, &rig->relay_signals,
		&rig->relay_done};
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
		hang_up(fds[i]);
	free(rig);
	return 0;
}

static void *
run(void *arg)
{
	struct rig *rig = arg;
	rig->end = relay_run(&rig->relay);
	return NULL;
}

static void
start(struct rig *rig)
{
	assert_int_equal(pthread_create(&rig->thread, NULL, run, rig), 0);
}

static enum relay_end
finish(struct rig *rig)
{
	pthread_join(rig->thread, NULL);
	return rig->end;
}

static void
put(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

/* Reads exactly the expected text. */
static void
expect(int fd, const char *text)
{
	char got[256];
	size_t used = 0;
	while (used < strlen(text)) {
		ssize_t n = read(fd, got + used, strlen(text) - used);
		assert_true(n > 0);
		used += (size_t)n;
	}
	assert_memory_equal(got, text, strlen(text));
}

static bool
silent(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	return poll(&p, 1, ms) == 0;
}

static void
lines_go_both_ways_at_once(void **state)
{
	struct rig *rig = *state;
	start(rig);
	put(rig->in, "hello\n");
	expect(rig->peer, "hello\n");
	put(rig->peer, "hi\n");
	expect(rig->out, "hi\n");
	hang_up(&rig->peer);
	assert_int_equal(finish(rig), RELAY_PEER_CLOSED);
	assert_int_equal(rig->relay.sent, 6);
	assert_int_equal(rig->relay.received, 3);
	assert_int_equal(rig->relay.unsent, 0);
	assert_int_equal(rig->relay.error, 0);
}

static void
all_that_the_peer_sent_before_it_closed_is_delivered(void **state)
{
	struct rig *rig = *state;
	put(rig->peer, "the last words\n");
	hang_up(&rig->peer);
	start(rig);
	expect(rig->out, "the last words\n");
	assert_int_equal(finish(rig), RELAY_PEER_CLOSED);
	assert_int_equal(rig->relay.received, 15);
}

/* Fails at an end of file, and when nothing comes for a second. */
static void
read_all(int fd, char *data, size_t length)
{
	while (length > 0) {
		assert_false(silent(fd, 1000));
		ssize_t n = read(fd, data, length);
		assert_true(n > 0);
		data += n;
		length -= (size_t)n;
	}
}

static void
a_slow_reader_of_out_gets_everything_after_the_peer_has_gone(void **state)
{
	struct rig *rig = *state;
	static char block[100000]; /* more than a pipe takes: the relay holds the rest */
	static char got[sizeof block];
	for (size_t i = 0; i < sizeof block; i++)
		block[i] = (char)(i * 7 % 251);
	int size = sizeof block;
	setsockopt(rig->peer, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	start(rig);
	assert_int_equal(write(rig->peer, block, sizeof block), sizeof block);
	hang_up(&rig->peer);
	poll(NULL, 0, 100);
	read_all(rig->out, got, sizeof got);
	assert_memory_equal(block, got, sizeof got);
	assert_int_equal(finish(rig), RELAY_PEER_CLOSED);
	assert_int_equal(rig->relay.received, sizeof block);
}

static void
the_end_of_in_alone_ends_nothing(void **state)
{
	struct rig *rig = *state;
	start(rig);
	put(rig->in, "only this\n");
	hang_up(&rig->in);
	expect(rig->peer, "only this\n");
	assert_true(silent(rig->peer, 100));
	put(rig->peer, "a late reply\n");
	expect(rig->out, "a late reply\n");
	hang_up(&rig->peer);
	assert_int_equal(finish(rig), RELAY_PEER_CLOSED);
}

static void
after_the_end_of_in_a_silent_peer_is_left(void **state)
{
	struct rig *rig = *state;
	rig->relay.quiet_ms = 50;
	start(rig);
	put(rig->in, "anybody?\n");
	hang_up(&rig->in);
	assert_int_equal(finish(rig), RELAY_DELIVERED);
	assert_int_equal(rig->relay.sent, 9);
}

static void
a_peer_that_goes_on_talking_is_not_left(void **state)
{
	struct rig *rig = *state;
	rig->relay.quiet_ms = 300;
	hang_up(&rig->in);
	start(rig);
	for (int i = 0; i < 6; i++) {
		assert_true(silent(rig->out, 100));
		put(rig->peer, "more\n");
		expect(rig->out, "more\n");
	}
	assert_int_equal(finish(rig), RELAY_DELIVERED);
	assert_int_equal(rig->relay.received, 30);
}

static void
nobody_leaves_while_out_is_stalled(void **state)
{
	struct rig *rig = *state;
	static char block[100000];
	int size = sizeof block;
	rig->relay.quiet_ms = 100;
	setsockopt(rig->peer, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	assert_int_equal(write(rig->peer, block, sizeof block), sizeof block);
	hang_up(&rig->in);
	start(rig);
	poll(NULL, 0, 300);
	read_all(rig->out, block, sizeof block);
	assert_int_equal(finish(rig), RELAY_DELIVERED);
	assert_int_equal(rig->relay.received, sizeof block);
}

static void
how_long_ago_the_last_byte_was_sent_is_told(void **state)
{
	struct rig *rig = *state;
	start(rig);
	put(rig->in, "before\n");
	expect(rig->peer, "before\n");
	poll(NULL, 0, 200);
	hang_up(&rig->peer);
	assert_int_equal(finish(rig), RELAY_PEER_CLOSED);
	assert_true(rig->relay.fresh_ms >= 150 && rig->relay.fresh_ms <= 60000);
}

static void
nobody_leaves_while_the_kernel_holds_bytes(void **state)
{
	struct rig *rig = *state;
	rig->relay.quiet_ms = 0;
	held = 100;
	start(rig);
	put(rig->in, "slowly\n");
	hang_up(&rig->in);
	expect(rig->peer, "slowly\n");
	assert_true(silent(rig->peer, 300)); /* no end of file: it waits */
	__atomic_store_n(&held, 0, __ATOMIC_SEQ_CST);
	assert_int_equal(finish(rig), RELAY_DELIVERED);
	assert_int_equal(rig->relay.unsent, 0);
}

static void
what_the_kernel_held_when_the_link_ended_counts_as_unsent(void **state)
{
	struct rig *rig = *state;
	held = 100000; /* with the kernel's own overhead, more than was sent */
	start(rig);
	put(rig->in, "lost?\n");
	expect(rig->peer, "lost?\n");
	hang_up(&rig->peer);
	assert_int_equal(finish(rig), RELAY_PEER_CLOSED);
	assert_int_equal(rig->relay.unsent, 6);
}

static void
a_closed_reader_of_out_ends_it_without_a_byte(void **state)
{
	struct rig *rig = *state;
	start(rig);
	hang_up(&rig->out);
	assert_int_equal(finish(rig), RELAY_READER_GONE);
}

static void
silence_both_ways_for_the_idle_time_ends_it(void **state)
{
	struct rig *rig = *state;
	rig->relay.idle_ms = 300;
	start(rig);
	for (int i = 0; i < 3; i++) {
		assert_true(silent(rig->peer, 150));
		put(rig->in, "x");
		expect(rig->peer, "x");
		assert_true(silent(rig->out, 150));
		put(rig->peer, "y");
		expect(rig->out, "y");
	}
	assert_int_equal(finish(rig), RELAY_IDLE);
}

static void
a_signal_ends_it_at_once(void **state)
{
	struct rig *rig = *state;
	start(rig);
	put(rig->signals, "!");
	assert_int_equal(finish(rig), RELAY_SIGNAL);
}

static void
without_in_nothing_is_read_and_no_time_runs(void **state)
{
	struct rig *rig = *state;
	int in = rig->relay.in;
	rig->relay.in = -1;
	rig->relay.quiet_ms = 0;
	put(rig->in, "not for you");
	start(rig);
	assert_true(silent(rig->peer, 200));
	put(rig->peer, "hi\n");
	expect(rig->out, "hi\n");
	hang_up(&rig->peer);
	assert_int_equal(finish(rig), RELAY_PEER_CLOSED);
	rig->relay.in = in;
}

static void
both_directions_at_once_do_not_deadlock(void **state)
{
	struct rig *rig = *state;
	rig->relay.quiet_ms = 200;
	start(rig);
	size_t total = 2 * 1024 * 1024;
	size_t put_in = 0;
	size_t put_link = 0;
	size_t got_out = 0;
	size_t got_link = 0;
	char block[4096] = {0};
	int fds[] = {rig->in, rig->out, rig->peer};
	for (size_t i = 0; i < 3; i++)
		fcntl(fds[i], F_SETFL, O_NONBLOCK);
	while (got_out < total || got_link < total) {
		struct pollfd p[] = {
			{.fd = put_in < total ? rig->in : -1, .events = POLLOUT},
			{.fd = rig->out, .events = POLLIN},
			{.fd = rig->peer,
				.events = (short)(POLLIN | (put_link < total ? POLLOUT : 0))},
		};
		assert_true(poll(p, 3, 10000) > 0);
		ssize_t n = 0;
		if (p[0].revents && (n = write(rig->in, block, sizeof block)) > 0)
			put_in += (size_t)n;
		if (p[1].revents && (n = read(rig->out, block, sizeof block)) > 0)
			got_out += (size_t)n;
		if (p[2].revents & POLLIN && (n = read(rig->peer, block, sizeof block)) > 0)
			got_link += (size_t)n;
		if (p[2].revents & POLLOUT && put_link < total &&
			(n = write(rig->peer, block, sizeof block)) > 0)
			put_link += (size_t)n;
	}
	hang_up(&rig->in);
	assert_int_equal(finish(rig), RELAY_DELIVERED);
	assert_int_equal(rig->relay.sent, put_in);
	assert_int_equal(rig->relay.received, put_link);
}

static void
a_program_that_closed_its_input_goes_on_talking(void **state)
{
	struct rig *rig = *state;
	rig->relay.done = rig->relay_done;
	hang_up(&rig->out);
	start(rig);
	put(rig->peer, "nobody reads this\n");
	put(rig->in, "but I still talk\n");
	expect(rig->peer, "but I still talk\n");
	put(rig->done, "!");
	assert_int_equal(finish(rig), RELAY_DELIVERED);
}

static void
what_a_program_wrote_before_it_ended_is_delivered(void **state)
{
	struct rig *rig = *state;
	rig->relay.done = rig->relay_done;
	put(rig->in, "goodbye\n");
	put(rig->done, "!");
	start(rig); /* and rig->in stays open, as in a grandchild */
	expect(rig->peer, "goodbye\n");
	assert_int_equal(finish(rig), RELAY_DELIVERED);
	assert_int_equal(rig->relay.sent, 8);
}

static void
a_program_s_closed_output_does_not_end_it(void **state)
{
	struct rig *rig = *state;
	rig->relay.done = rig->relay_done;
	rig->relay.quiet_ms = -1;
	hang_up(&rig->in);
	start(rig);
	put(rig->peer, "for the file\n");
	expect(rig->out, "for the file\n");
	assert_true(silent(rig->peer, 100));
	put(rig->done, "!");
	assert_int_equal(finish(rig), RELAY_DELIVERED);
}

/* Fills the pipe again and again, as a child that the program left behind. */
static void *
write_on(void *arg)
{
	const int *in = arg;
	char block[4096];
	memset(block, 'y', sizeof block);
	signal(SIGPIPE, SIG_IGN);
	while (write(*in, block, sizeof block) > 0)
		continue;
	return NULL;
}

static void
what_is_in_the_pipe_at_the_exit_is_the_last_of_it(void **state)
{
	struct rig *rig = *state;
	rig->relay.done = rig->relay_done;
	put(rig->in, "last words\n");
	put(rig->done, "!");
	pthread_t child;
	start(rig);
	assert_int_equal(pthread_create(&child, NULL, write_on, &rig->in), 0);
	expect(rig->peer, "last words\n");
	hang_up(&rig->peer); /* a relay that reads on ends by this, at the latest */
	assert_int_equal(finish(rig), RELAY_DELIVERED);
	hang_up(&rig->relay.in);
	pthread_join(child, NULL);
}

static long
cpu_ms(void)
{
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

static void
a_stalled_reader_costs_no_processor_time(void **state)
{
	struct rig *rig = *state;
	char block[4096] = {0};
	struct pollfd peer = {.fd = rig->peer, .events = POLLOUT};
	start(rig);
	while (poll(&peer, 1, 200) > 0)
		assert_true(send(rig->peer, block, sizeof block, MSG_DONTWAIT) > 0);
	hang_up(&rig->peer); /* and out stays full: poll() would report the hang-up for ever */
	poll(NULL, 0, 100);
	long before = cpu_ms();
	poll(NULL, 0, 500);
	assert_true(cpu_ms() - before < 100);
	put(rig->signals, "!");
	assert_int_equal(finish(rig), RELAY_SIGNAL);
	assert_true(rig->relay.dropped > 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	alarm(60);
	const struct CMUnitTest tests[] = {
		TEST(lines_go_both_ways_at_once),
		TEST(all_that_the_peer_sent_before_it_closed_is_delivered),
		TEST(a_slow_reader_of_out_gets_everything_after_the_peer_has_gone),
		TEST(the_end_of_in_alone_ends_nothing),
		TEST(after_the_end_of_in_a_silent_peer_is_left),
		TEST(a_peer_that_goes_on_talking_is_not_left),
		TEST(nobody_leaves_while_out_is_stalled),
		TEST(how_long_ago_the_last_byte_was_sent_is_told),
		TEST(nobody_leaves_while_the_kernel_holds_bytes),
		TEST(what_the_kernel_held_when_the_link_ended_counts_as_unsent),
		TEST(a_closed_reader_of_out_ends_it_without_a_byte),
		TEST(silence_both_ways_for_the_idle_time_ends_it),
		TEST(a_signal_ends_it_at_once),
		TEST(without_in_nothing_is_read_and_no_time_runs),
		TEST(both_directions_at_once_do_not_deadlock),
		TEST(a_program_that_closed_its_input_goes_on_talking),
		TEST(what_a_program_wrote_before_it_ended_is_delivered),
		TEST(a_program_s_closed_output_does_not_end_it),
		TEST(what_is_in_the_pipe_at_the_exit_is_the_last_of_it),
		TEST(a_stalled_reader_costs_no_processor_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
