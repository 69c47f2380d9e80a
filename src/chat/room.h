/* A room: a plain file of lines, to which its members append, and which each of them reads.
 *
 * The file is the only state, and its bytes have the only order. The invariants:
 *
 * 1. A line is in the file whole, or not at all. Lines are appended by one write() with O_APPEND,
 *    which the kernel puts behind the end in one piece, also when others append. It can only stop
 *    short: on a full disk or at a limit, and then its writer takes the piece back by
 *    ftruncate(); or because the writer is killed between two pages of it. So each writer holds
 *    an exclusive flock() from a look at the last byte to the end of its write. When that byte is
 *    no LF, and the file ends with a page, a writer has died there: the bytes after the last LF
 *    are removed. Where the file ends elsewhere, another program has written a line without its
 *    end, and the line gets one: only the rest of a killed writer is ever removed. The kernel
 *    releases the lock of a dead process.
 * 2. Bytes before an LF never change, since only those after the last one are ever taken back. So a
 *    reader needs no lock. It looks for the last LF first, and then reads up to there; in the
 *    other order it could read the start of a line that is then taken back, and the end of the
 *    next.
 * 3. A member does not see its own lines: after an O_APPEND write the file's offset is the end of
 *    the written bytes, so their place is known exactly (spans.h), and the others wrote the rest.
 * 4. A stopped member blocks no other, even while it holds the lock: after a second the others go
 *    on without the lock, until it is free again. Appending without it is still in one piece;
 *    only when another writer is killed within its write in that time, a line may follow the
 *    piece that it left.
 * 5. When the file is renamed or deleted, or the name leads elsewhere (by a link, or since its
 *    folder was renamed), the next line goes to the file that has the name then. A member that
 *    makes it gives it the rights of the old one (successor.h). A writer checks, with the lock
 *    held, that its file still has the name. A reader that finds its file without the name takes
 *    the lock once (shared). From then on no writer appends to the old file: the reader reads it
 *    to its end, and goes on with the start of the new one.
 *
 * Others may append without the lock (echo, chatline -o), a whole line with each write(). The file
 * system has to be a local one: over NFS, appending is not in one piece. */
#ifndef ROOM_H
#define ROOM_H

#include "chat/pathwatch.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct generation;

struct room {
	const char *name; /* as the user gave it, for messages */
	char *path; /* the same from the root */
	bool post;
	bool stuck; /* a stopped process holds the lock */
	bool leaving; /* lines that come from now on are not for us */
	bool locked; /* by us, for longer than a write() */
	unsigned edition; /* see struct room_place; of the file that is being read, as it began */
	bool homeless; /* the folder is gone */
	int notify;
	struct pathwatch way;
	struct generation *first, *last; /* being read, being appended to */
};

/* Joins the room name, which is kept. post: to append; then a missing file is made (mode 0600). Its
 * last lines will be read first, all of them if lines is -1. Ignores SIGXFSZ, catches SIGALRM.
 * Returns -1 with errno. Two mean that the file is no room: EBADMSG, it has no newline;
 * EILSEQ, it ends in more than SPLITTER_LINE_MAX bytes without LF. Until exit, room_fd() is
 * readable when room_wake() is to be called. */
int room_open(struct room *room, const char *name, bool post, long lines);

/* Whether the open file fd is the room itself. */
bool room_is(const struct room *room, int fd);

/* Closes and frees everything that room_open() has made. */
void room_close(struct room *room);

int room_fd(const struct room *room);

/* Takes note of changes to the file. There may be something to read now. */
void room_wake(struct room *room);

/* Reads lines that others appended: up to size bytes, a line may be split. Does not block. Returns
 * 0 when there is no more for now, -1 with errno. */
ssize_t room_read(struct room *room, char *buf, size_t size);

/* A place in a room. */
struct room_place {
	int fd; /* of the file, while it is being read */
	unsigned edition; /* changes when a new file has the name, or this one was emptied */
	off_t offset;
};

/* Right after room_read() has returned len: the place where these bytes begin. */
struct room_place room_place(const struct room *room, size_t len);

/* Whether more has to be read before the next room_post(). */
bool room_full(const struct room *room);

/* Appends whole lines. Returns how many bytes of them are in the file, also whole lines; if fewer
 * than len, errno says why. Waits for a second at most. */
size_t room_post(struct room *room, const char *lines, size_t len);

/* Points *lines to the lines to append, and returns their length. */
typedef size_t room_choose(void *arg, const char **lines);

/* Appends the lines that choose() gives, but only with the lock held: while choose() runs, no other
 * writer that locks can append, and room_read() reads up to the very end. choose() may be called
 * more than once. Returns as room_post(), with errno 0 when all is in the room; EAGAIN: a stopped
 * process holds the lock. *offset: the lines' place in the file that room_read() has read. */
size_t room_post_chosen(struct room *room, room_choose *choose, void *arg, off_t *offset);

/* From now on room_read() gives the lines that are in the room now, then 0. */
void room_leave(struct room *room);

#endif
