#include "chat/roomfile.h"

#include "chat/splitter.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	SETTLE_MS = 20,
	PIECE = 4096,
	PAGE = 4096, /* the smallest that Linux has */
};

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
	struct roomfile *f = calloc(1, sizeof *f);
	if (f) {
		f->fd = fd;
		f->device = file.st_dev;
		f->inode = file.st_ino;
	}
	return f;
}

void
roomfile_free(struct roomfile *f)
{
	close(f->fd);
	free(f);
}

bool
roomfile_is(const struct roomfile *f, const struct stat *file)
{
	return f->device == file->st_dev && f->inode == file->st_ino;
}

static off_t
size_of(const struct roomfile *f)
{
	struct stat file;
	return fstat(f->fd, &file) < 0 ? -1 : file.st_size;
}

/* 1 or 0; -1 where it can't be read, which must never count as a torn line. */
static int
line_ends_at(const struct roomfile *f, off_t end)
{
	char last = '\n';
	if (end > 0 && pread(f->fd, &last, 1, end - 1) < 0)
		return -1;
	return last == '\n';
}

/* The start of the last whole lines before end, or floor where there are fewer; with 0
 * lines, the end of the last one. -1 with errno. */
static off_t
lines_before(const struct roomfile *f, off_t end, off_t floor, long lines)
{
	char piece[PIECE];
	while (end > floor) {
		off_t start = end - floor > PIECE ? end - PIECE : floor;
		ssize_t n = pread(f->fd, piece, (size_t)(end - start), start);
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
begin_again(struct roomfile *f)
{
	f->emptied = true;
	f->restarts++;
	f->pos = f->end = 0;
	spans_clear(&f->own);
}

int
roomfile_look(struct roomfile *f)
{
	off_t size = f->size = size_of(f);
	if (size < 0)
		return -1;
	if (size < f->end || (size > f->end && line_ends_at(f, f->end) == 0))
		begin_again(f);
	if (size > f->end) {
		off_t end = line_ends_at(f, size) > 0 ? size : lines_before(f, size, f->end, 0);
		if (end < 0)
			return -1;
		f->end = end;
	}
	f->pos = spans_skip(&f->own, f->pos);
	return f->pos < f->end;
}

int
roomfile_skip(struct roomfile *f, long lines)
{
	off_t pos = lines_before(f, f->end, 0, lines);
	if (pos < 0)
		return -1;
	f->pos = pos;
	return 0;
}

int
roomfile_check(struct roomfile *f)
{
	f->known = f->size == 0 || f->end > 0;
	if (!f->known)
		return EBADMSG;
	return f->size - f->end > SPLITTER_LINE_MAX ? EILSEQ : 0;
}

ssize_t
roomfile_read(struct roomfile *f, char *buf, size_t size)
{
	f->pos = spans_skip(&f->own, f->pos);
	off_t length = spans_until(&f->own, f->end) - f->pos;
	if (length == 0)
		return 0;
	ssize_t n = pread(f->fd, buf, length < (off_t)size ? (size_t)length : size, f->pos);
	if (n > 0)
		f->pos += n;
	else if (n == 0)
		begin_again(f);
	return n;
}

/* Where the last whole line ends, in a file that doesn't end there. */
static off_t
end_of_lines(const struct roomfile *f, off_t size)
{
	off_t floor = size > SPLITTER_LINE_MAX ? size - SPLITTER_LINE_MAX : 0;
	off_t whole = lines_before(f, size, floor, 0);
	int ends = whole < 0 ? -1 : line_ends_at(f, whole);
	if (ends < 0)
		return -1;
	if (ends == 0 || (whole == 0 && !f->known)) {
		errno = ends == 0 ? EILSEQ : EBADMSG;
		return -1;
	}
	return whole;
}

static int
mend_end(struct roomfile *f, off_t whole, off_t size)
{
	if (size % PAGE != 0) {
		f->ended = true;
		return write(f->fd, "\n", 1) == 1 ? 0 : -1;
	}
	f->removed += size - whole;
	return ftruncate(f->fd, whole);
}

int
roomfile_mend(struct roomfile *f)
{
	for (;;) {
		off_t size = size_of(f);
		int ends = size < 0 ? -1 : line_ends_at(f, size);
		if (ends != 0)
			return ends > 0 ? 0 : -1;
		off_t whole = end_of_lines(f, size);
		if (whole < 0)
			return -1;
		/* Or a writer that does not lock is still writing it: then the size changes
		 * soon. */
		poll(NULL, 0, SETTLE_MS);
		if (size_of(f) == size && mend_end(f, whole, size) < 0)
			return -1;
	}
}

/* After a short write, on a full disk, keeps only whole lines. */
static size_t
take_back(const struct roomfile *f, const char *lines, off_t end, size_t written)
{
	const char *lf = memrchr(lines, '\n', written);
	size_t whole = lf ? (size_t)(lf - lines) + 1 : 0;
	/* Where that fails, the next writer does it. */
	if (whole < written && size_of(f) == end)
		(void)!ftruncate(f->fd, end - (off_t)(written - whole));
	return whole;
}

static void
note_own(struct roomfile *f, off_t start, off_t end)
{
	if (start < f->end)
		begin_again(f);
	if (end > start)
		spans_add(&f->own, start, end);
	f->end = end;
}

size_t
roomfile_append(struct roomfile *f, const char *lines, size_t len)
{
	int error = 0;
	size_t written = 0;
	/* A short write doesn't say why; one more does. */
	while (written < len && error == 0) {
		ssize_t n = write(f->fd, lines + written, len - written);
		if (n > 0)
			written += (size_t)n;
		else if (n == 0 || errno != EINTR)
			error = n == 0 ? ENOSPC : errno;
	}
	if (written > 0) {
		off_t end = lseek(f->fd, 0, SEEK_CUR);
		off_t start = end - (off_t)written;
		if (error)
			written = take_back(f, lines, end, written);
		note_own(f, start, start + (off_t)written);
	}
	errno = error;
	return written;
}
