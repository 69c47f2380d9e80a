/* flock(2) that waits for a second at most: a process that is stopped while it holds the lock must
 * not block the others. */
#ifndef FILELOCK_H
#define FILELOCK_H

#include <stdbool.h>

/* Catches and unblocks SIGALRM. Call it first. */
void filelock_init(void);

/* Takes a lock: how is LOCK_SH or LOCK_EX. False after a second, or on an error. Then it sets
 * *stuck, and while that is set, it doesn't wait at all. */
bool filelock_take(int fd, int how, bool *stuck);

void filelock_drop(int fd);

#endif
