/* A room: a plain file of lines, to which its members append, and which each of them reads.
 *
 * There is no other state than the file, and no order but that of its bytes. What holds:
 *
 * 1. A line is in the file whole, or not at all. Lines are appended by one write() with O_APPEND,
 *    which the kernel puts behind the end in one piece, also when others append. It can only stop
 *    short: on a full disk or at a limit, and then its writer takes the piece back by
 *    ftruncate(); or because the writer is killed between two pages of it. So each writer holds
 *    an exclusive flock() from a look at the last byte to the end of its write, and when that
 *    byte is no LF, and the file ends with a page, a writer has died there: what follows the last
 *    LF is removed. Where it ends elsewhere, somebody has written a line without its end, which
 *    gets one: nothing but what a killed writer left is ever removed. The kernel frees the lock of
 *    the dead.
 * 2. What lies before an LF never changes, for only what follows the last one is ever taken back.
 *    So a reader needs no lock: it looks for the last LF first, and then reads up to there, not
 *    the other way round, or it could read the start of a line that is then taken back, and the
 *    end of the next.
 * 3. A member does not see its own lines: after an O_APPEND write the file's offset is the end of
 *    what was written, so their place is known exactly (spans.h), and everything else is somebody
 *    else's.
 * 4. Nobody waits for a member that is stopped, not even for one that is stopped while it holds
 *    the lock: after a second the others go on without it, until it is free again. Appending
 *    without it is still in one piece; only when another writer is killed within its write in
 *    that time, a line can come to lie behind the piece it left.
 * 5. When the file is renamed or deleted, or the name leads elsewhere, by a link or since its folder
 *    was renamed, the next line goes to the file that has the name then. Where a member makes it, it
 *    has the rights of the old one (successor.h). A writer looks, with the lock held, whether its file still has the name. A reader that has
 *    seen that it has not takes the lock once (shared), and then knows that nobody appends to the
 *    old file any more, reads that to its end, and goes on with the start of the new one.
 *
 * Others may append without the lock (echo, chatline -o), a whole line with each write(). The
 * file system has to be a local one: over NFS, appending is not in one piece. */
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
	bool stuck; /* somebody is stopped while he holds the lock */
	bool leaving; /* what comes from now on is not for us */
	bool locked; /* by us, for longer than a write() */
	unsigned edition; /* see struct room_place; of the file that is being read, as it began */
	bool homeless; /* the folder is gone */
	int notify;
	struct pathwatch way;
	struct generation *first, *last; /* being read, being appended to */
};

/* Joins the room name, which is kept. post: with the intention to append; it is made then (mode 0600)
 * where it is not there. The last lines of it will be read first, all where lines is -1. Ignores
 * SIGXFSZ, catches SIGALRM. Returns -1 with errno; EBADMSG: this is no room, for no line in it has an
 * end; EILSEQ: nor is this, for it ends in more than SPLITTER_LINE_MAX bytes without LF. Until exit,
 * room_fd() is readable when room_wake() is to be called. */
int room_open(struct room *room, const char *name, bool post, long lines);

/* Is the open file fd the room itself? */
bool room_is(const struct room *room, int fd);

/* Closes and frees what room_open() has made. */
void room_close(struct room *room);

int room_fd(const struct room *room);

/* Takes note of what happened to the file. There may be something to read now. */
void room_wake(struct room *room);

/* Reads what others appended: up to size bytes, a line may be split. Does not block. Returns 0 when
 * there is no more for now, -1 with errno. */
ssize_t room_read(struct room *room, char *buf, size_t size);

/* Where bytes of a room are. */
struct room_place {
	int fd; /* of the file, as long as it is being read */
	unsigned edition; /* another number when a new file has the name, or this was emptied */
	off_t offset;
};

/* Right after room_read() has returned len: where these bytes begin. */
struct room_place room_place(const struct room *room, size_t len);

/* Whether room_post() has to wait until more was read. */
bool room_full(const struct room *room);

/* Appends whole lines. Returns how many bytes of them are in the file, which are whole lines, too;
 * where these are fewer than len, errno says why. Waits for a second at most. */
size_t room_post(struct room *room, const char *lines, size_t len);

/* Points *lines to what is to be appended, and returns its length. */
typedef size_t room_choose(void *arg, const char **lines);

/* Appends what choose() gives, but only with the lock held: while choose() runs, nobody else who
 * takes it can append, and room_read() reads up to the very end. It may be called again. Returns
 * as room_post(), with errno 0 when all is in the room; EAGAIN: somebody is stopped while he holds
 * the lock. *offset: where in the file that room_read() has read it begins. */
size_t room_post_chosen(struct room *room, room_choose *choose, void *arg, off_t *offset);

/* From now on room_read() gives what is in the room by now, then 0. */
void room_leave(struct room *room);

#endif
