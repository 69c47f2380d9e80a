/* rfcat-listen: waits on an RFCOMM channel; the connection is its stdin and stdout, or a
 * program's. */
#include "adapter.h"
#include "msg.h"
#include "opt.h"
#include "quit.h"
#include "rfcomm.h"
#include "serve.h"
#include "session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct opt opts[] = {
	{'1', NULL, "print the channel on a line of stdout first (with a program or -d)"},
	{'a', "address", "admit only this peer, or those in a file; may be repeated"},
	{'d', NULL, "don't read stdin"},
	{'i', "adapter", "local adapter, hci0 or its address (any)"},
	{'k', NULL, "keep listening; with a program, serve peers at the same time"},
	{'L', "secs", "wait so long for the peer to acknowledge the end (30)"},
	{'m', "max", "at most so many peers at a time (1; with -k and a program 7)"},
	{'N', NULL, "leave as soon as stdin has ended and all is delivered: -q 0"},
	{'q', "secs", "after the end of stdin leave when the peer was silent for secs (-1: never)"},
	{'s', "level", "security: low, medium (encrypted) or high (and authenticated) (low)"},
	{'T', "secs", "give up after secs without a byte in either direction (never)"},
	{'v', NULL, "say what happens"},
	{'w', "secs", "give up when nobody is connected after secs (never)"},
	{0},
};

static const struct tool tool = {
	"rfcat-listen",
	"rfcat-listen [-1dhkNVv] [-a address] [-i adapter] [-L secs] [-m max] [-q secs]\n"
	"             [-s level] [-T secs] [-w secs] [channel [program [arg ...]]]\n",
	opts,
};

enum { PEERS_WITH_PROGRAM = 7 }; /* a piconet's active members */

static void
parse_operands(struct serve *s, char **operands)
{
	long channel = 0;
	if (operands[0] && !opt_parse_long(operands[0], 0, RFCOMM_CHANNEL_MAX, &channel))
		msg_die(MSG_USAGE,
			"channel %s: not a whole number from %d to %d, or 0 for a free one",
			operands[0], RFCOMM_CHANNEL_MIN, RFCOMM_CHANNEL_MAX);
	s->session.end.channel = (int)channel;
	if (!operands[0] || !operands[1])
		return;
	s->session.program = operands + 1;
	if (!spawn_check(s->session.program))
		msg_die(MSG_USAGE, "%s: cannot run: %s", operands[1], strerror(errno));
}

/* Returns whether -1 was given. */
static bool
parse(struct serve *s, int argc, char **argv)
{
	bool print_channel = false;
	long max = 0;
	int letter;
	while ((letter = opt_next(&tool, argc, argv)) != -1)
		switch (letter) {
		case '1':
			print_channel = true;
			break;
		case 'a':
			allow_add(&s->allow, optarg);
			break;
		case 'k':
			s->keep = true;
			break;
		case 'm':
			max = opt_long(letter, 1, SERVE_MAX);
			break;
		default:
			session_option(&s->session, letter);
		}
	parse_operands(s, argv + optind);
	bool many = s->keep && s->session.program;
	if (max > 1 && !many)
		msg_die(MSG_USAGE, "-m %ld: more than one peer at a time needs -k and a program",
			max);
	if (print_channel && !s->session.program && !s->session.no_stdin)
		msg_die(MSG_USAGE, "-1: it needs a program or -d (else -v tells the channel)");
	s->max = max ? (int)max : many ? PEERS_WITH_PROGRAM : 1;
	return print_channel;
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
	msg_warn("%s: peers can't connect, its page scan is off (bluetoothctl discoverable on)",
		s->adapter ? s->adapter : "adapter");
}

static void
announce(const struct session *s, bool print_channel)
{
	char addr[18] = "any adapter";
	if (s->adapter)
		ba2str(&s->end.adapter, addr);
	if (print_channel && (printf("%d\n", s->end.channel) < 0 || fflush(stdout) == EOF))
		msg_die(MSG_FAIL, "standard output: %s", strerror(errno));
	msg_say("listening on %s channel %d", addr, s->end.channel);
}

int
main(int argc, char **argv)
{
	struct serve s = {.session = session_defaults};
	msg_init(tool.name);
	bool print_channel = parse(&s, argc, argv);
	session_adapter(&s.session);
	s.session.quit = quit_open();
	s.listener = rfcomm_listen(&s.session.end);
	if (s.listener < 0)
		msg_die(MSG_FAIL, "channel %d: %s", s.session.end.channel,
			errno == EINVAL ? "all channels are taken" : rfcomm_explain(errno));
	check_reachable(&s.session);
	announce(&s.session, print_channel);
	return serve_run(&s);
}
