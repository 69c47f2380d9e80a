/* rfseal: encrypts and authenticates any pipe, by a code that two people speak once. */
#include "base/clock.h"
#include "base/code_file.h"
#include "base/keyring.h"
#include "base/meet.h"
#include "base/meet_explain.h"
#include "base/msg.h"
#include "base/nowait.h"
#include "base/opt.h"
#include "base/sandbox.h"
#include "base/signals.h"
#include "base/spawn.h"
#include "base/tunnel.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum {
	DRAIN_MS = 2000, /* how long the other end may take to hear why we leave */
	TRANSPORT_MS = 5000, /* and a transport to end once its pipes are closed */
	PIPE_SIZE = 1 << 19, /* of its pipes, and of a program's */
};

struct config {
	bool serve; /* -s */
	bool terminate; /* -t */
	const char *code_file; /* -c */
	const char *dir; /* -d */
	char **program; /* the transport; -s: what has the plain text */
	struct keyring ring;
	struct meet meet;
	struct tunnel tunnel;
	struct spawn spawn;
	int signals;
};

#define FIELD(name) offsetof(struct config, name)

static const struct opt opts[] = {
	{'a', NULL, "with -s: whichever known peer it is", opt_flag, .field = FIELD(meet.any)},
	{'c', "file", "the code is the first line of file (asked for at the terminal)", opt_text,
		.field = FIELD(code_file)},
	{'d', "dir", "where peers are remembered ($XDG_STATE_HOME/rfcat/peers)", opt_text,
		.field = FIELD(dir)},
	{'g', NULL, "make the code, and show it", opt_flag, .field = FIELD(meet.made)},
	{'s', NULL, "serve: stdin and stdout are the link, the program has the plain text",
		opt_flag, .field = FIELD(serve)},
	{'t', NULL, "with -s: where the link is cut, end the program before its input ends",
		opt_flag, .field = FIELD(terminate)},
	{'v', NULL, "say what happens", .take = opt_verbose},
	{0},
};

static const struct tool tool = {
	"rfseal",
	"rfseal [-hvV] [-c file | -g] [-d dir] name transport [arg ...]\n"
	"rfseal -s [-ahtvV] [-c file | -g] [-d dir] [name] program [arg ...]\n",
	opts,
	NULL,
};

static void
parse_operands(struct config *c, char **operands)
{
	struct meet *m = &c->meet;
	if (!m->any) {
		if (!operands[0])
			msg_die(MSG_USAGE, "no name given (%s -h helps)", tool.name);
		if (!keyring_name(operands[0]))
			msg_die(MSG_USAGE,
				"%s: not a name (1 to %d bytes: letters, digits and . _ - + @)",
				operands[0], KEYRING_NAME_MAX);
		memcpy(m->name, operands[0], strlen(operands[0]) + 1);
		operands++;
	}
	if (!operands[0])
		msg_die(MSG_USAGE, "no %s given (%s -h helps)", c->serve ? "program" : "transport",
			tool.name);
	if (!spawn_check(operands))
		msg_die(MSG_USAGE, "%s: cannot run: %s", operands[0], strerror(errno));
	c->program = operands;
}

static void
parse(struct config *c, int argc, char **argv)
{
	char **operands = opt_parse(&tool, argc, argv, c, NULL);
	if (c->meet.any && !c->serve)
		msg_die(MSG_USAGE, "-a: only with -s (without it, a name says who is called)");
	if (c->terminate && !c->serve)
		msg_die(MSG_USAGE, "-t: only with -s (without it, see the exit status)");
	if (c->meet.made && c->code_file)
		msg_die(MSG_USAGE, "-c %s: not together with -g", c->code_file);
	if (c->meet.any && (c->meet.made || c->code_file))
		msg_die(MSG_USAGE, "-a: known peers need no code (-c and -g need a name)");
	parse_operands(c, operands);
}

static _Noreturn void
keyring_die(const struct config *c, int error)
{
	if (!*c->ring.file)
		msg_die(MSG_FAIL, "no home directory (-d names another)");
	msg_die(MSG_FAIL, "%s: %s", c->ring.file, keyring_explain(error));
}

/* The code that an earlier attempt at this meeting has left. */
static struct code
earlier_code(struct config *c)
{
	struct code code;
	if (keyring_load_code(&c->ring, c->meet.name, &code) < 0)
		keyring_die(c, errno);
	return code;
}

/* -g: the code of an earlier attempt that failed, or a new one. */
static void
make_code(struct config *c)
{
	struct code *code = &c->meet.code;
	*code = earlier_code(c);
	if (!*code->text) {
		code_make(code);
		if (keyring_store_code(&c->ring, c->meet.name, code) < 0)
			keyring_die(c, errno);
	}
}

