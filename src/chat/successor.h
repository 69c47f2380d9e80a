/* The file that takes the name of one that was renamed or removed: for the same people. */
#ifndef SUCCESSOR_H
#define SUCCESSOR_H

#include <stdbool.h>
#include <sys/types.h>

/* Makes the file path, or opens the one that somebody else has made in the meantime: flags as for
 * open(2). Where old is an open file, the new one has its mode, ACL and group, and its owner, where
 * that is allowed, from the moment it can be seen (on a file system without O_TMPFILE, soon after);
 * where old is -1, this mode without the umask. *narrow: the group could not be kept, so that the
 * group has no rights now. Returns the descriptor, -1 with errno. */
int successor_open(const char *path, int flags, mode_t mode, int old, bool *narrow);

#endif
