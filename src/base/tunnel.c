#include "base/tunnel.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum {
	PLAIN_SIZE = 131072,
	/* As much as that takes when sealed, and all the words of a session. */
	SEALED_SIZE = PLAIN_SIZE / SEAL_DATA_MAX * SEAL_RECORD_MAX + 4 * SEAL_WORD_MAX,
	/* How long B waits for A to hang up, once everything is said. */
	LINGER_MS = 10000,
	/* How long an end whose link takes nothing more waits for what is still on its way. */
	LEFT_MS = 5000,
};

struct queue {
	size_t start, end;
	uint8_t data[SEALED_SIZE];
};

enum { IN, OUT, LINK_IN, LINK_OUT, SIGNALS, DONE, FDS };

struct state {
	struct tunnel *t;
	bool in_open; /* more may come from in */
	bool out_gone; /* out has no reader */
	bool program_over; /* the program has ended, and what it had written is read */
	bool program_ended;
	bool link_in_open, link_out_open;
	bool forged;
	bool not_remembered;
	bool said_end, said_taken, said_final; /* by us */
	bool heard_end, heard_taken, heard_final; /* from the other end */
	int64_t linger; /* when B, or an end whose link takes nothing more, has waited long enough */
	uint8_t text[PLAIN_SIZE]; /* read from in, until it is sealed */
	struct queue send; /* sealed, for the link */
	struct queue receive; /* from the link, still sealed */
	struct queue opened; /* for out */
};

static size_t
pending(const struct queue *q)
{
	return q->end - q->start;
}

static void
drop(struct queue *q, size_t n)
{
	q->start += n;
	if (q->start == q->end)
		q->start = q->end = 0;
}

/* Moves what is pending to the start. */
static void
pack(struct queue *q)
{
	memmove(q->data, q->data + q->start, pending(q));
	q->end -= q->start;
	q->start = 0;
}

static bool
transient(int error)
{
	return error == EINTR || error == EAGAIN;
}

static void
say(struct state *s, enum seal_kind kind)
{
	s->send.end += seal_word(&s->t->sending, s->send.data + s->send.end, kind, s->t->received);
}

/* Seals what was read, in records. send is empty, but for words. */
static void
seal_text(struct state *s, size_t len)
{
	for (size_t done = 0; done < len;) {
		size_t piece = len - done < SEAL_DATA_MAX ? len - done : SEAL_DATA_MAX;
		s->send.end += seal_data(
			&s->t->sending, s->send.data + s->send.end, s->text + done, piece);
		done += piece;
	}
	s->t->sent += len;
}

static void
read_in(struct state *s)
{
	ssize_t n = read(s->t->in, s->text, sizeof s->text);
	if (n > 0) {
		seal_text(s, (size_t)n);
	} else if (n == 0) {
		s->in_open = false;
	} else if (!transient(errno)) {
		s->in_open = false;
		s->t->error = errno;
	}
}

/* The link takes nothing more. What the other end sent before may still arrive; or the link stays
 * open, and silent, for ever. */
static void
lose_link_out(struct state *s)
{
	s->link_out_open = false;
	s->linger = clock_ms() + LEFT_MS;
	drop(&s->send, pending(&s->send));
}

static void
write_link(struct state *s)
{
	struct queue *q = &s->send;
	ssize_t n = nowait_write(&s->t->link_out, (char *)q->data + q->start, pending(q));
	if (n > 0)
		drop(q, (size_t)n);
	else if (n < 0 && !transient(errno))
		lose_link_out(s);
}

static void
read_link(struct state *s)
{
	struct queue *q = &s->receive;
	pack(q);
	ssize_t n = read(s->t->link_in, q->data + q->end, sizeof q->data - q->end);
	if (n > 0) {
		q->end += (size_t)n;
	} else if (n == 0 || !transient(errno)) {
		s->t->error = n < 0 ? errno : 0;
		s->link_in_open = false;
	}
}

static void
lose_out(struct state *s, int error)
{
	s->out_gone = true;
	if (s->t->done < 0)
		s->t->error = error;
	drop(&s->opened, pending(&s->opened)); /* a program does not want it */
}

