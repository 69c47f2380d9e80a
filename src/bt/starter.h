/* A process that starts sessions for a listener that has given up most system calls, while its
 * programs may not be restricted: forked before the sandbox, it is not restricted either, and gets
 * of a peer only an address and a descriptor. */
#ifndef STARTER_H
#define STARTER_H

#include <bluetooth/bluetooth.h>
#include <sys/types.h>

/* A session to start. */
struct starter_job {
	bdaddr_t peer;
	int number; /* see session.h */
	int link; /* see session.h */
	int place; /* see session.h */
};

/* fork(2) with a socket between the two in *socket, at its end once the other has ended. Returns 0
 * in the starter, its process id in the caller, or -1 with errno. */
pid_t starter_fork(int *socket);

/* In the starter: calls run with each job, in a process of its own that exits with what it returns
 * and gets SIGTERM when the starter ends. Ends with the caller. context is passed on to run. */
_Noreturn void starter_run(int socket,
	int (*run)(const void *context, const struct starter_job *job), const void *context);

/* Starts a job: passes its two descriptors on, and closes job->place here. Returns a pidfd of the
 * new process, which is no child of the caller, or -1 with errno: EPIPE where the starter has
 * ended. */
int starter_start(int socket, const struct starter_job *job);

#endif
