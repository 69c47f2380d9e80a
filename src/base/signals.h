/* SIGINT, SIGTERM and SIGHUP as an event in a poll() loop, and dying by them afterwards. */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/* Blocks the three signals (one that was ignored at start, as by nohup(1), stays ignored), ignores
 * SIGPIPE, so that a closed reader is an EPIPE, and undoes settings that a parent may have left:
 * any other blocked signal, and an ignored SIGCHLD, which would lose exit statuses. Returns a
 * descriptor (signalfd(2), close-on-exec, kept until exit) that becomes readable when one arrives,
 * or -1 with errno, and nothing changed. */
int signals_open(void);

/* The signal that has arrived on the descriptor, 0 when none has. Does not block. */
int signals_caught(int fd);

/* Waits for events (as poll(2)) on fd for ms, -1: for ever. Returns those that came, 0 when none
 * did in time, or -1 and EINTR as soon as signals is readable. */
int signals_await(int signals, int fd, int events, long ms);

/* Sleeps for ms; false, with EINTR, as soon as fd is readable. */
bool signals_sleep(int fd, long ms);

/* Dies by the signal, so that a shell sees what happened. */
_Noreturn void signals_die(int signal);

/* For a child between fork() and exec(): the dispositions and the mask as they were before
 * signals_open(). Async-signal-safe. */
void signals_restore(void);

#endif
