#include "chat/logfile.h"

#include "base/msg.h"
#include "chat/filelock.h"
#include "chat/roomfile.h"
#include "chat/successor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

int
logfile_open(struct logfile *l, const char *path, int fd)
{
	static const struct sigaction ignore = {.sa_handler = SIG_IGN};
	*l = (struct logfile){.path = path, .file = roomfile_new(fd)};
	if (!l->file)
		return -1;
	sigaction(SIGXFSZ, &ignore, NULL);
	filelock_init();
	if (roomfile_look(l->file) >= 0)
		roomfile_check(l->file);
	return 0;
}

static bool
has_name(const struct logfile *l)
{
	struct stat file;
	return stat(l->path, &file) == 0 && roomfile_is(l->file, &file);
}

/* Opens the file that has the name now, or makes it. */
static bool
follow(struct logfile *l)
{
	int flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	bool narrow = false;
	int fd = open(l->path, flags);
	if (fd < 0 && errno == ENOENT)
		fd = successor_open(l->path, flags, 0666, l->file->fd, &narrow);
	struct roomfile *file = fd < 0 ? NULL : roomfile_new(fd);
	if (!file) {
		if (!l->astray)
			msg_warn("%s: can't be opened again, going on with the old file: %s",
				l->path, strerror(errno));
		if (fd >= 0)
			close(fd);
		l->astray = true;
		return false;
	}
	if (narrow)
		msg_warn("%s: the new file could not get the old one's group, which has no rights "
			 "now",
			l->path);
	roomfile_free(l->file);
	l->file = file;
	l->astray = false;
	return true;
}

static size_t
append(struct logfile *l, const char *lines, size_t len, bool locked)
{
	/* Where that fails, the rest is not from a killed writer, and stays. */
	if (locked)
		roomfile_mend(l->file);
	size_t appended = roomfile_append(l->file, lines, len);
	spans_clear(&l->file->own);
	return appended;
}

/* Whether this is the file to append to. A renamed one is, where no other can be opened. */
static bool
is_current(struct logfile *l)
{
	bool named = has_name(l);
	if (named)
		l->astray = false;
	return named || l->astray;
}

size_t
logfile_append(struct logfile *l, const char *lines, size_t len)
{
	if (l->astray && !has_name(l))
		follow(l);
	for (;;) {
		bool locked = filelock_take(l->file->fd, LOCK_EX, &l->stuck);
		bool current = is_current(l);
		size_t appended = current ? append(l, lines, len, locked) : 0;
		int error = errno;
		if (locked)
			filelock_drop(l->file->fd);
		errno = error;
		if (current)
			return appended;
		follow(l);
	}
}
