/* rfcat-connect: a peer's RFCOMM channel as stdin and stdout, or as a program's. */
#include "base/clock.h"
#include "base/msg.h"
#include "base/opt.h"
#include "base/sandbox.h"
#include "base/signals.h"
#include "bt/adapter.h"
#include "bt/bterror.h"
#include "bt/channel.h"
#include "bt/rfcomm.h"
#include "bt/sdp_client.h"
#include "bt/session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct opt opts[] = {
	{'d', NULL, "don't read stdin"},
	{'i', "adapter", "local adapter, hci0 or its address (default: any)"},
	{'L', "secs", "wait so long for the peer to acknowledge the end (30)"},
	{'N', NULL, "leave as soon as stdin has ended and all is delivered: -q 0"},
	{'q', "secs",
		"after the end of stdin leave when the peer was silent for secs; -1 never (5)"},
	{'r', "secs", "keep trying every secs until connected"},
	{'s', "level", "security: low, medium (encrypted) or high (and authenticated) (low)"},
	{'T', "secs", "give up after secs without a byte in either direction (never)"},
	{'u', "uuid", "connect to this service, 16, 32 or 128 bits, or a name (spp)"},
	{'v', NULL, "say what happens"},
	{'w', "secs", "give up when not connected after secs (the kernel's limit)"},
	{'z', NULL, "zero I/O: print which channels answer"},
	{0},
};

static const struct tool tool = {
	"rfcat-connect",
	"rfcat-connect [-dhNVv] [-i adapter] [-L secs] [-q secs] [-r secs] [-s level] [-T secs]\n"
	"              [-u uuid] [-w secs] address [channel [program [arg ...]]]\n"
	"rfcat-connect -z [-v] [-i adapter] [-s level] [-w secs] address channel[-channel]\n",
	opts,
};

enum { SERVICES_MAX = 64 };

enum { REFUSED_PAUSE_MS = 300 };

struct config {
	struct session session;
	const char *service; /* -u as it was given */
	struct uuid uuid; /* the same; asked for where no channel was given */
	bool by_service;
	long retry_ms; /* -r; -1 none */
	bool zero; /* -z */
	int last_channel; /* of the range that -z looks at */
};

static void
parse_channels(struct config *c, const char *text)
{
	char first_text[4] = "";
	long first;
	long last;
	size_t dash = c->zero ? strcspn(text, "-") : strlen(text);
	if (dash < sizeof first_text)
		memcpy(first_text, text, dash);
	if (!opt_parse_long(first_text, RFCOMM_CHANNEL_MIN, RFCOMM_CHANNEL_MAX, &first))
		msg_die(MSG_USAGE, "channel %s: not a whole number from %d to %d", text,
			RFCOMM_CHANNEL_MIN, RFCOMM_CHANNEL_MAX);
	last = first;
	if (text[dash] && !opt_parse_long(text + dash + 1, first, RFCOMM_CHANNEL_MAX, &last))
		msg_die(MSG_USAGE, "channels %s: not a range in %d-%d", text, RFCOMM_CHANNEL_MIN,
			RFCOMM_CHANNEL_MAX);
	c->session.end.channel = (int)first;
	c->last_channel = (int)last;
}

static void
parse_service(struct config *c, const char *text)
{
	c->service = text;
	if (!uuid_parse(text, &c->uuid))
		msg_die(MSG_USAGE, "-u %s: " UUID_EXPECTED, text);
}

static void
parse_operands(struct config *c, char **operands)
{
	struct session *s = &c->session;
	if (!operands[0])
		msg_die(MSG_USAGE, "no address given (%s -h helps)", tool.name);
	if (!adapter_parse_addr(operands[0], &s->end.peer))
		msg_die(MSG_USAGE,
			"%s: not a Bluetooth address such as 00:1A:7D:DA:71:13 "
			"(btscan finds them)",
			operands[0]);
	c->by_service = !c->zero && (!operands[1] || strcmp(operands[1], "0") == 0);
	if (!operands[1] && c->zero)
		msg_die(MSG_USAGE, "-z: no channel given");
	if (c->service && !c->by_service)
		msg_die(MSG_USAGE, "-u %s: either a service or a channel", c->service);
	if (!c->by_service)
		parse_channels(c, operands[1]);
	if (!operands[1] || !operands[2])
		return;
	s->program = operands + 2;
	if (c->zero)
		msg_die(MSG_USAGE, "%s: -z takes no program", s->program[0]);
	if (!spawn_check(s->program))
		msg_die(MSG_USAGE, "%s: cannot run: %s", s->program[0], strerror(errno));
}

