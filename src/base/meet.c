#include "base/meet.h"

#include "base/clock.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	MESSAGE_MS = 30000, /* how long the other end may take for a message, */
	PERSON_MS = 300000, /* and where a person types a code for it */
	LEFT_MS =
		2000, /* how long its last words, which may give a reason, may take once it has left */
	LOCK_MS = 3000, /* how long to wait for another first meeting, */
	LOOK_MS = 50, /* with a look at it each time */
	PROVEN = HANDSHAKE_PROOF + SEAL_HEADER,
};

/* The secrets, besides the code. */
struct secrets {
	struct handshake h;
	struct handshake_pair pair;
	struct handshake_keys keys;
};

int
meet_needs_code(struct meet *m)
{
	struct handshake_pair pair;
	int state = m->any ? KEYRING_KNOWN : keyring_find(m->ring, m->name, &pair);
	sodium_memzero(&pair, sizeof pair);
	m->error = errno;
	return state < 0 ? -1 : state != KEYRING_KNOWN;
}

static enum meet_result
keyring_failed(struct meet *m)
{
	m->error = errno;
	return MEET_KEYRING;
}

/* Waits for one of three events; MEET_DONE when there is one. */
static enum meet_result
wait_for(struct meet *m, struct pollfd fds[3], int64_t until)
{
	int64_t left = until < 0 ? -1 : until - clock_ms();
	if (until >= 0 && left <= 0)
		return MEET_SLOW;
	fds[2] = (struct pollfd){.fd = m->signals, .events = POLLIN};
	if (poll(fds, 3, left > INT_MAX ? INT_MAX : (int)left) < 0 && errno != EINTR) {
		m->error = errno;
		return MEET_ENDED;
	}
	return fds[2].revents ? MEET_SIGNAL : MEET_DONE;
}

static bool
transient(int error)
{
	return error == EINTR || error == EAGAIN;
}

/* A message on its way, or what is left of it. */
struct parcel {
	const uint8_t *out;
	size_t out_len;
	uint8_t *in;
	size_t in_len;
	bool deaf; /* the link takes nothing more */
};

static enum meet_result
receive_some(struct meet *m, struct parcel *p)
{
	ssize_t n = read(m->link_in, p->in, p->in_len);
	if (n == 0 || (n < 0 && !transient(errno))) {
		m->error = n < 0 ? errno : 0;
		return MEET_ENDED;
	}
	p->in += n > 0 ? n : 0;
	p->in_len -= n > 0 ? (size_t)n : 0;
	return MEET_DONE;
}

static void
send_some(struct meet *m, struct parcel *p, int events)
{
	ssize_t n =
		p->out_len > 0 ? nowait_write(m->link_out, (const char *)p->out, p->out_len) : 0;
	p->deaf = (n < 0 && !transient(errno)) || (p->out_len == 0 && events & ~POLLOUT);
	p->out += n > 0 ? n : 0;
	p->out_len -= n > 0 ? (size_t)n : 0;
}

/* Sends one message, and receives one of a known length, in any order: neither end waits for the
 * other to begin. Either may be empty. ms: how long the other end may take, -1 for ever. */
static enum meet_result
swap(struct meet *m, const uint8_t *out, size_t out_len, uint8_t *in, size_t in_len, long ms)
{
	struct parcel p = {out, out_len, in, in_len, false};
	int64_t until = ms < 0 ? -1 : clock_ms() + ms;
	while ((p.out_len > 0 && !p.deaf) || p.in_len > 0) {
		/* poll() reports a reader that has gone without being asked. */
		struct pollfd fds[3] = {
			{.fd = p.deaf ? -1 : m->link_out->fd, .events = p.out_len ? POLLOUT : 0},
			{.fd = p.in_len > 0 ? m->link_in : -1, .events = POLLIN},
		};
		enum meet_result result = wait_for(m, fds, until);
		if (result == MEET_SLOW && p.deaf)
			result = MEET_ENDED;
		if (result == MEET_DONE && fds[1].revents)
			result = receive_some(m, &p);
		if (result != MEET_DONE)
			return result;
		if (fds[0].revents) {
			send_some(m, &p, fds[0].revents);
			/* It may stay open, and silent, for ever. */
			if (p.deaf)
				until = clock_ms() + LEFT_MS;
		}
	}
	return MEET_DONE;
}

static unsigned
abilities(const struct meet *m, int state)
{
	unsigned made = m->made ? HANDSHAKE_CODE | HANDSHAKE_MADE : HANDSHAKE_CODE;
	if (m->any)
		return HANDSHAKE_ANY;
	return (state == KEYRING_UNKNOWN ? 0 : HANDSHAKE_KNOWS) |
	       (state == KEYRING_KNOWN ? 0 : made);
}

