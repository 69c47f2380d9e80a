/* Least privilege: a seccomp filter with just the calls that the rest of the run needs. */
#ifndef SANDBOX_H
#define SANDBOX_H

/* What a tool may still do, besides reading, writing and waiting on its open descriptors. */
enum {
	SANDBOX_STDIO = 0, /* nothing else */
	SANDBOX_READ = 1 << 0, /* open files to read: a time zone */
	SANDBOX_ROOM = 1 << 1, /* open, lock, cut and watch files */
	SANDBOX_SESSION = 1 << 2, /* end the link that is there, and the program behind it */
	SANDBOX_RADIO = 1 << 3, /* make sockets, and send commands to an adapter */
	SANDBOX_SERVE =
		1 << 4, /* accept peers, serve each by a process of its own, ask about its link */
	SANDBOX_KEYRING =
		1 << 5, /* read, write and lock files, and enter a narrower sandbox later */
};

/* From here on any other system call is named in one line on stderr, and kills the process
 * (SIGSYS); call msg_init() before. No program that it starts gains privileges (no_new_privs). A
 * second sandbox can only narrow the first. Programs that were started before are not restricted.
 * Where the kernel or a container has no seccomp, nothing is restricted, and -v reports that. */
void sandbox_enter(unsigned what);

/* Instrumented builds (sanitizers, coverage) need more calls: they are never restricted, and -V
 * says so. */
#ifdef INSTRUMENTED
#define SANDBOX_NOTE " (built to be tested: not restricted by seccomp)"
#else
#define SANDBOX_NOTE ""
#endif

#endif
