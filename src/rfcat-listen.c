/* rfcat-listen: waits on an RFCOMM channel; the connection is its stdin and stdout, or a
 * program's. */
#include "base/msg.h"
#include "base/opt.h"
#include "base/signals.h"
#include "bt/adapter.h"
#include "bt/advertise.h"
#include "bt/bterror.h"
#include "bt/channel.h"
#include "bt/rfcomm.h"
#include "bt/sdp_record.h"
#include "bt/serve.h"
#include "bt/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct opt opts[] = {
	{'1', NULL, "print the channel on a line of stdout first (with a program or -d)"},
	{'a', "address", "admit only this peer, or those in a file; may be repeated"},
	{'d', NULL, "don't read stdin"},
	{'i', "adapter", "local adapter, hci0 or its address (any)"},
	{'k', NULL, "keep listening; with a program, serve peers at the same time"},
	{'L', "secs", "wait so long for the peer to acknowledge the end (30)"},
	{'m', "max", "at most so many peers at a time (1; with -k and a program 7)"},
	{'n', "name", "with -p: the service's name (rfcat)"},
	{'N', NULL, "leave as soon as stdin has ended and all is delivered: -q 0"},
	{'p', NULL, "be found: publish the service, be discoverable"},
	{'q', "secs", "after the end of stdin leave when the peer was silent for secs (-1: never)"},
	{'s', "level", "security: low, medium (encrypted) or high (and authenticated) (low)"},
	{'T', "secs", "give up after secs without a byte in either direction (never)"},
	{'u', "uuid", "with -p: the service's class, 16, 32 or 128 bits, or a name (spp)"},
	{'v', NULL, "say what happens"},
	{'w', "secs", "give up when nobody is connected after secs (never)"},
	{0},
};

static const struct tool tool = {
	"rfcat-listen",
	"rfcat-listen [-1dhkNpVv] [-a address] [-i adapter] [-L secs] [-m max] [-n name] [-q "
	"secs]\n"
	"             [-s level] [-T secs] [-u uuid] [-w secs] [channel [program [arg ...]]]\n",
	opts,
};

enum { PEERS_WITH_PROGRAM = 7 }; /* a piconet's active members */

struct config {
	struct serve serve;
	struct advertise advertise;
	bool publish; /* -p */
	bool print_channel; /* -1 */
	long max; /* -m; 0: not given */
};

static void
parse_operands(struct config *c, char **operands)
{
	struct session *s = &c->serve.session;
	long channel = 0;
	if (operands[0] && !opt_parse_long(operands[0], 0, RFCOMM_CHANNEL_MAX, &channel))
		msg_die(MSG_USAGE,
			"channel %s: not a whole number from %d to %d, or 0 for a free one",
			operands[0], RFCOMM_CHANNEL_MIN, RFCOMM_CHANNEL_MAX);
	s->end.channel = (int)channel;
	if (!operands[0] || !operands[1])
		return;
	s->program = operands + 1;
	if (!spawn_check(s->program))
		msg_die(MSG_USAGE, "%s: cannot run: %s", operands[1], strerror(errno));
}

static void
parse_options(struct config *c, int argc, char **argv)
{
	int letter;
	while ((letter = opt_next(&tool, argc, argv)) != -1)
		switch (letter) {
		case '1':
			c->print_channel = true;
			break;
		case 'a':
			allow_add(&c->serve.allow, optarg);
			break;
		case 'k':
			c->serve.keep = true;
			break;
		case 'm':
			c->max = opt_long(letter, 1, SERVE_MAX);
			break;
		case 'n':
			c->advertise.name = optarg;
			break;
		case 'p':
			c->publish = true;
			break;
		case 'u':
			c->advertise.uuid = optarg;
			break;
		default:
			session_option(&c->serve.session, letter);
		}
}

static void
check_advertise(struct config *c)
{
	struct advertise *a = &c->advertise;
	struct uuid uuid;
	if (a->name && !sdp_record_name_ok(a->name))
		msg_die(MSG_USAGE, "-n %s: " SDP_RECORD_NAME_EXPECTED, a->name);
	if (a->uuid && !uuid_parse(a->uuid, &uuid))
		msg_die(MSG_USAGE, "-u %s: " UUID_EXPECTED, a->uuid);
	if ((a->name || a->uuid) && !c->publish)
		msg_die(MSG_USAGE, "-%c: it needs -p", a->name ? 'n' : 'u');
	a->name = a->name ? a->name : "rfcat";
	a->uuid = a->uuid ? a->uuid : "spp";
}

static void
parse(struct config *c, int argc, char **argv)
{
	const struct session *s = &c->serve.session;
	parse_options(c, argc, argv);
	parse_operands(c, argv + optind);
	check_advertise(c);
	bool many = c->serve.keep && s->program;
	if (c->max > 1 && !many)
		msg_die(MSG_USAGE, "-m %ld: more than one peer at a time needs -k and a program",
			c->max);
	if (c->print_channel && !s->program && !s->no_stdin)
		msg_die(MSG_USAGE, "-1: it needs a program or -d (else -v tells the channel)");
	c->serve.max = c->max ? (int)c->max : many ? PEERS_WITH_PROGRAM : 1;
}

/* bluetoothd switches page scan off when it starts with no paired device: nobody could connect,
 * and nobody would know why. */
static void
check_reachable(const struct session *s)
{
	struct adapter list[ADAPTER_MAX];
	int count = adapter_list(list, ADAPTER_MAX);
	for (int i = 0; i < count; i++)
		if (list[i].up && list[i].page_scan &&
			(!s->adapter || bacmp(&list[i].addr, &s->end.adapter) == 0))
			return;
	msg_warn("%s: peers can't connect, its page scan is off (-p, or bluetoothctl discoverable "
		 "on)",
		s->adapter ? s->adapter : "adapter");
}

/* -p */
static void
publish(struct config *c)
{
	struct session *s = &c->serve.session;
	c->advertise.adapter = s->adapter;
	c->advertise.channel = s->end.channel;
	c->serve.advertise = advertise_start(&c->advertise, s->signals);
	if (c->serve.advertise >= 0)
		return;
	int signal = signals_caught(s->signals);
	if (signal)
		signals_die(signal);
	exit(MSG_FAIL);
}

static void
announce(const struct config *c)
{
	const struct session *s = &c->serve.session;
	char addr[18] = "any adapter";
	if (s->adapter)
		ba2str(&s->end.adapter, addr);
	if (c->print_channel && (printf("%d\n", s->end.channel) < 0 || fflush(stdout) == EOF))
		msg_die(MSG_FAIL, "standard output: %s", strerror(errno));
	msg_say("listening on %s channel %d%s%s", addr, s->end.channel,
		c->publish ? ", published as " : "", c->publish ? c->advertise.name : "");
}

int
main(int argc, char **argv)
{
	struct config c = {.serve = {.session = session_defaults, .advertise = -1}};
	struct session *s = &c.serve.session;
	msg_init(tool.name);
	parse(&c, argc, argv);
	session_adapter(s);
	s->signals = signals_open();
	c.serve.listener = rfcomm_listen(&s->end);
	if (c.serve.listener < 0)
		msg_die(MSG_FAIL, "channel %d: %s", s->end.channel,
			errno == EINVAL ? "all channels are taken" : bterror_connect(errno));
	if (c.publish)
		publish(&c);
	else
		check_reachable(s);
	announce(&c);
	int status = serve_run(&c.serve);
	allow_free(&c.serve.allow);
	return status;
}
