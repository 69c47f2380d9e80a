#include "bt/sdp_client.h"

#include "base/clock.h"
#include "base/signals.h"

#include <bluetooth/l2cap.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	LIST_MAX = 65536, /* hundreds of records */
	PACKET_MAX = 672, /* L2CAP's MTU where none was agreed on */
	AGAIN_MS = 300,
};

static long
time_left(int64_t until)
{
	int64_t left = until - clock_ms();
	return left > 0 ? (long)left : 0;
}

/* Waits for events on fd. Returns 0, or -1 with ETIMEDOUT or EINTR. */
static int
await(const struct sdp_client *l, int fd, int events, int64_t until)
{
	int ready = signals_await(l->signals, fd, events, time_left(until));
	if (ready == 0)
		errno = ETIMEDOUT;
	return ready > 0 ? 0 : -1;
}

static int
dial(const struct sdp_client *l, int fd, int64_t until)
{
	struct sockaddr_l2 local = {.l2_family = AF_BLUETOOTH, .l2_bdaddr = l->adapter};
	struct sockaddr_l2 peer = {
		.l2_family = AF_BLUETOOTH, .l2_bdaddr = l->peer, .l2_psm = htobs(SDP_PSM)};
	int error = 0;
	socklen_t length = sizeof error;
	if (bind(fd, (struct sockaddr *)&local, sizeof local) < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&peer, sizeof peer) == 0)
		return 0;
	if ((errno != EINPROGRESS && errno != EAGAIN) || await(l, fd, POLLOUT, until) < 0 ||
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
		return -1;
	errno = error;
	return error ? -1 : 0;
}

/* Asks for one piece of the answer, and appends it to the list. */
static int
ask(const struct sdp_client *l, int fd, const struct uuid *uuid, uint16_t id, struct sdp_more *more,
	uint8_t *list, size_t *len, int64_t until)
{
	uint8_t pdu[PACKET_MAX];
	const uint8_t *piece;
	size_t piece_len;
	size_t request = sdp_request(pdu, id, uuid, more);
	if (await(l, fd, POLLOUT, until) < 0 || send(fd, pdu, request, MSG_NOSIGNAL) < 0 ||
		await(l, fd, POLLIN, until) < 0)
		return -1;
	ssize_t got = recv(fd, pdu, sizeof pdu, 0);
	if (got < 0)
		return -1;
	bool ok = sdp_answer(pdu, (size_t)got, id, &piece, &piece_len, more);
	/* An incomplete answer without any data could repeat for ever. */
	if (!ok || piece_len > LIST_MAX - *len || (piece_len == 0 && more->len > 0)) {
		errno = EBADMSG;
		return -1;
	}
	memcpy(list + *len, piece, piece_len);
	*len += piece_len;
	return 0;
}

static int
collect(const struct sdp_client *l, int fd, const struct uuid *uuid, uint8_t *list, size_t *len,
	int64_t until)
{
	struct sdp_more more = {0};
	uint16_t id = 0;
	*len = 0;
	do {
		if (ask(l, fd, uuid, ++id, &more, list, len, until) < 0)
			return -1;
	} while (more.len > 0);
	return 0;
}

static int
attempt(const struct sdp_client *l, const struct uuid *uuid, uint8_t *list, size_t *len,
	int64_t until)
{
	int fd = socket(AF_BLUETOOTH, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, BTPROTO_L2CAP);
	if (fd < 0)
		return -1;
	int result = dial(l, fd, until);
	if (result == 0)
		result = collect(l, fd, uuid, list, len, until);
	int error = errno;
	close(fd);
	errno = error;
	return result;
}

int
sdp_client_search(
	const struct sdp_client *l, const struct uuid *uuid, struct sdp_service *services, int max)
{
	uint8_t list[LIST_MAX];
	size_t len;
	int64_t until = clock_ms() + l->ms;
	int result = attempt(l, uuid, list, &len, until);
	/* An idle link that is being closed takes the new connection with it (1 of 60 lookups two
	 * seconds after another). */
	if (result < 0 && errno == ECONNRESET && signals_sleep(l->signals, AGAIN_MS))
		result = attempt(l, uuid, list, &len, until);
	return result < 0 ? -1 : sdp_services(list, len, services, max);
}
