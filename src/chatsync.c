#include "base/msg.h"
#include "base/nowait.h"
#include "base/opt.h"
#include "base/sandbox.h"
#include "base/signals.h"
#include "base/spawn.h"
#include "chat/roomerror.h"
#include "chat/sync.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum {
	SECONDS_A_DAY = 86400,
	DAYS_MAX = 36500,
	LOCK_RETRY_MS = 100,
	DISK_RETRY_MS = 1000,
	LAST_WORDS_MS = 2000, /* wait for the last output of an end that reads no more */
};

/* When the other end has confirmed sent lines, it has all before offset in the room. */
struct mark {
	uint64_t sent, offset;
};

struct link {
	const char *name;
	char **program; /* NULL: our own stdin and stdout */
	struct spawn spawn;
	bool once; /* -1 */
	long days; /* -d; 0: not given */
	uint64_t since;
	int signals;
	int in, out;
	struct nowait sink;
	bool ended; /* the other end's output */
	bool deaf; /* it reads no more input */
	bool news; /* others may have appended to the room */
	bool was_in_step;
	int held; /* the errno for which lines that came can't be appended now, or 0 */
	bool marked;
	struct mark mark; /* the next report */
	uint64_t delivered; /* the offset that was reported last */
	struct roomset rs;
	struct sync sync;
};

static uint64_t
days_ago(long days)
{
	/* A whole day, so that two ends that start on the same day agree. */
	int64_t today = (int64_t)time(NULL) / SECONDS_A_DAY;
	return today > days ? (uint64_t)(today - days) * SECONDS_A_DAY : 0;
}

#define FIELD(name) offsetof(struct link, name)

static const struct opt opts[] = {
	{'1', NULL, "leave as soon as both rooms are in step", opt_flag, .field = FIELD(once)},
	{'d', "days", "leave out lines that are stamped earlier", opt_number, FIELD(days), 1,
		DAYS_MAX},
	{'v', NULL, "say what happens", .take = opt_verbose},
	{0},
};

static const struct tool tool = {
	"chatsync",
	"chatsync [-1hVv] [-d days] room [program [arg ...]]\n",
	opts,
	NULL,
};

static void
parse(struct link *l, int argc, char **argv)
{
	char **operands = opt_parse(&tool, argc, argv, l, NULL);
	l->since = l->days ? days_ago(l->days) : 0;
	l->name = operands[0];
	if (!l->name)
		msg_die(MSG_USAGE, "which room? (chatsync -h shows how)");
	if (operands[1])
		l->program = operands + 1;
	if (l->program && !spawn_check(l->program))
		msg_die(MSG_USAGE, "%s: cannot run: %s", l->program[0], strerror(errno));
	if (!l->program && (isatty(STDIN_FILENO) || isatty(STDOUT_FILENO)))
		msg_die(MSG_USAGE,
			"standard input and output: a terminal (connect them, or a program, "
			"to another chatsync)");
}

static _Noreturn void
fail(const struct link *l)
{
	msg_die(MSG_FAIL, "%s: %s", l->name, roomerror_use(errno));
}

static void
die_if_signalled(const struct link *l)
{
	int signal = signals_caught(l->signals);
	if (signal)
		signals_die(signal);
}

static void
start_program(struct link *l)
{
	static const struct spawn_var none[] = {{NULL, NULL}};
	if (spawn_start(&l->spawn, l->program, none) < 0)
		msg_die(MSG_FAIL, "%s: cannot run: %s", l->program[0], strerror(errno));
	l->in = l->spawn.in;
	l->out = l->spawn.out;
}

static void
join(struct link *l)
{
	l->signals = signals_open();
	if (l->signals < 0 || sodium_init() < 0)
		msg_die(MSG_FAIL, "cannot start: %s", strerror(errno));
	if (roomset_open(&l->rs, l->name, l->since) < 0)
		msg_die(MSG_FAIL, "%s: %s", l->name, roomerror_open(errno, true));
	l->in = STDIN_FILENO;
	l->out = STDOUT_FILENO;
	if (room_is(&l->rs.room, l->in) || room_is(&l->rs.room, l->out))
		msg_die(MSG_FAIL, "%s: it can't be standard input or output, too", l->name);
	if (l->program)
		start_program(l);
	l->sink = nowait_open(l->out);
	sandbox_enter(SANDBOX_ROOM | (l->program ? SANDBOX_SESSION : 0));
}

static void
begin(struct link *l)
{
	int more;
	uint64_t nonce;
	while ((more = roomset_load(&l->rs)) > 0)
		die_if_signalled(l);
	if (more < 0 || getrandom(&nonce, sizeof nonce, 0) != sizeof nonce ||
		sync_begin(&l->sync, &l->rs, nonce) < 0)
		fail(l);
}

/* Ends the program, if there is one. Returns its exit status. */
static int
hang_up(struct link *l, bool failed)
{
	nowait_close(&l->sink);
	if (!l->program)
		return 0;
	if (failed)
		kill(l->spawn.pid, SIGTERM);
	int status = spawn_wait(&l->spawn, l->signals);
	if (l->spawn.signal)
		signals_die(l->spawn.signal);
	return status;
}

static void
read_input(struct link *l)
{
	size_t size;
	uint8_t *space = sync_space(&l->sync, &size);
	ssize_t n = read(l->in, space, size);
	if (n > 0) {
		l->sync.in_len += (size_t)n;
		return;
	}
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	/* A link that broke is an end, too. */
	l->ended = true;
}

