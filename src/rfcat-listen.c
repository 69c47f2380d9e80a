/* rfcat-listen: waits on an RFCOMM channel; the connection is its stdin and stdout, or a
 * program's. */
#include "base/msg.h"
#include "base/opt.h"
#include "base/signals.h"
#include "bt/adapter.h"
#include "bt/advertise.h"
#include "bt/bterror.h"
#include "bt/btopt.h"
#include "bt/rfcomm.h"
#include "bt/serve.h"
#include "bt/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PEERS_WITH_PROGRAM = 7 }; /* a piconet's active members */

struct config {
	struct serve serve;
	struct advertise advertise; /* name and uuid are NULL where they were not given */
	struct btopt_service service; /* -u */
	char address[18]; /* of the adapter: it may get another number later */
	bool publish; /* -p */
	bool print_channel; /* -1 */
	long max; /* -m; 0: not given */
};

static void
admit_only(const struct opt *opt, const char *value, void *config)
{
	struct config *c = config;
	(void)opt;
	allow_add(&c->serve.allow, value);
}

#define FIELD(name) offsetof(struct config, name)

static const struct opt opts[] = {
	{'1', NULL, "print the channel on a line of stdout first (with a program or -d)", opt_flag,
		.field = FIELD(print_channel)},
	{'a', "address", "admit only this peer, or those in a file; may be repeated",
		.take = admit_only},
	{'k', NULL, "keep listening; with a program, serve peers at the same time", opt_flag,
		.field = FIELD(serve.keep)},
	{'m', "max", "serve at most max peers at a time (1; with -k and a program 7)", opt_number,
		FIELD(max), 1, SERVE_MAX},
	{'n', "name", "with -p: the service's name (rfcat)", btopt_name,
		.field = FIELD(advertise.name)},
	{'o', NULL, "with -p -u: only that class, no Serial Port second", opt_flag,
		.field = FIELD(advertise.only)},
	{'p', NULL, "be found: publish the service, be discoverable", opt_flag,
		.field = FIELD(publish)},
	{'u', "uuid", "with -p: the service's class, 16, 32 or 128 bits, or a name (spp)",
		btopt_service, .field = FIELD(service)},
	{0},
};

static const struct tool tool = {
	"rfcat-listen",
	"rfcat-listen [-1dhkNopVv] [-a address] [-g secs] [-i adapter] [-L secs] [-m max]\n"
	"             [-n name] [-q secs] [-s level] [-T secs] [-u uuid] [-w secs]\n"
	"             [channel [program [arg ...]]]\n",
	opts,
	session_opts,
};

static void
parse(struct config *c, int argc, char **argv)
{
	struct session *s = &c->serve.session;
	char **operands = opt_parse(&tool, argc, argv, c, s);
	s->end.channel = operands[0] ? btopt_channel(operands[0], 0) : 0;
	s->program = operands[0] && operands[1] ? operands + 1 : NULL;
	if ((c->advertise.name || c->service.text) && !c->publish)
		msg_die(MSG_USAGE, "-%c: it needs -p", c->advertise.name ? 'n' : 'u');
	if (c->advertise.only && !c->service.text)
		msg_die(MSG_USAGE, "-o: it needs -p and -u");
	c->advertise.name = c->advertise.name ? c->advertise.name : "rfcat";
	c->advertise.uuid = c->service.text ? c->service.text : "spp";
	bool many = c->serve.keep && s->program;
	if (c->max > 1 && !many)
		msg_die(MSG_USAGE, "-m %ld: more than one peer at a time needs -k and a program",
			c->max);
	if (c->print_channel && !s->program && !s->no_stdin)
		msg_die(MSG_USAGE, "-1: it needs a program or -d (else -v reports the channel)");
	c->serve.max = c->max ? (int)c->max : many ? PEERS_WITH_PROGRAM : 1;
}

/* bluetoothd switches page scan off when it starts with no paired device: no peer could connect,
 * and the user would not know why. */
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
	ba2str(&s->end.adapter, c->address);
	c->advertise.adapter = s->adapter ? c->address : NULL;
	c->advertise.channel = s->end.channel;
	int signal;
	c->serve.advertise = advertise_start(&c->advertise, s->signals, &signal);
	if (c->serve.advertise >= 0)
		return;
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
	msg_note("listening on %s channel %d%s%s", addr, s->end.channel,
		c->publish ? ", published as " : "", c->publish ? c->advertise.name : "");
}

static _Noreturn void
cannot_listen(int channel)
{
	const char *service = channel_service(channel);
	if (errno == EADDRINUSE && channel == 0)
		msg_die(MSG_FAIL, "channel 0: all channels are taken");
	if (errno == EADDRINUSE && service)
		msg_die(MSG_FAIL,
			"channel %d: that channel is taken, perhaps by BlueZ for %s "
			"(0 takes a free one)",
			channel, service);
	msg_die(MSG_FAIL, "channel %d: %s", channel, bterror_connect(errno));
}

int
main(int argc, char **argv)
{
	struct config c = {.serve = {.session = session_defaults, .advertise = -1}};
	struct session *s = &c.serve.session;
	msg_init(tool.name);
	parse(&c, argc, argv);
	s->patient = c.serve.keep;
	session_open(s);
	c.serve.listener = rfcomm_listen(&s->end);
	if (c.serve.listener < 0)
		cannot_listen(s->end.channel);
	if (c.publish)
		publish(&c);
	else
		check_reachable(s);
	announce(&c);
	int status = serve_run(&c.serve);
	allow_free(&c.serve.allow);
	return status;
}
