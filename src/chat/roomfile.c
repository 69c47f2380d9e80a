#include "chat/roomfile.h"

#include "chat/splitter.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SETTLE_MS = 20, PIECE = 4096 };

_Static_assert(sizeof(off_t) == 8, "a room of 2 GiB and more needs -D_FILE_OFFSET_BITS=64");

struct roomfile *
roomfile_new(int fd)
{
	struct stat file;
	if (fstat(fd, &file) < 0)
		return NULL;
	if (!S_ISREG(file.st_mode)) {
		errno = EINVAL;
		return NULL;
	}
	struct roomfile *v = calloc(1, sizeof *v);
	if (v) {
		v->fd = fd;
		v->device = file.st_dev;
		v->inode = file.st_ino;
	}
	return v;
}

void
roomfile_free(struct roomfile *v)
{
	close(v->fd);
	free(v);
}

bool
roomfile_is(const struct roomfile *v, const struct stat *file)
{
	return v->device == file->st_dev && v->inode == file->st_ino;
}

static off_t
size_of(const struct roomfile *v)
{
	struct stat file;
	return fstat(v->fd, &file) < 0 ? -1 : file.st_size;
}

/* 1 or 0; -1 where it can't be read: that must never be taken for a torn line. */
static int
line_ends_at(const struct roomfile *v, off_t end)
{
	char last = '\n';
	if (end > 0 && pread(v->fd, &last, 1, end - 1) < 0)
		return -1;
	return last == '\n';
}

/* The start of the last whole lines before end, or floor where there are not so many; with 0
 * lines, the end of the last one. -1 with errno. */
static off_t
lines_before(const struct roomfile *v, off_t end, off_t floor, long lines)
{
	char piece[PIECE];
	while (end > floor) {
		off_t start = end - floor > PIECE ? end - PIECE : floor;
		ssize_t n = pread(v->fd, piece, (size_t)(end - start), start);
		if (n < 0)
			return -1;
		for (const char *lf; (lf = memrchr(piece, '\n', (size_t)n)); n = lf - piece)
			if (lines-- == 0)
				return start + (lf - piece) + 1;
		end = start;
	}
	return floor;
}

static void
begin_again(struct roomfile *v)
{
	v->emptied = true;
	v->restarts++;
	v->pos = v->end = 0;
	spans_clear(&v->own);
}

int
roomfile_look(struct roomfile *v)
{
	off_t size = v->size = size_of(v);
	if (size < 0)
		return -1;
	if (size < v->end || (size > v->end && line_ends_at(v, v->end) == 0))
		begin_again(v);
	if (size > v->end) {
		off_t end = line_ends_at(v, size) > 0 ? size : lines_before(v, size, v->end, 0);
		if (end < 0)
			return -1;
		v->end = end;
	}
	v->pos = spans_skip(&v->own, v->pos);
	return v->pos < v->end;
}

int
roomfile_skip(struct roomfile *v, long lines)
{
	off_t pos = lines_before(v, v->end, 0, lines);
	if (pos < 0)
		return -1;
	v->pos = pos;
	return 0;
}

bool
roomfile_is_strange(const struct roomfile *v)
{
	return v->size - v->end > SPLITTER_LINE_MAX;
}

ssize_t
roomfile_read(struct roomfile *v, char *buf, size_t size)
{
	v->pos = spans_skip(&v->own, v->pos);
	off_t length = spans_until(&v->own, v->end) - v->pos;
	if (length == 0)
		return 0;
	ssize_t n = pread(v->fd, buf, length < (off_t)size ? (size_t)length : size, v->pos);
	if (n > 0)
		v->pos += n;
	else if (n == 0)
		begin_again(v);
	return n;
}

int
roomfile_mend(struct roomfile *v)
{
	for (;;) {
		off_t size = size_of(v);
		int ends = size < 0 ? -1 : line_ends_at(v, size);
		if (ends != 0)
			return ends > 0 ? 0 : -1;
		off_t floor = size > SPLITTER_LINE_MAX ? size - SPLITTER_LINE_MAX : 0;
		off_t whole = lines_before(v, size, floor, 0);
		ends = whole < 0 ? -1 : line_ends_at(v, whole);
		if (ends == 0)
			errno = EILSEQ;
		if (ends <= 0)
			return -1;
		/* Or is somebody who does not lock about to write it? Then it changes soon. */
		poll(NULL, 0, SETTLE_MS);
		if (size_of(v) != size)
			continue;
		if (ftruncate(v->fd, whole) < 0)
			return -1;
		v->removed += size - whole;
	}
}

/* Of what was written before the disk was full, only whole lines stay. */
static size_t
take_back(const struct roomfile *v, const char *lines, off_t end, size_t written)
{
	const char *lf = memrchr(lines, '\n', written);
	size_t whole = lf ? (size_t)(lf - lines) + 1 : 0;
	/* Where that fails, the next writer does it. */
	if (whole < written && size_of(v) == end)
		(void)!ftruncate(v->fd, end - (off_t)(written - whole));
	return whole;
}

static void
note_own(struct roomfile *v, off_t start, off_t end)
{
	if (start < v->end)
		begin_again(v);
	if (end > start)
		spans_add(&v->own, start, end);
	v->end = end;
}

size_t
roomfile_append(struct roomfile *v, const char *lines, size_t len)
{
	int error = 0;
	size_t written = 0;
	/* A short write doesn't tell why; one more does. */
	while (written < len && error == 0) {
		ssize_t n = write(v->fd, lines + written, len - written);
		if (n > 0)
			written += (size_t)n;
		else if (n == 0 || errno != EINTR)
			error = n == 0 ? ENOSPC : errno;
	}
	if (written > 0) {
		off_t end = lseek(v->fd, 0, SEEK_CUR);
		off_t start = end - (off_t)written;
		if (error)
			written = take_back(v, lines, end, written);
		note_own(v, start, start + (off_t)written);
	}
	errno = error;
	return written;
}
