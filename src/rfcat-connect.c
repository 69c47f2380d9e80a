/* rfcat-connect: a peer's RFCOMM channel as stdin and stdout, or as a program's. */
#include "base/clock.h"
#include "base/msg.h"
#include "base/opt.h"
#include "base/sandbox.h"
#include "base/signals.h"
#include "bt/adapter.h"
#include "bt/bterror.h"
#include "bt/btopt.h"
#include "bt/channel.h"
#include "bt/dial.h"
#include "bt/sdp_client.h"
#include "bt/session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SERVICES_MAX = 64 };

/* With -r, an attempt without an answer ends after this time: long enough for a page time-out (5
 * s), and for a person who confirms a pairing. */
enum { ATTEMPT_MS = 20000 };

struct config {
	struct session session;
	struct btopt_service service; /* -u; looked up where no channel was given */
	bool by_service;
	long retry_ms; /* -r; -1 none */
	bool zero; /* -z */
	int last_channel; /* of -z's range */
};

#define FIELD(name) offsetof(struct config, name)

static const struct opt opts[] = {
	{'r', "secs", "keep trying every secs until connected", opt_secs, FIELD(retry_ms), 1,
		SESSION_LONGEST_MS},
	{'u', "uuid", "connect to this service, 16, 32 or 128 bits, or a name (spp)", btopt_service,
		.field = FIELD(service)},
	{'z', NULL, "zero I/O: print which channels answer", opt_flag, .field = FIELD(zero)},
	{0},
};

static const struct tool tool = {
	"rfcat-connect",
	"rfcat-connect [-dhNVv] [-g secs] [-i adapter] [-L secs] [-q secs] [-r secs] [-s level]\n"
	"              [-T secs] [-u uuid] [-w secs] address [channel [program [arg ...]]]\n"
	"rfcat-connect -z [-v] [-i adapter] [-s level] [-w secs] address channel[-channel]\n",
	opts,
	session_opts,
};

/* Parses "FIRST-LAST" or one channel, in place. */
static void
parse_range(struct config *c, char *text)
{
	char *last = strchr(text, '-');
	if (last)
		*last++ = '\0';
	c->session.end.channel = btopt_channel(text, RFCOMM_CHANNEL_MIN);
	c->last_channel = last ? btopt_channel(last, RFCOMM_CHANNEL_MIN) : c->session.end.channel;
	if (c->last_channel < c->session.end.channel)
		msg_die(MSG_USAGE, "channels %s-%s: the last is before the first", text, last);
}

static void
parse_operands(struct config *c, char **operands)
{
	struct session *s = &c->session;
	if (!operands[0])
		msg_die(MSG_USAGE, "no address given (%s -h helps)", tool.name);
	s->end.peer = btopt_address(operands[0]);
	if (!operands[1] && c->zero)
		msg_die(MSG_USAGE, "-z: no channel given");
	if (c->zero)
		parse_range(c, operands[1]);
	else if (operands[1])
		s->end.channel = btopt_channel(operands[1], 0);
	c->by_service = s->end.channel == 0;
	if (c->service.text && !c->by_service)
		msg_die(MSG_USAGE, "-u %s: either a service or a channel", c->service.text);
	if (!operands[1] || !operands[2])
		return;
	s->program = operands + 2;
	if (c->zero)
		msg_die(MSG_USAGE, "%s: -z takes no program", s->program[0]);
}

static void
parse(struct config *c, int argc, char **argv)
{
	parse_operands(c, opt_parse(&tool, argc, argv, c, &c->session));
	/* A program that closes its stdout may still read; its exit ends the session. */
	if (!c->session.quiet_given && !c->session.program)
		c->session.quiet_ms = 5000;
}

enum { NAME_TEXT = 80 };

/* "ADDRESS channel N", or "ADDRESS service NAME" until the channel is known. */
static const char *
name_end(const struct config *c, char name[NAME_TEXT])
{
	char addr[18];
	if (c->session.end.channel)
		return rfcomm_name(&c->session.end, name);
	ba2str(&c->session.end.peer, addr);
	snprintf(name, NAME_TEXT, "%s service %s", addr, c->service.text ? c->service.text : "spp");
	return name;
}

