#include "base/msg.h"
#include "base/nowait.h"
#include "base/opt.h"
#include "base/sandbox.h"
#include "base/signals.h"
#include "chat/logfile.h"
#include "chat/record.h"
#include "chat/stamp.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct chat {
	struct stamp_options stamp_options;
	enum sanitize_style style;
	long limit;
	long idle_ms; /* 0: never */
	const char *log_path;

	struct stamp stamp;
	struct record record;
	struct nowait out;
	struct nowait log; /* log.fd is -1 without -o, and with a regular file: */
	struct logfile file; /* file.file is NULL without one */
	bool unseen; /* standard output has no reader any more: records go to the log alone */
	bool log_failed; /* and that was reported */
	int status;
	int signals;
	int signal; /* the one that ends us, 0 before it comes */
	char block[1 << 17];
};

static void
set_kind(const struct opt *opt, const char *value, void *config)
{
	struct chat *c = config;
	enum stamp_kind kind = opt->letter == 's' ? STAMP_START : STAMP_RECORD;
	(void)value;
	if (c->stamp_options.kind != STAMP_TIME && c->stamp_options.kind != kind)
		msg_die(MSG_USAGE, "-s, -i: not both");
	c->stamp_options.kind = kind;
}

static void
set_style(const struct opt *opt, const char *value, void *config)
{
	struct chat *c = config;
	enum sanitize_style style = opt->letter == 'e' ? SANITIZE_ESCAPE : SANITIZE_RAW;
	(void)value;
	if (c->style != SANITIZE_SHOW && c->style != style)
		msg_die(MSG_USAGE, "-e, -r: not both");
	c->style = style;
}

static void
set_name(const struct opt *opt, const char *value, void *config)
{
	struct chat *c = config;
	(void)opt;
	c->stamp_options.name = *value ? value : NULL;
}

#define FIELD(name) offsetof(struct chat, name)

static const struct opt opts[] = {
	{'e', NULL, "escape reversibly: \\\\ and \\xHH", .take = set_style},
	{'f', "format", "stamp by date(1)'s format, and %.S %.s %.T with microseconds; empty: none",
		opt_text, .field = FIELD(stamp_options.format)},
	{'i', NULL, "stamp with the time since the record before", .take = set_kind},
	{'l', "bytes", "longest record, stamp and name included (4096)", opt_number, FIELD(limit),
		RECORD_TEXT_MIN, RECORD_WRITE},
	{'n', "name", "label each line with this name", .take = set_name},
	{'o', "file", "append every record to this file, too", opt_text, .field = FIELD(log_path)},
	{'r', NULL, "raw: don't make the text safe to look at", .take = set_style},
	{'s', NULL, "stamp with the time since the start", .take = set_kind},
	{'u', NULL, "stamp in UTC", opt_flag, .field = FIELD(stamp_options.utc)},
	{'w', "ms", "end a line without a newline after ms of silence; 0 never (500)", opt_number,
		FIELD(idle_ms), 0, 24 * 60 * 60 * 1000},
	{0},
};

static const struct tool tool = {
	"chatline",
	"chatline [-ehruV] [-s | -i] [-f format] [-l bytes] [-n name] [-o file] [-w ms]\n",
	opts,
	NULL,
};

static void
parse(struct chat *c, int argc, char **argv)
{
	char **operands = opt_parse(&tool, argc, argv, c, NULL);
	if (*operands)
		msg_die(MSG_USAGE, "%s: unexpected operand (chatline reads standard input)",
			*operands);
}