/* Says hello, and judges the other's. */
static enum meet_result
greet(struct meet *m, struct secrets *s)
{
	uint8_t nonce[HANDSHAKE_NONCE];
	uint8_t theirs[HANDSHAKE_HELLO];
	int state = m->any ? KEYRING_UNKNOWN : keyring_find(m->ring, m->name, &s->pair);
	if (state < 0)
		return keyring_failed(m);
	m->state = state;
	randombytes_buf(nonce, sizeof nonce);
	handshake_hello(&s->h, abilities(m, state), nonce);
	/* A link that is yet to come may take its time, until its first byte. */
	enum meet_result result =
		swap(m, s->h.ours, HANDSHAKE_HELLO, theirs, 1, m->waits ? -1 : MESSAGE_MS);
	if (result == MEET_DONE)
		result = swap(m, NULL, 0, theirs + 1, HANDSHAKE_HELLO - 1, MESSAGE_MS);
	if (result != MEET_DONE)
		return result;
	m->kind = handshake_judge(&s->h, theirs);
	return m->kind <= HANDSHAKE_LATER ? MEET_DONE : MEET_REFUSED;
}

/* Reads a line at the terminal, while the link is up. */
static enum meet_result
ask(struct meet *m)
{
	char line[256];
	int len = snprintf(line, sizeof line, "code for %s: ", m->name);
	m->error = ENOTTY;
	if (m->terminal < 0 || write(m->terminal, line, (size_t)len) != len)
		return MEET_NO_CODE;
	for (;;) {
		struct pollfd fds[3] = {
			{.fd = m->terminal, .events = POLLIN},
			{.fd = m->link_in},
		};
		enum meet_result waited = wait_for(m, fds, clock_ms() + PERSON_MS);
		m->error = 0;
		if (waited != MEET_DONE)
			return waited;
		if (fds[1].revents)
			return MEET_ENDED;
		ssize_t n = fds[0].revents ? read(m->terminal, line, sizeof line) : 0;
		if (n == 0 && !fds[0].revents)
			continue;
		/* A terminal gives a line at a time. */
		bool good = n > 0 && code_parse(&m->code, line, (size_t)n - (line[n - 1] == '\n'));
		sodium_memzero(line, sizeof line);
		return good ? MEET_DONE : MEET_NO_CODE;
	}
}

/* Counts a guess on the disk, before its result can be known. What was typed is not counted: each
 * attempt takes a person. */
static enum meet_result
count_guess(struct meet *m, bool typed)
{
	struct code before;
	if (typed)
		return MEET_DONE;
	if (keyring_load_code(m->ring, m->name, &before) < 0)
		return keyring_failed(m);
	m->code.wrong = strcmp(before.text, m->code.text) == 0 ? before.wrong : 0;
	sodium_memzero(&before, sizeof before);
	if (m->code.wrong >= CODE_GUESSES)
		return MEET_VOID;
	m->code.wrong++;
	return keyring_store_code(m->ring, m->name, &m->code) < 0 ? keyring_failed(m) : MEET_DONE;
}

/* Sends our proof, with the header of what we will seal, and judges the other's: first, where we
 * don't know yet who it is. */
static enum meet_result
prove(struct meet *m, const struct handshake_keys *keys, const uint8_t *theirs)
{
	uint8_t ours[PROVEN];
	uint8_t received[PROVEN];
	bool first = m->kind == HANDSHAKE_FIRST;
	memcpy(ours, keys->our_proof, HANDSHAKE_PROOF);
	seal_sending(&m->sending, ours + HANDSHAKE_PROOF, keys->sending, first);
	enum meet_result result = swap(m, ours, PROVEN, received, theirs ? 0 : PROVEN, MESSAGE_MS);
	if (result != MEET_DONE)
		return result;
	theirs = theirs ? theirs : received;
	if (!handshake_proves(keys, theirs))
		return first ? MEET_WRONG_CODE : MEET_WRONG_KEY;
	seal_receiving(&m->receiving, theirs + HANDSHAKE_PROOF, keys->receiving, first);
	m->role = keys->role;
	return MEET_DONE;
}

/* Checks that the keyring is as it was at our hello. A first meeting that has ended since may have
 * made us known, and its code void: a peer that is slow on purpose must not be able to use it
 * again. */
static enum meet_result
look_again(struct meet *m)
{
	struct handshake_pair pair;
	struct code code;
	int state = keyring_find(m->ring, m->name, &pair);
	sodium_memzero(&pair, sizeof pair);
	if (state < 0 || keyring_load_code(m->ring, m->name, &code) < 0)
		return keyring_failed(m);
	bool same = state == m->state && (!m->made || strcmp(code.text, m->code.text) == 0);
	sodium_memzero(&code, sizeof code);
	return same ? MEET_DONE : MEET_OVERTAKEN;
}

