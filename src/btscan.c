/* btscan: finds peers by inquiry, and their RFCOMM services by SDP. */
#include "base/msg.h"
#include "base/opt.h"
#include "base/sandbox.h"
#include "base/sanitize.h"
#include "base/signals.h"
#include "bt/bterror.h"
#include "bt/btopt.h"
#include "bt/discover.h"
#include "bt/sdp_client.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	SERVICES_MAX = 255, /* of one peer */
	LONGEST_MS = 24 * 24 * 3600 * 1000L,
	NAME_TEXT = 1024, /* a name made safe */
};

struct config {
	const char *adapter_name; /* -i; NULL: the first that is up */
	struct adapter adapter;
	long scan_ms;
	bool list;
	bool services;
	struct btopt_service service; /* -u */
	bool named; /* the peers were given as operands */
	int signals;
	bool terminal; /* stderr is one, and can show progress */
	int count; /* the peers, named or found */
	bdaddr_t peers[PEERS_MAX];
};

#define FIELD(name) offsetof(struct config, name)

static const struct opt opts[] = {
	{'i', "adapter", "local adapter, hci0 or its address (the first that is up)", opt_text,
		.field = FIELD(adapter_name)},
	{'l', NULL, "list the local adapters", opt_flag, .field = FIELD(list)},
	{'s', NULL, "list the RFCOMM services of the peers found, or of the addresses", opt_flag,
		.field = FIELD(services)},
	{'t', "secs", "scan for secs (10.24)", opt_secs, FIELD(scan_ms), 1, LONGEST_MS},
	{'u', "uuid",
		"only services with this UUID (16, 32 or 128 bits, or a name such as spp): -s",
		btopt_service, .field = FIELD(service)},
	{'v', NULL, "say what happens", .take = opt_verbose},
	{0},
};

static const struct tool tool = {
	"btscan",
	"btscan [-hVv] [-i adapter] [-t secs]\n"
	"btscan [-hsVv] [-i adapter] [-t secs] [-u uuid] [address ...]\n"
	"btscan -l\n",
	opts,
	NULL,
};

static void
parse(struct config *c, int argc, char **argv)
{
	char **operands = opt_parse(&tool, argc, argv, c, NULL);
	for (; *operands; operands++) {
		if (c->count == PEERS_MAX)
			msg_die(MSG_USAGE, "more than %d addresses", PEERS_MAX);
		c->peers[c->count++] = btopt_address(*operands);
	}
	c->named = c->count > 0;
	c->services |= c->named || c->service.text;
	if (c->list && c->services)
		msg_die(MSG_USAGE, "-l: it takes no operand and no other option");
}

/* Prints one line, at once. False where it can't be written. */
__attribute__((format(printf, 1, 2))) static bool
print(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	bool written = vprintf(format, args) >= 0 && fflush(stdout) != EOF;
	va_end(args);
	return written;
}

/* A peer's text, made safe, as the last field of a line. */
static const char *
safe(char text[NAME_TEXT], const char *name, size_t len)
{
	sanitize_copy(text, NAME_TEXT, name, len);
	return text;
}

/* Ends the tool because stdout can't be written: quietly where its reader has gone. */
static _Noreturn void
unwritable(void)
{
	if (errno == EPIPE)
		signals_die(SIGPIPE);
	msg_die(MSG_FAIL, "standard output: %s", strerror(errno));
}

static int
list_adapters(void)
{
	struct adapter list[ADAPTER_MAX];
	int count = adapter_list(list, ADAPTER_MAX);
	if (count < 0)
		msg_die(MSG_FAIL, "%s", bterror_connect(errno));
	if (count == 0)
		msg_die(MSG_FAIL, "%s", bterror_connect(ENODEV));
	for (int i = 0; i < count; i++) {
		struct adapter_info info = {0};
		char addr[18];
		char name[NAME_TEXT];
		adapter_info(list[i].id, &info); /* on failure there is no name */
		ba2str(&list[i].addr, addr);
		if (!print("hci%d\t%s\t%s\t%s\n", list[i].id, addr, list[i].up ? "up" : "down",
			    safe(name, info.name, strlen(info.name))))
			unwritable();
	}
	return MSG_OK;
}

static void
show_progress(const struct config *c, int left)
{
	if (c->terminal)
		fprintf(stderr, "\rscanning: %d found, %d s left\033[K", c->count, left);
}

static void
clear_progress(const struct config *c)
{
	if (c->terminal)
		fputs("\r\033[K", stderr);
}

