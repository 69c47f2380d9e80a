#include "chat/room.h"

#include "base/msg.h"
#include "chat/roomfile.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/time.h>
#include <unistd.h>

enum {
	LOCK_WAIT_MS = 1000,
	FILE_EVENTS = IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF, /* IN_ATTRIB: links, too */
	FOLDER_EVENTS = IN_CREATE | IN_MOVED_TO,
};

/* A lock that can't be had in time, or not at all, is done without: see room.h, 4. */
static bool
lock(struct room *room, const struct roomfile *v, int how)
{
	if (flock(v->fd, how | LOCK_NB) == 0) {
		room->stuck = false;
		return true;
	}
	if (room->stuck || errno != EWOULDBLOCK)
		return false;
	/* Again and again, for the first signal may come before flock() waits. */
	struct itimerval wait = {
		.it_value = {LOCK_WAIT_MS / 1000, LOCK_WAIT_MS % 1000 * 1000},
		.it_interval = {0, 10 * 1000},
	};
	setitimer(ITIMER_REAL, &wait, NULL);
	room->stuck = flock(v->fd, how) < 0;
	setitimer(ITIMER_REAL, &(struct itimerval){.it_value = {0, 0}}, NULL);
	return !room->stuck;
}

static void
unlock(const struct roomfile *v)
{
	flock(v->fd, LOCK_UN);
}

static void
on_alarm(int signal)
{
	(void)signal; /* flock() ends with EINTR: that is all */
}

static bool
has_name(const struct room *room, const struct roomfile *v)
{
	struct stat file;
	return stat(room->path, &file) == 0 && roomfile_is(v, &file);
}

/* O_CREAT only where the file is not there: in a folder like /tmp, Linux refuses it for a file of
 * somebody else's (fs.protected_regular). */
static int
open_file(const char *path, bool post, bool create)
{
	int flags = (post ? O_RDWR | O_APPEND : O_RDONLY) | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	int fd = open(path, flags);
	if (fd < 0 && errno == ENOENT && create)
		fd = open(path, flags | O_CREAT, 0600);
	return fd;
}

/* Opens and watches the file that has the name. */
static struct roomfile *
open_roomfile(struct room *room, bool create)
{
	for (;;) {
		int fd = open_file(room->path, room->post, create);
		if (fd < 0)
			return NULL;
		struct roomfile *v = roomfile_new(fd);
		if (!v) {
			int error = errno;
			close(fd);
			errno = error;
			return NULL;
		}
		v->watch = inotify_add_watch(room->notify, room->path, FILE_EVENTS);
		if (v->watch >= 0 && has_name(room, v))
			return v;
		/* Renamed since: then the watch, too, may be another file's. */
		int error = v->watch < 0 ? errno : ENOENT;
		roomfile_free(v);
		if (error != ENOENT) {
			errno = error;
			return NULL;
		}
	}
}

/* When the name is another file's by now, opens that, too. */
static int
follow(struct room *room, bool create)
{
	if (has_name(room, room->last))
		return 0;
	/* Before open(), so that it can't be missed. */
	int folder = inotify_add_watch(room->notify, room->folder, FOLDER_EVENTS);
	struct roomfile *v = open_roomfile(room, create);
	if (!v)
		return -1;
	if (folder >= 0)
		inotify_rm_watch(room->notify, folder);
	if (has_name(room, room->last)) {
		roomfile_free(v); /* it was away for a moment only */
		return 0;
	}
	room->last = room->last->next = v;
	return 0;
}

int
room_open(struct room *room, const char *name, bool post, long lines)
{
	static const struct sigaction ignore = {.sa_handler = SIG_IGN};
	static const struct sigaction interrupt = {.sa_handler = on_alarm};
	sigaction(SIGXFSZ, &ignore, NULL);
	sigaction(SIGALRM, &interrupt, NULL);

	*room = (struct room){.name = name, .post = post};
	int fd = open_file(name, post, true);
	if (fd < 0)
		return -1;
	close(fd);
	room->path = realpath(name, NULL);
	room->folder = room->path ? strdup(room->path) : NULL;
	if (!room->folder)
		return -1;
	dirname(room->folder);
	room->notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (room->notify < 0)
		return -1;
	struct roomfile *v = open_roomfile(room, true);
	if (!v || roomfile_look(v) < 0)
		return -1;
	if (post && roomfile_is_strange(v)) {
		errno = EILSEQ;
		return -1;
	}
	room->first = room->last = v;
	return lines < 0 ? 0 : roomfile_skip(v, lines);
}