/* Writes as much as it can without waiting. */
static void
write_output(struct link *l)
{
	struct sync *s = &l->sync;
	while (s->out_start < s->out_end && !l->deaf) {
		ssize_t n = nowait_write(
			&l->sink, (const char *)s->out + s->out_start, s->out_end - s->out_start);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n > 0)
			sync_sent(s, (size_t)n);
		else if (n < 0 && errno != EINTR)
			l->deaf = true;
	}
}

static void
report(const struct link *l, const char *what)
{
	msg_say("%s: %zu lines, %" PRIu64 " came, %" PRIu64 " went", what,
		lineset_count(&l->rs.set), l->rs.came, l->sync.confirmed);
}

static void
note_held(struct link *l, enum sync_result result)
{
	int error = result == SYNC_HELD ? errno : 0;
	if (error && error != l->held)
		msg_warn("%s: waiting: %s", l->name, roomerror_use(error));
	l->held = error;
}

static _Noreturn void
refuse(struct link *l)
{
	hang_up(l, true);
	msg_die(MSG_FAIL, "the other end: %s", l->sync.fault);
}

/* Reports how far into the room the other end has all lines. Lines are sent in order: once all were
 * sent, new ones can only follow. */
static void
report_delivered(struct link *l)
{
	const struct sync *s = &l->sync;
	/* Past the lines that we have appended ourselves, which are not read. */
	uint64_t end = (uint64_t)room_place(&l->rs.room, 0).offset - l->rs.len;
	while (s->done && (l->marked || l->delivered != end)) {
		if (!l->marked && lineset_lacked(&l->rs.set) > 0)
			return;
		if (!l->marked)
			l->mark = (struct mark){s->sent, end};
		l->marked = true;
		if (s->confirmed < l->mark.sent)
			return;
		msg_say("delivered up to byte %" PRIu64, l->mark.offset);
		l->delivered = l->mark.offset;
		l->marked = false;
	}
}

/* Does all that needs no waiting. */
static void
advance(struct link *l)
{
	if (l->news && roomset_catch_up(&l->rs) < 0)
		fail(l);
	l->news = false;
	bool greeted = l->sync.greeted;
	enum sync_result result = sync_advance(&l->sync, 0);
	if (result == SYNC_FAILED)
		fail(l);
	note_held(l, result);
	if (l->sync.greeted && !greeted)
		msg_say("met: %" PRIu64 " lines here, %" PRIu64 " there", l->sync.greeting.count,
			l->sync.peer_count);
	write_output(l);
	if (result == SYNC_WRONG)
		refuse(l);
	if (!l->was_in_step && sync_in_step(&l->sync)) {
		l->was_in_step = true;
		report(l, "in step");
	}
	report_delivered(l);
}

static bool
is_over(const struct link *l)
{
	if (l->held && l->held != EAGAIN && (l->once || l->ended))
		return true;
	if (l->ended)
		return !l->held;
	return l->once && sync_in_step(&l->sync) && l->sync.out_start == l->sync.out_end;
}

/* Waits for something to do, and does the urgent part. */
static void
await_event(struct link *l)
{
	size_t space;
	sync_space(&l->sync, &space);
	bool pending = l->sync.out_start < l->sync.out_end && !l->deaf;
	struct pollfd fds[] = {
		{.fd = l->signals, .events = POLLIN},
		{.fd = space > 0 && !l->ended ? l->in : -1, .events = POLLIN},
		{.fd = l->deaf ? -1 : l->out, .events = pending ? POLLOUT : 0},
		{.fd = room_fd(&l->rs.room), .events = POLLIN},
	};
	int wait = l->held == EAGAIN ? LOCK_RETRY_MS : l->held ? DISK_RETRY_MS : -1;
	if (l->deaf && (wait < 0 || wait > LAST_WORDS_MS))
		wait = LAST_WORDS_MS;
	int ready = poll(fds, sizeof fds / sizeof *fds, wait);
	if (ready < 0 && errno != EINTR)
		fail(l);
	if (ready <= 0) {
		l->ended = l->ended || (l->deaf && !l->held);
		return;
	}
	if (fds[0].revents)
		die_if_signalled(l);
	if (fds[3].revents) {
		room_wake(&l->rs.room);
		l->news = true;
	}
	if (fds[1].revents)
		read_input(l);
	if (fds[2].revents & ~POLLOUT)
		l->deaf = true;
}

static int
finish(struct link *l)
{
	bool in_step = sync_in_step(&l->sync);
	int status = hang_up(l, false);
	if (in_step) {
		report(l, "left in step");
		return MSG_OK;
	}
	if (l->held)
		msg_warn("%s: %zu lines not taken: %s", l->name, l->sync.batch.count,
			roomerror_use(l->held));
	else if (!l->sync.greeted && status)
		msg_warn("%s: it left without a greeting, with status %d", l->program[0], status);
	else if (!l->sync.greeted)
		msg_warn("the other end left without a greeting");
	else
		msg_warn("the other end left before both rooms were in step: %" PRIu64
			 " lines not confirmed",
			sync_unconfirmed(&l->sync));
	return MSG_FAIL;
}

int
main(int argc, char **argv)
{
	static struct link l;
	msg_init(tool.name);
	parse(&l, argc, argv);
	join(&l);
	begin(&l);
	for (advance(&l); !is_over(&l); advance(&l))
		await_event(&l);
	int status = finish(&l);
	roomset_close(&l.rs);
	return status;
}
