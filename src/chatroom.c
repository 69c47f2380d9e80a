#include "base/msg.h"
#include "base/nowait.h"
#include "base/opt.h"
#include "base/sandbox.h"
#include "base/sanitize.h"
#include "base/signals.h"
#include "chat/room.h"
#include "chat/roomerror.h"
#include "chat/splitter.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	OUT_SIZE = 65536,
	/* The others' text that always fits into out in its safe form. */
	RAW_SIZE = OUT_SIZE / SANITIZE_FORM_MAX,
};

struct member {
	struct room room;
	const char *name;
	long history;
	bool only_show; /* -d */
	bool post;
	bool ended; /* stdin has: leave when all is posted and shown */
	bool leaving; /* all is posted */
	bool news; /* there may be more to read from the room */
	bool terminal; /* stdout is one, which the others' bytes may harm */
	int signals;
	int status;
	struct splitter splitter;
	size_t raw_len; /* the start of a character, when the rest had not been read */
	char raw[RAW_SIZE];
	uint32_t before; /* the last character that was shown */
	struct nowait stdout_;
	size_t out_start, out_end;
	char out[OUT_SIZE + SANITIZE_SLACK];
};

#define FIELD(name) offsetof(struct member, name)

static const struct opt opts[] = {
	{'d', NULL, "don't read stdin: only show the others' lines", opt_flag,
		.field = FIELD(only_show)},
	{'n', "lines", "show this number of the last lines first (10)", opt_number, FIELD(history),
		0, LONG_MAX / 10},
	{0},
};

static const struct tool tool = {
	"chatroom",
	"chatroom [-dhV] [-n lines] file\n",
	opts,
	NULL,
};

static void
parse(struct member *m, int argc, char **argv)
{
	char **operands = opt_parse(&tool, argc, argv, m, NULL);
	if (!operands[0])
		msg_die(MSG_USAGE, "which room? (chatroom -h shows how)");
	if (operands[1])
		msg_die(MSG_USAGE, "%s: unexpected operand (chatroom joins one room)", operands[1]);
	m->name = operands[0];
	m->post = !m->only_show;
}

static void
join(struct member *m)
{
	m->terminal = isatty(STDOUT_FILENO);
	m->stdout_ = nowait_open(STDOUT_FILENO);
	m->signals = signals_open();
	if (m->signals < 0)
		msg_die(MSG_FAIL, "signals: %s", strerror(errno));
	if (room_open(&m->room, m->name, m->post, m->history) < 0)
		msg_die(MSG_FAIL, "%s: %s", m->name, roomerror_open(errno, m->post));
	/* Each line would come back for ever. */
	if (room_is(&m->room, STDOUT_FILENO) || (m->post && room_is(&m->room, STDIN_FILENO)))
		msg_die(MSG_FAIL, "%s: it can't be standard input or output, too", m->name);
	m->news = true;
}

static size_t
count_lines(const char *text, size_t len)
{
	size_t lines = 0;
	for (const char *end = text + len; (text = memchr(text, '\n', (size_t)(end - text)));)
		lines++, text++;
	return lines;
}

/* Posts the whole lines. */
static void
post(struct member *m)
{
	size_t len;
	while (!room_full(&m->room) && (len = splitter_ready(&m->splitter, m->ended)) > 0) {
		size_t posted = room_post(&m->room, m->splitter.data, len);
		if (posted < len) {
			const char *why = roomerror_use(errno);
			size_t lines = count_lines(m->splitter.data + posted, len - posted);
			msg_warn("%s: %zu line%s refused: %s", m->name, lines,
				lines == 1 ? "" : "s", why);
			m->status = MSG_FAIL;
		}
		splitter_taken(&m->splitter, len);
	}
}

static void
read_input(struct member *m)
{
	size_t size;
	char *space = splitter_space(&m->splitter, &size);
	ssize_t n = read(STDIN_FILENO, space, size);
	if (n > 0) {
		m->splitter.len += (size_t)n;
	} else if (n == 0) {
		m->ended = true;
	} else if (errno != EINTR && errno != EAGAIN) {
		msg_warn("standard input: %s", strerror(errno));
		m->status = MSG_FAIL;
		m->ended = true;
	}
}

/* Copies len bytes of the others' lines in a form that can't harm a terminal. Returns how many of
 * them it took: all but an incomplete character at the end. */
