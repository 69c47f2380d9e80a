/* The lines of a room as a set. The key of a line is the second of its stamp, and its hash; the set
 * also holds its place in the room. Pure, but for memory.
 *
 * A million lines take 42 MB: most lines are in order of their keys, for reconciliation, and the
 * latest few thousand in order of their arrival, so that adding one does not move megabytes. */
#ifndef LINESET_H
#define LINESET_H

#include "chat/lineid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINESET_RECENT = 4096 };

#define LINE_OFFSET_MAX ((UINT64_C(1) << 37) - 1)

/* The state of a line at the other end. */
enum line_state {
	LINE_KEPT, /* not known */
	LINE_LACKED, /* it lacks the line, which is to be sent */
	LINE_GIVEN, /* it has the line, or will get it */
};

struct line_place {
	uint64_t offset; /* in the file, at most LINE_OFFSET_MAX */
	unsigned file; /* 0 or 1: of two files that had the room's name one after the other */
};

struct lineset {
	struct line_item *items; /* in order of keys */
	size_t count, capacity;
	size_t lacked; /* of the items, in this state */
	size_t recent_count, recent_lacked;
	struct line_item recent[LINESET_RECENT]; /* in order of arrival */
	uint16_t slots[2 * LINESET_RECENT]; /* hash table: index in recent + 1, 0: free */
};

/* Frees the set's memory, and makes it empty. A set that is all zeros is empty, too. */
void lineset_clear(struct lineset *set);

struct line_place line_place(const struct line_item *item);

enum line_state line_state(const struct line_item *item);

/* Adds a line at the end of items, even if it is there already, in state LINE_KEPT: for many lines
 * at once, while recent is empty. lineset_sort() has to follow. -1 with ENOMEM. */
int lineset_append(struct lineset *set, const struct line_key *key, struct line_place place);

/* Sorts items, and removes duplicate lines; the first place stays. */
void lineset_sort(struct lineset *set);

/* The line of this key, or NULL. */
struct line_item *lineset_find(struct lineset *set, const struct line_key *key);

/* Adds a line that is not there, in this state. -1 with ENOMEM. */
int lineset_add(struct lineset *set, const struct line_key *key, struct line_place place,
	enum line_state state);

/* Changes the state of a line of the set. */
void lineset_mark(struct lineset *set, struct line_item *item, enum line_state state);

/* The line is in another place now. */
void lineset_move(struct line_item *item, struct line_place place);

/* Makes items hold all lines. -1 with ENOMEM. */
int lineset_settle(struct lineset *set);

/* After lineset_settle(): the first item whose key is not below this one. */
size_t lineset_lower(const struct lineset *set, const struct line_key *key);

/* Removes the lines for which drop() is true. */
void
lineset_drop(struct lineset *set, bool (*drop)(const struct line_item *item, void *arg), void *arg);

/* How many lines are LINE_LACKED. */
size_t lineset_lacked(const struct lineset *set);

/* Fills places with the first lines of the room that are LINE_LACKED, in their order, at most max;
 * newer is the newer file. Returns how many. */
size_t
lineset_next(const struct lineset *set, struct line_place *places, size_t max, unsigned newer);

size_t lineset_count(const struct lineset *set);

#endif