static void
write_out(struct state *s)
{
	struct queue *q = &s->opened;
	ssize_t n = nowait_write(&s->t->out, (char *)q->data + q->start, pending(q));
	if (n >= 0) {
		drop(q, (size_t)n);
		s->t->received += (uint64_t)n;
	} else if (!transient(errno)) {
		lose_out(s, errno);
	}
}

/* The end of file that the other end has said, once all before it is written. */
static void
close_out(struct state *s)
{
	struct nowait *out = &s->t->out;
	if (out->fd < 0 || !s->heard_end || pending(&s->opened) > 0)
		return;
	nowait_close(out);
	int failed = close(out->fd);
	out->fd = -1;
	if (failed && errno != EINTR && !s->out_gone)
		lose_out(s, errno);
}

/* Acts on a record. */
static void
hear(struct state *s, enum seal_kind kind, const struct seal_record *record)
{
	switch (kind) {
	case SEAL_REMEMBERED:
		if (s->t->remembered(s->t->context) < 0) {
			s->t->error = errno;
			s->not_remembered = true;
		}
		break;
	case SEAL_DATA:
		/* It can't be written out any more, or we have said that we don't. */
		if (!s->out_gone && !s->said_taken)
			s->opened.end += record->len;
		break;
	case SEAL_END:
		s->heard_end = true;
		break;
	case SEAL_TAKEN:
		s->heard_taken = true;
		s->t->peer_took = record->taken;
		s->in_open = false; /* it takes no more */
		break;
	default:
		s->heard_final = true;
		break;
	}
}

/* Whether a record's text fits. */
static bool
has_space(struct queue *q)
{
	if (sizeof q->data - q->end < SEAL_DATA_MAX)
		pack(q);
	return sizeof q->data - q->end >= SEAL_DATA_MAX;
}

/* Opens what has come, as far as there is space for it. True when it stopped for want of that. */
static bool
open_records(struct state *s)
{
	while (!s->forged && !s->heard_final && pending(&s->receive) > 0) {
		struct seal_record record;
		if (!has_space(&s->opened))
			return true;
		enum seal_kind kind =
			seal_open(&s->t->receiving, &record, s->opened.data + s->opened.end,
				s->receive.data + s->receive.start, pending(&s->receive));
		if (kind == SEAL_SHORT)
			return false;
		s->forged = kind == SEAL_FORGED;
		if (!s->forged) {
			hear(s, kind, &record);
			drop(&s->receive, record.used);
		}
	}
	return false;
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
	const struct tunnel *t = s->t;
	bool out_open = t->out.fd >= 0 && !s->out_gone;
	fds[IN] = want(t->in, s->in_open && s->link_out_open && pending(&s->send) == 0, POLLIN);
	/* Without a byte to write, poll() still reports that the reader has gone. */
	fds[OUT] = want(t->out.fd, out_open, pending(&s->opened) ? POLLOUT : 0);
	fds[LINK_IN] =
		want(t->link_in, s->link_in_open && pending(&s->receive) < SEAL_RECORD_MAX, POLLIN);
	fds[LINK_OUT] = want(t->link_out.fd, s->link_out_open, pending(&s->send) ? POLLOUT : 0);
	fds[SIGNALS] = want(t->signals, true, POLLIN);
	fds[DONE] = want(t->done, !s->program_ended, POLLIN);
}

static void
local_events(struct state *s, const struct pollfd *fds)
{
	if (fds[IN].revents)
		read_in(s);
	else if (s->program_ended && fds[IN].fd >= 0)
		s->in_open = false; /* its pipe is empty, whatever else may hold it open */
	/* Only now: poll() may have looked at the pipe before the program's last write. */
	if (fds[DONE].revents)
		s->program_ended = true;
	s->program_over = s->program_ended && !s->in_open;
	if (fds[OUT].revents && !(fds[OUT].revents & POLLOUT))
		lose_out(s, EPIPE);
}

