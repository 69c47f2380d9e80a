#include "base/relay.h"

#include "base/clock.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* One direction: bytes come from a source, wait in the buffer, and go to a sink. They are read in
 * large pieces, so that many small ones leave as one. */
struct flow {
	int source;
	bool more; /* may come from the source */
	bool wanted; /* the sink takes bytes */
	uint64_t passed; /* bytes that the sink took */
	size_t start, end; /* of what waits */
	char data[65536];
};

/* How often to ask the kernel what it still holds: soon after a byte went out, and less often
 * when nothing moves, so that a peer that has stopped costs no processor time. */
enum { LOOK_FIRST_MS = 2, LOOK_MAX_MS = 250 };

/* The bytes sent that the kernel still held when last asked: no event reports them. */
struct backlog {
	size_t held;
	uint64_t cleared; /* the bytes sent when it last held nothing */
	int64_t look; /* when to ask again */
	long look_ms; /* the pause before that */
};

struct state {
	struct relay *r;
	bool hung_up; /* the link has: only its queue is still to be read */
	bool exited; /* the program has */
	size_t rest; /* what may still be read from in: after the exit, what the pipe held then */
	int64_t now; /* monotonic milliseconds, read once a turn */
	int64_t heard; /* when the peer last sent, or in ended */
	int64_t moved; /* when a byte last moved in either direction */
	int64_t wrote; /* when a byte was last sent; -1: none was */
	struct backlog backlog;
	struct flow send, receive;
};

enum { IN, OUT, LINK, SIGNALS, DONE, FDS };

static void
flow_init(struct flow *f, int source)
{
	f->source = source;
	f->more = source >= 0;
	f->wanted = true;
	f->passed = 0;
	f->start = f->end = 0;
}

static size_t
pending(const struct flow *f)
{
	return f->end - f->start;
}

static bool
has_space(const struct flow *f)
{
	return f->end < sizeof f->data;
}

/* read(2) of at most max bytes into the buffer. */
static ssize_t
fill(struct flow *f, size_t max)
{
	size_t space = sizeof f->data - f->end;
	ssize_t n = read(f->source, f->data + f->end, space < max ? space : max);
	if (n > 0)
		f->end += (size_t)n;
	return n;
}

static void
drop(struct flow *f, size_t n)
{
	f->start += n;
	if (f->start == f->end)
		f->start = f->end = 0;
}

static void
pass(struct flow *f, size_t n)
{
	drop(f, n);
	f->passed += n;
}

/* Harmless: the call is made again at the next turn. */
static bool
transient(int error)
{
	return error == EINTR || error == EAGAIN;
}

static void
look_at_kernel(struct state *s)
{
	struct backlog *b = &s->backlog;
	size_t held = s->r->queued ? s->r->queued(s->r->link) : 0;
	if (held == 0)
		b->cleared = s->send.passed;
	/* The kernel counts its own overhead, too; it can't hold more than was sent. */
	if (held > s->send.passed - b->cleared)
		held = (size_t)(s->send.passed - b->cleared);
	if (held != b->held)
		b->look_ms = LOOK_FIRST_MS;
	else if (b->look_ms < LOOK_MAX_MS)
		b->look_ms *= 2;
	b->held = held;
	b->look = s->now + b->look_ms;
}

static void
read_in(struct state *s)
{
	ssize_t n = fill(&s->send, s->rest);
	if (n > 0 && s->exited)
		s->rest -= (size_t)n;
	if (n == 0)
		s->heard = s->now;
	else if (n < 0 && !transient(errno))
		s->r->error = errno;
	s->send.more = s->rest > 0 && (n > 0 || (n < 0 && transient(errno)));
}

/* A kernel socket reports its end by an error, once, after all the data (RFCOMM: ECONNRESET for
 * an orderly close), by 0, or, when a send() took the error first, only by POLLHUP. */