static bool
print_peer(const struct peer *peer)
{
	char addr[18];
	char rssi[8] = "-";
	char name[NAME_TEXT];
	ba2str(&peer->addr, addr);
	if (peer->rssi != PEER_NO_RSSI)
		snprintf(rssi, sizeof rssi, "%d", peer->rssi);
	return print("%s\t%s\t0x%06x\t%s\n", addr, rssi, (unsigned)peer->class,
		safe(name, peer->name, peer->name_len));
}

/* Prints a peer; false where it can't be printed. */
static bool
take_peer(struct config *c, const struct peer *peer)
{
	c->peers[c->count++] = peer->addr;
	clear_progress(c);
	return c->services || print_peer(peer);
}

/* Ends the scan and the tool, for this event. */
static _Noreturn void
give_up(const struct config *c, enum discover_event event, int error)
{
	clear_progress(c);
	if (event == DISCOVER_QUIT)
		signals_die(signals_caught(c->signals));
	if (event == DISCOVER_UNREAD)
		signals_die(SIGPIPE);
	msg_die(MSG_FAIL, "hci%d: cannot scan: %s", c->adapter.id,
		error == ENETDOWN ? bterror_connect(EHOSTUNREACH) : strerror(error));
}

static void
scan(struct config *c)
{
	struct discover *d = discover_open(c->adapter.id, c->scan_ms, c->signals, STDOUT_FILENO);
	const struct peer *peer;
	if (!d)
		give_up(c, DISCOVER_FAILED, errno);
	msg_say("scanning with hci%d for %.10g s, by %s", c->adapter.id, (double)c->scan_ms / 1000,
		discover_way(d));
	for (;;) {
		show_progress(c, discover_left(d));
		enum discover_event event = discover_next(d, &peer);
		int error = errno;
		if (event == DISCOVER_PEER && take_peer(c, peer))
			continue;
		if (event == DISCOVER_BUSY)
			msg_warn(
				"hci%d: busy: another program is scanning; waiting", c->adapter.id);
		if (event == DISCOVER_BUSY || event == DISCOVER_SECOND)
			continue;
		discover_close(d);
		if (event == DISCOVER_PEER)
			unwritable();
		if (event != DISCOVER_END)
			give_up(c, event, error);
		clear_progress(c);
		return;
	}
}

/* Prints a peer's services. Returns how many, or -1 when the peer could not be asked. */
static int
print_services(const struct config *c, const bdaddr_t *peer)
{
	static struct sdp_service list[SERVICES_MAX];
	struct sdp_client client = {c->adapter.addr, *peer, SDP_CLIENT_MS, c->signals};
	char addr[18];
	char uuid[UUID_TEXT];
	char name[NAME_TEXT];
	int count = sdp_client_search(&client, &c->service.uuid, list, SERVICES_MAX);
	ba2str(peer, addr);
	if (count < 0 && errno == EINTR)
		signals_die(signals_caught(c->signals));
	if (count < 0) /* many peers answer inquiries but refuse connections */
		(c->named ? msg_warn : msg_say)("%s: %s", addr, bterror_sdp(errno));
	for (int i = 0; i < count; i++) {
		uuid_format(&list[i].class, uuid);
		if (!print("%s\t%d\t%s\t%s\n", addr, list[i].channel, uuid,
			    safe(name, list[i].name, list[i].name_len)))
			unwritable();
	}
	return count;
}

/* Prints the services of all peers. Returns the exit status. */
static int
list_services(const struct config *c)
{
	int services = 0;
	bool failed = false;
	for (int i = 0; i < c->count; i++) {
		int count = print_services(c, &c->peers[i]);
		failed |= count < 0 && c->named;
		services += count > 0 ? count : 0;
	}
	if (services == 0 && !failed)
		msg_warn("no such service found");
	return services && !failed ? MSG_OK : MSG_FAIL;
}

int
main(int argc, char **argv)
{
	static struct config c = {.scan_ms = 10240};
	struct adapter adapters[ADAPTER_MAX];
	c.service.uuid = uuid_short(UUID_RFCOMM);
	msg_init(tool.name);
	parse(&c, argc, argv);
	if (c.list)
		return list_adapters();
	btopt_adapters(c.adapter_name, adapters);
	c.adapter = adapters[0];
	c.signals = signals_open();
	if (c.signals < 0)
		msg_die(MSG_FAIL, "signals: %s", strerror(errno));
	c.terminal = isatty(STDERR_FILENO);
	sandbox_enter(SANDBOX_RADIO);
	if (!c.named)
		scan(&c);
	if (c.count == 0)
		msg_die(MSG_FAIL, "no device answered within %.10g s (only discoverable ones do)",
			(double)c.scan_ms / 1000);
	return c.services ? list_services(&c) : MSG_OK;
}
