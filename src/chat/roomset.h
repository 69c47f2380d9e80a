/* The lines of a room as a set, kept in step with the file: what others append is found, and what a
 * peer has sent is appended if it is not there.
 *
 * Of a room that was rotated, the lines of the file before are still known, so that they don't come
 * back from a peer that is connected meanwhile. */
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
	off_t offset; /* of what is in text: the start of a line, or more */
	char text[2 * SPLITTER_LINE_MAX];

	struct line_place window_at; /* what roomset_line() has read from the file last */
	size_t window_len;
	char window[SPLITTER_LINE_MAX];
};

/* Lines that a peer has sent, one after another, each with its LF. */
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

/* Reads the next piece of the room as it is. Returns 1, 0 when all was read, or -1 with errno. */
int roomset_load(struct roomset *rs);

/* Closes what is open: for those that hold many rooms. */
void roomset_close(struct roomset *rs);

/* Leaves all lines out that are stamped before this second. */
void roomset_set_since(struct roomset *rs, uint64_t since);

/* Is the line of this key one that is left out? */
bool roomset_is_old(const struct roomset *rs, const struct line_key *key);

/* Finds what was appended: it is LINE_LACKED then. -1 with errno. */
int roomset_catch_up(struct roomset *rs);

/* Is there no place in the batch for a line of len bytes? */
bool batch_is_full(const struct batch *batch, size_t len);

/* Adds a line, without its LF, if it is not there. */
void batch_add(struct batch *batch, const struct line_key *key, const char *line, size_t len);

/* Appends those lines that the room lacks, and removes them from the batch, and those that it has.
 * Where some are left, errno says why: EAGAIN, somebody holds the lock; ENOSPC and the like, they
 * can't be appended. Returns how many lines are not in the batch any more. */
size_t roomset_take(struct roomset *rs, struct batch *batch);

/* The line at this place, without its LF, until the next call; its key, too. NULL: nothing is there
 * any more. */
const char *
roomset_line(struct roomset *rs, struct line_place place, struct line_key *key, size_t *len);

/* The line at this place can't be read any more, nor any of that file if it is the one before: it
 * is not to be sent. */
void roomset_forget(struct roomset *rs, struct line_place place);

#endif
