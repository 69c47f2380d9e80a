/* Watches, by inotify(7), whether a path starts to lead to another file: each folder on the way,
 * and each link. The caller watches the file itself. */
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
	PATHWATCH_FOUND, /* a file has the name */
	PATHWATCH_NO_FILE, /* the folder is there */
	PATHWATCH_NO_FOLDER,
};

/* Walks along the path, and watches its folders and links as they are now: the descriptor gets
 * readable when one of them changes, or a missing one appears. Call it again then. A folder that
 * can't be read isn't watched. */
enum pathwatch_end pathwatch_renew(struct pathwatch *w, const char *path);

#endif
