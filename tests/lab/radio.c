#include "radio.h"

#include "btvirt.h"
#include "pairing.h"

#include <bluetooth/hci.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	REASON_LINK_LOST = 0x08, /* Core specification, vol 1 part F: connection timeout */
	REASON_PAGE_TIMEOUT = 0x04,
	REASON_OWN_HOST = 0x16,
	ACL_MTU = 1021, /* six times faster than btvirt's 192 */
	ACL_PACKETS = 8,
	FRAME_MAX = 4096,
	PAGE_TIMEOUT_MS = 5120,
};

enum {
	COMMAND_CREATE_CONN = 0x0405,
	COMMAND_DISCONNECT = 0x0406,
	COMMAND_RESET = 0x0c03,
	COMMAND_READ_KEY_SIZE = 0x1408
};

void
radio_to_host(const struct controller *c, const void *data, size_t length)
{
	/* An unplugged one has no host. */
	if (c->port.fd >= 0 && port_write(&c->port, data, length) < 0)
		perror("air: the kernel");
}

struct link *
radio_link_by_handle(struct controller *c, uint16_t handle)
{
	for (int i = 0; i < RADIO_LINKS; i++)
		if (c->links[i].up && c->links[i].handle == handle)
			return &c->links[i];
	return NULL;
}

struct controller *
radio_by_addr(struct radio *radio, const bdaddr_t *addr)
{
	for (int i = 0; i < radio->count; i++)
		if (bacmp(&radio->list[i].addr, addr) == 0)
			return &radio->list[i];
	return NULL;
}

struct controller *
radio_find(struct radio *radio, const char *name)
{
	bdaddr_t addr;
	char hci[16];
	str2ba(name, &addr);
	for (int i = 0; i < radio->count; i++) {
		snprintf(hci, sizeof hci, "hci%d", radio->list[i].port.index);
		if (strcmp(name, hci) == 0)
			return &radio->list[i];
	}
	return strlen(name) == 17 ? radio_by_addr(radio, &addr) : NULL;
}

struct link *
radio_link(struct controller *from, const struct controller *to)
{
	for (int i = 0; i < RADIO_LINKS; i++)
		if (from->links[i].up && bacmp(&from->links[i].peer, &to->addr) == 0)
			return &from->links[i];
	return NULL;
}

/* Reports to the sender's host that a buffer of its controller is free again. */
static void
acknowledge(const struct controller *c, uint16_t handle)
{
	uint8_t event[] = {HCI_EVENT_PKT, EVT_NUM_COMP_PKTS, 5, 1, handle & 0xff,
		(uint8_t)(handle >> 8), 1, 0};
	radio_to_host(c, event, sizeof event);
}

/* The packet has crossed the air: hand it to the other host, with that side's handle. */
static void
arrive(struct radio *radio, struct packet *p)
{
	struct link *here = p->from ? radio_link_by_handle(p->from, p->handle) : NULL;
	if (!p->from) {
		radio_to_host(p->to, p->data, p->length);
		return;
	}
	if (!here)
		return; /* the link went meanwhile, and its buffers with it */
	acknowledge(p->from, p->handle);
	struct link *there = radio_link(p->to, p->from);
	if (!there || p->from->faults[p->to - radio->list].drop)
		return;
	uint16_t flags = (uint16_t)(p->data[2] >> 4);
	/* To a host a first fragment is always marked 10 (vol 4 part E, 5.4.2). */
	if ((flags & 3) == ACL_START_NO_FLUSH)
		flags = ACL_START;
	uint16_t packed = acl_handle_pack(there->handle, flags);
	p->data[1] = packed & 0xff;
	p->data[2] = (uint8_t)(packed >> 8);
	radio_to_host(p->to, p->data, p->length);
}

/* When a packet that is sent now arrives. */
static int64_t
schedule(struct fault *f, size_t length, int64_t now_us)
{
	int64_t at = f->free_at > now_us ? f->free_at : now_us;
	if (f->stutter_ms) {
		int64_t period = 2000 * f->stutter_ms;
		if (at % period >= period / 2)
			at += period - at % period;
	}
	if (f->bytes_per_sec)
		at += (int64_t)length * 1000000 / f->bytes_per_sec;
	f->free_at = at;
	return at + 1000 * f->delay_ms;
}

