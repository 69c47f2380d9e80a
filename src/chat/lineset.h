/* The lines of a room as a set. A line is known by its key: the second that it is stamped with,
 * and its hash; beside it stands where in the room it is. Pure, but for memory.
 *
 * A million lines take 42 MB: most lines are in order of their keys, as reconciliation wants them,
 * and the latest few thousand in order of their arrival, so that adding one moves no megabytes. */
#ifndef LINESET_H
#define LINESET_H

#include "chat/lineid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINESET_RECENT = 4096 };

#define LINE_OFFSET_MAX ((UINT64_C(1) << 37) - 1)

/* What is known of a line at the other end. */
enum line_state {
	LINE_KEPT, /* nothing */
	LINE_LACKED, /* it lacks the line, which is to be sent */
	LINE_GIVEN, /* it has the line, or will have */
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

/* Frees what the set holds, and makes it empty. One that is all zeros is empty, too. */
void lineset_clear(struct lineset *set);

struct line_place line_place(const struct line_item *item);

enum line_state line_state(const struct line_item *item);

/* Adds a line at the end of items, be it there or not, in state LINE_KEPT: for many at once, with
 * nothing in recent. lineset_sort() has to follow. -1 with ENOMEM. */
int lineset_append(struct lineset *set, const struct line_key *key, struct line_place place);

/* Puts items into order, and removes lines that are there twice; the first place stays. */
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

/* Fills places with up to max of the lines that are LINE_LACKED, those that stand first in the
 * room, in this order; newer is the file that is the newer one. Returns how many. */
size_t
lineset_next(const struct lineset *set, struct line_place *places, size_t max, unsigned newer);

size_t lineset_count(const struct lineset *set);

#endif
