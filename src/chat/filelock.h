/* flock(2) that waits for a second at most: a process that is stopped while it holds it must not stop
 * the others. */
#ifndef FILELOCK_H
#define FILELOCK_H

#include <stdbool.h>

/* Catches SIGALRM, and lets it come. Call it first. */
void filelock_init(void);

/* Takes a lock: how is LOCK_SH or LOCK_EX. False where that takes longer than a second, or can't be.
 * *stuck is set then, and as long as it is set, this doesn't wait at all. */
bool filelock_take(int fd, int how, bool *stuck);

void filelock_drop(int fd);

#endif
