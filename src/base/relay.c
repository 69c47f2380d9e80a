#include "base/relay.h"

#include "base/clock.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* What is pending in one direction: read in large pieces, so that many small ones leave as one. */
struct queue {
	size_t start, end;
	char data[65536];
};

enum { IN, OUT, FAR, SIGNALS, DONE, FDS };

/* How often to ask the kernel what it still holds: soon after a byte went out, and less often
 * when nothing moves, so that a peer that has stopped costs no processor time. */
enum { LOOK_FIRST_MS = 2, LOOK_MAX_MS = 250 };

struct state {
	struct relay *r;
	bool in_open; /* more may come from in */
	bool out_open; /* out may take more */
	bool far_open; /* more may come from far */
	bool far_hup; /* far has hung up: only what is queued is still to be read */
	bool near_over; /* the program has ended */
	bool out_asks; /* out can't be written to without asking poll() first */
	size_t held; /* what the kernel holds of what was sent, when last looked at */
	uint64_t cleared; /* how much had been sent when it last held nothing */
	int64_t look; /* when to look at it again: there is no event for it */
	long look_ms; /* the pause before that */
	int64_t now; /* monotonic milliseconds, read once a turn */
	int64_t heard; /* when far last sent, or in ended */
	int64_t moved; /* when a byte last moved in either direction */
	int64_t wrote; /* when a byte was last sent */
	struct queue up, down;
};

static size_t
pending(const struct queue *q)
{
	return q->end - q->start;
}

static bool
room(const struct queue *q)
{
	return q->end < sizeof q->data;
}

static void
taken(struct queue *q, size_t n)
{
	q->start += n;
	if (q->start == q->end)
		q->start = q->end = 0;
}

/* Nothing to worry about: the call is made again at the next turn. */
static bool
transient(int error)
{
	return error == EINTR || error == EAGAIN;
}

static void
look_at_kernel(struct state *s)
{
	size_t held = s->r->queued ? s->r->queued(s->r->far) : 0;
	if (held == 0)
		s->cleared = s->r->sent;
	/* The kernel counts its own overhead, too; not more than was sent can be there. */
	if (held > s->r->sent - s->cleared)
		held = (size_t)(s->r->sent - s->cleared);
	if (held != s->held)
		s->look_ms = LOOK_FIRST_MS;
	else if (s->look_ms < LOOK_MAX_MS)
		s->look_ms *= 2;
	s->held = held;
	s->look = s->now + s->look_ms;
}

static void
read_in(struct state *s)
{
	struct queue *q = &s->up;
	ssize_t n = read(s->r->in, q->data + q->end, sizeof q->data - q->end);
	if (n > 0) {
		q->end += (size_t)n;
	} else if (n == 0) {
		s->in_open = false;
		s->heard = s->now;
	} else if (!transient(errno)) {
		s->in_open = false;
		s->r->error = errno;
	}
}

/* A kernel socket tells of its end by an error, once, after all the data (RFCOMM: ECONNRESET for
 * an orderly close), by 0, or, when a send() took the error first, only by POLLHUP. */
static void
read_far(struct state *s)
{
	struct queue *q = &s->down;
	ssize_t n = read(s->r->far, q->data + q->end, sizeof q->data - q->end);
	if (n > 0) {
		q->end += (size_t)n;
		s->heard = s->moved = s->now;
		return;
	}
	if (n < 0 && (errno == EINTR || (errno == EAGAIN && !s->far_hup)))
		return;
	if (n < 0 && errno != EAGAIN)
		s->r->error = errno;
	s->far_open = false;
}

static void
write_far(struct state *s)
{
	struct queue *q = &s->up;
	ssize_t n = write(s->r->far, q->data + q->start, pending(q));
	if (n > 0) {
		taken(q, (size_t)n);
		s->r->sent += (uint64_t)n;
		s->moved = s->wrote = s->heard = s->now;
		look_at_kernel(s);
	} else if (n < 0 && !transient(errno)) {
		/* The link is over, but what the peer sent before may still be there to read. */
		s->r->error = errno;
		s->far_hup = true;
	}
}

static void
close_out(struct state *s, int error)
{
	s->out_open = false;
	if (s->r->done < 0)
		s->r->error = error;
}

/* Writes what goes out without waiting, by a flag of this call alone: O_NONBLOCK would be seen by
 * everyone who has the file open. Pipes know the flag since Linux 6.4. Of others, and of files that
 * never do it without waiting, poll() tells whether they take PIPE_BUF. */
static ssize_t
write_now(struct state *s, char *data, size_t length)
{
	struct iovec piece = {data, length};
	struct pollfd out = {.fd = s->r->out, .events = POLLOUT};
	if (!s->out_asks) {
		ssize_t n = pwritev2(s->r->out, &piece, 1, -1, RWF_NOWAIT);
		s->out_asks = n < 0 && (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL);
		if (!s->out_asks && (n >= 0 || errno != EAGAIN))
			return n;
	}
	if (poll(&out, 1, 0) == 1 && out.revents & POLLOUT)
		return write(s->r->out, data, length < PIPE_BUF ? length : PIPE_BUF);
	errno = EAGAIN;
	return -1;
}

static void
write_out(struct state *s)
{
	struct queue *q = &s->down;
	ssize_t n = write_now(s, q->data + q->start, pending(q));
	if (n >= 0) {
		taken(q, (size_t)n);
		s->r->received += (uint64_t)n;
		s->heard = s->moved = s->now;
	} else if (!transient(errno)) {
		close_out(s, errno);
	}
}

static struct pollfd
want(int fd, bool wanted, int events)
{
	return (struct pollfd){.fd = wanted ? fd : -1, .events = (short)events};
}

