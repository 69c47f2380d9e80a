/* Virtual controllers whose radio can fail: btvirt's, each with a handle space of its own. Linux
 * is on one side, btvirt's server socket on the other; ACL data goes straight from host
 * to host, since btvirt delivers it with the sender's handle (emulator/btdev.c, send_acl), which
 * breaks as soon as a hub has a second peer. */
#ifndef RADIO_H
#define RADIO_H

#include "flight.h"
#include "port.h"

#include <bluetooth/bluetooth.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RADIO_MAX = 16, RADIO_LINKS = 16 };

/* The faults of data from one controller to another, on this link or a later one. */
struct fault {
	long delay_ms; /* on top of everything else */
	long bytes_per_sec; /* 0: as fast as it can */
	long stutter_ms; /* sends for this time, is silent for the same time, and so on; 0: no */
	bool drop; /* acknowledged to the sender, and lost */
	int64_t free_at; /* when the air is free for the next packet */
};

/* How far a pairing has come; see pairing.h. */
struct pairing {
	bool initiator; /* this side's host asked for it */
	bool confirmed;
	uint8_t io, requirements;
	uint8_t key[16];
};

struct link {
	bool up;
	bool losing; /* its end is to look like a supervision time-out */
	bool ending; /* this side's host has asked for its end */
	uint16_t handle;
	bdaddr_t peer;
	struct pairing pairing;
};

struct controller {
	struct port port;
	int btvirt;
	bdaddr_t addr; /* as its host learned it */
	bool nopage; /* pages to it run into the page time-out */
	uint8_t key_size; /* of its encrypted links, in octets; 0: as btvirt has it */
	bool simple_pairing; /* the mode that its host has set */
	int hide_status; /* Command Status events that no host asked for */
	struct link links[RADIO_LINKS];
	struct fault faults[RADIO_MAX]; /* towards each controller of the list */
};

struct radio {
	int count;
	struct controller list[RADIO_MAX];
	struct flight flight;
	long page_timeout_ms;
};

/* Opens count controllers one after another, so that they become hci0, hci1, ... Returns false
 * with errno; waits a few seconds for btvirt's socket. */
bool radio_open(struct radio *radio, int count);

/* For the poll() loop: 2 * RADIO_MAX descriptors at most, and the time-out in ms. */
int radio_interests(const struct radio *radio, struct pollfd *fds);
int radio_timeout(const struct radio *radio, int64_t now_us);

/* Monotonic microseconds. */
int64_t radio_now(void);

/* Moves all packets that are ready. */
void radio_turn(struct radio *radio, const struct pollfd *fds, int64_t now_us);

/* The controller called hciN or by address, NULL when there is none. */
struct controller *radio_find(struct radio *radio, const char *name);

/* The link from one controller to another, NULL when there is none. */
struct link *radio_link(struct controller *from, const struct controller *to);

/* A controller's link by its handle, and a controller by its address; NULL: none. */
struct link *radio_link_by_handle(struct controller *controller, uint16_t handle);
struct controller *radio_by_addr(struct radio *radio, const bdaddr_t *addr);

/* A packet for the host of a controller, unless that is unplugged. */
void radio_to_host(const struct controller *controller, const void *data, size_t length);

/* Ends a link at both ends as a supervision time-out does (reason 0x08); false: there is none. */
bool radio_lose(struct controller *one, struct controller *other);

/* Pulls a controller out of its USB port: its peers lose their links without a message. */
void radio_unplug(struct radio *radio, struct controller *controller);

#endif