static int64_t
now(const struct chat *c)
{
	struct timespec t;
	clock_gettime(c->stamp_options.kind == STAMP_TIME ? CLOCK_REALTIME : CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Reports at once errors that would otherwise show with the first record. */
static void
check_stamp(const struct chat *c)
{
	struct stamp first;
	stamp_init(&first, &c->stamp_options);
	stamp_at(&first, now(c));
	if (memchr(first.text, '\n', first.len))
		msg_die(MSG_USAGE, "-f: a newline in it (a record is one line)");
	if (first.len + RECORD_TEXT_MIN > (size_t)c->limit)
		msg_die(MSG_USAGE, "-l %ld: too short (with this stamp and name, at least %zu)",
			c->limit, first.len + RECORD_TEXT_MIN);
}

static bool
has_log(const struct chat *c)
{
	return c->log.fd >= 0 || c->file.file;
}

/* Waits until fd takes a write. Returns false when a signal has come and fd takes none: the rest is
 * lost then, since it may never get a reader. */
static bool
wait_for_space(struct chat *c, int fd)
{
	struct pollfd fds[] = {{.fd = fd, .events = POLLOUT}, {.fd = c->signals, .events = POLLIN}};
	while (poll(fds, 2, c->signal ? 0 : -1) < 0) {
		if (errno != EINTR)
			msg_die(MSG_FAIL, "poll: %s", strerror(errno));
	}
	if (fds[1].revents)
		c->signal = signals_caught(c->signals);
	return !c->signal || fds[0].revents;
}

/* Returns -1 with errno on failure; EINTR: a signal has come. */
static int
write_all(struct chat *c, const struct nowait *to, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = nowait_write(to, text, len);
		if (n >= 0) {
			text += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN) {
			if (wait_for_space(c, to->fd))
				continue;
			errno = EINTR;
			return -1;
		} else if (errno != EINTR) {
			return -1;
		}
	}
	return 0;
}

/* Writes to the log. A failure is reported once, and the display goes on. */
static void
log_records(struct chat *c, const char *records, size_t len)
{
	bool ok;
	if (c->file.file)
		ok = logfile_append(&c->file, records, len) == len;
	else
		ok = write_all(c, &c->log, records, len) == 0;
	if (!ok && !c->log_failed)
		msg_warn("%s: %s", c->log_path, strerror(errno));
	c->log_failed = !ok;
	if (!ok)
		c->status = MSG_FAIL;
}

/* Standard output has lost its reader. A log still gets the records. */
static void
lose_output(struct chat *c, int error)
{
	if (error == EINTR && !has_log(c))
		signals_die(c->signal);
	if (error != EPIPE && error != EINTR)
		msg_warn("standard output: %s", strerror(error));
	if (!has_log(c))
		exit(MSG_FAIL);
	c->unseen = true;
	c->status = MSG_FAIL;
}

/* Writes the records: to the log first, since the reader of standard output may be slow; and all in
 * a row, since waking a reader between two writes costs more than the writes. */
static void
flush(struct chat *c)
{
	const char *records = c->record.out;
	size_t left = record_ready(&c->record);
	if (c->file.file && left > 0)
		log_records(c, records, left);
	while (left > 0) {
		size_t len = record_piece(records, left);
		if (c->log.fd >= 0)
			log_records(c, records, len);
		if (!c->unseen && write_all(c, &c->out, records, len) < 0)
			lose_output(c, errno);
		records += len;
		left -= len;
	}
	record_written(&c->record);
}

/* Reads once. Returns false at the end of input. */
static bool
read_and_write(struct chat *c)
{
	ssize_t n = read(STDIN_FILENO, c->block, sizeof c->block);
	if (n == 0)
		return false;
	if (n < 0) {
		if (errno == EINTR || errno == EAGAIN)
			return true;
		int error = errno;
		record_end(&c->record);
		flush(c);
		msg_die(MSG_FAIL, "standard input: %s", strerror(error));
	}
	int64_t time = now(c);
	const char *next = c->block;
	for (size_t left = (size_t)n; left > 0;) {
		size_t taken = record_add(&c->record, next, left, time);
		next += taken;
		left -= taken;
		flush(c);
	}
	return true;
}

/* Waits for input, silence, a signal, or the loss of our output's reader. Returns false at the end
 * of input. */
static bool
wait_and_write(struct chat *c)
{
	struct pollfd fds[] = {
		{.fd = STDIN_FILENO, .events = POLLIN},
		{.fd = c->signals, .events = POLLIN},
		{.fd = c->unseen ? -1 : STDOUT_FILENO},
	};
	bool timed = c->idle_ms > 0 && record_pending(&c->record);
	int n = poll(fds, 3, timed ? (int)c->idle_ms : -1);
	if (n < 0 && errno != EINTR)
		msg_die(MSG_FAIL, "poll: %s", strerror(errno));
	if (n < 0)
		return true;
	if (n == 0) {
		record_idle(&c->record);
		flush(c);
		return true;
	}
	if (fds[2].revents)
		lose_output(c, EPIPE);
	if (fds[1].revents) {
		c->signal = signals_caught(c->signals);
		return true;
	}
	return !fds[0].revents || read_and_write(c);
}

/* Makes space for a whole batch in a pipe, so that its reader wakes once for it. */
static void
widen(int fd)
{
	int space = fcntl(fd, F_GETPIPE_SZ);
	if (space >= 0 && space < RECORD_BATCH)
		fcntl(fd, F_SETPIPE_SZ, RECORD_BATCH);
}

/* Of /dev/fd/N where that is a socket, which can't be opened by name. */
static int
duplicate(const char *path)
{
	static const char folder[] = "/dev/fd/";
	if (errno != ENXIO || strncmp(path, folder, sizeof folder - 1) != 0)
		return -1;
	return fcntl(atoi(path + sizeof folder - 1), F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

/* A log need not be readable; where it is, the rest of a killed writer is removed. */
static void
open_log(struct chat *c)
{
	int flags = O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY;
	struct stat file;
	bool regular = stat(c->log_path, &file) < 0 || S_ISREG(file.st_mode);
	int log = regular ? open(c->log_path, flags | O_RDWR, 0666) : -1;
	if (log < 0)
		log = open(c->log_path, flags | O_WRONLY, 0666);
	if (log < 0)
		log = duplicate(c->log_path);
	if (log < 0)
		msg_die(MSG_FAIL, "%s: %s", c->log_path, strerror(errno));
	if (logfile_open(&c->file, c->log_path, log) < 0)
		c->log = nowait_open(log);
}

static void
open_all(struct chat *c)
{
	widen(STDOUT_FILENO);
	c->out = nowait_open(STDOUT_FILENO);
	c->log.fd = -1;
	c->signals = signals_open();
	if (c->signals < 0)
		msg_die(MSG_FAIL, "signals: %s", strerror(errno));
	if (c->log_path)
		open_log(c);
}

static const char *
default_format(const struct stamp_options *o)
{
	if (o->kind != STAMP_TIME)
		return "%.3T";
	return o->utc ? "%FT%.3TZ" : "%FT%.3T%:z";
}

int
main(int argc, char **argv)
{
	static struct chat c = {.limit = RECORD_WRITE, .idle_ms = 500};
	msg_init(tool.name);
	parse(&c, argc, argv);
	if (!c.stamp_options.format)
		c.stamp_options.format = default_format(&c.stamp_options);
	c.stamp_options.start = now(&c);
	check_stamp(&c);
	stamp_init(&c.stamp, &c.stamp_options);
	record_init(&c.record, &c.stamp, c.style, (size_t)c.limit);
	open_all(&c);
	/* The time zone may change, and another file may get the log's name. */
	sandbox_enter(SANDBOX_READ | (c.file.file ? SANDBOX_ROOM : 0));
	while (!c.signal && wait_and_write(&c))
		continue;
	record_end(&c.record);
	flush(&c);
	if (c.signal)
		signals_die(c.signal);
	return c.status;
}
