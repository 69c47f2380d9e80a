/* btpublish: makes a service findable: its record by SDP, the adapter by inquiry. */
#include "base/clock.h"
#include "base/msg.h"
#include "base/opt.h"
#include "base/sandbox.h"
#include "base/signals.h"
#include "bt/bluez.h"
#include "bt/bluez_profile.h"
#include "bt/btopt.h"
#include "bt/channel.h"
#include "bt/discoverable.h"
#include "bt/sdp_record.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

struct config {
	const char *adapter; /* -i */
	const char *name;
	struct btopt_service service; /* -u */
	int channel;
	bool background;
	int signals;
	int ready; /* gets a byte when all is published; -1: none is awaited */
	char xml[SDP_RECORD_XML_MAX];
	sd_bus *bus;
	bool only_class; /* -o */
	bool again; /* an adapter may become discoverable in a moment */
	bdaddr_t only; /* the adapter of -i, whatever number it has; BDADDR_ANY: all */
	int count;
	struct known {
		bdaddr_t addr;
		struct discoverable state;
	} adapters[ADAPTER_MAX];
};

/* Waits up to this time for conditions that pass, at boot or when other programs publish, too. */
enum { PATIENCE_MS = 20000, PAUSE_MS = 200 };

#define FIELD(name) offsetof(struct config, name)

static const struct opt opts[] = {
	{'b', NULL, "go to the background once it is published", opt_flag,
		.field = FIELD(background)},
	{'i', "adapter", "make only this adapter discoverable, hci0 or its address (all)", opt_text,
		.field = FIELD(adapter)},
	{'n', "name", "the service's name (rfcat)", btopt_name, .field = FIELD(name)},
	{'o', NULL, "only its class: no Serial Port second", opt_flag, .field = FIELD(only_class)},
	{'u', "uuid", "its class: 16, 32 or 128 bits, or a name (spp)", btopt_service,
		.field = FIELD(service)},
	{'v', NULL, "say what happens", .take = opt_verbose},
	{0},
};

static const struct tool tool = {
	"btpublish",
	"btpublish [-bhoVv] [-i adapter] [-n name] [-u uuid] channel\n",
	opts,
	NULL,
};

static void
parse(struct config *c, int argc, char **argv)
{
	char **operands = opt_parse(&tool, argc, argv, c, NULL);
	if (!operands[0] || operands[1])
		msg_die(MSG_USAGE, "give one channel (%s -h helps)", tool.name);
	c->channel = btopt_channel(operands[0], RFCOMM_CHANNEL_MIN);
}

static bool
is_one_of(const struct known *known, const struct adapter *list, int count)
{
	for (int i = 0; i < count; i++)
		if (list[i].id == known->state.id && bacmp(&list[i].addr, &known->addr) == 0)
			return true;
	return false;
}

static bool
knows(const struct config *c, const struct adapter *adapter)
{
	for (int i = 0; i < c->count; i++)
		if (is_one_of(&c->adapters[i], adapter, 1))
			return true;
	return false;
}

/* Forgets adapters that were pulled out, and finds new ones: that of -i, or all that are up. */
static void
find_adapters(struct config *c)
{
	struct adapter list[ADAPTER_MAX];
	int count = adapter_list(list, ADAPTER_MAX);
	for (int i = c->count - 1; i >= 0; i--)
		if (!is_one_of(&c->adapters[i], list, count))
			c->adapters[i] = c->adapters[--c->count];
	for (int i = 0; i < count; i++) {
		bool meant =
			bacmp(&c->only, BDADDR_ANY) == 0 || bacmp(&c->only, &list[i].addr) == 0;
		struct known *next = &c->adapters[c->count];
		if (!meant || !list[i].up || knows(c, &list[i]) || c->count == ADAPTER_MAX ||
			discoverable_init(&next->state, list[i].id) < 0)
			continue;
		next->addr = list[i].addr;
		c->count++;
	}
}

static const char *
explain(int error)
{
	switch (error) {
	case ENOENT:
		return "bluetoothd does not run (systemctl start bluetooth)";
	case EACCES:
		return "D-Bus does not let this user talk to bluetoothd";
	case ENETDOWN:
		return "the adapter is off (bluetoothctl power on)";
	case ENODEV:
		return "bluetoothd does not know the adapter";
	case EBUSY:
		return "bluetoothd is busy with it";
	default:
		return "bluetoothd refused it (see its log)";
	}
}

/* Whether bluetoothd may answer differently in a moment: it is busy with another program's request,
 * or does not know the adapter yet. */
static bool
passes(int error)
{
	return error == EBUSY || error == ENODEV || error == ENETDOWN;
}

/* Keeps the adapters discoverable. Returns the first that is not, with errno, or NULL. */
static const struct discoverable *
keep_visible(struct config *c)
{
	const struct discoverable *failed = NULL;
	int error = 0;
	find_adapters(c);
	for (int i = 0; i < c->count; i++)
		if (discoverable_keep(&c->adapters[i].state, c->bus) < 0 && !failed) {
			failed = &c->adapters[i].state;
			error = errno;
		}
	c->again = failed && passes(error);
	errno = error;
	return failed;
}

/* Something about an adapter has changed. A failure is tried again by serve(). */
static int
adapter_changed(sd_bus_message *m, void *config, sd_bus_error *error)
{
	(void)m;
	(void)error;
	keep_visible(config);
	return 0;
}

