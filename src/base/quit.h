/* SIGINT, SIGTERM and SIGHUP as an event in a poll() loop, and dying by them afterwards. */
#ifndef QUIT_H
#define QUIT_H

#include <signal.h>
#include <stdbool.h>

/* Blocks the three signals (one that was ignored at start, as by nohup(1), stays ignored), and
 * ignores SIGPIPE, so that a closed reader is an EPIPE. Returns a descriptor (signalfd(2),
 * close-on-exec, kept until exit) that becomes readable when one arrives, or -1 with errno. */
int quit_open(void);

/* The signal that has arrived on the descriptor, 0 when none has. Does not block. */
int quit_signal(int fd);

/* Waits for events (as poll(2)) on fd for ms, -1: for ever. Returns those that came, 0 when none
 * did in time, or -1 and EINTR as soon as quit is readable. */
int quit_await(int quit, int fd, int events, long ms);

/* Sleeps for ms; false, with EINTR, as soon as fd is readable. */
bool quit_sleep(int fd, long ms);

/* Dies by the signal, so that a shell sees what happened. */
_Noreturn void quit_die(int signal);

/* For a child between fork() and exec(): the dispositions and the mask as they were before
 * quit_open(). Async-signal-safe. */
void quit_restore(void);

#endif
