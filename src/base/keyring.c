#include "base/keyring.h"

#include "base/sanitize.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC "rfseal1"
#define NEW ".new"
#define CODE ".code"

enum {
	HEX = 2 * HANDSHAKE_KEY,
	PAIR_FILE = 7 + 1 + 1 + 1 + HEX + 1, /* "rfseal1 A KEY\n" */
	FILE_MAX = 128,
	HIDDEN_NAME = 1 + KEYRING_NAME_MAX + 12, /* .NAME.PID and a NUL, with a PID of 10 digits */
};

struct keyring_list {
	struct keyring *ring;
	DIR *dir;
	char name[HIDDEN_NAME];
};

bool
keyring_name(const char *name)
{
	char safe[4 * KEYRING_NAME_MAX + 16];
	size_t len = strlen(name);
	if (len == 0 || len > KEYRING_NAME_MAX || *name == '.' || *name == '-')
		return false;
	for (const unsigned char *c = (const unsigned char *)name; *c; c++)
		if (*c < 0x80 && !isalnum(*c) && !strchr("._-+@", *c))
			return false;
	return sanitize_copy(safe, sizeof safe, name, len) == len && strcmp(safe, name) == 0;
}

const char *
keyring_explain(int error)
{
	switch (error) {
	case EPERM:
		return "others can read it, or it is another user's (chmod go= it; if they may "
		       "have read it, remove it and meet again)";
	case EBADMSG:
		return "not a file of rfseal's (remove it, and meet again)";
	case EEXIST:
		return "another peer was met by this name meanwhile (remove this file, and meet "
		       "again by a code)";
	case EWOULDBLOCK:
		return "another first meeting is under way (one at a time)";
	case ELOOP:
		return "a symbolic link (there has to be a file)";
	case ENOSPC:
		return "the disk is full";
	case ENAMETOOLONG:
		return "the path is too long (-d takes another)";
	default:
		return strerror(error);
	}
}

/* Whether it is ours alone. */
static bool
is_private(int fd, mode_t kind)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return false;
	bool good =
		(st.st_mode & S_IFMT) == kind && st.st_uid == geteuid() && (st.st_mode & 077) == 0;
	if (!good)
		errno = (st.st_mode & S_IFMT) == kind ? EPERM : EBADMSG;
	return good;
}

/* Makes a directory, and those above it. */
static int
make_path(char *path)
{
	for (char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		int failed = mkdir(path, 0700) < 0 && errno != EEXIST;
		*slash = '/';
		if (failed)
			return -1;
	}
	return mkdir(path, 0700) < 0 && errno != EEXIST ? -1 : 0;
}

/* The directory's path; false where there is none. */
static bool
find_path(char *path, size_t size, const char *dir)
{
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");
	if (dir)
		snprintf(path, size, "%s", dir);
	else if (state && *state == '/') /* others are to be ignored */
		snprintf(path, size, "%s/rfcat/peers", state);
	else if (home && *home == '/')
		snprintf(path, size, "%s/.local/state/rfcat/peers", home);
	else
		*path = '\0';
	return *path;
}

