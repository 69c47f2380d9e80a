#include "bt/discover.h"

#include "base/clock.h"
#include "bt/bluez.h"
#include "bt/inquiry.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

enum {
	SLICE_MS = 5120, /* an inquiry; most peers answer within it; names are asked between two */
	RETRY_MS = 500, /* after a refusal, and in general */
};

struct discover {
	int id;
	int signals;
	int out;
	int64_t end;
	int64_t second; /* when the next second has passed */
	int64_t start_at; /* not to start an inquiry earlier */
	int64_t ask_at; /* not to ask for a name earlier */
	bool busy; /* another program uses the radio */
	bool busy_reported;
	bool discovering; /* bluetoothd does */
	bool stopped;
	sd_bus *bus; /* NULL: without bluetoothd */
	struct inquiry inquiry;
	struct peers peers;
};

struct discover *
discover_open(int id, long ms, int signals, int out)
{
	struct discover *d = calloc(1, sizeof *d);
	if (!d)
		return NULL;
	if (inquiry_open(&d->inquiry, id, &d->peers) < 0) {
		free(d);
		return NULL;
	}
	d->id = id;
	d->signals = signals;
	d->out = out;
	int64_t now = clock_ms();
	d->end = now + ms;
	d->second = now + 1000;
	bluez_open(&d->bus);
	return d;
}

const char *
discover_way(const struct discover *d)
{
	return d->bus ? "bluetoothd" : "the radio";
}

int
discover_left(const struct discover *d)
{
	int64_t left = d->end - clock_ms();
	return left > 0 ? (int)((left + 999) / 1000) : 0;
}

/* Drops bluetoothd: from here on the radio is asked. */
static void
leave_bus(struct discover *d)
{
	d->bus = sd_bus_close_unref(d->bus);
	d->discovering = false;
}

static int
start_by_bus(struct discover *d)
{
	d->inquiry.since = clock_ms(); /* it may be refused like one of ours */
	if (bluez_discover(d->bus, d->id) == 0) {
		d->discovering = true;
		d->busy = false;
		bluez_seen(d->bus, d->id, &d->peers);
		return 0;
	}
	if (errno == ENETDOWN)
		return -1;
	if (errno == EBUSY)
		d->busy = true;
	else
		leave_bus(d); /* it does not have our adapter, or refuses us */
	return 0;
}

/* Keeps an inquiry running. Returns -1 with errno when it can't. */
static int
keep_scanning(struct discover *d, int64_t now)
{
	struct inquiry *q = &d->inquiry;
	if (q->state == INQUIRY_BUSY) {
		d->busy = true;
		d->start_at = now + RETRY_MS;
		q->state = INQUIRY_IDLE;
	}
	if (d->discovering || q->state == INQUIRY_STARTING || q->state == INQUIRY_RUNNING)
		return 0;
	/* Name requests come between two slices: this radio makes none during an inquiry. */
	if (now < d->start_at || peers_unsettled(&d->peers))
		return 0;
	if (d->bus) {
		d->start_at = now + RETRY_MS;
		return start_by_bus(d);
	}
	int64_t left = d->end - now;
	return inquiry_start(q, left < SLICE_MS ? (long)left : SLICE_MS);
}

/* Asks for the next name. */
static int
keep_asking(struct discover *d, int64_t now)
{
	struct peer *peer = peers_unsettled(&d->peers);
	if (!peer || d->inquiry.asking || now < d->ask_at)
		return 0;
	d->ask_at = now + RETRY_MS;
	return inquiry_ask(&d->inquiry, peer);
}

static void
stop(struct discover *d)
{
	if (!d->stopped) {
		leave_bus(d);
		inquiry_close(&d->inquiry);
	}
	d->stopped = true;
}

enum { SIGNALS, OUT, RADIO, BUS, WATCHED };

/* Waits until something happens, and takes it in. */
static enum discover_event
await_event(struct discover *d, int64_t now)
{
	struct pollfd fds[WATCHED] = {
		[SIGNALS] = {.fd = d->signals, .events = POLLIN},
		[OUT] = {.fd = d->out},
		[RADIO] = {.fd = d->inquiry.fd, .events = POLLIN},
		[BUS] = {.fd = d->bus ? sd_bus_get_fd(d->bus) : -1, .events = POLLIN},
	};
	int64_t left = d->end - now;
	if (poll(fds, WATCHED, left < RETRY_MS ? (int)left : RETRY_MS) <= 0)
		return DISCOVER_NOTHING;
	if (fds[SIGNALS].revents)
		return DISCOVER_QUIT;
	if (fds[OUT].revents)
		return DISCOVER_UNREAD;
	if (fds[BUS].revents && !bluez_alive(d->bus))
		leave_bus(d);
	if (fds[RADIO].revents && inquiry_event(&d->inquiry) < 0)
		return DISCOVER_FAILED;
	return DISCOVER_NOTHING;
}

/* The next event that can be reported without waiting. */
static enum discover_event
news(struct discover *d, int64_t now, const struct peer **peer)
{
	struct peer *unreported = peers_unreported(&d->peers, d->stopped);
	*peer = unreported;
	if (unreported) {
		unreported->reported = true;
		return DISCOVER_PEER;
	}
	if (d->busy && !d->busy_reported) {
		d->busy_reported = true;
		return DISCOVER_BUSY;
	}
	if (now >= d->second) {
		d->second += 1000;
		return DISCOVER_SECOND;
	}
	return d->stopped ? DISCOVER_END : DISCOVER_NOTHING;
}

enum discover_event
discover_next(struct discover *d, const struct peer **peer)
{
	enum discover_event event;
	for (;;) {
		int64_t now = clock_ms();
		if (now >= d->end)
			stop(d);
		event = news(d, now, peer);
		if (event != DISCOVER_NOTHING)
			return event;
		if (keep_asking(d, now) < 0 || keep_scanning(d, now) < 0)
			return DISCOVER_FAILED;
		event = await_event(d, now);
		if (event != DISCOVER_NOTHING)
			return event;
	}
}

void
discover_close(struct discover *d)
{
	stop(d);
	free(d);
}