static size_t
show(struct member *m, const char *text, size_t len)
{
	size_t i = 0;
	while (i < len) {
		size_t n = sanitize_run(m->out + m->out_end, text + i, len - i, SANITIZE_SHOW);
		m->before = n > 0 ? sanitize_last(text + i, n) : m->before;
		m->out_end += n;
		i += n;
		struct sanitize_form form = {.len = 1, .text = "\n"};
		if (i < len && text[i] == '\n')
			n = 1;
		else if (i < len)
			n = sanitize_char(&form, text + i, len - i, SANITIZE_SHOW, m->before);
		if (i == len || n == 0)
			break;
		memcpy(m->out + m->out_end, form.text, form.len);
		m->before = sanitize_last(text + i, n);
		m->out_end += form.len;
		i += n;
	}
	return i;
}

static ssize_t
fill_for_terminal(struct member *m)
{
	ssize_t n = room_read(&m->room, m->raw + m->raw_len, sizeof m->raw - m->raw_len);
	if (n > 0) {
		m->raw_len += (size_t)n;
		size_t shown = show(m, m->raw, m->raw_len);
		m->raw_len -= shown;
		memmove(m->raw, m->raw + shown, m->raw_len);
	}
	return n;
}

static ssize_t
fill_plainly(struct member *m)
{
	ssize_t n = 1;
	while (m->out_end < OUT_SIZE && n > 0) {
		n = room_read(&m->room, m->out + m->out_end, OUT_SIZE - m->out_end);
		if (n > 0)
			m->out_end += (size_t)n;
	}
	return n;
}

/* Reads from the room, once all that was read before is written. */
static void
fill(struct member *m)
{
	m->out_start = m->out_end = 0;
	ssize_t n = m->terminal ? fill_for_terminal(m) : fill_plainly(m);
	if (n < 0)
		msg_die(MSG_FAIL, "%s: %s", m->name, strerror(errno));
	m->news = n > 0;
}

/* How much to write at once: whole lines if possible, so that others can write to the same pipe or
 * terminal. */
static size_t
piece(const char *text, size_t len)
{
	if (len > PIPE_BUF)
		len = PIPE_BUF;
	const char *last = memrchr(text, '\n', len);
	return last ? (size_t)(last - text) + 1 : len;
}

/* Writes as much as it can without waiting. */
static void
give_output(struct member *m)
{
	while (m->out_start < m->out_end) {
		const char *next = m->out + m->out_start;
		size_t len = piece(next, m->out_end - m->out_start);
		ssize_t n = nowait_write(&m->stdout_, next, len);
		if (n < 0 && errno == EPIPE)
			exit(MSG_FAIL); /* quietly, as a writer without a reader ends */
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0 && errno != EINTR)
			msg_die(MSG_FAIL, "standard output: %s", strerror(errno));
		if (n > 0)
			m->out_start += (size_t)n;
	}
}

/* Waits for something to do, and does it. Returns the signal that ends us, or 0. */
static int
wait_and_act(struct member *m)
{
	bool pending = m->out_start < m->out_end;
	bool input = m->post && !m->ended && !room_full(&m->room);
	struct pollfd fds[] = {
		{.fd = m->signals, .events = POLLIN},
		{.fd = input ? STDIN_FILENO : -1, .events = POLLIN},
		{.fd = STDOUT_FILENO, .events = pending ? POLLOUT : 0},
		{.fd = room_fd(&m->room), .events = POLLIN},
	};
	bool more = !pending && m->news;
	if (poll(fds, sizeof fds / sizeof *fds, more ? 0 : -1) < 0) {
		if (errno == EINTR)
			return 0;
		msg_die(MSG_FAIL, "poll: %s", strerror(errno));
	}
	if (fds[0].revents)
		return signals_caught(m->signals);
	if (fds[3].revents) {
		room_wake(&m->room);
		m->news = true;
	}
	if (fds[1].revents)
		read_input(m);
	if (fds[2].revents & POLLOUT)
		give_output(m);
	else if (fds[2].revents)
		exit(MSG_FAIL);
	return 0;
}

/* Does all that needs no waiting. Returns false when it is time to go. */
static bool
advance(struct member *m)
{
	post(m);
	if (m->ended && m->splitter.len == 0 && !m->leaving) {
		room_leave(&m->room);
		m->leaving = m->news = true;
	}
	if (m->out_start == m->out_end && m->news) {
		fill(m);
		give_output(m);
	}
	return !m->leaving || m->news || m->out_start < m->out_end;
}

int
main(int argc, char **argv)
{
	static struct member m = {.history = 10};
	msg_init(tool.name);
	parse(&m, argc, argv);
	join(&m);
	sandbox_enter(SANDBOX_ROOM);
	while (advance(&m)) {
		int signal = wait_and_act(&m);
		if (signal)
			signals_die(signal);
	}
	return m.status;
}