int
keyring_open(struct keyring *ring, const char *dir)
{
	bool found = find_path(ring->path, sizeof ring->path, dir);
	snprintf(ring->file, sizeof ring->file, "%s", ring->path);
	ring->dir = -1;
	errno = found ? ENAMETOOLONG : ENOENT;
	if (found && strlen(ring->path) < sizeof ring->path - 1 && make_path(ring->path) == 0)
		ring->dir = open(ring->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return ring->dir >= 0 && is_private(ring->dir, S_IFDIR) ? 0 : -1;
}

int
keyring_lock(struct keyring *ring)
{
	snprintf(ring->file, sizeof ring->file, "%s", ring->path);
	return flock(ring->dir, LOCK_EX | LOCK_NB);
}

void
keyring_unlock(struct keyring *ring)
{
	flock(ring->dir, LOCK_UN);
}

/* ".NAME.new" and the like. */
static const char *
hidden(char out[HIDDEN_NAME], const char *name, const char *kind)
{
	snprintf(out, HIDDEN_NAME, ".%s%s", name, kind);
	return out;
}

static void
name_file(struct keyring *ring, const char *name)
{
	snprintf(ring->file, sizeof ring->file, "%s/%s", ring->path, name);
}

/* Reads a whole small file, and ends it with a NUL. Returns its length, or -1 with errno. */
static ssize_t
read_file(struct keyring *ring, const char *name, char text[FILE_MAX])
{
	name_file(ring, name);
	/* A FIFO in its place must not hold us up. */
	int fd = openat(ring->dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ssize_t len = is_private(fd, S_IFREG) ? read(fd, text, FILE_MAX - 1) : -1;
	int error = errno;
	close(fd);
	errno = error;
	if (len >= 0)
		text[len] = '\0';
	return len;
}

static int
write_all(int fd, const char *text)
{
	size_t len = strlen(text);
	ssize_t n = write(fd, text, len);
	if (n >= 0 && (size_t)n < len)
		errno = ENOSPC;
	return n == (ssize_t)len ? fsync(fd) : -1;
}

/* Writes a file under a name that no other process uses. */
static int
write_tmp(struct keyring *ring, const char *peer, char tmp[HIDDEN_NAME], const char *text)
{
	snprintf(tmp, HIDDEN_NAME, ".%s.%d", peer, (int)getpid());
	name_file(ring, tmp);
	int fd =
		openat(ring->dir, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	int failed = fchmod(fd, 0600) < 0 || write_all(fd, text) < 0;
	int error = errno;
	close(fd);
	if (failed)
		unlinkat(ring->dir, tmp, 0);
	errno = error;
	return failed ? -1 : 0;
}

/* Writes a file so that it is there whole, or as it was before; or, where one may not be replaced,
 * EEXIST. */
static int
write_file(struct keyring *ring, const char *peer, const char *name, const char *text, bool replace)
{
	char tmp[HIDDEN_NAME];
	if (write_tmp(ring, peer, tmp, text) < 0)
		return -1;
	name_file(ring, name);
	int failed = replace ? renameat(ring->dir, tmp, ring->dir, name)
			     : linkat(ring->dir, tmp, ring->dir, name, 0);
	int error = errno;
	if (failed || !replace)
		unlinkat(ring->dir, tmp, 0);
	errno = error;
	return failed ? -1 : fsync(ring->dir);
}

static int
read_pair(struct keyring *ring, const char *name, struct handshake_pair *pair)
{
	char text[FILE_MAX];
	ssize_t len = read_file(ring, name, text);
	if (len < 0)
		return -1;
	const char *key = text + PAIR_FILE - HEX - 1;
	size_t bytes = 0;
	bool good = len == PAIR_FILE && memcmp(text, MAGIC " ", sizeof MAGIC) == 0 &&
		    (text[8] == 'A' || text[8] == 'B') && text[9] == ' ' &&
		    text[PAIR_FILE - 1] == '\n' &&
		    sodium_hex2bin(pair->key, HANDSHAKE_KEY, key, HEX, NULL, &bytes, NULL) == 0 &&
		    bytes == HANDSHAKE_KEY;
	pair->role = text[8] == 'A' ? HANDSHAKE_A : HANDSHAKE_B;
	sodium_memzero(text, sizeof text);
	if (!good)
		errno = EBADMSG;
	return good ? 0 : -1;
}

int
keyring_find(struct keyring *ring, const char *name, struct handshake_pair *pair)
{
	char new[HIDDEN_NAME];
	if (read_pair(ring, name, pair) == 0)
		return KEYRING_KNOWN;
	if (errno != ENOENT)
		return -1;
	if (read_pair(ring, hidden(new, name, NEW), pair) == 0)
		return KEYRING_UNSURE;
	return errno == ENOENT ? KEYRING_UNKNOWN : -1;
}

struct keyring_list *
keyring_list(struct keyring *ring)
{
	struct keyring_list *list = malloc(sizeof *list);
	int fd = list ? openat(ring->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (list)
		*list = (struct keyring_list){ring, fd < 0 ? NULL : fdopendir(fd), ""};
	if (list && list->dir)
		return list;
	if (fd >= 0)
		close(fd);
	free(list);
	return NULL;
}

/* Whether a file of this name says something of a peer, whose name the list has then. */
static bool
is_of_a_peer(struct keyring_list *list, const char *file)
{
	size_t len = strlen(file);
	bool unsure = *file == '.' && len > 5 && strcmp(file + len - 4, NEW) == 0;
	snprintf(list->name, sizeof list->name, "%.*s", (int)(unsure ? len - 5 : len),
		file + unsure);
	return len < sizeof list->name && keyring_name(list->name);
}

const char *
keyring_next(struct keyring_list *list, struct handshake_pair *pair)
{
	for (struct dirent *entry; errno = 0, (entry = readdir(list->dir));) {
		if (!is_of_a_peer(list, entry->d_name))
			continue;
		/* It may have been removed since. */
		int state = keyring_find(list->ring, list->name, pair);
		if (state != KEYRING_UNKNOWN)
			return state < 0 ? NULL : list->name;
	}
	return NULL;
}

void
keyring_list_end(struct keyring_list *list)
{
	closedir(list->dir);
	free(list);
}

static int
write_pair(struct keyring *ring, const char *peer, const char *name,
	const struct handshake_pair *pair, bool replace)
{
	char hex[HEX + 1];
	char text[FILE_MAX];
	sodium_bin2hex(hex, sizeof hex, pair->key, HANDSHAKE_KEY);
	snprintf(text, sizeof text, MAGIC " %c %s\n", pair->role == HANDSHAKE_A ? 'A' : 'B', hex);
	int failed = write_file(ring, peer, name, text, replace);
	sodium_memzero(hex, sizeof hex);
	sodium_memzero(text, sizeof text);
	return failed;
}

/* Whether a file has this pair and no other. Returns 0, or -1 with errno: EEXIST where it has
 * another. */
static int
has_pair(struct keyring *ring, const char *name, const struct handshake_pair *pair)
{
	struct handshake_pair found;
	if (read_pair(ring, name, &found) < 0)
		return -1;
	bool same =
		found.role == pair->role && sodium_memcmp(found.key, pair->key, HANDSHAKE_KEY) == 0;
	sodium_memzero(&found, sizeof found);
	errno = EEXIST;
	return same ? 0 : -1;
}

int
keyring_store(struct keyring *ring, const char *name, const struct handshake_pair *pair)
{
	char new[HIDDEN_NAME];
	return write_pair(ring, name, hidden(new, name, NEW), pair, true);
}

/* A rename of .NAME.new would do, but for another meeting that replaces it in between. */
int
keyring_confirm(struct keyring *ring, const char *name, const struct handshake_pair *pair)
{
	char new[HIDDEN_NAME];
	if (has_pair(ring, name, pair) == 0)
		return 0;
	if (errno != ENOENT || has_pair(ring, hidden(new, name, NEW), pair) < 0 ||
		write_pair(ring, name, name, pair, false) < 0)
		return -1;
	return unlinkat(ring->dir, new, 0) < 0 && errno != ENOENT ? -1 : 0;
}

int
keyring_load_code(struct keyring *ring, const char *name, struct code *code)
{
	char file[HIDDEN_NAME];
	char text[FILE_MAX];
	*code = (struct code){0};
	if (read_file(ring, hidden(file, name, CODE), text) < 0)
		return errno == ENOENT ? 0 : -1;
	bool good =
		sscanf(text, MAGIC " %64s %d", code->text, &code->wrong) == 2 && code->wrong >= 0;
	sodium_memzero(text, sizeof text);
	if (!good)
		errno = EBADMSG;
	return good ? 0 : -1;
}

int
keyring_store_code(struct keyring *ring, const char *name, const struct code *code)
{
	char file[HIDDEN_NAME];
	char text[FILE_MAX];
	snprintf(text, sizeof text, MAGIC " %s %d\n", code->text, code->wrong);
	int failed = write_file(ring, name, hidden(file, name, CODE), text, true);
	sodium_memzero(text, sizeof text);
	return failed;
}

int
keyring_drop_code(struct keyring *ring, const char *name)
{
	char file[HIDDEN_NAME];
	name_file(ring, hidden(file, name, CODE));
	return unlinkat(ring->dir, file, 0) < 0 && errno != ENOENT ? -1 : fsync(ring->dir);
}