static void
read_link(struct state *s)
{
	ssize_t n = fill(&s->receive, SIZE_MAX);
	if (n > 0) {
		s->heard = s->moved = s->now;
		return;
	}
	if (n < 0 && (errno == EINTR || (errno == EAGAIN && !s->hung_up)))
		return;
	if (n < 0 && errno != EAGAIN)
		s->r->error = errno;
	s->receive.more = false;
}

static void
write_link(struct state *s)
{
	struct flow *f = &s->send;
	ssize_t n = write(s->r->link, f->data + f->start, pending(f));
	if (n > 0) {
		pass(f, (size_t)n);
		s->moved = s->wrote = s->heard = s->now;
		look_at_kernel(s);
	} else if (n < 0 && !transient(errno)) {
		/* The link has ended, but bytes that the peer sent before may still be there to
		 * read. */
		s->r->error = errno;
		s->hung_up = true;
	}
}

static void
close_out(struct state *s, int error)
{
	s->receive.wanted = false;
	if (s->r->done < 0)
		s->r->error = error;
}

static void
write_out(struct state *s)
{
	struct flow *f = &s->receive;
	ssize_t n = nowait_write(&s->r->out, f->data + f->start, pending(f));
	if (n >= 0) {
		pass(f, (size_t)n);
		s->heard = s->moved = s->now;
	} else if (!transient(errno)) {
		close_out(s, errno);
	}
}

/* The program has exited: notes how many bytes its pipe holds, which are its last. */
static void
note_exit(struct state *s)
{
	int bytes = 0;
	s->exited = true;
	if (s->send.more && ioctl(s->r->in, FIONREAD, &bytes) < 0)
		s->r->error = errno;
	s->rest = (size_t)bytes;
	if (bytes == 0)
		s->send.more = false;
}

static struct pollfd
want(int fd, bool wanted, int events)
{
	return (struct pollfd){.fd = wanted ? fd : -1, .events = (short)events};
}

/* Which descriptors matter, from the state of the buffers at every turn. */
static void
interests(const struct state *s, struct pollfd *fds)
{
	const struct flow *send = &s->send;
	const struct flow *receive = &s->receive;
	int link = (has_space(receive) ? POLLIN : 0) | (pending(send) ? POLLOUT : 0);
	fds[IN] = want(s->r->in, send->more && has_space(send), POLLIN);
	/* Without a byte to write, poll() still reports that the reader has gone. */
	fds[OUT] = want(s->r->out.fd, receive->wanted, pending(receive) ? POLLOUT : 0);
	/* Once it has hung up, poll() would return at once, for ever. */
	fds[LINK] = want(s->r->link, receive->more && !s->hung_up, link);
	fds[SIGNALS] = want(s->r->signals, true, POLLIN);
	fds[DONE] = want(s->r->done, !s->exited, POLLIN);
}

/* The smaller time-out; -1 is none, and a time that has passed is now. */
static int64_t
sooner(int64_t ms, int64_t left)
{
	left = left > 0 ? left : 0;
	return ms >= 0 && ms < left ? ms : left;
}

/* Whether to ask the kernel what it still holds: not while it is full, since an event ends that. */
static bool
watches_backlog(const struct state *s)
{
	return s->backlog.held && !s->hung_up && pending(&s->send) == 0;
}

static bool
all_sent(const struct state *s)
{
	return pending(&s->send) == 0 && s->backlog.held == 0;
}

/* Whether the peer's silence counts towards quiet_ms. */
static bool
waiting_quietly(const struct state *s)
{
	return s->r->quiet_ms >= 0 && s->r->in >= 0 && !s->send.more && all_sent(s) &&
	       pending(&s->receive) == 0;
}

/* Milliseconds until something has to be done without an event; -1 never. */
static int64_t
patience(const struct state *s)
{
	if (s->hung_up && s->receive.more && has_space(&s->receive))
		return 0; /* its queue is still to be read, and poll() won't report it */
	int64_t ms = -1;
	if (watches_backlog(s))
		ms = sooner(ms, s->backlog.look - s->now);
	if (waiting_quietly(s))
		ms = sooner(ms, s->heard + s->r->quiet_ms - s->now);
	if (s->r->idle_ms >= 0)
		ms = sooner(ms, s->moved + s->r->idle_ms - s->now);
	return ms;
}

