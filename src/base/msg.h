/* Messages to the user: always on stderr, always one line, made safe for a terminal. */
#ifndef MSG_H
#define MSG_H

#include <stdbool.h>

/* Exit statuses of every tool. */
enum {
	MSG_OK = 0, /* done, every byte delivered */
	MSG_FAIL = 1, /* the link, the peer or the system failed, or something was not delivered */
	MSG_USAGE = 2, /* the command line was wrong, and nothing was opened or written */
};

/* Names the tool, for the prefix of each message; tool is kept, not copied. Call it first: it exits
 * with MSG_FAIL when a standard stream is closed, since the next link or file would get that
 * descriptor. */
void msg_init(const char *tool);

/* The tool's name. Async-signal-safe. */
const char *msg_tool(void);

/* Turns msg_say() on, as -v asks. */
void msg_verbose(bool on);

/* "tool: text" on stderr, in one write(); a line of more than 1 KiB is cut. Bytes that could harm a
 * terminal are shown as sanitize.h says, so text from a peer may be passed unchanged. */
void msg_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same without the tool's name, and only with -v: for progress, not for failures. */
void msg_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same with -v, or where stdin and stderr are terminals: for events that a user there can't see
 * otherwise. */
void msg_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* msg_warn(), then exit(status). */
_Noreturn void msg_die(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
