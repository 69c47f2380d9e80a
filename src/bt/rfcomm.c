#include "bt/rfcomm.h"

#include "base/clock.h"
#include "base/signals.h"
#include "bt/adapter.h"

#include <bluetooth/rfcomm.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

/* Distinguishes a connection that was made and ended at once from an abandoned pairing, which took
 * 5 s and more. */
enum { RESET_MS = 1000 };

static int
fail(int fd, int error)
{
	close(fd);
	errno = error;
	return -1;
}

static int
open_socket(const struct rfcomm_end *end, int channel)
{
	int fd = socket(AF_BLUETOOTH, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, BTPROTO_RFCOMM);
	if (fd < 0)
		return -1;
	struct sockaddr_rc local = {.rc_family = AF_BLUETOOTH,
		.rc_bdaddr = end->adapter,
		.rc_channel = (uint8_t)channel};
	struct bt_security security = {.level = (uint8_t)end->security};
	if (bind(fd, (struct sockaddr *)&local, sizeof local) < 0 ||
		setsockopt(fd, SOL_BLUETOOTH, BT_SECURITY, &security, sizeof security) < 0)
		return fail(fd, errno);
	return fd;
}

static int
pending_error(int fd)
{
	int error = 0;
	socklen_t length = sizeof error;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0 ? errno : error;
}

bdaddr_t
rfcomm_local(int fd)
{
	struct sockaddr_rc name = {0};
	socklen_t length = sizeof name;
	if (getsockname(fd, (struct sockaddr *)&name, &length) < 0)
		return *BDADDR_ANY;
	return name.rc_bdaddr;
}

/* Whether a connection that failed with ECONNRESET had been made, and ended before we could look.
 * Then it is a session like any other, perhaps with data; if not, the multiplexer of an earlier
 * connection was being closed, or the peer abandoned a pairing. Where no adapter was chosen, a
 * local address shows it (net/bluetooth/rfcomm/sock.c, rfcomm_sk_state_change()). */
static bool
was_connected(int fd, const struct rfcomm_end *end, int events)
{
	bdaddr_t local = rfcomm_local(fd);
	return events & POLLIN ||
	       (bacmp(&end->adapter, BDADDR_ANY) == 0 && bacmp(&local, BDADDR_ANY) != 0);
}

int
rfcomm_connect(const struct rfcomm_end *end, long ms, int signals, bool ended)
{
	int fd = open_socket(end, 0);
	if (fd < 0)
		return -1;
	struct sockaddr_rc peer = {.rc_family = AF_BLUETOOTH,
		.rc_bdaddr = end->peer,
		.rc_channel = (uint8_t)end->channel};
	if (connect(fd, (struct sockaddr *)&peer, sizeof peer) == 0)
		return fd;
	if (errno != EINPROGRESS && errno != EAGAIN)
		return fail(fd, errno);
	int64_t start = clock_ms();
	int events = signals_await(signals, fd, POLLIN | POLLOUT, ms);
	if (events <= 0)
		return fail(fd, events == 0 ? ETIMEDOUT : errno);
	int error = pending_error(fd);
	ended = ended && clock_ms() - start < RESET_MS;
	if (error == ECONNRESET && (ended || was_connected(fd, end, events)))
		return fd;
	return error ? fail(fd, error) : fd;
}

/* Whether no other socket has this channel there. */
static bool
is_free(const bdaddr_t *adapter, int channel)
{
	struct rfcomm_end there = {.adapter = *adapter};
	int fd = open_socket(&there, channel);
	if (fd >= 0)
		close(fd);
	return fd >= 0 || errno != EADDRINUSE;
}

/* The number of adapters on which another socket has this channel: it would get their peers. */
static int
count_taken(int channel, int *adapters)
{
	struct adapter list[ADAPTER_MAX];
	int taken = 0;
	*adapters = adapter_list(list, ADAPTER_MAX);
	for (int i = 0; i < *adapters; i++)
		taken += !is_free(&list[i].addr, channel);
	return taken;
}