void
room_close(struct room *room)
{
	for (struct roomfile *next; room->first; room->first = next) {
		next = room->first->next;
		roomfile_free(room->first);
	}
	close(room->notify);
	free(room->path);
	free(room->folder);
}

bool
room_is(const struct room *room, int fd)
{
	struct stat file;
	return fstat(fd, &file) == 0 && roomfile_is(room->last, &file);
}

int
room_fd(const struct room *room)
{
	return room->notify;
}

void
room_wake(struct room *room)
{
	char buf[4096];
	ssize_t n = read(room->notify, buf, sizeof buf);
	uint32_t events = 0;
	struct inotify_event event;
	for (const char *at = buf; at < buf + n; at += sizeof event + event.len) {
		memcpy(&event, at, sizeof event);
		events |= event.mask;
	}
	if (room->leaving || !(events & ~(uint32_t)IN_MODIFY))
		return;
	if (follow(room, false) < 0 && errno != ENOENT)
		msg_warn("%s: the new file of that name: %s", room->name, strerror(errno));
}

/* Not while the lock is held: the one who reads stderr may be slow. */
static void
tell(const struct room *room, struct roomfile *v)
{
	if (room->locked)
		return;
	if (v->emptied)
		msg_warn("%s: somebody has emptied it (lines may be lost; rotate it by renaming)",
			room->name);
	if (v->removed)
		msg_warn("%s: a line without an end removed, %lld bytes (its writer was killed)",
			room->name, (long long)v->removed);
	v->emptied = false;
	v->removed = 0;
}

/* Whoever gets the lock after this sees that the name is gone, and does not append. */
static void
complete(struct room *room, struct roomfile *v)
{
	if (lock(room, v, LOCK_SH))
		unlock(v);
	v->complete = true;
}

static void
close_first(struct room *room)
{
	struct roomfile *v = room->first;
	room->first = v->next;
	room->edition += v->restarts + 1;
	tell(room, v);
	inotify_rm_watch(room->notify, v->watch);
	roomfile_free(v);
}

static ssize_t
read_next(struct room *room, char *buf, size_t size)
{
	for (;;) {
		struct roomfile *v = room->first;
		ssize_t n = roomfile_read(v, buf, size);
		if (n != 0)
			return n;
		if (room->leaving && !v->next)
			return 0;
		int more = roomfile_look(v);
		if (more < 0)
			return -1;
		if (more > 0)
			continue;
		if (!v->next)
			return 0;
		if (v->complete)
			close_first(room);
		else
			complete(room, v);
	}
}

ssize_t
room_read(struct room *room, char *buf, size_t size)
{
	ssize_t n = read_next(room, buf, size);
	int error = errno;
	tell(room, room->first);
	errno = error;
	return n;
}

struct room_place
room_place(const struct room *room, size_t len)
{
	const struct roomfile *v = room->first;
	return (struct room_place){v->fd, room->edition + v->restarts, v->pos - (off_t)len};
}

bool
room_full(const struct room *room)
{
	return spans_full(&room->last->own);
}

size_t
room_post(struct room *room, const char *lines, size_t len)
{
	for (;;) {
		struct roomfile *v = room->last;
		bool locked = lock(room, v, LOCK_EX);
		bool named = has_name(room, v);
		size_t posted = 0;
		if (named && (!locked || roomfile_mend(v) == 0))
			posted = roomfile_append(v, lines, len);
		int error = errno;
		if (locked)
			unlock(v);
		tell(room, v);
		errno = error;
		if (named || follow(room, true) < 0)
			return posted;
	}
}

size_t
room_post_chosen(struct room *room, room_choose *choose, void *arg, off_t *offset)
{
	for (;;) {
		struct roomfile *v = room->last;
		if (!lock(room, v, LOCK_EX)) {
			errno = room->stuck ? EAGAIN : errno;
			return 0;
		}
		room->locked = true;
		bool named = has_name(room, v);
		size_t posted = 0;
		if (named && roomfile_mend(v) == 0) {
			const char *lines;
			size_t len = choose(arg, &lines);
			errno = 0;
			posted = len > 0 ? roomfile_append(v, lines, len) : 0;
			*offset = v->end - (off_t)posted;
		}
		int error = errno;
		unlock(v);
		room->locked = false;
		tell(room, v);
		errno = error;
		if (named || follow(room, true) < 0)
			return posted;
	}
}

void
room_leave(struct room *room)
{
	follow(room, false);
	roomfile_look(room->last);
	room->leaving = true;
}