static void
acl_from_host(struct radio *radio, struct controller *c, const uint8_t *data, size_t length,
	int64_t now_us)
{
	uint16_t handle = acl_handle((uint16_t)(data[1] | data[2] << 8));
	struct link *link = radio_link_by_handle(c, handle);
	struct controller *to = link ? radio_by_addr(radio, &link->peer) : NULL;
	if (!to)
		return;
	struct fault *fault = &c->faults[to - radio->list];
	struct packet head = {.from = c, .to = to, .handle = handle};
	head.due_us = schedule(fault, length, now_us);
	flight_add(&radio->flight, &head, data, length);
}

/* A page without an answer: the command is accepted, and fails after the page time-out. */
static void
page_in_vain(struct radio *radio, struct controller *c, const bdaddr_t *peer, int64_t now_us)
{
	uint8_t status[] = {HCI_EVENT_PKT, EVT_CMD_STATUS, 4, 0, 1, 0x05, 0x04};
	radio_to_host(c, status, sizeof status);
	uint8_t event[3 + sizeof(evt_conn_complete)] = {
		HCI_EVENT_PKT, EVT_CONN_COMPLETE, sizeof(evt_conn_complete), REASON_PAGE_TIMEOUT};
	evt_conn_complete failed = {.status = REASON_PAGE_TIMEOUT, .link_type = ACL_LINK};
	failed.bdaddr = *peer;
	memcpy(event + 3, &failed, sizeof failed);
	struct packet head = {.to = c, .due_us = now_us + 1000 * radio->page_timeout_ms};
	flight_add(&radio->flight, &head, event, sizeof event);
}

/* Loses all its links, as its peers see a silent controller. */
static void
lose_all(struct radio *radio, struct controller *c)
{
	for (int i = 0; i < radio->count; i++)
		if (&radio->list[i] != c)
			radio_lose(c, &radio->list[i]);
}

/* False for a controller that is unplugged, out of reach, or missing. */
static bool
answers_pages(struct radio *radio, const bdaddr_t *peer)
{
	const struct controller *to = radio_by_addr(radio, peer);
	return to && !to->nopage && to->port.fd >= 0;
}

/* Applies a command of the host to the radio. False: btvirt must not see it. */
static bool
command(struct radio *radio, struct controller *c, const uint8_t *data, size_t length,
	int64_t now_us)
{
	bdaddr_t peer;
	struct link *link;
	switch (data[1] | data[2] << 8) {
	case COMMAND_RESET:
		lose_all(radio, c);
		return true;
	case COMMAND_CREATE_CONN:
		if (length < 10)
			return true;
		memcpy(&peer, data + 4, sizeof peer);
		if (answers_pages(radio, &peer))
			return true;
		page_in_vain(radio, c, &peer, now_us);
		return false;
	case COMMAND_DISCONNECT:
		link = length < 7 ? NULL
				  : radio_link_by_handle(c, (uint16_t)(data[4] | data[5] << 8));
		if (link)
			link->ending = true;
		return true;
	default:
		return true;
	}
}

static void
from_host(struct radio *radio, struct controller *c, int64_t now_us)
{
	uint8_t data[FRAME_MAX];
	ssize_t n = port_read(&c->port, data, sizeof data);
	if (n < 4)
		return;
	if (data[0] == HCI_ACLDATA_PKT) {
		acl_from_host(radio, c, data, (size_t)n, now_us);
		return;
	}
	if (data[0] == HCI_COMMAND_PKT && !command(radio, c, data, (size_t)n, now_us))
		return;
	if (!pairing_command(radio, c, data, (size_t)n))
		btvirt_write(c->btvirt, data, (size_t)n);
}

static void
connected(struct controller *c, const evt_conn_complete *event)
{
	if (event->status || event->link_type != ACL_LINK)
		return;
	for (int i = 0; i < RADIO_LINKS; i++)
		if (!c->links[i].up) {
			c->links[i] = (struct link){
				.up = true, .handle = event->handle, .peer = event->bdaddr};
			return;
		}
}

static void
command_complete(struct controller *c, uint8_t *data, size_t length)
{
	uint16_t opcode = (uint16_t)(data[4] | data[5] << 8);
	uint8_t *reply = data + 6; /* status first */
	if (opcode == cmd_opcode_pack(OGF_INFO_PARAM, OCF_READ_BD_ADDR) && length >= 13) {
		memcpy(&c->addr, reply + 1, sizeof c->addr);
	} else if (opcode == cmd_opcode_pack(OGF_INFO_PARAM, OCF_READ_BUFFER_SIZE) &&
		   length >= 14) {
		reply[1] = ACL_MTU & 0xff;
		reply[2] = ACL_MTU >> 8;
		reply[4] = ACL_PACKETS;
		reply[5] = 0;
	} else if (opcode == COMMAND_READ_KEY_SIZE && length >= 10 && c->key_size) {
		reply[3] = c->key_size;
	}
}

