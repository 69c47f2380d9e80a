#include "chat/lineset.h"

#include "chat/linesort.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { STATE_SHIFT = 38, FILE_SHIFT = 37, SLOTS = 2 * LINESET_RECENT };

static uint64_t
get_packed(const struct line_item *item)
{
	uint64_t packed = 0;
	for (size_t i = 0; i < sizeof item->packed; i++)
		packed = packed << 8 | item->packed[i];
	return packed;
}

static void
set_packed(struct line_item *item, struct line_place place, enum line_state state)
{
	uint64_t packed =
		(uint64_t)state << STATE_SHIFT | (uint64_t)place.file << FILE_SHIFT | place.offset;
	for (size_t i = sizeof item->packed; i-- > 0; packed >>= 8)
		item->packed[i] = (uint8_t)packed;
}

struct line_place
line_place(const struct line_item *item)
{
	uint64_t packed = get_packed(item);
	return (struct line_place){packed & LINE_OFFSET_MAX, packed >> FILE_SHIFT & 1};
}

enum line_state
line_state(const struct line_item *item)
{
	return (enum line_state)(get_packed(item) >> STATE_SHIFT);
}

void
lineset_clear(struct lineset *set)
{
	free(set->items);
	memset(set, 0, sizeof *set);
}

size_t
lineset_count(const struct lineset *set)
{
	return set->count + set->recent_count;
}

size_t
lineset_lacked(const struct lineset *set)
{
	return set->lacked + set->recent_lacked;
}

/* Grows by an eighth: realloc(3) moves pages without copying, and untouched memory costs
 * nothing. */
static int
reserve(struct lineset *set, size_t count)
{
	if (count <= set->capacity)
		return 0;
	size_t capacity = count + count / 8 + 64;
	struct line_item *items = reallocarray(set->items, capacity, sizeof *items);
	if (!items)
		return -1;
	set->items = items;
	set->capacity = capacity;
	return 0;
}

int
lineset_append(struct lineset *set, const struct line_key *key, struct line_place place)
{
	if (reserve(set, set->count + 1) < 0)
		return -1;
	struct line_item *item = &set->items[set->count++];
	item->key = *key;
	set_packed(item, place, LINE_KEPT);
	return 0;
}

void
lineset_sort(struct lineset *set)
{
	linesort(set->items, set->count);
	size_t kept = 0;
	for (size_t i = 0; i < set->count; i++) {
		struct line_item *item = &set->items[i];
		struct line_item *before = kept > 0 ? &set->items[kept - 1] : NULL;
		if (!before || memcmp(&before->key, &item->key, sizeof item->key) != 0)
			set->items[kept++] = *item;
		else if (get_packed(item) < get_packed(before))
			*before = *item;
	}
	set->count = kept;
}

