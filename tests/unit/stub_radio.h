/* bt/rfcomm.h and bt/encryption.h over AF_UNIX sockets, so that serve and session run without
 * Bluetooth: a test that includes this defines the module's functions in its place. A call is a
 * message to the listener that carries the peer's address and its end of the link. A peer that is
 * let in gets a '+' first; one that is refused, nothing but the end. It needs no other system calls
 * than the real one (see sandbox.h). */
#ifndef STUB_RADIO_H
#define STUB_RADIO_H

#include "bt/encryption.h"
#include "bt/rfcomm.h"

#include <bluetooth/bluetooth.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct {
	int ends[2]; /* the listener, and where to call it */
	int accept_error; /* of each rfcomm_accept(); 0: none */
	int accepts; /* how often it was called */
	int hangup_error; /* of rfcomm_hangup() */
	struct encryption encryption;
} radio;

struct radio_call {
	bdaddr_t peer;
	bool pairing; /* for ever: it is never let in */
};

static inline int
radio_open(void)
{
	memset(&radio, 0, sizeof radio);
	return socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, radio.ends);
}

/* Calls the listener, as the peer with this number. Returns the peer's end of the link. */
static inline int
radio_call(int number, bool pairing)
{
	int link[2];
	struct radio_call call = {.peer.b[0] = (uint8_t)number, .pairing = pairing};
	struct iovec data = {&call, sizeof call};
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {0};
	struct msghdr m = {.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof control};
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, link) < 0)
		return -1;
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &link[1], sizeof(int));
	ssize_t sent = sendmsg(radio.ends[1], &m, 0);
	close(link[1]);
	return sent == sizeof call ? link[0] : -1;
}

/* Those links that are never let in. */
static bool radio_pairing[1024];

int
rfcomm_accept(int listener, bdaddr_t *peer)
{
	struct radio_call call;
	struct iovec data = {&call, sizeof call};
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	struct msghdr m = {.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof control};
	int link;
	radio.accepts++;
	errno = radio.accept_error;
	if (errno || recvmsg(listener, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != sizeof call)
		return -1;
	memcpy(&link, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof link);
	*peer = call.peer;
	radio_pairing[link] = call.pairing;
	return link;
}

int
rfcomm_admit(int fd)
{
	char none;
	ssize_t n = recv(fd, &none, 1, MSG_PEEK | MSG_DONTWAIT);
	if (n == 0)
		errno = ECONNRESET;
	else if (radio_pairing[fd])
		errno = EAGAIN;
	return n == 0 || radio_pairing[fd] || send(fd, "+", 1, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

int
rfcomm_hangup(int fd, long ms, int signals)
{
	(void)ms;
	(void)signals;
	shutdown(fd, SHUT_RDWR);
	errno = radio.hangup_error;
	return errno ? -1 : 0;
}

bdaddr_t
rfcomm_local(int fd)
{
	(void)fd;
	return (bdaddr_t){{0xaa}};
}

size_t
rfcomm_queued(int fd)
{
	(void)fd;
	return 0;
}

struct encryption
encryption_of(int fd, const bdaddr_t *peer)
{
	(void)fd;
	(void)peer;
	return radio.encryption;
}

const char *
encryption_text(struct encryption encryption, char text[ENCRYPTION_TEXT])
{
	snprintf(text, ENCRYPTION_TEXT, encryption.known ? " (known)" : "");
	return text;
}

bool
encryption_is_weak(struct encryption encryption)
{
	return encryption.key_size == 7;
}

const char *
rfcomm_name(const struct rfcomm_end *end, char name[RFCOMM_NAME])
{
	snprintf(name, RFCOMM_NAME, "peer %d channel %d", end->peer.b[0], end->channel);
	return name;
}

#endif