static void
link_events(struct state *s, const struct pollfd *fds)
{
	if (fds[LINK_OUT].revents & (POLLERR | POLLHUP | POLLNVAL))
		lose_link_out(s);
	if (fds[LINK_IN].revents)
		read_link(s);
	bool full;
	do {
		full = open_records(s);
		if (!s->out_gone && pending(&s->opened) > 0)
			write_out(s);
	} while (full && has_space(&s->opened));
	close_out(s);
}

/* Sends the records that are due. */
static void
speak(struct state *s)
{
	bool wrote_all = s->heard_end && pending(&s->opened) == 0;
	if (!s->said_end && !s->in_open && !s->t->error) {
		say(s, SEAL_END);
		s->said_end = true;
	}
	if (s->said_end && !s->said_taken && (wrote_all || s->program_over)) {
		drop(&s->opened, pending(&s->opened));
		say(s, SEAL_TAKEN);
		s->said_taken = true;
	}
	if (s->said_taken && s->heard_taken && !s->said_final &&
		(s->t->role == HANDSHAKE_A || s->heard_final)) {
		say(s, SEAL_FINAL);
		s->said_final = true;
		s->linger = clock_ms() + LINGER_MS;
	}
}

/* The end condition that holds now, -1 while there is none. The order matters: what is authentic
 * goes out before a link's end counts. */
static int
ending(const struct state *s)
{
	const struct tunnel *t = s->t;
	int done = t->peer_took == t->sent ? TUNNEL_DONE : TUNNEL_UNDELIVERED;
	if (s->not_remembered)
		return TUNNEL_NOT_REMEMBERED;
	if (s->out_gone && t->done < 0)
		return t->error == EPIPE ? TUNNEL_READER_GONE : TUNNEL_LOCAL_FAILED;
	if (pending(&s->opened) > 0)
		return -1;
	if (s->forged)
		return TUNNEL_FORGED;
	if (s->heard_final && s->said_final && t->role == HANDSHAKE_A)
		return done;
	if (s->heard_final && s->said_final && pending(&s->send) == 0 &&
		(!s->link_in_open || clock_ms() >= s->linger))
		return done;
	if (!s->link_in_open || (!s->link_out_open && clock_ms() >= s->linger))
		return TUNNEL_CUT;
	if (!s->in_open && !s->said_end && t->error)
		return TUNNEL_LOCAL_FAILED;
	return -1;
}

/* Milliseconds until something has to be done without an event; -1 never. */
static int
patience(const struct state *s)
{
	if (s->program_ended && s->in_open && s->link_out_open && pending(&s->send) == 0)
		return 0; /* one more look whether its pipe is empty */
	if (pending(&s->opened) > 0 || (s->link_out_open && !(s->heard_final && s->said_final)))
		return -1;
	int64_t left = s->linger - clock_ms();
	return left > 0 ? (int)left : 0;
}

/* One turn of the loop; true when it is time to stop. */
static bool
move(struct state *s)
{
	struct pollfd fds[FDS];
	interests(s, fds);
	if (poll(fds, FDS, patience(s)) < 0)
		return false; /* EINTR, or out of memory for a moment */
	if (fds[SIGNALS].revents)
		return true;
	local_events(s, fds);
	link_events(s, fds);
	speak(s);
	if (s->link_out_open && pending(&s->send) > 0)
		write_link(s);
	return false;
}

enum tunnel_end
tunnel_run(struct tunnel *t)
{
	struct state s;
	memset(&s, 0, sizeof s);
	s.t = t;
	s.in_open = s.link_in_open = s.link_out_open = true;
	t->sent = t->received = t->peer_took = 0;
	t->error = 0;
	if (t->first)
		say(&s, SEAL_REMEMBERED);

	int end;
	while ((end = ending(&s)) < 0)
		if (move(&s)) {
			end = TUNNEL_SIGNAL;
			break;
		}
	if (end == TUNNEL_CUT && s.link_in_open)
		t->error = EPIPE;
	sodium_memzero(&s, sizeof s);
	sodium_memzero(&t->sending, sizeof t->sending);
	sodium_memzero(&t->receiving, sizeof t->receiving);
	return (enum tunnel_end)end;
}
