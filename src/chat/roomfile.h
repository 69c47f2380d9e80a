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
	bool known; /* to be a room: it was empty when it was opened, or a line in it had an end */
	dev_t device;
	ino_t inode;
	off_t pos; /* the bytes before are read, or not for us */
	off_t size; /* when we last looked */
	off_t end; /* the end of the whole lines, when we last looked */
	unsigned restarts; /* how often reading began again, because the file was emptied */
	struct spans own;

	/* For messages, when no lock is held. */
	bool emptied; /* the file was emptied, or its content replaced */
	off_t removed; /* bytes that a killed writer had left */
	bool ended; /* a last line without an end got one */
};

/* Takes over fd. NULL with errno, EINVAL: it is no regular file. */
struct roomfile *roomfile_new(int fd);

void roomfile_free(struct roomfile *f);

bool roomfile_is(const struct roomfile *f, const struct stat *file);

/* Looks for the end of the whole lines. Returns 1 when some are to be read, 0 when not, -1 with
 * errno. Begins again where the file has been emptied. */
int roomfile_look(struct roomfile *f);

/* Skips all but the last lines that roomfile_look() has found. -1 with errno. */
int roomfile_skip(struct roomfile *f, long lines);

/* After the first roomfile_look(): 0 where the file can be a room. EBADMSG: it is not empty, and no
 * line in it has an end. EILSEQ: the text behind the last whole line is longer than a line can
 * be. */
int roomfile_check(struct roomfile *f);

/* Reads lines that others appended, up to the end that roomfile_look() has found. 0: no more; -1
 * with errno. */
ssize_t roomfile_read(struct roomfile *f, char *buf, size_t size);

/* Mends the text behind the last whole line. The lock has to be held. Where it ends with a page, a
 * killed writer has left it, since the kernel stops between pages, and it is removed. Otherwise it
 * is a line that another program has not ended, and gets its LF. -1 with errno, EILSEQ or EBADMSG:
 * as roomfile_check(). */
int roomfile_mend(struct roomfile *f);

/* Appends whole lines. Returns how many bytes of them are in the file, also whole lines; if fewer
 * than len, errno says why. */
size_t roomfile_append(struct roomfile *f, const char *lines, size_t len);

#endif