static void
local_events(struct state *s, const struct pollfd *fds)
{
	if (fds[DONE].revents)
		note_exit(s);
	if (fds[IN].revents && s->send.more)
		read_in(s);
	if (fds[OUT].revents && !(fds[OUT].revents & POLLOUT))
		close_out(s, EPIPE);
}

static void
link_events(struct state *s, const struct pollfd *fds)
{
	struct flow *send = &s->send;
	struct flow *receive = &s->receive;
	if (fds[LINK].revents & (POLLHUP | POLLERR | POLLNVAL))
		s->hung_up = true;
	if (receive->more && has_space(receive) && (s->hung_up || fds[LINK].revents & POLLIN))
		read_link(s);
	/* Bytes that have just been read need not wait for the next turn. */
	if (receive->wanted && pending(receive))
		write_out(s);
	if (receive->more && !s->hung_up && pending(send) &&
		(fds[LINK].revents & POLLOUT || fds[IN].revents))
		write_link(s);
	if (!receive->wanted)
		drop(receive, pending(receive)); /* the program does not want it */
}

/* The end condition that holds now, -1 while there is none. The order matters: data that has
 * arrived goes out before a link's end counts. */
static int
ending(const struct state *s)
{
	const struct relay *r = s->r;
	const struct flow *receive = &s->receive;
	bool in_ended = !s->send.more;
	bool link_up = receive->more && !s->hung_up;
	if (!receive->wanted && r->done < 0)
		return r->error == EPIPE ? RELAY_READER_GONE : RELAY_LOCAL_FAILED;
	if (!receive->more && pending(receive) == 0)
		return RELAY_PEER_CLOSED;
	if (link_up && in_ended && r->error)
		return RELAY_LOCAL_FAILED;
	if (s->exited && in_ended && all_sent(s))
		return RELAY_DELIVERED;
	if (receive->more && waiting_quietly(s) && s->now - s->heard >= r->quiet_ms)
		return RELAY_DELIVERED;
	if (r->idle_ms >= 0 && s->now - s->moved >= r->idle_ms)
		return RELAY_IDLE;
	return -1;
}

/* Waits for events and moves what can be moved; true when a signal ends it. */
static bool
move(struct state *s)
{
	struct pollfd fds[FDS];
	interests(s, fds);
	int64_t ms = patience(s);
	int ready = poll(fds, FDS, ms > INT_MAX ? INT_MAX : (int)ms);
	s->now = clock_ms();
	if (ready < 0)
		return false; /* EINTR, or out of memory for a moment */
	if (fds[SIGNALS].revents)
		return true;
	if (watches_backlog(s) && s->now >= s->backlog.look) {
		look_at_kernel(s);
		s->heard = s->now;
	}
	local_events(s, fds);
	link_events(s, fds);
	return false;
}

static void
report(const struct state *s)
{
	struct relay *r = s->r;
	r->sent = s->send.passed;
	r->received = s->receive.passed;
	r->held = s->backlog.held;
	r->unsent = pending(&s->send) + s->backlog.held;
	r->dropped = pending(&s->receive);
	r->fresh_ms = s->wrote < 0 ? INT64_MAX : s->now - s->wrote;
}

enum relay_end
relay_run(struct relay *r)
{
	int64_t now = clock_ms();
	struct state s;
	memset(&s, 0, offsetof(struct state, send)); /* the buffers' pages stay untouched */
	flow_init(&s.send, r->in);
	flow_init(&s.receive, r->link);
	s.r = r;
	s.rest = SIZE_MAX;
	s.now = s.heard = s.moved = now;
	s.wrote = -1;
	s.backlog.look_ms = LOOK_FIRST_MS;
	r->error = 0;

	int end;
	while ((end = ending(&s)) < 0)
		if (move(&s)) {
			end = RELAY_SIGNAL;
			break;
		}
	report(&s);
	return (enum relay_end)end;
}
