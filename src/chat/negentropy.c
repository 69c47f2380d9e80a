#include "chat/negentropy.h"

#include "chat/varint.h"

#include <string.h>

enum {
	SKIP = 0,
	FINGERPRINT = 1,
	LIST = 2,

	PARTS = 16, /* of a range whose fingerprints differ; fewer than two lines a part: a list */
	FEW_PARTS = 4,
	MANY = 4096,
	BOUND_MAX = 2 * VARINT_MAX + LINE_HASH,
	HEAD_MAX = BOUND_MAX + 2 * VARINT_MAX, /* a range without its hashes */
	SPLIT_MAX = 2 * PARTS * LINE_HASH + PARTS * (HEAD_MAX - LINE_HASH),
	/* Space for the last ranges of a message: a skipped one, and the rest. */
	TAIL_MAX = 2 * HEAD_MAX + FINGERPRINT_LEN,
	SLOTS = 2 * NEGENTROPY_LIST_MAX,
};

#define INFINITE UINT64_MAX

/* Between two lines: the first key at or behind it. */
struct bound {
	uint64_t second;
	size_t len; /* of the hash's start; zeros follow */
	uint8_t hash[LINE_HASH];
};

struct reader {
	const uint8_t *at, *end;
	uint64_t second; /* the last one that was read */
};

struct writer {
	uint8_t *data;
	size_t len, size;
	uint64_t second;
	bool skip; /* all from the last range up to skipped */
	struct bound skipped;
};

/* The lines that the peer has listed for a range. */
struct list {
	const uint8_t *hashes;
	size_t count;
	uint16_t slots[SLOTS]; /* hash table: index + 1, 0: free */
	bool found[NEGENTROPY_LIST_MAX];
	size_t found_count;
};

static void
put_number(struct writer *w, uint64_t value)
{
	w->len += varint_put(w->data + w->len, value);
}

static void
put_bytes(struct writer *w, const uint8_t *bytes, size_t len)
{
	if (len > 0)
		memcpy(w->data + w->len, bytes, len);
	w->len += len;
}

static void
put_bound(struct writer *w, const struct bound *bound)
{
	if (bound->second == INFINITE) {
		put_number(w, 0);
	} else {
		put_number(w, 1 + bound->second - w->second);
		w->second = bound->second;
	}
	put_number(w, bound->len);
	put_bytes(w, bound->hash, bound->len);
}

/* The start of a range, after one for all that was skipped before it. */
static void
put_range(struct writer *w, const struct bound *upper, unsigned mode)
{
	if (w->skip) {
		w->skip = false;
		put_bound(w, &w->skipped);
		put_number(w, SKIP);
	}
	put_bound(w, upper);
	put_number(w, mode);
}

static void
skip_to(struct writer *w, const struct bound *upper)
{
	w->skip = true;
	w->skipped = *upper;
}

static void
put_fingerprint(struct writer *w, const struct bound *upper, const struct lineset *set,
	size_t begin, size_t end)
{
	put_range(w, upper, FINGERPRINT);
	fingerprint(set, begin, end, w->data + w->len);
	w->len += FINGERPRINT_LEN;
}

/* The shortest bound between two neighbouring lines. */
static struct bound
bound_before(const struct line_item *item)
{
	const struct line_item *before = item - 1;
	struct bound bound = {.second = line_second(&item->key)};
	if (line_second(&before->key) == bound.second) {
		while (before->key.hash[bound.len] == item->key.hash[bound.len])
			bound.len++;
		bound.len++;
	}
	memcpy(bound.hash, item->key.hash, bound.len);
	return bound;
}

static struct bound
bound_at(const struct line_item *item)
{
	struct bound bound = {.second = line_second(&item->key), .len = LINE_HASH};
	memcpy(bound.hash, item->key.hash, LINE_HASH);
	return bound;
}

/* The number of parts for a range of count lines; 0: a list. The reference implementation's rule
 * takes few turns. Where each end pushes, another rule takes a third of its bytes, since small
 * steps find one line among a few more cheaply than a list of them all. */
static size_t
parts_of(const struct negentropy *n, size_t count)
{
	if (!n->pushes || count >= MANY)
		return count < 2 * PARTS ? 0 : PARTS;
	return count < FEW_PARTS ? 0 : FEW_PARTS;
}

