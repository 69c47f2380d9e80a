#include "chat/roomset.h"

#include "chat/lineid.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECES_A_TURN = 16 };

int
roomset_open(struct roomset *rs, const char *name, uint64_t since)
{
	rs->since = since;
	rs->fd[0] = rs->fd[1] = -1;
	return room_open(&rs->room, name, true, -1);
}

void
roomset_close(struct roomset *rs)
{
	for (size_t i = 0; i < 2; i++)
		if (rs->fd[i] >= 0)
			close(rs->fd[i]);
	lineset_clear(&rs->set);
	room_close(&rs->room);
}

bool
roomset_is_old(const struct roomset *rs, const struct line_key *key)
{
	uint64_t second = line_second(key);
	return second > 0 && second < rs->since;
}

static bool
is_old_item(const struct line_item *item, void *arg)
{
	return roomset_is_old(arg, &item->key);
}

void
roomset_set_since(struct roomset *rs, uint64_t since)
{
	rs->since = since;
	lineset_drop(&rs->set, is_old_item, rs);
}

static bool
is_in_file(const struct line_item *item, void *arg)
{
	const unsigned *file = arg;
	return line_place(item).file == *file;
}

/* When another file has the room's name, or all its content is new, forgets the file before the
 * last. */
static int
note_edition(struct roomset *rs, const struct room_place *place)
{
	if (rs->fd[rs->file] >= 0 && place->edition == rs->edition)
		return 0;
	int fd = fcntl(place->fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	rs->file = !rs->file;
	rs->edition = place->edition;
	if (rs->fd[rs->file] >= 0)
		close(rs->fd[rs->file]);
	rs->fd[rs->file] = fd;
	lineset_drop(&rs->set, is_in_file, &rs->file);
	rs->window_len = 0;
	return 0;
}

static int
find_line(struct roomset *rs, const char *line, size_t len, off_t offset)
{
	struct line_key key;
	struct line_place place = {(uint64_t)offset, rs->file};
	if (len > ROOMSET_LINE || place.offset > LINE_OFFSET_MAX)
		return 0;
	lineid_key(&key, line, len);
	if (roomset_is_old(rs, &key))
		return 0;
	if (!rs->loaded)
		return lineset_append(&rs->set, &key, place);
	struct line_item *item = lineset_find(&rs->set, &key);
	if (!item)
		return lineset_add(&rs->set, &key, place, LINE_LACKED);
	if (line_place(item).file != rs->file)
		lineset_move(item, place);
	return 0;
}

/* Takes the whole lines out of rs->text. */
static int
find_lines(struct roomset *rs)
{
	const char *line = rs->text, *end = rs->text + rs->len;
	for (const char *lf; (lf = memchr(line, '\n', (size_t)(end - line))); line = lf + 1) {
		off_t offset = rs->offset + (line - rs->text);
		if (!rs->skipping && find_line(rs, line, (size_t)(lf - line), offset) < 0)
			return -1;
		rs->skipping = false;
	}
	rs->offset += line - rs->text;
	rs->len = (size_t)(end - line);
	if (rs->len > ROOMSET_LINE) {
		rs->skipping = true;
		rs->offset += (off_t)rs->len;
		rs->len = 0;
	}
	memmove(rs->text, line, rs->len);
	return 0;
}

/* Returns the result of room_read(). */
static ssize_t
read_piece(struct roomset *rs)
{
	char *to = rs->text + rs->len;
	ssize_t n = room_read(&rs->room, to, sizeof rs->text - rs->len);
	if (n <= 0)
		return n;
	struct room_place place = room_place(&rs->room, (size_t)n);
	if (note_edition(rs, &place) < 0)
		return -1;
	if (place.offset != rs->offset + (off_t)rs->len) {
		memmove(rs->text, to, (size_t)n);
		rs->skipping = false;
		rs->len = 0;
		rs->offset = place.offset;
	}
	rs->len += (size_t)n;
	return find_lines(rs) < 0 ? -1 : n;
}

int
roomset_load(struct roomset *rs)
{
	for (int i = 0; i < PIECES_A_TURN; i++) {
		ssize_t n = read_piece(rs);
		if (n < 0)
			return -1;
		if (n == 0) {
			lineset_sort(&rs->set);
			rs->loaded = true;
			return 0;
		}
	}
	return 1;
}

int
roomset_catch_up(struct roomset *rs)
{
	ssize_t n;
	while ((n = read_piece(rs)) > 0)
		;
	return (int)n;
}

bool
batch_is_full(const struct batch *batch, size_t len)
{
	return batch->count == ROOMSET_BATCH || batch->len + len + 1 > sizeof batch->text;
}

void
batch_add(struct batch *batch, const struct line_key *key, const char *line, size_t len)
{
	for (size_t i = 0; i < batch->count; i++)
		if (memcmp(&batch->lines[i].key, key, sizeof *key) == 0)
			return;
	memcpy(batch->text + batch->len, line, len);
	batch->text[batch->len + len] = '\n';
	batch->lines[batch->count].key = *key;
	batch->lines[batch->count++].len = len + 1;
	batch->len += len + 1;
}

struct taking {
	struct roomset *rs;
	struct batch *batch;
	int error;
};

/* Called with the lock held: no line comes between the look and the append. */
static size_t
choose(void *arg, const char **lines)
{
	struct taking *taking = arg;
	struct batch *b = taking->batch;
	size_t from = 0, to = 0, kept = 0;
	*lines = b->text;
	int caught_up = roomset_catch_up(taking->rs);
	struct room_place end = room_place(&taking->rs->room, 0);
	if (caught_up < 0 || note_edition(taking->rs, &end) < 0) {
		taking->error = errno;
		return 0;
	}
	for (size_t i = 0; i < b->count; i++) {
		struct line_item *item = lineset_find(&taking->rs->set, &b->lines[i].key);
		size_t len = b->lines[i].len;
		if (item) {
			lineset_mark(&taking->rs->set, item, LINE_GIVEN);
		} else {
			memmove(b->text + to, b->text + from, len);
			b->lines[kept++] = b->lines[i];
			to += len;
		}
		from += len;
	}
	b->count = kept;
	return b->len = to;
}

/* The first posted bytes of the batch are in the room, from this offset on. */
static int
note_posted(struct roomset *rs, struct batch *b, size_t posted, off_t offset)
{
	size_t count = 0, len = 0;
	for (; count < b->count && len + b->lines[count].len <= posted; count++) {
		struct line_place place = {(uint64_t)offset + len, rs->file};
		if (place.offset <= LINE_OFFSET_MAX &&
			lineset_add(&rs->set, &b->lines[count].key, place, LINE_GIVEN) < 0)
			return -1;
		len += b->lines[count].len;
	}
	rs->came += count;
	b->count -= count;
	b->len -= len;
	memmove(b->lines, b->lines + count, b->count * sizeof *b->lines);
	memmove(b->text, b->text + len, b->len);
	return 0;
}

size_t
roomset_take(struct roomset *rs, struct batch *batch)
{
	struct taking taking = {rs, batch, 0};
	size_t before = batch->count;
	off_t offset;
	size_t posted = room_post_chosen(&rs->room, choose, &taking, &offset);
	int error = taking.error ? taking.error : errno;
	if (posted > 0 && note_posted(rs, batch, posted, offset) < 0)
		error = errno;
	errno = error;
	return before - batch->count;
}

/* The text in the window from this place to its end. */
static const char *
window_from(struct roomset *rs, struct line_place place, size_t *len)
{
	uint64_t start = rs->window_at.offset, end = start + rs->window_len;
	if (place.file != rs->window_at.file || place.offset < start || place.offset >= end)
		return NULL;
	*len = end - place.offset;
	return rs->window + (place.offset - start);
}

const char *
roomset_line(struct roomset *rs, struct line_place place, struct line_key *key, size_t *len)
{
	const char *line = window_from(rs, place, len);
	const char *lf = line ? memchr(line, '\n', *len) : NULL;
	if (!lf) {
		ssize_t n = pread(
			rs->fd[place.file], rs->window, sizeof rs->window, (off_t)place.offset);
		rs->window_at = place;
		rs->window_len = n > 0 ? (size_t)n : 0;
		line = rs->window;
		lf = memchr(line, '\n', rs->window_len);
	}
	if (!lf)
		return NULL;
	*len = (size_t)(lf - line);
	lineid_key(key, line, *len);
	return line;
}

static void
forget_in(struct roomset *rs, struct line_item *items, size_t count, struct line_place place)
{
	for (size_t i = 0; i < count; i++) {
		struct line_place at = line_place(&items[i]);
		if (at.file == place.file && (at.file != rs->file || at.offset == place.offset))
			lineset_mark(&rs->set, &items[i], LINE_GIVEN);
	}
}

void
roomset_forget(struct roomset *rs, struct line_place place)
{
	forget_in(rs, rs->set.items, rs->set.count, place);
	forget_in(rs, rs->set.recent, rs->set.recent_count, place);
}
