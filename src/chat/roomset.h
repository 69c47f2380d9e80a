/* The lines of a room as a set, kept in step with the file: it finds lines that others append, and
 * appends lines from a peer that are not there.
 *
 * After a rotation it still knows the lines of the old file, so that they don't come back from a
 * peer that stays connected. */
#ifndef ROOMSET_H
#define ROOMSET_H

#include "chat/lineset.h"
#include "chat/room.h"
#include "chat/splitter.h"

enum {
	ROOMSET_LINE = SPLITTER_LINE_MAX - 1, /* the longest line, without its LF */
	ROOMSET_BATCH = 256,
};

struct roomset {
	struct room room;
	struct lineset set;
	uint64_t since; /* lines stamped before this second are not in the set; 0: all are */
	bool loaded;
	uint64_t came; /* lines that roomset_take() has appended */

	int fd[2]; /* of the file that is being read, and of the one before; -1: none */
	unsigned file, edition; /* which of fd it is; see room_place */

	bool skipping; /* within a line that is longer than a room takes */
	size_t len;
	off_t offset; /* of text, which starts with a line */
	char text[2 * SPLITTER_LINE_MAX];

	struct line_place window_at; /* the place of the window that roomset_line() read last */
	size_t window_len;
	char window[SPLITTER_LINE_MAX];
};

/* Lines from a peer, one after another, each with its LF. */
struct batch {
	size_t count, len;
	struct {
		struct line_key key;
		size_t len;
	} lines[ROOMSET_BATCH];
	char text[2 * SPLITTER_LINE_MAX];
};

/* Joins the room, as room_open(). -1 with errno. */
int roomset_open(struct roomset *rs, const char *name, uint64_t since);

/* Reads the next piece of the room. Returns 1, 0 when all was read, or -1 with errno. */
int roomset_load(struct roomset *rs);

/* Closes its files: for programs that open many rooms. */
void roomset_close(struct roomset *rs);

/* Leaves out all lines that are stamped before this second. */
void roomset_set_since(struct roomset *rs, uint64_t since);

/* Whether the line of this key is left out. */
bool roomset_is_old(const struct roomset *rs, const struct line_key *key);

/* Finds the lines that were appended, and makes them LINE_LACKED. -1 with errno. */
int roomset_catch_up(struct roomset *rs);

/* Whether the batch has no space for a line of len bytes. */
bool batch_is_full(const struct batch *batch, size_t len);

/* Adds a line, without its LF, unless it is there. */
void batch_add(struct batch *batch, const struct line_key *key, const char *line, size_t len);

/* Appends the lines that the room lacks, and removes them from the batch, with those that it has.
 * If some are left, errno says why: EAGAIN, another process holds the lock; ENOSPC and the like,
 * they can't be appended. Returns how many lines have left the batch. */
size_t roomset_take(struct roomset *rs, struct batch *batch);

/* The line at this place, without its LF, valid until the next call, and its key. NULL: it is not
 * there any more. */
const char *
roomset_line(struct roomset *rs, struct line_place place, struct line_key *key, size_t *len);

/* Marks the line at this place as unreadable, or all of its file if that is the old one: it is not
 * to be sent. */
void roomset_forget(struct roomset *rs, struct line_place place);

#endif
