#include "chat/successor.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { LINKS_MAX = 40, ACL_SIZE = 4096 };

static const char acl_name[] = "system.posix_acl_access"; /* acl(5), as Linux keeps it */

/* The ACL of old, or none: a folder may have given one to the new file. */
static void
keep_acl(int new, int old)
{
	char acl[ACL_SIZE];
	ssize_t len = fgetxattr(old, acl_name, acl, sizeof acl);
	if (len >= 0)
		fsetxattr(new, acl_name, acl, (size_t)len, 0);
	else
		fremovexattr(new, acl_name);
}

/* Gives new the mode, owner and group of old. Where the group can't be kept, its rights are
 * dropped, or another group would get them. */
static void
inherit(int new, int old, bool *narrow)
{
	struct stat from, to;
	if (fstat(old, &from) < 0)
		return;
	if (fchown(new, from.st_uid, from.st_gid) < 0)
		(void)!fchown(new, (uid_t)-1, from.st_gid);
	mode_t mode = from.st_mode & 0777;
	*narrow = fstat(new, &to) < 0 || to.st_gid != from.st_gid;
	if (*narrow)
		mode &= ~(mode_t)S_IRWXG;
	else
		keep_acl(new, old);
	fchmod(new, mode);
}

/* The path of the folder that path is in. */
static void
folder_of(char folder[PATH_MAX], const char *path)
{
	char copy[PATH_MAX];
	snprintf(copy, sizeof copy, "%s", path);
	snprintf(folder, PATH_MAX, "%s", dirname(copy));
}

/* Follows links at the end of path, even to a missing file; overwrites path. False: too many. */
static bool
resolve(char path[PATH_MAX])
{
	char target[PATH_MAX], folder[PATH_MAX];
	for (int links = 0; links < LINKS_MAX; links++) {
		ssize_t len = readlink(path, target, sizeof target - 1);
		if (len < 0)
			return true;
		target[len] = '\0';
		folder_of(folder, path);
		char joined[2 * PATH_MAX];
		int n = *target == '/' ? snprintf(joined, sizeof joined, "%s", target)
				       : snprintf(joined, sizeof joined, "%s/%s", folder, target);
		if (n >= PATH_MAX)
			return false;
		memcpy(path, joined, (size_t)n + 1);
	}
	return false;
}

/* Makes a file without a name, and then gives it one. Returns -1 where that can't be done. */
static int
make_whole(const char *path, int flags, int old, bool *narrow)
{
	char target[PATH_MAX], folder[PATH_MAX], self[32];
	if (strlen(path) >= sizeof target)
		return -1;
	memcpy(target, path, strlen(path) + 1);
	if (!resolve(target))
		return -1;
	folder_of(folder, target);
	int fd = open(folder, flags | O_TMPFILE, 0600);
	if (fd < 0)
		return -1;
	inherit(fd, old, narrow);
	snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, self, AT_FDCWD, target, AT_SYMLINK_FOLLOW) == 0)
		return fd;
	close(fd);
	return -1;
}

int
successor_open(const char *path, int flags, mode_t mode, int old, bool *narrow)
{
	*narrow = false;
	if (old < 0)
		return open(path, flags | O_CREAT, mode);
	int fd = make_whole(path, flags, old, narrow);
	if (fd >= 0)
		return fd;
	*narrow = false;
	fd = open(path, flags);
	if (fd >= 0 || errno != ENOENT)
		return fd;
	fd = open(path, flags | O_CREAT, 0600);
	if (fd >= 0)
		inherit(fd, old, narrow);
	return fd;
}
