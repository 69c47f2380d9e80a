/* rfcat-connect: a peer's RFCOMM channel as stdin and stdout, or as a program's. */
#include "adapter.h"
#include "clock.h"
#include "msg.h"
#include "opt.h"
#include "quit.h"
#include "rfcomm.h"
#include "session.h"

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
	{'v', NULL, "say what happens"},
	{'w', "secs", "give up when not connected after secs (the kernel's limit)"},
	{'z', NULL, "zero I/O: print which channels answer"},
	{0},
};

static const struct tool tool = {
	"rfcat-connect",
	"rfcat-connect [-dhNVv] [-i adapter] [-L secs] [-q secs] [-r secs] [-s level] [-T secs]\n"
	"              [-w secs] address channel [program [arg ...]]\n"
	"rfcat-connect -z [-v] [-i adapter] [-s level] [-w secs] address channel[-channel]\n",
	opts,
};

struct config {
	struct session session;
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
	if (!operands[1])
		msg_die(MSG_USAGE, "no channel given (%s -h helps)", tool.name);
	parse_channels(c, operands[1]);
	if (!operands[2])
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

/* Whether a failed attempt may go better later. */
static bool
worth_retrying(int error)
{
	return error != EINTR && error != EAFNOSUPPORT && error != EPROTONOSUPPORT;
}

/* Connects, as often as -r and -w allow; exits when it can't be done. */
static int
open_link(const struct config *c)
{
	const struct session *s = &c->session;
	int64_t start = clock_ms();
	for (;;) {
		int64_t spent = clock_ms() - start;
		long left = s->wait_ms < 0 ? -1 : s->wait_ms > spent ? s->wait_ms - (long)spent : 0;
		int fd = rfcomm_connect(&s->end, left, s->quit);
		if (fd >= 0)
			return fd;
		int error = errno;
		bool again = c->retry_ms >= 0 && worth_retrying(error) &&
			     (s->wait_ms < 0 || left > c->retry_ms);
		if (error == EINTR)
			quit_die(quit_signal(s->quit));
		if (!again)
			msg_die(MSG_FAIL, "%s: %s", s->name, rfcomm_explain(error));
		msg_say("%s: %s; trying again", s->name, rfcomm_explain(error));
		if (!quit_sleep(s->quit, c->retry_ms))
			quit_die(quit_signal(s->quit));
	}
}

/* -z: prints the channels that answer; the exit status. */
static int
scan(struct config *c)
{
	struct session *s = &c->session;
	int found = 0;
	for (; s->end.channel <= c->last_channel; s->end.channel++) {
		int fd = rfcomm_connect(&s->end, s->wait_ms, s->quit);
		int error = errno;
		if (fd >= 0) {
			found++;
			if (printf("%d\n", s->end.channel) < 0 || fflush(stdout) == EOF)
				msg_die(MSG_FAIL, "standard output: %s", strerror(errno));
			rfcomm_hangup(fd, s->hangup_ms, s->quit);
			close(fd);
		} else if (error == EINTR) {
			quit_die(quit_signal(s->quit));
		} else if (error != ECONNREFUSED) {
			msg_die(MSG_FAIL, "%s: %s", name_end(&s->end), rfcomm_explain(error));
		}
	}
	return found ? MSG_OK : MSG_FAIL;
}

/* Tells the program about its connection, as UCSPI does. */
static int
talk(struct config *c)
{
	struct session *s = &c->session;
	char local[18];
	char peer[18];
	char channel[12];
	bdaddr_t local_addr;
	bdaddr_t peer_addr;
	s->link = open_link(c);
	rfcomm_names(s->link, &local_addr, &peer_addr);
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
	msg_say("connected to %s%s", s->name, rfcomm_security(s->link));
	return session_run(s);
}

int
main(int argc, char **argv)
{
	struct config c = {.session = session_defaults, .retry_ms = -1};
	msg_init(tool.name);
	parse(&c, argc, argv);
	session_adapter(&c.session);
	c.session.quit = quit_open();
	c.session.name = name_end(&c.session.end);
	return c.zero ? scan(&c) : talk(&c);
}
