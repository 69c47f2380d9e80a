#include "bt/serve.h"

#include "base/clock.h"
#include "base/msg.h"
#include "base/sandbox.h"
#include "base/signals.h"
#include "bt/callers.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The pause before the next try where no peer can be accepted, such as for want of a descriptor. */
enum { REST_MS = 1000 };

/* Why a peer is refused. The reasons that the user is warned of, once, come last. */
enum objection { NONE, NOT_ALLOWED, TOO_MANY_CALLERS, FULL, LINGERING };

struct state {
	struct serve *serve;
	struct callers callers;
	struct places places;
	int starter; /* see starter.h; -1: none */
	int64_t since; /* when the last peer left */
	int64_t rest; /* no peer is accepted until then; 0: now */
	enum objection said; /* the last that the user was warned of, while it holds */
};

/* Stops accepting and advertising: closes both descriptors. */
static void
stop_listening(const struct serve *serve)
{
	close(serve->listener);
	if (serve->advertise >= 0)
		close(serve->advertise);
}

/* Serves a peer that was let in. Returns the exit status. */
static int
talk(const void *context, const struct starter_job *job)
{
	const struct serve *serve = context;
	struct session session = serve->session;
	session.end.peer = job->peer;
	session.link = job->link;
	session.listening = true;
	session.number = job->number;
	session.place = job->place;
	return session_run(&session);
}

static bool
has_space(const struct state *s)
{
	return places_taken(&s->places, NULL) < s->serve->max &&
	       places_lingering(&s->places) < PLACES_LINGER_MAX;
}

static enum objection
objection(const struct state *s, const bdaddr_t *peer)
{
	if (!allow_has(&s->serve->allow, peer))
		return NOT_ALLOWED;
	if (s->callers.count >= CALLERS_MAX)
		return TOO_MANY_CALLERS;
	if (places_taken(&s->places, NULL) >= s->serve->max)
		return FULL;
	if (places_lingering(&s->places) >= PLACES_LINGER_MAX)
		return LINGERING;
	return NONE;
}

static void
refuse(struct state *s, int link, const bdaddr_t *peer, enum objection why)
{
	static const char *const reasons[] = {
		[NOT_ALLOWED] = "not admitted by -a",
		[TOO_MANY_CALLERS] = "too many peers are pairing",
		[FULL] = "too many peers",
		[LINGERING] = "too many programs run on after their peers have left",
	};
	callers_refuse_one(link, peer, reasons[why]);
	if (why < FULL || s->said == why)
		return;
	s->said = why;
	if (why == FULL)
		msg_warn("channel %d: full: more than %d at a time are refused (-m; reported "
			 "once until a place is free)",
			s->serve->session.end.channel, s->serve->max);
	else
		msg_warn("channel %d: full: %d programs run on after their peers have left, and "
			 "more peers are refused (-g ends them)",
			s->serve->session.end.channel, PLACES_LINGER_MAX);
}

/* No peer could be accepted. A passing condition is no failure; any other is reported once,
 * followed by a pause, since it would be the same at once. */
static void
take_rest(struct state *s, int error)
{
	if (error == EAGAIN || error == ECONNABORTED || error == EINTR)
		return;
	if (!s->rest)
		msg_warn("channel %d: cannot accept a peer: %s (tried again every second)",
			s->serve->session.end.channel, strerror(error));
	s->rest = clock_ms() + REST_MS;
}

static void
take_caller(struct state *s)
{
	bdaddr_t peer;
	int link = rfcomm_accept(s->serve->listener, &peer);
	if (link < 0) {
		take_rest(s, errno);
		return;
	}
	s->rest = 0;
	enum objection why = objection(s, &peer);
	if (why)
		refuse(s, link, &peer, why);
	else
		callers_add(&s->callers, link, &peer);
}

/* With keep. Programs must not be restricted, nor the process that starts them: it does only
 * that. */
static void
open_starter(struct state *s)
{
	int socket;
	pid_t pid = starter_fork(&socket);
	if (pid < 0)
		msg_die(MSG_FAIL, "cannot serve peers: %s", strerror(errno));
	if (pid == 0) {
		stop_listening(s->serve);
		starter_run(socket, talk, s->serve);
	}
	s->starter = socket;
}

