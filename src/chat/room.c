#include "chat/room.h"

#include "base/msg.h"
#include "chat/filelock.h"
#include "chat/roomfile.h"
#include "chat/successor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <unistd.h>

enum { FILE_EVENTS = IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF }; /* IN_ATTRIB: links, too */

/* A file that has, or had, the room's name. */
struct generation {
	struct generation *next; /* had the name after this one */
	struct roomfile *file;
	int watch;
	bool complete; /* no writer appends to it any more */
};

static bool
has_name(const struct room *room, const struct roomfile *f)
{
	struct stat file;
	return stat(room->path, &file) == 0 && roomfile_is(f, &file);
}

/* O_CREAT only where the file does not exist: in a folder like /tmp, Linux refuses it for another
 * user's file (fs.protected_regular). */
static int
open_file(struct room *room, bool create)
{
	int flags = (room->post ? O_RDWR | O_APPEND : O_RDONLY) | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	int fd = open(room->path, flags);
	if (fd < 0 && errno == ENOENT && create) {
		int old = room->last ? room->last->file->fd : -1;
		bool narrow;
		fd = successor_open(room->path, flags, 0600, old, &narrow);
		if (fd >= 0 && narrow)
			msg_warn("%s: the new file could not get the old one's group, which has "
				 "no rights now",
				room->name);
	}
	return fd;
}

static void
free_generation(struct room *room, struct generation *g)
{
	if (g->watch >= 0)
		inotify_rm_watch(room->notify, g->watch);
	roomfile_free(g->file);
	free(g);
}

/* Takes over fd. */
static struct generation *
new_generation(int fd)
{
	struct generation *g = calloc(1, sizeof *g);
	struct roomfile *file = g ? roomfile_new(fd) : NULL;
	if (!file) {
		int error = errno;
		close(fd);
		free(g);
		errno = error;
		return NULL;
	}
	*g = (struct generation){.file = file, .watch = -1};
	return g;
}

/* Opens and watches the file that has the name now. */
static struct generation *
open_generation(struct room *room, bool create)
{
	for (;;) {
		int fd = open_file(room, create);
		struct generation *g = fd < 0 ? NULL : new_generation(fd);
		if (!g)
			return NULL;
		g->watch = inotify_add_watch(room->notify, room->path, FILE_EVENTS);
		int error = g->watch < 0 ? errno : ENOENT;
		if (g->watch >= 0 && has_name(room, g->file) && roomfile_look(g->file) >= 0)
			return g;
		/* Renamed meanwhile: the watch may be on another file, too. */
		free_generation(room, g);
		if (error != ENOENT) {
			errno = error;
			return NULL;
		}
	}
}

/* Reports once that the folder has gone. */
static void
note_folder(struct room *room, enum pathwatch_end end)
{
	bool gone = end == PATHWATCH_NO_FOLDER;
	if (gone && !room->homeless)
		msg_warn("%s: its folder is gone (going on when it is back)", room->name);
	room->homeless = gone;
}

/* When another file has the name now, opens that, too. */
static int
follow(struct room *room, bool create)
{
	/* Before open(), so that nothing can be missed. */
	note_folder(room, pathwatch_renew(&room->way, room->path));
	if (has_name(room, room->last->file))
		return 0;
	struct generation *g = open_generation(room, create);
	if (!g)
		return -1;
	if (has_name(room, room->last->file)) {
		free_generation(room, g); /* the same file: it was away for a moment */
		return 0;
	}
	roomfile_check(g->file);
	room->last = room->last->next = g;
	pathwatch_renew(&room->way, room->path);
	return 0;
}

