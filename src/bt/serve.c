#include "bt/serve.h"

#include "base/clock.h"
#include "base/msg.h"
#include "base/signals.h"
#include "bt/bterror.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* A peer that is being served by a process of its own. */
struct child {
	pid_t pid;
	int done; /* a pidfd: readable once it has ended */
	bdaddr_t peer;
};

struct children {
	int count;
	struct child list[SERVE_MAX];
};

/* Stops accepting and advertising: closes both descriptors. */
static void
stop_listening(const struct serve *serve)
{
	close(serve->listener);
	if (serve->advertise >= 0)
		close(serve->advertise);
}

/* Serves a peer that was let in; the exit status. */
static int
talk(const struct serve *serve, int link, const bdaddr_t *peer, int number)
{
	struct session session = serve->session;
	session.end.peer = *peer;
	session.link = link;
	session.listening = true;
	session.number = number;
	return session_run(&session);
}

/* Why this peer may not come in; NULL when it may. */
static const char *
objection(const struct serve *serve, const struct children *children, const bdaddr_t *peer)
{
	if (!allow_has(&serve->allow, peer))
		return "not admitted by -a";
	if (children->count >= serve->max)
		return "too many peers";
	return NULL;
}

/* The next peer that may come in, not yet answered; -1 when there is none after all. */
static int
next_caller(const struct serve *serve, const struct children *children, bdaddr_t *peer)
{
	int link = rfcomm_accept(serve->listener, peer);
	if (link < 0)
		return -1;
	const char *why = objection(serve, children, peer);
	if (why) {
		char addr[18];
		ba2str(peer, addr);
		msg_say("refused %s (%s)", addr, why);
		close(link);
		return -1;
	}
	return link;
}

/* Lets a peer in. One that has left meanwhile, or that would not pair, is no failure of ours. */
static bool
admit(const struct serve *serve, int link)
{
	if (rfcomm_admit(link, serve->session.signals) == 0)
		return true;
	msg_say("a peer left before it was connected: %s", bterror_connect(errno));
	close(link);
	return false;
}

static int
earlier_from(const struct children *children, const bdaddr_t *peer)
{
	int count = 0;
	for (int i = 0; i < children->count; i++)
		count += bacmp(&children->list[i].peer, peer) == 0;
	return count;
}

/* Serves the peer in a process of its own. */
static void
start_child(const struct serve *serve, struct children *children, int link, const bdaddr_t *peer)
{
	pid_t parent = getpid();
	pid_t pid = fork();
	if (pid == 0) {
		/* Its sessions end with the listener, even when that was killed. */
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != parent)
			_exit(MSG_FAIL);
		stop_listening(serve);
		if (!admit(serve, link))
			_exit(MSG_FAIL);
		_exit(talk(serve, link, peer, earlier_from(children, peer) + 1));
	}
	int error = errno;
	close(link);
	int done = pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
	if (done < 0) {
		msg_warn("cannot serve a peer: %s", strerror(pid < 0 ? error : errno));
		if (pid > 0) {
			kill(pid, SIGTERM);
			waitpid(pid, NULL, 0);
		}
		return;
	}
	children->list[children->count++] = (struct child){pid, done, *peer};
}

/* Takes leave of a child that has ended; its wait status. */
static int
reap(struct children *children, int i)
{
	int status = 0;
	close(children->list[i].done);
	while (waitpid(children->list[i].pid, &status, 0) < 0 && errno == EINTR)
		;
	children->list[i] = children->list[--children->count];
	return status;
}

/* Ends every session, and then this process, by the signal. */
static _Noreturn void
leave(struct children *children, int signal)
{
	for (int i = 0; i < children->count; i++)
		kill(children->list[i].pid, signal == SIGPIPE ? SIGTERM : signal);
	while (children->count > 0)
		reap(children, 0);
	signals_die(signal);
}

enum { SIGNALS, LISTENER, FIRST_CHILD };

static int
await(const struct serve *serve, const struct children *children, struct pollfd *fds, long ms)
{
	fds[SIGNALS] = (struct pollfd){.fd = serve->session.signals, .events = POLLIN};
	fds[LISTENER] = (struct pollfd){.fd = serve->listener, .events = POLLIN};
	for (int i = 0; i < children->count; i++)
		fds[FIRST_CHILD + i] =
			(struct pollfd){.fd = children->list[i].done, .events = POLLIN};
	return poll(fds, FIRST_CHILD + (nfds_t)children->count, ms > INT_MAX ? INT_MAX : (int)ms);
}

static long
time_left(const struct serve *serve, const struct children *children, int64_t since)
{
	if (serve->session.wait_ms < 0 || children->count > 0)
		return -1;
	int64_t left = since + serve->session.wait_ms - clock_ms();
	return left > 0 ? (long)left : 0;
}

static void
reap_ended(struct serve *serve, struct children *children, const struct pollfd *fds)
{
	for (int i = children->count - 1; i >= 0; i--) {
		if (!fds[FIRST_CHILD + i].revents)
			continue;
		int status = reap(children, i);
		/* Nobody reads our stdout any more: there is no use in another peer. */
		if (!serve->session.program && WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE)
			leave(children, SIGPIPE);
	}
}

static int
nobody_came(const struct serve *serve)
{
	msg_warn("channel %d: nobody connected within %.10g s", serve->session.end.channel,
		(double)serve->session.wait_ms / 1000);
	return MSG_FAIL;
}

/* -k */
static int
serve_many(struct serve *serve)
{
	static struct children children;
	struct pollfd fds[FIRST_CHILD + SERVE_MAX];
	int64_t since = clock_ms();
	for (;;) {
		long left = time_left(serve, &children, since);
		int ready = await(serve, &children, fds, left);
		if (ready == 0 && left >= 0 && time_left(serve, &children, since) == 0)
			return nobody_came(serve);
		if (ready <= 0)
			continue;
		if (fds[SIGNALS].revents)
			leave(&children, signals_caught(serve->session.signals));
		if (children.count > 0)
			since = clock_ms();
		reap_ended(serve, &children, fds);
		bdaddr_t peer;
		int link = fds[LISTENER].revents ? next_caller(serve, &children, &peer) : -1;
		if (link >= 0)
			start_child(serve, &children, link, &peer);
	}
}

/* Without -k: as soon as a peer is in, nobody listens any more. */
static int
serve_one(struct serve *serve)
{
	static const struct children none;
	struct pollfd fds[FIRST_CHILD];
	int64_t since = clock_ms();
	for (;;) {
		long left = time_left(serve, &none, since);
		int ready = await(serve, &none, fds, left);
		if (ready == 0 && left >= 0 && time_left(serve, &none, since) == 0)
			return nobody_came(serve);
		if (ready <= 0)
			continue;
		if (fds[SIGNALS].revents)
			signals_die(signals_caught(serve->session.signals));
		bdaddr_t peer;
		int link = next_caller(serve, &none, &peer);
		if (link >= 0 && admit(serve, link)) {
			stop_listening(serve);
			return talk(serve, link, &peer, 1);
		}
	}
}

int
serve_run(struct serve *serve)
{
	return serve->keep ? serve_many(serve) : serve_one(serve);
}
