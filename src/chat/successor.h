/* Makes the file that follows a renamed or removed one under its name: for the same users. */
#ifndef SUCCESSOR_H
#define SUCCESSOR_H

#include <stdbool.h>
#include <sys/types.h>

/* Makes the file path, or opens the one that another process has made meanwhile: flags as for
 * open(2). Where old is an open file, the new one has its mode, ACL and group, and if allowed its
 * owner, from the moment it is visible (on a file system without O_TMPFILE, soon after); where old
 * is -1, this mode without the umask. *narrow: the group could not be kept, and has no rights now.
 * Returns the descriptor, -1 with errno. */
int successor_open(const char *path, int flags, mode_t mode, int old, bool *narrow);

#endif