/* The current folder may be renamed: only a path from the root stays a name. */
static char *
absolute(const char *name)
{
	char folder[PATH_MAX];
	char *path;
	if (*name == '/' || !getcwd(folder, sizeof folder))
		return strdup(name);
	return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

/* The rest of room_open(), which closes everything where this fails. */
static int
begin(struct room *room, bool post, long lines)
{
	if (!room->path || room->notify < 0)
		return -1;
	struct generation *g = open_generation(room, post);
	if (!g)
		return -1;
	room->first = room->last = g;
	pathwatch_renew(&room->way, room->path);
	int error = roomfile_check(g->file);
	if (error == EBADMSG || (error && post)) {
		errno = error;
		return -1;
	}
	return lines < 0 ? 0 : roomfile_skip(g->file, lines);
}

int
room_open(struct room *room, const char *name, bool post, long lines)
{
	static const struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigaction(SIGXFSZ, &ignore, NULL);
	filelock_init();

	*room = (struct room){.name = name, .post = post, .path = absolute(name)};
	room->notify = room->way.notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	int result = begin(room, post, lines);
	int error = errno;
	if (result < 0)
		room_close(room);
	errno = error;
	return result;
}

void
room_close(struct room *room)
{
	for (struct generation *next; room->first; room->first = next) {
		next = room->first->next;
		free_generation(room, room->first);
	}
	if (room->notify >= 0)
		close(room->notify);
	free(room->path);
}

bool
room_is(const struct room *room, int fd)
{
	struct stat file;
	return fstat(fd, &file) == 0 && roomfile_is(room->last->file, &file);
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
	if (room->leaving || !(events & ~(uint32_t)(IN_MODIFY | IN_IGNORED)))
		return;
	if (follow(room, false) < 0 && errno != ENOENT)
		msg_warn("%s: the new file of that name: %s", room->name, strerror(errno));
}

/* Not while the lock is held: the reader of stderr may be slow. */
static void
warn_of(const struct room *room, struct roomfile *f)
{
	if (room->locked)
		return;
	if (f->emptied)
		msg_warn("%s: it was emptied (lines may be lost; rotate it by renaming)",
			room->name);
	if (f->removed)
		msg_warn("%s: a line without an end removed, %lld bytes (its writer was killed)",
			room->name, (long long)f->removed);
	if (f->ended)
		msg_warn("%s: its last line had no newline, and got one", room->name);
	f->emptied = f->ended = false;
	f->removed = 0;
}

/* A writer that gets the lock after this sees that the name is gone, and does not append. */
static void
complete(struct room *room, struct generation *g)
{
	if (filelock_take(g->file->fd, LOCK_SH, &room->stuck))
		filelock_drop(g->file->fd);
	g->complete = true;
}

static void
close_first(struct room *room)
{
	struct generation *g = room->first;
	room->first = g->next;
	room->edition += g->file->restarts + 1;
	warn_of(room, g->file);
	free_generation(room, g);
}

static ssize_t
read_next(struct room *room, char *buf, size_t size)
{
	for (;;) {
		struct generation *g = room->first;
		ssize_t n = roomfile_read(g->file, buf, size);
		if (n != 0)
			return n;
		if (room->leaving && !g->next)
			return 0;
		int more = roomfile_look(g->file);
		if (more < 0)
			return -1;
		if (more > 0)
			continue;
		if (!g->next)
			return 0;
		if (g->complete)
			close_first(room);
		else
			complete(room, g);
	}
}

ssize_t
room_read(struct room *room, char *buf, size_t size)
{
	ssize_t n = read_next(room, buf, size);
	int error = errno;
	warn_of(room, room->first->file);
	errno = error;
	return n;
}

struct room_place
room_place(const struct room *room, size_t len)
{
	const struct roomfile *f = room->first->file;
	return (struct room_place){f->fd, room->edition + f->restarts, f->pos - (off_t)len};
}

bool
room_full(const struct room *room)
{
	return spans_full(&room->last->file->own);
}

size_t
room_post(struct room *room, const char *lines, size_t len)
{
	for (;;) {
		struct roomfile *f = room->last->file;
		bool locked = filelock_take(f->fd, LOCK_EX, &room->stuck);
		bool named = has_name(room, f);
		size_t posted = 0;
		if (named && (!locked || roomfile_mend(f) == 0))
			posted = roomfile_append(f, lines, len);
		int error = errno;
		if (locked)
			filelock_drop(f->fd);
		warn_of(room, f);
		errno = error;
		if (named || follow(room, true) < 0)
			return posted;
	}
}

size_t
room_post_chosen(struct room *room, room_choose *choose, void *arg, off_t *offset)
{
	for (;;) {
		struct roomfile *f = room->last->file;
		if (!filelock_take(f->fd, LOCK_EX, &room->stuck)) {
			errno = room->stuck ? EAGAIN : errno;
			return 0;
		}
		room->locked = true;
		bool named = has_name(room, f);
		size_t posted = 0;
		if (named && roomfile_mend(f) == 0) {
			const char *lines;
			size_t len = choose(arg, &lines);
			errno = 0;
			posted = len > 0 ? roomfile_append(f, lines, len) : 0;
			*offset = f->end - (off_t)posted;
		}
		int error = errno;
		filelock_drop(f->fd);
		room->locked = false;
		warn_of(room, f);
		errno = error;
		if (named || follow(room, true) < 0)
			return posted;
	}
}

void
room_leave(struct room *room)
{
	follow(room, false);
	roomfile_look(room->last->file);
	room->leaving = true;
}