/* Several services on several channels: the user has to choose. */
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
	int count = sdp_client_search(&client, &c->service.uuid, list, SERVICES_MAX);
	*why = count < 0 ? bterror_sdp(errno)
			 : "the peer has no such service (btscan -s ADDRESS lists what it has)";
	if (count == 0)
		errno = ENOENT;
	if (count <= 0)
		return -1;
	for (int i = 1; i < count; i++)
		if (list[i].channel != list[0].channel) {
			*why = list_channels(list, count);
			errno = ENOTUNIQ;
			return -1;
		}
	end->channel = list[0].channel;
	return 0;
}

/* How long an attempt may take; -1: up to the kernel's limit. */
static long
attempt_ms(const struct config *c, int64_t start)
{
	long wait = c->session.wait_ms;
	int64_t spent = clock_ms() - start;
	long left = wait < 0 ? -1 : wait > spent ? wait - (long)spent : 0;
	return c->retry_ms >= 0 && (left < 0 || left > ATTEMPT_MS) ? ATTEMPT_MS : left;
}

/* One attempt. Returns a socket, or -1 with errno and why. */
static int
attempt(struct config *c, int64_t start, const char **why)
{
	struct session *s = &c->session;
	if (c->by_service) {
		s->end.channel = 0;
		if (look_up(c, attempt_ms(c, start), why) < 0)
			return -1;
	}
	int fd = dial(&s->end, attempt_ms(c, start), s->signals);
	if (fd < 0)
		*why = bterror_connect(errno);
	return fd;
}

/* Whether -r and -w leave time for another attempt. */
static bool
has_patience(const struct config *c, int64_t start)
{
	long wait = c->session.wait_ms;
	return c->retry_ms >= 0 && (wait < 0 || clock_ms() - start + c->retry_ms < wait);
}

/* Connects, as often as -r and -w allow; exits when it can't be done. */
static int
open_link(struct config *c)
{
	const struct session *s = &c->session;
	int64_t start = clock_ms();
	const char *reason = NULL;
	for (;;) {
		char name[NAME_TEXT];
		const char *why;
		int fd = attempt(c, start, &why);
		if (fd >= 0)
			return fd;
		if (errno == EINTR)
			signals_die(signals_caught(s->signals));
		bool passes = dial_passes(errno);
		/* The attempt before explains more than one that -w has cut short. */
		bool cut = errno == ETIMEDOUT && attempt_ms(c, start) == 0;
		reason = cut && reason ? reason : why;
		if (!passes || !has_patience(c, start))
			msg_die(MSG_FAIL, "%s: %s", name_end(c, name), reason);
		msg_say("%s: %s; trying again", name_end(c, name), why);
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

/* -z: prints the channels that answer. Returns the exit status. Keeps the last connection open
 * until the next one is made: closing it earlier would close the multiplexer, and with it a peer
 * that is just connecting. */
static int
scan(struct config *c)
{
	struct session *s = &c->session;
	int found = -1;
	for (; s->end.channel <= c->last_channel; s->end.channel++) {
		int fd = dial(&s->end, s->wait_ms, s->signals);
		int error = errno;
		char name[NAME_TEXT];
		if (fd >= 0) {
			if (printf("%d\n", s->end.channel) < 0 || fflush(stdout) == EOF)
				msg_die(MSG_FAIL, "standard output: %s", strerror(errno));
			hang_up(s, found);
			found = fd;
		} else if (error == EINTR) {
			signals_die(signals_caught(s->signals));
		} else if (error != ECONNREFUSED) {
			msg_die(MSG_FAIL, "%s: %s", name_end(c, name), bterror_connect(error));
		}
	}
	hang_up(s, found);
	return found >= 0 ? MSG_OK : MSG_FAIL;
}

int
main(int argc, char **argv)
{
	struct config c = {.session = session_defaults,
		.service.uuid = uuid_short(UUID_SERIAL_PORT),
		.retry_ms = -1};
	msg_init(tool.name);
	parse(&c, argc, argv);
	session_open(&c.session);
	/* A program that starts later would be restricted, too. */
	if (!c.session.program)
		sandbox_enter(SANDBOX_RADIO);
	if (c.zero)
		return scan(&c);
	c.session.link = open_link(&c);
	return session_run(&c.session);
}
