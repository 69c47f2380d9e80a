#include "base/nowait.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* A link of /proc leads to the open pipe or device itself, whatever its name. */
static int
open_again(int fd)
{
	char path[32];
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

struct nowait
nowait_open(int fd)
{
	struct stat file;
	struct nowait to = {.fd = fd, .own = -1, .how = NOWAIT_ASK};
	bool known = fstat(fd, &file) == 0;
	if (known && S_ISSOCK(file.st_mode)) {
		to.how = NOWAIT_SOCKET;
	} else if ((known && S_ISFIFO(file.st_mode)) || isatty(fd)) {
		to.own = open_again(fd);
		to.how = to.own >= 0 ? NOWAIT_OWN : NOWAIT_ASK;
	} else if (known && !S_ISCHR(file.st_mode)) {
		to.how = NOWAIT_PLAIN;
	}
	return to;
}

static ssize_t
ask_and_write(int fd, const char *data, size_t len)
{
	struct pollfd out = {.fd = fd, .events = POLLOUT};
	if (poll(&out, 1, 0) == 1 && out.revents)
		return write(fd, data, len < PIPE_BUF ? len : PIPE_BUF);
	errno = EAGAIN;
	return -1;
}

ssize_t
nowait_write(const struct nowait *to, const char *data, size_t len)
{
	switch (to->how) {
	case NOWAIT_PLAIN:
		return write(to->fd, data, len);
	case NOWAIT_OWN:
		return write(to->own, data, len);
	case NOWAIT_SOCKET:
		return send(to->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	case NOWAIT_ASK:
		break;
	}
	return ask_and_write(to->fd, data, len);
}

void
nowait_close(struct nowait *to)
{
	if (to->own >= 0)
		close(to->own);
	to->own = -1;
	to->how = NOWAIT_ASK;
}
