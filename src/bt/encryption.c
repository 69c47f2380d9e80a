#include "bt/encryption.h"

#include "bt/adapter.h"
#include "bt/rfcomm.h"

#include <bluetooth/hci.h>
#include <bluetooth/l2cap.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	/* Fixed channels without a use (reserved: Core specification, vol 3 part A, 2.1). */
	UNUSED_FIRST = 0x0008,
	UNUSED_LAST = 0x003e,
	KEY_MS = 500,
};

/* Any user may open a fixed channel of L2CAP. It is connected as soon as the link is, without any
 * message over the air, unlike a connection to a service, which the peer would need to have.
 * Returns 0, or -1 with errno; EBUSY: another process has this channel. */
static int
open_channel(int fd, uint16_t channel, const bdaddr_t *local, const bdaddr_t *peer)
{
	struct sockaddr_l2 name = {
		.l2_family = AF_BLUETOOTH, .l2_bdaddr = *local, .l2_cid = htobs(channel)};
	if (bind(fd, (struct sockaddr *)&name, sizeof name) < 0)
		return -1;
	name.l2_bdaddr = *peer;
	if (connect(fd, (struct sockaddr *)&name, sizeof name) == 0)
		return 0;
	if (errno != EINPROGRESS && errno != EAGAIN)
		return -1;
	/* A key of unknown size makes it wait (hci_conn_security(), net/bluetooth/hci_conn.c). */
	return poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, KEY_MS) == 1 ? 0 : -1;
}

/* 0: not known. */
static int
key_size(const bdaddr_t *local, const bdaddr_t *peer)
{
	bool busy = true;
	int size = 0;
	for (int channel = UNUSED_FIRST; busy && channel <= UNUSED_LAST; channel++) {
		struct bt_security security = {0};
		socklen_t length = sizeof security;
		int fd = socket(
			AF_BLUETOOTH, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, BTPROTO_L2CAP);
		if (fd < 0)
			return 0;
		int failed = open_channel(fd, (uint16_t)channel, local, peer);
		busy = failed && errno == EBUSY;
		if (!failed && getsockopt(fd, SOL_BLUETOOTH, BT_SECURITY, &security, &length) == 0)
			size = security.key_size;
		close(fd);
	}
	return size;
}

struct encryption
encryption_of(int fd, const bdaddr_t *peer)
{
	bdaddr_t local = rfcomm_local(fd);
	int mode = adapter_link_mode(&local, peer);
	/* HCI_LM_AUTH is set after any pairing, Just Works included: it means no more. */
	struct encryption e = {.known = mode >= 0, .on = mode >= 0 && mode & HCI_LM_ENCRYPT};
	if (e.on)
		e.key_size = key_size(&local, peer);
	return e;
}

const char *
encryption_text(struct encryption e, char text[ENCRYPTION_TEXT])
{
	if (!e.known)
		text[0] = '\0';
	else if (e.on && e.key_size)
		snprintf(text, ENCRYPTION_TEXT, " (encrypted, %d-octet key)", e.key_size);
	else
		snprintf(text, ENCRYPTION_TEXT, e.on ? " (encrypted)" : " (not encrypted)");
	return text;
}

bool
encryption_is_weak(struct encryption e)
{
	return e.on && e.key_size > 0 && e.key_size < ENCRYPTION_FULL;
}