static void
show_code(const struct config *c)
{
	char shown[CODE_DIGITS + 2];
	code_show(shown, &c->meet.code);
	dprintf(STDERR_FILENO, "code for %s: %s\n", c->meet.name, shown);
}

/* -c */
static void
read_code(struct config *c)
{
	const char *why = code_file_read(&c->meet.code, c->code_file);
	if (why)
		msg_die(MSG_FAIL, "%s: %s", c->code_file, why);
}

static void
prepare_code(struct config *c)
{
	int needed = meet_needs_code(&c->meet);
	c->meet.terminal = -1;
	if (needed < 0)
		keyring_die(c, c->meet.error);
	if (!needed)
		return;
	if (c->meet.made)
		make_code(c);
	else if (c->code_file)
		read_code(c);
	else
		c->meet.terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct code before = earlier_code(c);
	if (before.wrong >= CODE_GUESSES && strcmp(before.text, c->meet.code.text) == 0)
		msg_die(MSG_FAIL, "%s: %s", c->ring.file, meet_explain(&c->meet, MEET_VOID));
	if (c->meet.made)
		show_code(c);
}

/* Starts the transport, or prepares the program, which must not run before the other end has proved
 * who it is; and gives each descriptor its place. */
static void
open_ends(struct config *c)
{
	static const struct spawn_var none[] = {{NULL, NULL}};
	struct tunnel *t = &c->tunnel;
	int failed = c->serve ? spawn_hold(&c->spawn, c->program, none, "RFSEALPEER")
			      : spawn_start(&c->spawn, c->program, none);
	if (failed)
		msg_die(MSG_FAIL, "%s: cannot run: %s", c->program[0], strerror(errno));
	/* Fewer turns for each byte; where the system has no more to give, what it gave will do. */
	fcntl(c->spawn.in, F_SETPIPE_SZ, PIPE_SIZE);
	fcntl(c->spawn.out, F_SETPIPE_SZ, PIPE_SIZE);
	struct nowait ours = nowait_open(STDOUT_FILENO);
	struct nowait theirs = nowait_open(c->spawn.out);
	t->in = c->serve ? c->spawn.in : STDIN_FILENO;
	t->out = c->serve ? theirs : ours;
	t->done = c->serve ? c->spawn.done : -1;
	t->link_in = c->meet.link_in = c->serve ? STDIN_FILENO : c->spawn.in;
	t->link_out = c->serve ? ours : theirs;
	c->meet.link_out = &t->link_out;
	c->meet.waits = !c->serve;
	t->signals = c->meet.signals = c->signals;
}

/* Takes leave of the transport: its input ends, and what it still brings is of no interest; but the
 * other end may be about to learn why. */
static void
end_transport(struct config *c, long drain_ms)
{
	struct spawn *s = &c->spawn;
	int64_t until = clock_ms() + drain_ms;
	char waste[4096];
	nowait_close(&c->tunnel.link_out);
	close(s->out);
	s->out = -1;
	for (int64_t left; (left = until - clock_ms()) > 0;)
		if (signals_await(c->signals, s->in, POLLIN, (long)left) <= 0 ||
			read(s->in, waste, sizeof waste) <= 0)
			break;
	s->grace_ms = TRANSPORT_MS;
	spawn_wait(s, c->signals);
}

/* The other end has stored it, too. From here on no file is needed any more. */
static int
remembered(void *context)
{
	struct config *c = context;
	int failed = keyring_confirm(&c->ring, c->meet.name, &c->meet.pair);
	sodium_memzero(&c->meet.pair, sizeof c->meet.pair);
	if (failed)
		return -1;
	sandbox_enter(SANDBOX_SESSION);
	return 0;
}

/* Exits, by the signal where one has come. */
static _Noreturn void
leave(const struct config *c, int status)
{
	int caught = c->spawn.signal ? c->spawn.signal : signals_caught(c->signals);
	if (caught)
		signals_die(caught);
	exit(status);
}

static void
meet(struct config *c)
{
	struct meet *m = &c->meet;
	enum meet_result result = meet_run(m);
	if (result == MEET_DONE) {
		msg_say("%s: sealed%s", m->name,
			m->kind == HANDSHAKE_FIRST ? ", and met for the first time" : "");
		return;
	}
	bool file = result == MEET_KEYRING || result == MEET_VOID;
	if (result != MEET_SIGNAL)
		msg_warn("%s: %s",
			file     ? c->ring.file
			: m->any ? "a peer"
				 : m->name,
			meet_explain(m, result));
	if (c->serve)
		spawn_drop(&c->spawn);
	else
		end_transport(c, result == MEET_SIGNAL ? 0 : DRAIN_MS);
	leave(c, MSG_FAIL);
}

