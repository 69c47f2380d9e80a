/* Watches, by inotify(7), whether a path comes to lead to another file: each folder on the way, and
 * each link. The file itself is the caller's to watch. */
#ifndef PATHWATCH_H
#define PATHWATCH_H

#include <stddef.h>

enum { PATHWATCH_MAX = 64 }; /* folders on the way; further ones aren't watched */

struct pathwatch {
	int notify; /* from inotify_init1(), the owner's */
	size_t count;
	int watches[PATHWATCH_MAX];
};

enum pathwatch_end {
	PATHWATCH_FOUND, /* something has the name */
	PATHWATCH_NO_FILE, /* the folder is there */
	PATHWATCH_NO_FOLDER,
};

/* Walks along the path, and watches what is there now: the descriptor gets readable when that
 * changes, or what is missing comes. To be called again then. A folder that we mayn't read isn't
 * watched. */
enum pathwatch_end pathwatch_renew(struct pathwatch *w, const char *path);

#endif