static void
parse(struct config *c, int argc, char **argv)
{
	int letter;
	while ((letter = opt_next(&tool, argc, argv)) != -1)
		if (letter == 'r')
			c->retry_ms = opt_ms(letter, 1, SESSION_LONGEST_MS);
		else if (letter == 'u')
			parse_service(c, optarg);
		else if (letter == 'z')
			c->zero = true;
		else
			session_option(&c->session, letter);
	parse_operands(c, argv + optind);
	/* A program that closes its stdout may still want to read; its exit ends the session. */
	if (!c->session.quiet_given && !c->session.program)
		c->session.quiet_ms = 5000;
}

/* "ADDRESS channel N", valid until the next call. */
static const char *
name_end(const struct rfcomm_end *end)
{
	static char name[40];
	char addr[18];
	ba2str(&end->peer, addr);
	snprintf(name, sizeof name, "%s channel %d", addr, end->channel);
	return name;
}

/* "ADDRESS service NAME", the same. */
static const char *
name_service(const struct config *c)
{
	static char name[80];
	char addr[18];
	ba2str(&c->session.end.peer, addr);
	snprintf(name, sizeof name, "%s service %s", addr, c->service ? c->service : "spp");
	return name;
}

/* Whether a failed attempt may go better later. */
static bool
worth_retrying(int error)
{
	return error != EINTR && error != EAFNOSUPPORT && error != EPROTONOSUPPORT &&
	       error != ENOTUNIQ;
}

/* Several services, several channels: nobody but the user knows which. */
static const char *
list_channels(const struct sdp_service *list, int count)
{
	static char text[512];
	size_t used = (size_t)snprintf(text, sizeof text, "several match, give a channel:");
	for (int i = 0; i < count && used < sizeof text; i++)
		used += (size_t)snprintf(text + used, sizeof text - used, "%s %d (%s)",
			i ? "," : "", list[i].channel, list[i].name);
	return text;
}

/* Asks the peer for the channel of the service. Returns 0, or -1 with errno and why. */
static int
look_up(struct config *c, long ms, const char **why)
{
	static struct sdp_service list[SERVICES_MAX];
	struct rfcomm_end *end = &c->session.end;
	struct sdp_client client = {end->adapter, end->peer,
		ms < 0 || ms > SDP_CLIENT_MS ? SDP_CLIENT_MS : ms, c->session.signals};
	int count = sdp_client_search(&client, &c->uuid, list, SERVICES_MAX);
	*why = count < 0 ? bterror_sdp(errno)
			 : "the peer has no such service (btscan -s ADDRESS lists what it has)";
	if (count == 0)
		errno = ENOENT;
	if (count <= 0)
		return -1;
	end->channel = list[0].channel;
	for (int i = 1; i < count; i++)
		if (list[i].channel != end->channel) {
			*why = list_channels(list, count);
			errno = ENOTUNIQ;
			return -1;
		}
	return 0;
}

static long
time_left(const struct session *s, int64_t start)
{
	int64_t spent = clock_ms() - start;
	return s->wait_ms < 0 ? -1 : s->wait_ms > spent ? s->wait_ms - (long)spent : 0;
}

