#include "base/sink.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

struct sink
sink_of(int fd)
{
	struct stat file;
	bool known = fstat(fd, &file) == 0;
	bool stream = known && (S_ISFIFO(file.st_mode) || S_ISSOCK(file.st_mode));
	return (struct sink){fd, .waits = !known || stream || isatty(fd), .refuses = stream};
}

ssize_t
sink_write(struct sink *sink, const char *text, size_t len, bool ready)
{
	if (sink->refuses) {
		union {
			const char *text;
			void *base;
		} from = {text};
		ssize_t n = pwritev2(sink->fd, &(struct iovec){from.base, len}, 1, -1, RWF_NOWAIT);
		if (n >= 0 || errno != EOPNOTSUPP)
			return n;
		sink->refuses = false; /* an old kernel, or not this kind of socket */
	}
	if (sink->waits && !ready) {
		errno = EAGAIN;
		return -1;
	}
	return write(sink->fd, text, len);
}
