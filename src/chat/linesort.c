#include "chat/linesort.h"

#include <string.h>

enum { FEW = 24, KEY = sizeof(struct line_key) };

static uint8_t
byte_of(const struct line_item *item, size_t at)
{
	const uint8_t *key = (const uint8_t *)&item->key;
	return key[at];
}

/* For a few items, whose keys are the same up to byte at. */
static void
sort_few(struct line_item *items, size_t count, size_t at)
{
	for (size_t i = 1; i < count; i++) {
		struct line_item item = items[i];
		size_t to = i;
		for (; to > 0 && memcmp((const uint8_t *)&items[to - 1].key + at,
					 (const uint8_t *)&item.key + at, KEY - at) > 0;
			to--)
			items[to] = items[to - 1];
		items[to] = item;
	}
}

/* Moves each item into the pile of its byte; ends[b] is where the pile of b ends. */
static void
deal(struct line_item *items, size_t count, size_t at, size_t ends[256])
{
	size_t next[256];
	memset(ends, 0, 256 * sizeof *ends);
	for (size_t i = 0; i < count; i++)
		ends[byte_of(&items[i], at)]++;
	for (size_t b = 0, start = 0; b < 256; b++) {
		next[b] = start;
		start = ends[b] += start;
	}
	for (size_t b = 0; b < 256; b++) {
		while (next[b] < ends[b]) {
			struct line_item item = items[next[b]];
			for (uint8_t pile; (pile = byte_of(&item, at)) != b;) {
				struct line_item *place = &items[next[pile]++];
				struct line_item swap = *place;
				*place = item;
				item = swap;
			}
			items[next[b]++] = item;
		}
	}
}

/* How many bytes of the keys, from at on, are the same in all items. */
static size_t
common(const struct line_item *items, size_t count, size_t at)
{
	size_t same = KEY - at;
	const uint8_t *first = (const uint8_t *)&items[0].key + at;
	for (size_t i = 1; i < count && same > 0; i++) {
		const uint8_t *key = (const uint8_t *)&items[i].key + at;
		for (size_t n = 0; n < same; n++)
			if (key[n] != first[n])
				same = n;
	}
	return same;
}

/* Goes at most as deep as a key has bytes. NOLINTNEXTLINE(misc-no-recursion) */
static void
sort_from(struct line_item *items, size_t count, size_t at)
{
	size_t ends[256];
	if (count <= FEW) {
		sort_few(items, count, at);
		return;
	}
	at += common(items, count, at);
	if (at == KEY)
		return;
	deal(items, count, at, ends);
	for (size_t b = 0, start = 0; b < 256; start = ends[b++])
		if (ends[b] - start > 1)
			sort_from(items + start, ends[b] - start, at + 1);
}

void
linesort(struct line_item *items, size_t count)
{
	sort_from(items, count, 0);
}
