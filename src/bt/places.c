#include "bt/places.h"

#include "base/msg.h"
#include "base/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int
places_taken(const struct places *places, const bdaddr_t *peer)
{
	int taken = 0;
	for (int i = 0; i < places->count; i++) {
		const struct place *p = &places->list[i];
		taken += p->link >= 0 && (!peer || bacmp(&p->peer, peer) == 0);
	}
	return taken;
}

int
places_lingering(const struct places *places)
{
	return places->count - places_taken(places, NULL);
}

static void
add(struct places *places, pid_t pid, int done, int link, const bdaddr_t *peer)
{
	places->list[places->count++] = (struct place){pid, done, link, *peer};
}

static int
wait_for(pid_t pid)
{
	int status = 0;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* In the child: it ends with its listener, even when that is killed. */
static void
follow(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(MSG_FAIL);
}

/* Keeps the child that was forked. Returns 0, or -1 with errno where it can't be watched. */
static int
keep(struct places *places, pid_t pid, int link, const bdaddr_t *peer)
{
	int done = (int)syscall(SYS_pidfd_open, pid, 0);
	if (done >= 0) {
		add(places, pid, done, link, peer);
		return 0;
	}
	int error = errno;
	kill(pid, SIGTERM);
	wait_for(pid);
	errno = error;
	return -1;
}

pid_t
places_fork(struct places *places, const bdaddr_t *peer, int *link)
{
	int pair[2];
	pid_t parent = getpid();
	pid_t pid = -1;
	if (pipe2(pair, O_CLOEXEC) < 0)
		goto fail;
	pid = fork();
	if (pid == 0) {
		follow(parent);
		close(pair[0]);
		*link = pair[1];
		return 0;
	}
	close(pair[1]); /* keeps errno: the descriptor is valid */
	if (pid > 0 && keep(places, pid, pair[0], peer) == 0)
		return pid;
	close(pair[0]);
fail:
	msg_warn("cannot serve a peer: %s", strerror(errno));
	return -1;
}

int
places_start(struct places *places, int starter, struct starter_job *job)
{
	int pair[2];
	if (pipe2(pair, O_CLOEXEC) == 0) {
		job->place = pair[1];
		int done = starter_start(starter, job);
		if (done >= 0) {
			add(places, 0, done, pair[0], &job->peer);
			return 0;
		}
		int error = errno;
		close(pair[0]);
		errno = error;
	}
	msg_warn("cannot serve a peer: %s", strerror(errno));
	return -1;
}

int
places_poll(const struct places *places, struct pollfd fds[PLACES_POLL_MAX])
{
	int n = 0;
	for (int i = 0; i < places->count; i++) {
		fds[n++] = (struct pollfd){.fd = places->list[i].done, .events = POLLIN};
		fds[n++] = (struct pollfd){.fd = places->list[i].link};
	}
	return n;
}

static int
reap(struct places *places, int i)
{
	struct place *p = &places->list[i];
	close(p->done);
	if (p->link >= 0)
		close(p->link);
	int status = p->pid ? wait_for(p->pid) : 0;
	*p = places->list[--places->count];
	return status;
}

bool
places_update(struct places *places, const struct pollfd *fds, int *status)
{
	bool changed = false;
	*status = 0;
	for (int i = places->count - 1; i >= 0; i--) {
		struct place *p = &places->list[i];
		if (fds[2 * i].revents) {
			int ended = reap(places, i);
			*status = WIFSIGNALED(ended) ? ended : *status;
		} else if (fds[2 * i + 1].revents) {
			close(p->link);
			p->link = -1;
		} else {
			continue;
		}
		changed = true;
	}
	return changed;
}

void
places_end(struct places *places, int signal, int signals)
{
	while (places->count > 0) {
		for (int i = 0; signal && i < places->count; i++)
			syscall(SYS_pidfd_send_signal, places->list[i].done, signal, NULL, 0);
		/* One at a time: the others stay to be waited for. */
		int ended = signals_await(signals, places->list[0].done, POLLIN, -1);
		signal = ended < 0 ? signals_caught(signals) : 0;
		if (ended > 0)
			reap(places, 0);
	}
}
