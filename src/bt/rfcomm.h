/* RFCOMM sockets: connecting, listening, security, and why a link ended. The kernel's side is in
 * net/bluetooth/rfcomm/{core,sock}.c of Linux. */
#ifndef RFCOMM_H
#define RFCOMM_H

#include "bt/channel.h"

#include <bluetooth/bluetooth.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where to connect, or to listen: all as numbers. */
struct rfcomm_end {
	bdaddr_t adapter; /* BDADDR_ANY: any */
	bdaddr_t peer; /* not used to listen */
	int channel; /* listen: 0 takes a free one */
	int security; /* BT_SECURITY_LOW, _MEDIUM or _HIGH */
};

enum { RFCOMM_NAME = 32 };

/* Writes "ADDRESS channel N", for messages, and returns it. Pure. */
const char *rfcomm_name(const struct rfcomm_end *end, char name[RFCOMM_NAME]);

/* Makes one attempt to connect, within ms (-1: the kernel's limit, about 30 s) or until signals
 * becomes readable. ended: the attempt before was reset at once; another such reset then counts as
 * a session that has ended already, where the kernel shows no difference. Returns a socket with
 * O_NONBLOCK, or -1 with errno: see bterror_connect(); ETIMEDOUT after ms; EINTR for signals. */
int rfcomm_connect(const struct rfcomm_end *end, long ms, int signals, bool ended);

/* Listens with a deferred set-up, and stores the channel that it got: for channel 0, one that is
 * free on every adapter. Returns a socket, or -1 with errno; EADDRINUSE: the channel is taken on
 * this adapter, or without one on each; or all channels are. */
int rfcomm_listen(struct rfcomm_end *end);

/* Takes a waiting peer without answering it yet: closing the socket refuses it. Call it only when
 * poll() reports one: earlier it would lose the peer. -1 with errno; EAGAIN or ECONNABORTED: there
 * is none after all. */
int rfcomm_accept(int listener, bdaddr_t *peer);

/* Lets the peer in: from now on it is connected. Does not block. Returns 0, or -1 with errno:
 * EAGAIN while the kernel still pairs (poll() does not report the end of that); ECONNRESET when the
 * peer has left; or another. */
int rfcomm_admit(int fd);

/* The local address of a socket that is, or was, connected; BDADDR_ANY of one that never was.
 * (The kernel reports the peer's address only while it is connected.) */
bdaddr_t rfcomm_local(int fd);

/* How many bytes at most the kernel has not handed to the link yet (with its own overhead); 0:
 * all are handed over. For struct relay. */
size_t rfcomm_queued(int fd);

/* Hangs up and waits at most ms for the peer's acknowledgement: then its stack has everything.
 * Returns 0, or -1 with errno: EINPROGRESS when it did not come, ECONNRESET when the peer hung
 * up at the same moment, EINTR for signals. Does not close fd. */
int rfcomm_hangup(int fd, long ms, int signals);

#endif