static void
put_split(const struct negentropy *n, struct writer *w, const struct bound *upper, size_t begin,
	size_t end)
{
	const struct lineset *set = n->set;
	size_t count = end - begin, parts = parts_of(n, count);
	if (parts == 0) {
		put_range(w, upper, LIST);
		put_number(w, count);
		for (; begin < end; begin++)
			put_bytes(w, set->items[begin].key.hash, LINE_HASH);
		return;
	}
	for (size_t part = 0; part < parts; part++) {
		size_t next = begin + count / parts + (part < count % parts);
		struct bound bound = part < parts - 1 ? bound_before(&set->items[next]) : *upper;
		put_fingerprint(w, &bound, set, begin, next);
		begin = next;
	}
}

static bool
get_number(struct reader *r, uint64_t *value)
{
	int len = varint_get(r->at, (size_t)(r->end - r->at), value);
	if (len <= 0)
		return false;
	r->at += len;
	return true;
}

/* The next len bytes, NULL where fewer are left. */
static const uint8_t *
get_bytes(struct reader *r, uint64_t len)
{
	if (len > (size_t)(r->end - r->at))
		return NULL;
	r->at += len;
	return r->at - len;
}

static bool
get_bound(struct reader *r, struct bound *bound)
{
	uint64_t second, len;
	*bound = (struct bound){.second = INFINITE};
	if (!get_number(r, &second) || !get_number(r, &len) || len > LINE_HASH)
		return false;
	if (second > 0) {
		if (second - 1 >= INFINITE - r->second)
			return false;
		bound->second = r->second += second - 1;
	}
	bound->len = (size_t)len;
	const uint8_t *hash = get_bytes(r, len);
	if (hash && len > 0)
		memcpy(bound->hash, hash, bound->len);
	return hash;
}

/* The first of our items that is not before the bound. */
static size_t
find_bound(const struct lineset *set, const struct bound *bound)
{
	struct line_key key;
	if (bound->second >= LINE_TIME_MAX)
		return set->count;
	line_set_second(&key, bound->second);
	memcpy(key.hash, bound->hash, LINE_HASH);
	return lineset_lower(set, &key);
}

/* The slot of this hash, or the free one where it belongs. */
static uint16_t *
slot_of(struct list *list, const uint8_t *hash)
{
	size_t i = (hash[0] | (size_t)hash[1] << 8) % SLOTS;
	while (list->slots[i] && memcmp(list->hashes + (size_t)(list->slots[i] - 1) * LINE_HASH,
					 hash, LINE_HASH) != 0)
		i = (i + 1) % SLOTS;
	return &list->slots[i];
}

static bool
get_list(struct reader *r, struct list *list)
{
	uint64_t count;
	if (!get_number(r, &count) || count > NEGENTROPY_LIST_MAX)
		return false;
	list->hashes = get_bytes(r, count * LINE_HASH);
	list->count = (size_t)count;
	list->found_count = 0;
	memset(list->slots, 0, sizeof list->slots);
	memset(list->found, 0, sizeof list->found);
	for (size_t i = 0; list->hashes && i < list->count; i++)
		*slot_of(list, list->hashes + i * LINE_HASH) = (uint16_t)(i + 1);
	return list->hashes;
}

static bool
is_listed(struct list *list, const struct line_item *item)
{
	return *slot_of(list, item->key.hash) > 0;
}

/* Finds the lines of the range that only one end has. */
static void
compare(const struct negentropy *n, struct list *list, size_t begin, size_t end)
{
	for (; begin < end; begin++) {
		struct line_item *item = &n->set->items[begin];
		size_t i = *slot_of(list, item->key.hash);
		if (i == 0)
			n->have(n->arg, item);
		else if (!list->found[i - 1])
			list->found_count++, list->found[i - 1] = true;
	}
	for (size_t i = 0; n->need && i < list->count; i++)
		if (!list->found[i])
			n->need(n->arg, list->hashes + i * LINE_HASH);
}

/* Answers a list with the lines that we have, or that both have. Returns the first item that did
 * not fit, or end. */