/* Checks and corrects one event on its way to the host; false: the host must not see it. */
static bool
event(struct radio *radio, struct controller *c, uint8_t *data, size_t length)
{
	evt_conn_complete connection;
	switch (data[1]) {
	case EVT_CONN_COMPLETE:
		memcpy(&connection, data + 3, sizeof connection);
		connected(c, &connection);
		return true;
	case EVT_DISCONN_COMPLETE: {
		struct link *link = radio_link_by_handle(c, (uint16_t)(data[4] | data[5] << 8));
		if (!link)
			return true;
		if (link->losing)
			data[6] = REASON_LINK_LOST;
		else if (link->ending) /* btvirt before BlueZ 5.8x has the host's own reason */
			data[6] = REASON_OWN_HOST;
		link->up = false;
		/* A later link may have the same handle. */
		flight_forget(&radio->flight, c, link->handle);
		return true;
	}
	case EVT_CMD_STATUS:
		if (c->hide_status && data[5] == 0x06 && data[6] == 0x04) {
			c->hide_status--;
			return false;
		}
		return true;
	case EVT_CMD_COMPLETE:
		command_complete(c, data, length);
		return true;
	default:
		return true;
	}
}

static void
from_btvirt(struct radio *radio, struct controller *c)
{
	uint8_t packet[BTVIRT_PACKET_MAX];
	size_t length = btvirt_read(c->btvirt, packet);
	if (event(radio, c, packet, length))
		radio_to_host(c, packet, length);
}

int64_t
radio_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

bool
radio_open(struct radio *radio, int count)
{
	*radio = (struct radio){.page_timeout_ms = PAGE_TIMEOUT_MS};
	for (int i = 0; i < count; i++) {
		struct controller *c = &radio->list[i];
		c->btvirt = btvirt_open();
		if (c->btvirt < 0 || port_plug(&c->port) < 0)
			return false;
		radio->count++;
	}
	return true;
}

bool
radio_lose(struct controller *one, struct controller *other)
{
	struct link *here = radio_link(one, other);
	struct link *there = radio_link(other, one);
	if (!here || !there)
		return false;
	here->losing = there->losing = true;
	/* btvirt has to forget it, too: it notifies both ends, and event() changes the reason. */
	uint8_t command[] = {HCI_COMMAND_PKT, 0x06, 0x04, 3, here->handle & 0xff,
		(uint8_t)(here->handle >> 8), HCI_OE_USER_ENDED_CONNECTION};
	one->hide_status++;
	btvirt_write(one->btvirt, command, sizeof command);
	return true;
}

void
radio_unplug(struct radio *radio, struct controller *c)
{
	lose_all(radio, c);
	port_unplug(&c->port);
	/* Write Scan Enable: or an inquiry would go on finding it. btvirt's reset leaves that on. */
	const uint8_t silence[] = {HCI_COMMAND_PKT, 0x1a, 0x0c, 1, SCAN_DISABLED};
	btvirt_write(c->btvirt, silence, sizeof silence);
}

int
radio_interests(const struct radio *radio, struct pollfd *fds)
{
	for (int i = 0; i < radio->count; i++) {
		fds[2 * i] = (struct pollfd){.fd = radio->list[i].btvirt, .events = POLLIN};
		fds[2 * i + 1] = (struct pollfd){.fd = radio->list[i].port.fd, .events = POLLIN};
	}
	return 2 * radio->count;
}

int
radio_timeout(const struct radio *radio, int64_t now_us)
{
	return flight_wait(&radio->flight, now_us);
}

void
radio_turn(struct radio *radio, const struct pollfd *fds, int64_t now_us)
{
	/* Events first: a link has to be known before data for it comes. */
	for (int i = 0; i < radio->count; i++)
		if (fds[2 * i].revents)
			from_btvirt(radio, &radio->list[i]);
	for (int i = 0; i < radio->count; i++)
		if (fds[2 * i + 1].revents && radio->list[i].port.fd >= 0)
			from_host(radio, &radio->list[i], now_us);
	struct packet *p;
	while ((p = flight_landed(&radio->flight, now_us))) {
		arrive(radio, p);
		free(p);
	}
}