/* One attempt. Returns a socket, or -1 with errno and why. */
static int
dial(struct config *c, int64_t start, const char **why)
{
	struct session *s = &c->session;
	if (c->by_service) {
		s->name = name_service(c);
		if (look_up(c, time_left(s, start), why) < 0)
			return -1;
	}
	s->name = name_end(&s->end);
	int fd = rfcomm_connect(&s->end, time_left(s, start), s->signals);
	/* A link that is just being taken down, after an earlier connection or a pairing, refuses
	 * the next one (2 of 40 quick reconnects): a real refusal is the same a moment later. */
	if (fd < 0 && errno == ECONNREFUSED && signals_sleep(s->signals, REFUSED_PAUSE_MS))
		fd = rfcomm_connect(&s->end, time_left(s, start), s->signals);
	if (fd < 0)
		*why = bterror_connect(errno);
	return fd;
}

/* Connects, as often as -r and -w allow; exits when it can't be done. */
static int
open_link(struct config *c)
{
	const struct session *s = &c->session;
	int64_t start = clock_ms();
	for (;;) {
		const char *why;
		int fd = dial(c, start, &why);
		if (fd >= 0)
			return fd;
		if (errno == EINTR)
			signals_die(signals_caught(s->signals));
		bool again = c->retry_ms >= 0 && worth_retrying(errno) &&
			     (s->wait_ms < 0 || time_left(s, start) > c->retry_ms);
		if (!again)
			msg_die(MSG_FAIL, "%s: %s", s->name, why);
		msg_say("%s: %s; trying again", s->name, why);
		if (!signals_sleep(s->signals, c->retry_ms))
			signals_die(signals_caught(s->signals));
	}
}

static void
hang_up(const struct session *s, int fd)
{
	if (fd < 0)
		return;
	rfcomm_hangup(fd, s->hangup_ms, s->signals);
	close(fd);
}

/* -z: prints the channels that answer; the exit status. The last one that did is held until the
 * next one does: an end would take the multiplexer, and whoever is just connecting, along. */
static int
scan(struct config *c)
{
	struct session *s = &c->session;
	int found = -1;
	for (; s->end.channel <= c->last_channel; s->end.channel++) {
		int fd = rfcomm_connect(&s->end, s->wait_ms, s->signals);
		int error = errno;
		if (fd >= 0) {
			if (printf("%d\n", s->end.channel) < 0 || fflush(stdout) == EOF)
				msg_die(MSG_FAIL, "standard output: %s", strerror(errno));
			hang_up(s, found);
			found = fd;
		} else if (error == EINTR) {
			signals_die(signals_caught(s->signals));
		} else if (error != ECONNREFUSED) {
			msg_die(MSG_FAIL, "%s: %s", name_end(&s->end), bterror_connect(error));
		}
	}
	hang_up(s, found);
	return found >= 0 ? MSG_OK : MSG_FAIL;
}

/* Tells the program about its connection, as UCSPI does. */
static int
talk(struct config *c)
{
	struct session *s = &c->session;
	char local[18];
	char peer[18];
	char channel[12];
	s->link = open_link(c);
	bdaddr_t local_addr = rfcomm_local(s->link);
	ba2str(&local_addr, local);
	ba2str(&s->end.peer, peer);
	snprintf(channel, sizeof channel, "%d", s->end.channel);
	const struct spawn_var vars[] = {
		{"PROTO", "RFCOMM"},
		{"RFCOMMLOCALADDR", local},
		{"RFCOMMREMOTEADDR", peer},
		{"RFCOMMREMOTECHANNEL", channel},
		{"RFCOMMLOCALCHANNEL", NULL},
		{"RFCOMMCONNNUM", NULL},
		{NULL, NULL},
	};
	s->vars = vars;
	msg_say("connected to %s%s", s->name, rfcomm_security(s->link, &s->end.peer));
	return session_run(s);
}

int
main(int argc, char **argv)
{
	struct config c = {
		.session = session_defaults, .uuid = uuid_short(UUID_SERIAL_PORT), .retry_ms = -1};
	msg_init(tool.name);
	parse(&c, argc, argv);
	session_adapter(&c.session);
	c.session.signals = signals_open();
	/* A program that is yet to be started would be restricted, too. */
	if (!c.session.program)
		sandbox_enter(SANDBOX_RADIO);
	return c.zero ? scan(&c) : talk(&c);
}
