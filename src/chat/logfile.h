/* A regular file to which whole lines are appended, beside others that do the same, under whatever file
 * has its name by now: a room (room.h) of which nothing is read. */
#ifndef LOGFILE_H
#define LOGFILE_H

#include <stdbool.h>
#include <stddef.h>

struct roomfile;

struct logfile {
	const char *path;
	struct roomfile *file;
	bool stuck; /* somebody is stopped while he holds the lock */
	bool astray; /* what has the name now can't be opened: this goes on with the old file */
};

/* Takes fd over, which was opened from path, which is kept. Ignores SIGXFSZ, catches SIGALRM. -1 with
 * errno: EINVAL where it is no regular file; then fd stays the caller's. */
int logfile_open(struct logfile *l, const char *path, int fd);

/* Appends whole lines, and returns how many bytes of them are in the file, which are whole lines, too;
 * when fewer than len, errno says why. Waits for a second at most. */
size_t logfile_append(struct logfile *l, const char *lines, size_t len);

#endif