static void
say_cut(const struct config *c)
{
	const struct tunnel *t = &c->tunnel;
	const char *why = "the link ended before the other end did";
	if (t->error)
		why = t->error == EPIPE ? "the link takes nothing more" : strerror(t->error);
	msg_warn("%s: %s: sent %" PRIu64 " bytes, of which some may not have been written out "
		 "(received %" PRIu64 ")",
		c->meet.name, why, t->sent, t->received);
}

static int
finish(const struct config *c, enum tunnel_end end)
{
	const struct tunnel *t = &c->tunnel;
	const char *name = c->meet.name;
	switch (end) {
	case TUNNEL_DONE:
		msg_say("%s: ended: sent %" PRIu64 " bytes, received %" PRIu64, name, t->sent,
			t->received);
		return MSG_OK;
	case TUNNEL_UNDELIVERED:
		msg_warn("%s: the other end did not write out the last %" PRIu64
			 " bytes (sent %" PRIu64 ", received %" PRIu64 ")",
			name, t->sent - t->peer_took, t->sent, t->received);
		break;
	case TUNNEL_CUT:
		say_cut(c);
		break;
	case TUNNEL_FORGED:
		msg_warn("%s: something came that the other end had not sealed, after %" PRIu64
			 " bytes: nothing more was taken",
			name, t->received);
		break;
	case TUNNEL_LOCAL_FAILED:
		msg_warn("standard input or output: %s", strerror(t->error));
		break;
	case TUNNEL_NOT_REMEMBERED:
		msg_warn("%s: %s", c->ring.file, keyring_explain(t->error));
		break;
	case TUNNEL_READER_GONE:
	case TUNNEL_SIGNAL:
		break;
	}
	return MSG_FAIL;
}

/* Hangs up, and waits for the program; returns its exit status. Where t->out is still open, the
 * other end has not said that its data ends: with -t the program sees no end, either. */
static int
end_service(struct config *c)
{
	struct tunnel *t = &c->tunnel;
	bool cut = t->out.fd >= 0;
	if (!cut)
		c->spawn.out = -1;
	/* First: the program may take its time. */
	nowait_close(&t->link_out);
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	if (c->terminate && cut) {
		int status = spawn_stop(&c->spawn, c->signals);
		nowait_close(&t->out);
		return status;
	}
	nowait_close(&t->out);
	return spawn_wait(&c->spawn, c->signals);
}

static int
run(struct config *c)
{
	struct tunnel *t = &c->tunnel;
	struct meet *m = &c->meet;
	t->first = m->kind == HANDSHAKE_FIRST;
	t->role = m->role;
	t->sending = m->sending;
	t->receiving = m->receiving;
	t->remembered = remembered;
	t->context = c;
	sodium_memzero(&m->sending, sizeof m->sending);
	sodium_memzero(&m->receiving, sizeof m->receiving);
	if (!t->first)
		sandbox_enter(SANDBOX_SESSION);
	if (c->serve && spawn_release(&c->spawn, m->name) < 0) {
		msg_warn("%s: cannot run: %s", c->program[0], strerror(errno));
		return MSG_FAIL;
	}
	enum tunnel_end end = tunnel_run(t);
	int status = finish(c, end);
	if (c->serve) {
		int program = end_service(c);
		status = status == MSG_OK ? program : status;
	} else {
		end_transport(c, 0);
	}
	if (end == TUNNEL_READER_GONE)
		signals_die(SIGPIPE);
	return status;
}

int
main(int argc, char **argv)
{
	static struct config c;
	msg_init(tool.name);
#ifndef INSTRUMENTED
	/* No core file, and no other process of this user's may look into our memory. */
	prctl(PR_SET_DUMPABLE, 0);
#endif
	parse(&c, argc, argv);
	if (sodium_init() < 0)
		msg_die(MSG_FAIL, "no random numbers");
	sodium_mlock(&c, sizeof c);
	c.meet.ring = &c.ring;
	if (keyring_open(&c.ring, c.dir) < 0)
		keyring_die(&c, errno);
	prepare_code(&c);
	c.signals = signals_open();
	if (c.signals < 0)
		msg_die(MSG_FAIL, "signals: %s", strerror(errno));
	open_ends(&c);
	sandbox_enter(SANDBOX_SESSION | SANDBOX_KEYRING);
	meet(&c);
	leave(&c, run(&c));
}