static size_t
put_list(const struct negentropy *n, struct writer *w, struct list *list, const struct bound *upper,
	size_t begin, size_t end)
{
	size_t space = w->size - w->len - TAIL_MAX - HEAD_MAX, count = 0, at = begin;
	for (; at < end && (count + 1) * LINE_HASH <= space; at++)
		count += !n->pushes || is_listed(list, &n->set->items[at]);
	struct bound bound = at < end ? bound_at(&n->set->items[at]) : *upper;
	put_range(w, &bound, LIST);
	put_number(w, count);
	for (; begin < at; begin++)
		if (!n->pushes || is_listed(list, &n->set->items[begin]))
			put_bytes(w, n->set->items[begin].key.hash, LINE_HASH);
	return at;
}

/* Answers the range of items [begin, end). Returns how far the answer goes: less than end where it
 * did not fit. -1: the range is malformed. */
static ssize_t
answer_range(const struct negentropy *n, struct reader *r, struct writer *w,
	const struct bound *upper, size_t begin, size_t end)
{
	uint64_t mode;
	if (!get_number(r, &mode) || mode > LIST)
		return -1;
	if (mode == FINGERPRINT) {
		uint8_t ours[FINGERPRINT_LEN];
		const uint8_t *theirs = get_bytes(r, FINGERPRINT_LEN);
		if (!theirs)
			return -1;
		fingerprint(n->set, begin, end, ours);
		if (memcmp(ours, theirs, sizeof ours) != 0) {
			put_split(n, w, upper, begin, end);
			return (ssize_t)end;
		}
	} else if (mode == LIST) {
		struct list list;
		if (!get_list(r, &list))
			return -1;
		if (n->initiator || n->pushes)
			compare(n, &list, begin, end);
		if (n->pushes ? list.found_count < list.count : !n->initiator)
			return (ssize_t)put_list(n, w, &list, upper, begin, end);
	}
	skip_to(w, upper);
	return (ssize_t)end;
}

/* Whether a range up to bound ends before other. */
static bool
is_before(const struct bound *bound, const struct bound *other)
{
	if (bound->second != other->second)
		return bound->second < other->second;
	return memcmp(bound->hash, other->hash, LINE_HASH) < 0;
}

static bool
answer_ranges(const struct negentropy *n, struct reader *r, struct writer *w)
{
	static const struct bound all = {.second = INFINITE};
	struct bound upper = {0}, lower;
	size_t begin = 0;
	while (r->at < r->end) {
		/* Nothing is behind infinity, and no range ends before it starts. */
		lower = upper;
		if (!get_bound(r, &upper) || is_before(&upper, &lower))
			return false;
		size_t end = find_bound(n->set, &upper);
		ssize_t done = answer_range(n, r, w, &upper, begin, end);
		if (done < 0 || (upper.second == INFINITE && r->at < r->end))
			return false;
		bool full = w->len + SPLIT_MAX + TAIL_MAX > w->size;
		if ((size_t)done < end || (full && r->at < r->end)) {
			put_fingerprint(w, &all, n->set, (size_t)done, n->set->count);
			return true;
		}
		begin = end;
	}
	return true;
}

size_t
negentropy_first(const struct negentropy *n, uint8_t *out)
{
	static const struct bound all = {.second = INFINITE};
	struct writer w = {.data = out, .len = 1, .size = NEGENTROPY_MIN};
	out[0] = NEGENTROPY_VERSION;
	put_split(n, &w, &all, 0, n->set->count);
	return w.len;
}

ssize_t
negentropy_answer(
	const struct negentropy *n, const uint8_t *in, size_t len, uint8_t *out, size_t size)
{
	struct reader r = {.at = in + 1, .end = in + len};
	struct writer w = {.data = out, .len = 1, .size = size};
	out[0] = NEGENTROPY_VERSION;
	if (len == 0 || (in[0] & 0xf0) != 0x60)
		return -1;
	/* Another version: the initiator is to try ours. */
	if (in[0] != NEGENTROPY_VERSION)
		return n->initiator ? -1 : 1;
	if (!answer_ranges(n, &r, &w))
		return -1;
	return n->initiator && w.len == 1 ? 0 : (ssize_t)w.len;
}
