/* One file of a room: appending lines, and reading those of others. See room.h for the rules. */
#ifndef ROOMFILE_H
#define ROOMFILE_H

#include "chat/spans.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

struct roomfile {
	int fd;
	bool known; /* it was empty when it was opened, or a line in it had an end */
	dev_t device;
	ino_t inode;
	off_t pos; /* what lies before is read, or not for us */
	off_t size; /* when we last looked */
	off_t end; /* up to here are whole lines, as far as we have looked */
	unsigned restarts; /* how often we began again, since somebody had emptied the file */
	struct spans own;

	/* For messages, when no lock is held. */
	bool emptied; /* somebody has emptied the file, or replaced what was in it */
	off_t removed; /* bytes that a killed writer had left */
	bool ended; /* a last line without an end got one */
};

/* Takes fd over. NULL with errno, EINVAL: it is no regular file. */
struct roomfile *roomfile_new(int fd);

void roomfile_free(struct roomfile *f);

bool roomfile_is(const struct roomfile *f, const struct stat *file);

/* Looks how far there are whole lines now. Returns 1 when some are to be read, 0 when not, -1 with
 * errno. Begins again where the file has been emptied. */
int roomfile_look(struct roomfile *f);

/* Skips all but the last lines, from where roomfile_look() has looked. -1 with errno. */
int roomfile_skip(struct roomfile *f, long lines);

/* Of what roomfile_look() found first: 0 where it can be a room. EBADMSG: there is something, and no
 * line in it has an end. EILSEQ: what is behind the last whole line is longer than a line can be. */
int roomfile_check(struct roomfile *f);

/* Reads what others appended, up to where roomfile_look() has looked. 0: no more; -1 with errno. */
ssize_t roomfile_read(struct roomfile *f, char *buf, size_t size);

/* Deals with what is behind the last whole line. The lock has to be held. Where it ends with a page,
 * a killed writer has left it, for the kernel stops between pages, and it is removed. Anything else
 * is a line that somebody else has not ended, and gets its LF. -1 with errno, EILSEQ or EBADMSG: as
 * roomfile_check(). */
int roomfile_mend(struct roomfile *f);

/* Appends whole lines, and returns how many bytes of them are in the file, which are whole lines,
 * too; when fewer than len, errno says why. */
size_t roomfile_append(struct roomfile *f, const char *lines, size_t len);

#endif
