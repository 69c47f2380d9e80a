#include "chat/pathwatch.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

enum {
	LINKS_MAX = 40, /* as the kernel's */
	/* For a folder in which the next name is a folder or a file: rare events. */
	QUIET = IN_MOVE_SELF | IN_DELETE_SELF | IN_ONLYDIR,
	/* For one in which it is a link or missing, or (IN_ATTRIB) may not be opened yet. */
	CLOSE = QUIET | IN_CREATE | IN_MOVED_TO | IN_ATTRIB,
	/* For all, while something is missing: IN_DELETE_SELF may not come for a folder that is
	 * removed while we look at it. */
	WARY = CLOSE | IN_DELETE | IN_MOVED_FROM,
};

struct walk {
	struct pathwatch seen; /* the watches that are needed now */
	bool wary;
	bool close[PATHWATCH_MAX];
	int links;
	char at[PATH_MAX]; /* a folder */
	char rest[PATH_MAX]; /* the path to look up in it */
};

/* The place of the watch on walk->at, which is made if needed; -1 where that fails. */
static int
watch_folder(struct walk *walk, uint32_t events)
{
	struct pathwatch *seen = &walk->seen;
	int watch = inotify_add_watch(seen->notify, walk->at, events);
	if (watch < 0)
		return -1;
	for (size_t i = 0; i < seen->count; i++)
		if (seen->watches[i] == watch)
			return (int)i;
	if (seen->count == PATHWATCH_MAX) {
		inotify_rm_watch(seen->notify, watch);
		return -1;
	}
	walk->close[seen->count] = false;
	seen->watches[seen->count] = watch;
	return (int)seen->count++;
}

/* Takes the first name off walk->rest. False where there is none. */
static bool
next_name(struct walk *walk, char name[NAME_MAX + 1])
{
	const char *start = walk->rest + strspn(walk->rest, "/");
	size_t len = strcspn(start, "/");
	if (len == 0 || len > NAME_MAX)
		return false;
	memcpy(name, start, len);
	name[len] = '\0';
	memmove(walk->rest, start + len, strlen(start + len) + 1);
	return true;
}

/* folder/name in out. False where that is too long. */
static bool
join(char out[PATH_MAX], const char *folder, const char *name)
{
	char path[2 * PATH_MAX + 1];
	int n = snprintf(path, sizeof path, "%s%s%s", folder, strcmp(folder, "/") ? "/" : "", name);
	if (n >= PATH_MAX)
		return false;
	memcpy(out, path, (size_t)n + 1);
	return true;
}

/* Continues at a link's target. */
static bool
follow_link(struct walk *walk, const char *target)
{
	char rest[PATH_MAX];
	if (++walk->links > LINKS_MAX || !join(rest, target, walk->rest))
		return false;
	memcpy(walk->rest, rest, sizeof rest);
	if (*target == '/')
		memcpy(walk->at, "/", sizeof "/");
	return true;
}

/* Takes one step. Returns false at the end of the way, with the missing name, or "". */
static bool
step(struct walk *walk, char name[NAME_MAX + 1])
{
	char next[PATH_MAX], target[PATH_MAX];
	if (!next_name(walk, name)) {
		*name = '\0';
		return false;
	}
	/* Before the look-up, or a change in between would be missed. */
	int watch = watch_folder(walk, walk->wary ? WARY : CLOSE);
	if (!join(next, walk->at, name))
		return false;
	ssize_t len = readlink(next, target, sizeof target - 1);
	if (len < 0 && errno == EINVAL) {
		if (watch >= 0 && !walk->close[watch] && !walk->wary)
			watch_folder(walk, QUIET);
		memcpy(walk->at, next, sizeof next);
		return true;
	}
	if (watch >= 0)
		walk->close[watch] = true;
	if (len < 0)
		return false;
	target[len] = '\0';
	return follow_link(walk, target);
}

static bool
has_watch(const struct pathwatch *w, int watch)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->watches[i] == watch)
			return true;
	return false;
}

static enum pathwatch_end
walk_along(struct pathwatch *w, const char *path, bool wary)
{
	struct walk walk = {.seen = {.notify = w->notify}, .wary = wary};
	walk.at[0] = *path == '/' ? '/' : '.';
	snprintf(walk.rest, sizeof walk.rest, "%s", path);
	char missing[NAME_MAX + 1];
	while (step(&walk, missing))
		continue;
	for (size_t i = 0; i < w->count; i++)
		if (!has_watch(&walk.seen, w->watches[i]))
			inotify_rm_watch(w->notify, w->watches[i]);
	*w = walk.seen;
	if (*missing == '\0')
		return PATHWATCH_FOUND;
	return walk.rest[strspn(walk.rest, "/")] ? PATHWATCH_NO_FOLDER : PATHWATCH_NO_FILE;
}

enum pathwatch_end
pathwatch_renew(struct pathwatch *w, const char *path)
{
	enum pathwatch_end end = walk_along(w, path, false);
	return end == PATHWATCH_FOUND ? end : walk_along(w, path, true);
}
