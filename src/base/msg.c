#include "base/msg.h"

#include "base/sanitize.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
	const char *tool;
	bool verbose;
	bool attended; /* a person is at stdin and stderr */
} msg = {.tool = "rfcat"};

void
msg_init(const char *tool)
{
	static const char *const streams[] = {"input", "output", "error"};
	msg.tool = tool;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			msg_die(MSG_FAIL, "standard %s: closed (use /dev/null)", streams[fd]);
	msg.attended = isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

const char *
msg_tool(void)
{
	return msg.tool;
}

void
msg_verbose(bool on)
{
	msg.verbose = on;
}

__attribute__((format(printf, 3, 0))) static void
put(const char *prefix, const char *separator, const char *format, va_list args)
{
	char text[1024];
	int length = vsnprintf(text, sizeof text, format, args);
	if (length < 0)
		return;
	if ((size_t)length >= sizeof text)
		length = sizeof text - 1;

	char line[2048];
	size_t used = (size_t)snprintf(line, 128, "%s%s", prefix, separator);
	used += sanitize_copy(line + used, sizeof line - used - 1, text, (size_t)length);
	line[used++] = '\n';
	/* Without stderr there is no place for a message. */
	if (write(STDERR_FILENO, line, used) < 0)
		return;
}

void
msg_warn(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	put(msg.tool, ": ", format, args);
	va_end(args);
}

void
msg_say(const char *format, ...)
{
	if (!msg.verbose)
		return;
	va_list args;
	va_start(args, format);
	put("", "", format, args);
	va_end(args);
}

void
msg_note(const char *format, ...)
{
	if (!msg.verbose && !msg.attended)
		return;
	va_list args;
	va_start(args, format);
	put("", "", format, args);
	va_end(args);
}

void
msg_die(int status, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	put(msg.tool, ": ", format, args);
	va_end(args);
	exit(status);
}
