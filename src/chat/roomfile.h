/* One file of a room: appending lines, and reading those of others. See room.h for the rules. */
#ifndef ROOMFILE_H
#define ROOMFILE_H

#include "chat/spans.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

struct roomfile {
	struct roomfile *next; /* had the room's name after this one; the owner's business */
	int fd;
	int watch; /* the owner's, too */
	bool complete; /* nobody appends to it any more; the owner's, too */
	dev_t device;
	ino_t inode;
	off_t pos; /* what lies before is read, or not for us */
	off_t size; /* when we last looked */
	off_t end; /* up to here are whole lines, as far as we have looked */
	unsigned restarts; /* how often we began again, since somebody had emptied the file */
	struct spans own;

	/* To be told to the person, when no lock is held. */
	bool emptied; /* somebody has emptied the file, or replaced what was in it */
	off_t removed; /* bytes that a killed writer had left */
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

/* Is what roomfile_look() found behind the last whole line longer than a line can be? */
bool roomfile_is_strange(const struct roomfile *f);

/* Reads what others appended, up to where roomfile_look() has looked. 0: no more; -1 with errno. */
ssize_t roomfile_read(struct roomfile *f, char *buf, size_t size);

/* Removes what a killed writer left behind the last line. The lock has to be held.
 * -1 with errno, EILSEQ: what is there can't be that. */
int roomfile_mend(struct roomfile *f);

/* Appends whole lines, and returns how many bytes of them are in the file, which are whole lines,
 * too; when fewer than len, errno says why. */
size_t roomfile_append(struct roomfile *f, const char *lines, size_t len);

#endif
