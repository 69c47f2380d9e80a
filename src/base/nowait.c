#include "base/nowait.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

struct nowait
nowait_of(int fd)
{
	struct stat file;
	bool known = fstat(fd, &file) == 0;
	bool stream = known && (S_ISFIFO(file.st_mode) || S_ISSOCK(file.st_mode));
	return (struct nowait){fd, .waits = !known || stream || isatty(fd), .refuses = stream};
}

ssize_t
nowait_write(struct nowait *to, const char *text, size_t len, bool ready)
{
	if (to->refuses) {
		union {
			const char *text;
			void *base;
		} from = {text};
		ssize_t n = pwritev2(to->fd, &(struct iovec){from.base, len}, 1, -1, RWF_NOWAIT);
		if (n >= 0 || errno != EOPNOTSUPP)
			return n;
		to->refuses = false; /* an old kernel, or not this kind of socket */
	}
	if (to->waits && !ready) {
		errno = EAGAIN;
		return -1;
	}
	return write(to->fd, text, len);
}