/* Keeps other first meetings out. */
static enum meet_result
lock(struct meet *m)
{
	int64_t until = clock_ms() + LOCK_MS;
	while (keyring_lock(m->ring) < 0) {
		if (errno != EWOULDBLOCK || clock_ms() >= until)
			return keyring_failed(m);
		struct pollfd fds[3] = {{.fd = -1}, {.fd = -1}};
		if (wait_for(m, fds, clock_ms() + LOOK_MS) == MEET_SIGNAL)
			return MEET_SIGNAL;
	}
	return look_again(m);
}

/* Keeps no other meeting out while a person types: the end that made the code waits for the share
 * of the other, which asks its person before it takes the lock. */
static enum meet_result
meet_first(struct meet *m, struct secrets *s)
{
	uint8_t random[32];
	uint8_t theirs[HANDSHAKE_SHARE];
	bool typed = *m->code.text == '\0';
	enum meet_result result = MEET_DONE;
	if (typed)
		result = ask(m);
	else if (m->made)
		result = swap(m, NULL, 0, theirs, HANDSHAKE_SHARE, PERSON_MS);
	if (result == MEET_DONE)
		result = lock(m);
	if (result != MEET_DONE)
		return result;
	randombytes_buf(random, sizeof random);
	handshake_first_share(&s->h, m->code.text, random);
	sodium_memzero(random, sizeof random);
	size_t awaited = m->made ? 0 : HANDSHAKE_SHARE;
	result = swap(m, s->h.share, HANDSHAKE_SHARE, theirs, awaited, PERSON_MS);
	if (result != MEET_DONE)
		return result;
	m->stage = MEET_PROOF;
	if (!handshake_first_keys(&s->keys, &s->h, m->code.text, theirs))
		return MEET_FORGED;
	result = count_guess(m, typed);
	if (result == MEET_DONE)
		result = prove(m, &s->keys, NULL);
	if (result != MEET_DONE)
		return result;
	/* The code has served, whatever comes now. */
	if (keyring_drop_code(m->ring, m->name) < 0 ||
		keyring_store(m->ring, m->name, &s->keys.pair) < 0)
		return keyring_failed(m);
	m->pair = s->keys.pair;
	return MEET_DONE;
}

/* Finds the peer whose proof this is. */
static enum meet_result
recognise(struct meet *m, struct secrets *s, const uint8_t *share, const uint8_t *proof)
{
	struct keyring_list *list = keyring_list(m->ring);
	if (!list)
		return keyring_failed(m);
	enum meet_result result = MEET_NOBODY;
	for (const char *name; result == MEET_NOBODY && (name = keyring_next(list, &s->pair));) {
		if (!handshake_later_keys(&s->keys, &s->h, &s->pair, share)) {
			result = MEET_FORGED;
		} else if (handshake_proves(&s->keys, proof)) {
			memcpy(m->name, name, strlen(name) + 1);
			result = MEET_DONE;
		}
	}
	if (result == MEET_NOBODY && errno)
		result = keyring_failed(m);
	keyring_list_end(list);
	return result;
}

static enum meet_result
meet_later(struct meet *m, struct secrets *s)
{
	uint8_t random[32];
	uint8_t theirs[HANDSHAKE_SHARE];
	uint8_t proof[PROVEN];
	randombytes_buf(random, sizeof random);
	handshake_later_share(&s->h, random);
	sodium_memzero(random, sizeof random);
	enum meet_result result =
		swap(m, s->h.share, HANDSHAKE_SHARE, theirs, HANDSHAKE_SHARE, MESSAGE_MS);
	if (result != MEET_DONE)
		return result;
	m->stage = MEET_PROOF;
	if (m->any) {
		result = swap(m, NULL, 0, proof, PROVEN, MESSAGE_MS);
		if (result == MEET_DONE)
			result = recognise(m, s, theirs, proof);
	} else if (!handshake_later_keys(&s->keys, &s->h, &s->pair, theirs)) {
		result = MEET_FORGED;
	}
	if (result == MEET_DONE)
		result = prove(m, &s->keys, m->any ? proof : NULL);
	/* It has the key, so it has stored it. */
	if (result != MEET_DONE || keyring_confirm(m->ring, m->name, &s->pair) == 0)
		return result;
	return errno == ENOENT || errno == EEXIST ? MEET_OVERTAKEN : keyring_failed(m);
}

enum meet_result
meet_run(struct meet *m)
{
	struct secrets s = {0};
	sodium_mlock(&s, sizeof s);
	m->stage = MEET_HELLO;
	enum meet_result result = greet(m, &s);
	if (result == MEET_DONE) {
		m->stage = MEET_SHARE;
		result = m->kind == HANDSHAKE_FIRST ? meet_first(m, &s) : meet_later(m, &s);
	}
	/* Not at exit: a session may last, and others want to meet. */
	keyring_unlock(m->ring);
	sodium_memzero(&m->code.text, sizeof m->code.text);
	sodium_munlock(&s, sizeof s);
	return result;
}