/* bluetoothd has ended, or has started again and does not know us. */
static int
owner_changed(sd_bus_message *m, void *config, sd_bus_error *error)
{
	struct config *c = config;
	const char *owner;
	(void)error;
	if (sd_bus_message_read(m, "sss", NULL, NULL, &owner) < 0)
		return 0;
	if (!*owner) {
		msg_say("bluetoothd has ended; the record comes back with it");
		return 0;
	}
	if (bluez_profile_register(c->bus, c->xml) < 0)
		msg_warn("channel %d: can't be published again: %s", c->channel, explain(errno));
	else
		msg_say("published again on channel %d", c->channel);
	keep_visible(c);
	return 0;
}

static int
watch_bus(struct config *c)
{
	static const struct {
		const char *rule;
		sd_bus_message_handler_t handler;
	} matches[] = {
		{"type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',"
		 "arg0='" BLUEZ_NAME "'",
			owner_changed},
		{"type='signal',sender='" BLUEZ_NAME "',member='PropertiesChanged',"
		 "arg0='" BLUEZ_ADAPTER "'",
			adapter_changed},
		{"type='signal',sender='" BLUEZ_NAME "',member='InterfacesAdded'", adapter_changed},
	};
	for (size_t i = 0; i < sizeof matches / sizeof *matches; i++)
		if (sd_bus_add_match(c->bus, NULL, matches[i].rule, matches[i].handler, c) < 0)
			return -1;
	return 0;
}

/* Restores everything, as far as possible. */
static void
withdraw(struct config *c)
{
	bluez_profile_unregister(c->bus);
	for (int i = 0; i < c->count; i++)
		discoverable_restore(&c->adapters[i].state, c->bus);
	sd_bus_flush_close_unref(c->bus);
}

static void
open_all(struct config *c)
{
	sdp_record_xml(c->xml, &c->service.uuid, c->only_class, c->channel, c->name);
	struct adapter list[ADAPTER_MAX];
	btopt_adapters(c->adapter, list);
	if (c->adapter)
		c->only = list[0].addr;
	if (bluez_open(&c->bus) < 0 || watch_bus(c) < 0 ||
		bluez_profile_register(c->bus, c->xml) < 0)
		msg_die(MSG_FAIL, "channel %d: can't be published: %s", c->channel, explain(errno));
	const struct discoverable *failed;
	int signal = 0;
	int64_t until = clock_ms() + PATIENCE_MS;
	while ((failed = keep_visible(c)) && passes(errno) && clock_ms() < until && !signal)
		if (!signals_sleep(c->signals, PAUSE_MS))
			signal = signals_caught(c->signals);
	if (signal) {
		withdraw(c);
		signals_die(signal);
	}
	if (failed) {
		int error = errno;
		withdraw(c);
		msg_die(MSG_FAIL, "hci%d: can't be made discoverable: %s", failed->id,
			explain(error));
	}
	msg_say("published on channel %d as %s", c->channel, c->name);
}

/* Serves the bus until a signal comes, and returns it, or 0 when stdin's writer has gone. */
static int
serve(struct config *c)
{
	struct pollfd fds[] = {
		{.fd = c->signals, .events = POLLIN},
		{.fd = STDIN_FILENO}, /* only POLLHUP: never for /dev/null */
		{.fd = sd_bus_get_fd(c->bus), .events = POLLIN},
	};
	for (;;) {
		int more;
		while ((more = sd_bus_process(c->bus, NULL)) > 0)
			;
		if (more < 0)
			msg_die(MSG_FAIL, "the system bus has gone, and the record with it");
		int ready = poll(fds, 3, c->again ? PAUSE_MS : -1);
		if (ready < 0 && errno != EINTR)
			msg_die(MSG_FAIL, "poll: %s", strerror(errno));
		if (ready == 0)
			keep_visible(c);
		if (fds[0].revents)
			return signals_caught(c->signals);
		if (fds[1].revents & (POLLHUP | POLLERR))
			return 0;
	}
}

/* Continues in a child, and exits when the child has published, or failed. */
static void
go_to_background(struct config *c)
{
	int ready[2];
	char byte;
	if (pipe2(ready, O_CLOEXEC) < 0)
		msg_die(MSG_FAIL, "pipe: %s", strerror(errno));
	pid_t pid = fork();
	if (pid < 0)
		msg_die(MSG_FAIL, "fork: %s", strerror(errno));
	close(ready[pid == 0 ? 0 : 1]);
	if (pid > 0)
		_exit(read(ready[0], &byte, 1) == 1 ? MSG_OK : MSG_FAIL);
	setsid();
	c->ready = ready[1];
}

/* In the background: releases the waiting parent, and the standard streams that others may wait
 * for. */
static void
let_go(const struct config *c)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0)
		dup2(null, STDOUT_FILENO);
	if (write(c->ready, "", 1) == 1)
		close(c->ready);
}

int
main(int argc, char **argv)
{
	static struct config c = {.name = "rfcat", .ready = -1};
	c.service.uuid = uuid_short(UUID_SERIAL_PORT);
	msg_init(tool.name);
	parse(&c, argc, argv);
	if (c.background)
		go_to_background(&c);
	c.signals = signals_open();
	if (c.signals < 0)
		msg_die(MSG_FAIL, "signals: %s", strerror(errno));
	open_all(&c);
	if (c.background)
		let_go(&c);
	sandbox_enter(SANDBOX_RADIO);
	int signal = serve(&c);
	withdraw(&c);
	if (signal)
		signals_die(signal);
	return MSG_OK;
}
