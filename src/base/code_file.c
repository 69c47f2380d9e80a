#include "base/code_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CODE_LINE = 256 }; /* of a code of CODE_MAX characters, with dashes and spaces in it */

static bool
read_line(struct code *code, int fd)
{
	char line[CODE_LINE];
	ssize_t len = read(fd, line, sizeof line);
	const char *end = len > 0 ? memchr(line, '\n', (size_t)len) : NULL;
	size_t used = end ? (size_t)(end - line) : len > 0 ? (size_t)len : 0;
	bool good = code_parse(code, line, used);
	sodium_memzero(line, sizeof line);
	return good;
}

const char *
code_file_read(struct code *code, const char *path)
{
	struct stat st;
	const char *why = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return strerror(errno);
	if (fstat(fd, &st) < 0)
		why = strerror(errno);
	else if (S_ISREG(st.st_mode) && (st.st_mode & 077))
		why = "others can read the code (chmod go= it)";
	else if (!read_line(code, fd))
		why = "its first line is not a code (six characters or more)";
	close(fd);
	return why;
}