/* Serves the peer in a process of its own. */
static void
start_session(struct state *s, const struct caller *caller)
{
	struct starter_job job = {
		.peer = caller->peer,
		.number = places_taken(&s->places, &caller->peer) + 1,
		.link = caller->link,
	};
	if (s->starter >= 0) {
		places_start(&s->places, s->starter, &job);
	} else if (places_fork(&s->places, &job.peer, &job.place) == 0) {
		stop_listening(s->serve);
		callers_forget(&s->callers);
		_exit(talk(s->serve, &job));
	}
	close(caller->link);
}

/* Ends every session, and then this process, by the signal. */
static _Noreturn void
leave(struct state *s, int signal)
{
	stop_listening(s->serve);
	callers_forget(&s->callers);
	places_end(&s->places, signal == SIGPIPE ? SIGTERM : signal, s->serve->session.signals);
	signals_die(signal);
}

/* How long -w still lasts; -1: for ever. */
static int64_t
time_left(const struct state *s, int64_t now)
{
	long wait = s->serve->session.wait_ms;
	if (wait < 0 || s->places.count > 0)
		return -1;
	int64_t left = s->since + wait - now;
	return left > 0 ? left : 0;
}

static int
sooner(int64_t a, int64_t b)
{
	int64_t ms = a < 0 || (b >= 0 && b < a) ? b : a;
	return ms > INT_MAX ? INT_MAX : (int)ms;
}

enum { SIGNALS, LISTENER, STARTER, PLACES, POLL_MAX = PLACES + PLACES_POLL_MAX };

/* Waits for an event, or for the time of the next action. */
static int
await(const struct state *s, struct pollfd fds[POLL_MAX])
{
	int64_t now = clock_ms();
	bool resting = s->rest > now;
	fds[SIGNALS] = (struct pollfd){.fd = s->serve->session.signals, .events = POLLIN};
	fds[LISTENER] = (struct pollfd){.fd = resting ? -1 : s->serve->listener, .events = POLLIN};
	fds[STARTER] = (struct pollfd){.fd = s->starter};
	int n = PLACES + places_poll(&s->places, fds + PLACES);
	int ms = sooner(time_left(s, now), callers_pause(&s->callers));
	return poll(fds, (nfds_t)n, sooner(ms, resting ? s->rest - now : -1));
}

static void
look_at_places(struct state *s, const struct pollfd *fds)
{
	int status;
	if (s->places.count > 0)
		s->since = clock_ms();
	if (places_update(&s->places, fds, &status))
		s->said = NONE;
	/* Our stdout has no reader any more: another peer would be of no use. */
	if (!s->serve->session.program && WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE)
		leave(s, SIGPIPE);
}

/* Waits for the next peer that is let in; false when -w has run out. */
static bool
next_peer(struct state *s, struct caller *caller)
{
	for (;;) {
		struct pollfd fds[POLL_MAX];
		if (!has_space(s))
			callers_refuse(&s->callers, "too many peers");
		if (callers_admit(&s->callers, caller))
			return true;
		int ready = await(s, fds);
		if (ready > 0 && fds[SIGNALS].revents)
			leave(s, signals_caught(s->serve->session.signals));
		if (ready > 0 && fds[STARTER].revents)
			msg_die(MSG_FAIL, "the process that starts programs has been killed");
		if (ready > 0)
			look_at_places(s, fds + PLACES);
		if (ready > 0 && fds[LISTENER].revents)
			take_caller(s);
		if (ready == 0 && time_left(s, clock_ms()) == 0)
			return false;
	}
}

int
serve_run(struct serve *serve)
{
	static struct state s;
	struct caller caller;
	s = (struct state){.serve = serve, .starter = -1, .since = clock_ms()};
	if (serve->session.program && serve->keep)
		open_starter(&s);
	/* A single program starts later, by this process, and would be restricted, too. */
	if (!serve->session.program || serve->keep)
		sandbox_enter(SANDBOX_SESSION | SANDBOX_SERVE);
	while (next_peer(&s, &caller)) {
		if (serve->keep) {
			start_session(&s, &caller);
			continue;
		}
		/* With its one peer in, it stops listening. */
		callers_refuse(&s.callers, "too many peers");
		stop_listening(serve);
		return talk(serve, &(struct starter_job){caller.peer, 1, caller.link, -1});
	}
	msg_warn("channel %d: no peer connected within %.10g s", serve->session.end.channel,
		(double)serve->session.wait_ms / 1000);
	return MSG_FAIL;
}
