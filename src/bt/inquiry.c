#include "bt/inquiry.h"

#include "base/clock.h"
#include "bt/eir.h"

#include <bluetooth/hci.h>
#include <bluetooth/hci_lib.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
	UNIT_MS = 1280,
	UNITS_MAX = 0x30,
	REFUSAL_MS = 1000, /* how late it may come */
};

static int
set_filter(int fd)
{
	static const int events[] = {EVT_INQUIRY_COMPLETE, EVT_INQUIRY_RESULT,
		EVT_INQUIRY_RESULT_WITH_RSSI, EVT_EXTENDED_INQUIRY_RESULT,
		EVT_REMOTE_NAME_REQ_COMPLETE, EVT_CMD_STATUS, EVT_CMD_COMPLETE};
	struct hci_filter filter;
	hci_filter_clear(&filter);
	hci_filter_set_ptype(HCI_EVENT_PKT, &filter);
	for (size_t i = 0; i < sizeof events / sizeof *events; i++)
		hci_filter_set_event(events[i], &filter);
	return setsockopt(fd, SOL_HCI, HCI_FILTER, &filter, sizeof filter);
}

int
inquiry_open(struct inquiry *q, int id, struct peers *peers)
{
	struct sockaddr_hci addr = {.hci_family = AF_BLUETOOTH, .hci_dev = (uint16_t)id};
	*q = (struct inquiry){.peers = peers};
	q->fd = socket(AF_BLUETOOTH, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, BTPROTO_HCI);
	if (q->fd >= 0 && set_filter(q->fd) == 0 &&
		bind(q->fd, (struct sockaddr *)&addr, sizeof addr) == 0)
		return 0;
	int error = errno;
	if (q->fd >= 0)
		close(q->fd);
	errno = error;
	return -1;
}

static int
command(const struct inquiry *q, uint16_t code, void *parameters, size_t len)
{
	return hci_send_cmd(q->fd, OGF_LINK_CTL, code, (uint8_t)len, parameters);
}

int
inquiry_start(struct inquiry *q, long ms)
{
	long units = (ms + UNIT_MS - 1) / UNIT_MS;
	/* The general inquiry access code, 0x9E8B33. */
	inquiry_cp cp = {.lap = {0x33, 0x8b, 0x9e}};
	cp.length = (uint8_t)(units > UNITS_MAX ? UNITS_MAX : units);
	if (command(q, OCF_INQUIRY, &cp, sizeof cp) < 0)
		return -1;
	q->state = INQUIRY_STARTING;
	q->since = clock_ms();
	return 0;
}

int
inquiry_ask(struct inquiry *q, const struct peer *peer)
{
	remote_name_req_cp cp = {
		.bdaddr = peer->addr,
		.pscan_rep_mode = peer->page_mode,
		.clock_offset = htobs(peer->clock),
	};
	if (command(q, OCF_REMOTE_NAME_REQ, &cp, sizeof cp) < 0)
		return -1;
	q->asked = peer->addr;
	q->asking = true;
	return 0;
}

/* A command was accepted or refused. These events come for the commands of every process: a refusal
 * is ours only where our command waits for its answer. */
static void
command_status(struct inquiry *q, uint16_t code, int status)
{
	if (code == cmd_opcode_pack(OGF_LINK_CTL, OCF_INQUIRY) && q->state == INQUIRY_STARTING)
		q->state = status ? INQUIRY_BUSY : INQUIRY_RUNNING;
	else if (code == cmd_opcode_pack(OGF_LINK_CTL, OCF_REMOTE_NAME_REQ) && status)
		q->asking = false;
	else if (code == cmd_opcode_pack(OGF_LINK_CTL, OCF_INQUIRY_CANCEL) && !status)
		q->state = INQUIRY_IDLE;
}

/* Some controllers accept the command, and refuse with this event. A later one is for another
 * process, which was refused because ours runs. */
static void
inquiry_complete(struct inquiry *q, int status)
{
	if (!status)
		q->state = INQUIRY_IDLE;
	else if (clock_ms() - q->since < REFUSAL_MS)
		q->state = INQUIRY_BUSY;
}

/* Any answer settles the name, also one without a name. */
static void
name_complete(struct inquiry *q, const uint8_t *p, size_t len)
{
	bdaddr_t addr;
	if (len < EVT_REMOTE_NAME_REQ_COMPLETE_SIZE)
		return;
	memcpy(&addr, p + 1, sizeof addr);
	struct peer *peer = peers_find(q->peers, &addr);
	if (peer && p[0] == 0)
		peer_name(peer, (const char *)p + 7, len - 7);
	if (peer)
		peer->settled = true;
	if (q->asking && bacmp(&addr, &q->asked) == 0)
		q->asking = false;
}

static void
results(struct inquiry *q, int event, const uint8_t *p, size_t len)
{
	struct peer peer;
	for (int i = 0; eir_result(event, p, len, i, &peer); i++)
		peers_see(q->peers, &peer);
}

static void
take_event(struct inquiry *q, int event, const uint8_t *p, size_t len)
{
	switch (event) {
	case EVT_CMD_STATUS:
		if (len >= EVT_CMD_STATUS_SIZE)
			command_status(q, (uint16_t)(p[2] | p[3] << 8), p[0]);
		break;
	case EVT_CMD_COMPLETE:
		if (len > EVT_CMD_COMPLETE_SIZE)
			command_status(q, (uint16_t)(p[1] | p[2] << 8), p[3]);
		break;
	case EVT_INQUIRY_COMPLETE:
		if (len >= 1)
			inquiry_complete(q, p[0]);
		break;
	case EVT_REMOTE_NAME_REQ_COMPLETE:
		name_complete(q, p, len);
		break;
	default:
		results(q, event, p, len);
	}
}

int
inquiry_event(struct inquiry *q)
{
	enum { HEAD = 1 + HCI_EVENT_HDR_SIZE };
	uint8_t packet[HCI_MAX_EVENT_SIZE + 1];
	ssize_t got = recv(q->fd, packet, sizeof packet, 0);
	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (got >= HEAD && packet[0] == HCI_EVENT_PKT && packet[2] <= got - HEAD)
		take_event(q, packet[1], packet + HEAD, packet[2]);
	return 0;
}

void
inquiry_close(struct inquiry *q)
{
	if (q->asking)
		command(q, OCF_REMOTE_NAME_REQ_CANCEL, &q->asked, sizeof q->asked);
	if (q->state == INQUIRY_STARTING || q->state == INQUIRY_RUNNING)
		command(q, OCF_INQUIRY_CANCEL, NULL, 0);
	close(q->fd);
}