size_t
lineset_lower(const struct lineset *set, const struct line_key *key)
{
	size_t low = 0, high = set->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (memcmp(&set->items[middle].key, key, sizeof *key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The slot of this key in the table of recent lines, or the free one where it belongs. */
static uint16_t *
slot_of(struct lineset *set, const struct line_key *key)
{
	size_t i = (key->hash[0] | (size_t)key->hash[1] << 8) % SLOTS;
	while (set->slots[i] && memcmp(&set->recent[set->slots[i] - 1].key, key, sizeof *key) != 0)
		i = (i + 1) % SLOTS;
	return &set->slots[i];
}

struct line_item *
lineset_find(struct lineset *set, const struct line_key *key)
{
	size_t recent = *slot_of(set, key);
	if (recent)
		return &set->recent[recent - 1];
	size_t i = lineset_lower(set, key);
	if (i < set->count && memcmp(&set->items[i].key, key, sizeof *key) == 0)
		return &set->items[i];
	return NULL;
}

int
lineset_add(struct lineset *set, const struct line_key *key, struct line_place place,
	enum line_state state)
{
	if (set->recent_count == LINESET_RECENT && lineset_settle(set) < 0)
		return -1;
	struct line_item *item = &set->recent[set->recent_count];
	*slot_of(set, key) = (uint16_t)++set->recent_count;
	item->key = *key;
	set_packed(item, place, state);
	set->recent_lacked += state == LINE_LACKED;
	return 0;
}

static bool
is_recent(const struct lineset *set, const struct line_item *item)
{
	return item >= set->recent && item < set->recent + LINESET_RECENT;
}

void
lineset_mark(struct lineset *set, struct line_item *item, enum line_state state)
{
	size_t *lacked = is_recent(set, item) ? &set->recent_lacked : &set->lacked;
	*lacked -= line_state(item) == LINE_LACKED;
	*lacked += state == LINE_LACKED;
	set_packed(item, line_place(item), state);
}

void
lineset_move(struct line_item *item, struct line_place place)
{
	set_packed(item, place, line_state(item));
}

/* Merges from the end, where most recent lines stay. */
int
lineset_settle(struct lineset *set)
{
	if (set->recent_count == 0)
		return 0;
	if (reserve(set, set->count + set->recent_count) < 0)
		return -1;
	linesort(set->recent, set->recent_count);
	size_t from = set->count, recent = set->recent_count, to = from + recent;
	set->count = to;
	while (recent > 0) {
		const struct line_item *last = &set->recent[recent - 1];
		if (from > 0 &&
			memcmp(&set->items[from - 1].key, &last->key, sizeof last->key) > 0) {
			set->items[--to] = set->items[--from];
		} else {
			set->items[--to] = *last;
			recent--;
		}
	}
	set->lacked += set->recent_lacked;
	set->recent_count = set->recent_lacked = 0;
	memset(set->slots, 0, sizeof set->slots);
	return 0;
}

/* Returns how many of the items stay. */
static size_t
drop_from(struct line_item *items, size_t count,
	bool (*drop)(const struct line_item *item, void *arg), void *arg, size_t *lacked)
{
	size_t kept = 0;
	*lacked = 0;
	for (size_t i = 0; i < count; i++) {
		if (drop(&items[i], arg))
			continue;
		items[kept++] = items[i];
		*lacked += line_state(&items[i]) == LINE_LACKED;
	}
	return kept;
}

void
lineset_drop(struct lineset *set, bool (*drop)(const struct line_item *item, void *arg), void *arg)
{
	set->count = drop_from(set->items, set->count, drop, arg, &set->lacked);
	set->recent_count =
		drop_from(set->recent, set->recent_count, drop, arg, &set->recent_lacked);
	memset(set->slots, 0, sizeof set->slots);
	for (size_t i = 0; i < set->recent_count; i++)
		*slot_of(set, &set->recent[i].key) = (uint16_t)(i + 1);
}

/* A number that orders the places of the room. */
static uint64_t
rank(struct line_place place, unsigned newer)
{
	return place.offset | (uint64_t)(place.file == newer) << FILE_SHIFT;
}

/* Moves the place at i down to where it belongs: the heap has the last place on top. */
static void
sift(struct line_place *heap, size_t count, size_t i, unsigned newer)
{
	for (size_t child; (child = 2 * i + 1) < count; i = child) {
		if (child + 1 < count && rank(heap[child + 1], newer) > rank(heap[child], newer))
			child++;
		if (rank(heap[child], newer) <= rank(heap[i], newer))
			return;
		struct line_place swap = heap[i];
		heap[i] = heap[child];
		heap[child] = swap;
	}
}

struct selection {
	struct line_place *heap; /* once it is full */
	size_t count, max;
	unsigned newer;
};

static void
select_from(struct selection *s, const struct line_item *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (line_state(&items[i]) != LINE_LACKED)
			continue;
		struct line_place place = line_place(&items[i]);
		if (s->count < s->max) {
			s->heap[s->count++] = place;
			for (size_t n = s->count == s->max ? s->max / 2 : 0; n-- > 0;)
				sift(s->heap, s->max, n, s->newer);
		} else if (rank(place, s->newer) < rank(s->heap[0], s->newer)) {
			s->heap[0] = place;
			sift(s->heap, s->max, 0, s->newer);
		}
	}
}

size_t
lineset_next(const struct lineset *set, struct line_place *places, size_t max, unsigned newer)
{
	struct selection s = {places, 0, max, newer};
	if (set->lacked > 0)
		select_from(&s, set->items, set->count);
	if (set->recent_lacked > 0)
		select_from(&s, set->recent, set->recent_count);
	/* Heapsort. */
	for (size_t n = s.count / 2; n-- > 0;)
		sift(places, s.count, n, newer);
	for (size_t n = s.count; n-- > 1;) {
		struct line_place swap = places[0];
		places[0] = places[n];
		places[n] = swap;
		sift(places, n, 0, newer);
	}
	return s.count;
}
