/* A log: whole lines are appended to the regular file that has its name at that time, as other
 * writers may do, too. It is a room (room.h) of which nothing is read. */
#ifndef LOGFILE_H
#define LOGFILE_H

#include <stdbool.h>
#include <stddef.h>

struct roomfile;

struct logfile {
	const char *path;
	struct roomfile *file;
	bool stuck; /* a stopped process holds the lock */
	bool astray; /* the file that has the name now can't be opened: goes on with the old one */
};

/* Takes over fd, which was opened from path; keeps path. Ignores SIGXFSZ, catches SIGALRM. -1 with
 * errno, EINVAL where it is no regular file: then fd stays the caller's. */
int logfile_open(struct logfile *l, const char *path, int fd);

/* Appends whole lines. Returns how many bytes of them are in the file, also whole lines; if fewer
 * than len, errno says why. Waits for a second at most. */
size_t logfile_append(struct logfile *l, const char *lines, size_t len);

#endif
