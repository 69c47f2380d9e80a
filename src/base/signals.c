#include "base/signals.h"

#include "base/clock.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

static const int caught[] = {SIGINT, SIGTERM, SIGHUP};

/* As they were at the start: a program that is started gets them back. */
static struct {
	sigset_t mask;
	struct sigaction pipe, child;
} before;

int
signals_open(void)
{
	sigset_t set;
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof caught / sizeof *caught; i++) {
		struct sigaction old;
		if (sigaction(caught[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaddset(&set, caught[i]);
	}
	int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return -1;
	/* These fail only for wrong arguments. */
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct sigaction usual = {.sa_handler = SIG_DFL};
	sigaction(SIGPIPE, &ignore, &before.pipe);
	sigaction(SIGCHLD, &usual, &before.child);
	sigprocmask(SIG_SETMASK, &set, &before.mask);
	return fd;
}

int
signals_caught(int fd)
{
	struct signalfd_siginfo info;
	return read(fd, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
}

int
signals_await(int signals, int fd, int events, long ms)
{
	struct pollfd fds[] = {
		{.fd = signals, .events = POLLIN},
		{.fd = fd, .events = (short)events},
	};
	int64_t until = clock_ms() + ms;
	int ready;
	do {
		int64_t left = ms < 0 ? -1 : until - clock_ms();
		left = ms >= 0 && left < 0 ? 0 : left;
		ready = poll(fds, 2, left > INT_MAX ? INT_MAX : (int)left);
	} while (ready < 0 && errno == EINTR);
	if (ready > 0 && fds[0].revents) {
		errno = EINTR;
		return -1;
	}
	return ready > 0 ? fds[1].revents : ready;
}

bool
signals_sleep(int fd, long ms)
{
	return signals_await(fd, -1, 0, ms) == 0;
}

void
signals_restore(void)
{
	sigaction(SIGPIPE, &before.pipe, NULL);
	sigaction(SIGCHLD, &before.child, NULL);
	sigprocmask(SIG_SETMASK, &before.mask, NULL);
}

void
signals_die(int signal)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigaction(signal, &action, NULL);
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, signal);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(signal);
	_exit(128 + signal); /* not reached: the default action of each of the three is to die */
}