/* A socket with this channel, unless it is taken: by a socket for all adapters, or where we want
 * all adapters, on one of them (if free is true) or on each. Of two processes that do this at once
 * at most one succeeds, since each binds before it looks. */
static int
open_untaken(const struct rfcomm_end *end, int channel, bool free)
{
	int fd = open_socket(end, channel);
	if (fd < 0)
		return -1;
	int adapters;
	bool taken;
	if (bacmp(&end->adapter, BDADDR_ANY) != 0) {
		taken = free && !is_free(BDADDR_ANY, channel);
	} else {
		int count = count_taken(channel, &adapters);
		taken = count > 0 && (free || count == adapters);
	}
	return taken ? fail(fd, EADDRINUSE) : fd;
}

/* The kernel checks only this adapter, or only "any": it would give us a channel whose peers go to
 * another program, or take peers away from one. Channels that BlueZ may want later come last. */
static int
open_any_free(struct rfcomm_end *end)
{
	for (int pass = 0; pass < 2; pass++)
		for (int channel = RFCOMM_CHANNEL_MIN; channel <= RFCOMM_CHANNEL_MAX; channel++) {
			if ((channel_service(channel) != NULL) != pass)
				continue;
			int fd = open_untaken(end, channel, true);
			if (fd >= 0)
				end->channel = channel;
			if (fd >= 0 || errno != EADDRINUSE)
				return fd;
		}
	return -1;
}

int
rfcomm_listen(struct rfcomm_end *end)
{
	int fd = end->channel ? open_untaken(end, end->channel, false) : open_any_free(end);
	if (fd < 0)
		return -1;
	int on = 1;
	if (setsockopt(fd, SOL_BLUETOOTH, BT_DEFER_SETUP, &on, sizeof on) < 0 ||
		listen(fd, SOMAXCONN) < 0)
		return fail(fd, errno);
	return fd;
}

int
rfcomm_accept(int listener, bdaddr_t *peer)
{
	struct sockaddr_rc from;
	socklen_t length = sizeof from;
	int fd = accept4(listener, (struct sockaddr *)&from, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0)
		*peer = from.rc_bdaddr;
	return fd;
}

int
rfcomm_admit(int fd)
{
	char none;
	/* The first recv() accepts a deferred connection and returns 0; EAGAIN means that its
	 * security is still being set up. Afterwards there may be data. */
	ssize_t n = recv(fd, &none, 1, MSG_PEEK | MSG_DONTWAIT);
	if (n < 0 && errno == EINTR)
		errno = EAGAIN;
	return n < 0 ? -1 : 0;
}

size_t
rfcomm_queued(int fd)
{
	/* TIOCOUTQ reports the free space (bt_sock_ioctl), unlike on TCP. */
	int space;
	int limit;
	socklen_t length = sizeof limit;
	if (ioctl(fd, TIOCOUTQ, &space) < 0 ||
		getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &limit, &length) < 0)
		return 0;
	return limit > space ? (size_t)(limit - space) : 0;
}

int
rfcomm_hangup(int fd, long ms, int signals)
{
	if (shutdown(fd, SHUT_RDWR) < 0 && errno != ENOTCONN)
		return -1;
	/* No event reports the acknowledgement (poll() shows POLLHUP from the start), but it
	 * removes the peer's address. Not SO_LINGER: signals would not end a blocked shutdown(). */
	struct sockaddr_rc name;
	socklen_t length = sizeof name;
	int64_t start = clock_ms();
	long pause = 1;
	while (getpeername(fd, (struct sockaddr *)&name, &length) == 0) {
		int64_t left = start + ms - clock_ms();
		if (left <= 0) {
			errno = EINPROGRESS;
			return -1;
		}
		if (!signals_sleep(signals, pause < left ? pause : (long)left))
			return -1;
		pause = pause < 50 ? 2 * pause : pause;
	}
	errno = pending_error(fd);
	return errno ? -1 : 0;
}

const char *
rfcomm_name(const struct rfcomm_end *end, char name[RFCOMM_NAME])
{
	char addr[18];
	ba2str(&end->peer, addr);
	snprintf(name, RFCOMM_NAME, "%s channel %d", addr, end->channel);
	return name;
}
