#include "chat/filelock.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/file.h>
#include <sys/time.h>

enum { LOCK_WAIT_MS = 1000 };

static void
on_alarm(int signal)
{
	(void)signal; /* it only interrupts flock() */
}

void
filelock_init(void)
{
	static const struct sigaction interrupt = {.sa_handler = on_alarm};
	sigaction(SIGALRM, &interrupt, NULL);
	sigset_t alarm;
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	sigprocmask(SIG_UNBLOCK, &alarm, NULL); /* the parent may have blocked it */
}

bool
filelock_take(int fd, int how, bool *stuck)
{
	if (flock(fd, how | LOCK_NB) == 0) {
		*stuck = false;
		return true;
	}
	if (*stuck || errno != EWOULDBLOCK)
		return false;
	/* Repeated, since the first signal may come before flock() waits. */
	struct itimerval wait = {
		.it_value = {LOCK_WAIT_MS / 1000, LOCK_WAIT_MS % 1000 * 1000},
		.it_interval = {0, 10 * 1000},
	};
	setitimer(ITIMER_REAL, &wait, NULL);
	*stuck = flock(fd, how) < 0;
	setitimer(ITIMER_REAL, &(struct itimerval){.it_value = {0, 0}}, NULL);
	return !*stuck;
}

void
filelock_drop(int fd)
{
	flock(fd, LOCK_UN);
}
