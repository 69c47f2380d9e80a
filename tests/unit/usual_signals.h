/* Tests of signals start from the usual dispositions: nohup(1), a shell's background job and some
 * CI runners leave some of them ignored, which programs inherit. */
#ifndef USUAL_SIGNALS_H
#define USUAL_SIGNALS_H

#include <signal.h>
#include <stddef.h>

static inline void
usual_signals(void)
{
	static const int ignored[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGCHLD};
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
		signal(ignored[i], SIG_DFL);
}

#endif