/* Which descriptors matter, from the state of the queues at every turn. */
static void
interests(const struct state *s, struct pollfd *fds)
{
	const struct relay *r = s->r;
	int far = (room(&s->down) ? POLLIN : 0) | (pending(&s->up) ? POLLOUT : 0);
	fds[IN] = want(r->in, s->in_open && room(&s->up), POLLIN);
	/* Without a byte to write, poll() still tells that the reader has gone. */
	fds[OUT] = want(r->out, s->out_open, pending(&s->down) ? POLLOUT : 0);
	/* Once it has hung up, poll() would return at once, for ever. */
	fds[FAR] = want(r->far, s->far_open && !s->far_hup, far);
	fds[SIGNALS] = want(r->signals, true, POLLIN);
	fds[DONE] = want(r->done, !s->near_over, POLLIN);
}

/* The smaller time-out; -1 is none, and a time that has passed is now. */
static int64_t
sooner(int64_t ms, int64_t left)
{
	left = left > 0 ? left : 0;
	return ms >= 0 && ms < left ? ms : left;
}

/* Whether to ask the kernel what it still holds: not while it is full, which an event ends. */
static bool
curious(const struct state *s)
{
	return s->held && !s->far_hup && pending(&s->up) == 0;
}

static bool
all_sent(const struct state *s)
{
	return pending(&s->up) == 0 && s->held == 0;
}

/* Whether the time until the far side counts as quiet is running. */
static bool
waiting_quietly(const struct state *s)
{
	return s->r->quiet_ms >= 0 && s->r->in >= 0 && !s->in_open && all_sent(s) &&
	       pending(&s->down) == 0;
}

/* Milliseconds until something has to be done without an event; -1 never. */
static int64_t
patience(const struct state *s)
{
	if (s->far_hup && s->far_open && room(&s->down))
		return 0; /* its queue is still to be read, and poll() won't tell */
	if (s->near_over && s->in_open && room(&s->up))
		return 0; /* one more look whether the pipe is empty */
	int64_t ms = -1;
	if (curious(s))
		ms = sooner(ms, s->look - s->now);
	if (waiting_quietly(s))
		ms = sooner(ms, s->heard + s->r->quiet_ms - s->now);
	if (s->r->idle_ms >= 0)
		ms = sooner(ms, s->moved + s->r->idle_ms - s->now);
	return ms;
}

static void
near_events(struct state *s, const struct pollfd *fds)
{
	if (fds[IN].revents)
		read_in(s);
	else if (s->near_over && fds[IN].fd >= 0)
		s->in_open = false; /* its pipe is empty, whoever else may hold it open */
	/* Only now: poll() may have looked at the pipe before the program's last write. */
	if (fds[DONE].revents)
		s->near_over = true;
	if (fds[OUT].revents && !(fds[OUT].revents & POLLOUT))
		close_out(s, EPIPE);
}

static void
far_events(struct state *s, const struct pollfd *fds)
{
	if (fds[FAR].revents & (POLLHUP | POLLERR | POLLNVAL))
		s->far_hup = true;
	if (s->far_open && room(&s->down) && (s->far_hup || fds[FAR].revents & POLLIN))
		read_far(s);
	/* Bytes that have just been read need not wait for the next turn. */
	if (s->out_open && pending(&s->down))
		write_out(s);
	if (s->far_open && !s->far_hup && pending(&s->up) &&
		(fds[FAR].revents & POLLOUT || fds[IN].revents))
		write_far(s);
	if (!s->out_open)
		taken(&s->down, pending(&s->down)); /* the program does not want it */
}

/* The end condition that holds now, -1 while there is none. The order matters: data that has
 * arrived goes out before a link's end counts. */
static int
ending(const struct state *s)
{
	const struct relay *r = s->r;
	if (!s->out_open && r->done < 0)
		return r->error == EPIPE ? RELAY_OUT_GONE : RELAY_NEAR_FAILED;
	if (!s->far_open && pending(&s->down) == 0)
		return RELAY_FAR_CLOSED;
	if (s->far_open && !s->far_hup && !s->in_open && r->error)
		return RELAY_NEAR_FAILED;
	if (s->near_over && !s->in_open && all_sent(s))
		return RELAY_NEAR_DONE;
	if (s->far_open && waiting_quietly(s) && s->now - s->heard >= r->quiet_ms)
		return RELAY_NEAR_DONE;
	if (r->idle_ms >= 0 && s->now - s->moved >= r->idle_ms)
		return RELAY_IDLE;
	return -1;
}

/* One turn of the loop; true when it is time to stop. */
static bool
turn(struct state *s)
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
	if (curious(s) && s->now >= s->look) {
		look_at_kernel(s);
		s->heard = s->now;
	}
	near_events(s, fds);
	far_events(s, fds);
	return false;
}

enum relay_end
relay_run(struct relay *r)
{
	int64_t now = clock_ms();
	struct state s;
	memset(&s, 0, offsetof(struct state, up.data)); /* the buffers' pages stay untouched */
	s.down.start = s.down.end = 0;
	s.r = r;
	s.in_open = r->in >= 0;
	s.out_open = s.far_open = true;
	s.now = s.heard = s.moved = now;
	s.wrote = -1;
	s.look_ms = LOOK_FIRST_MS;
	r->sent = r->received = r->unsent = r->held = r->dropped = 0;
	r->error = 0;

	int end;
	while ((end = ending(&s)) < 0)
		if (turn(&s)) {
			end = RELAY_SIGNAL;
			break;
		}
	r->held = s.held;
	r->unsent = pending(&s.up) + s.held;
	r->dropped = pending(&s.down);
	r->fresh_ms = s.wrote < 0 ? INT64_MAX : s.now - s.wrote;
	return (enum relay_end)end;
}
