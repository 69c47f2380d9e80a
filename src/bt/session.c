#include "bt/session.h"

#include "base/msg.h"
#include "base/opt.h"
#include "base/relay.h"
#include "base/sandbox.h"
#include "base/signals.h"
#include "base/spawn.h"
#include "bt/bterror.h"
#include "bt/btopt.h"
#include "bt/encryption.h"
#include "bt/ucspi.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* Bytes that the socket no longer counts may be on their way: in L2CAP, in the controller, on the
 * air. No event reports their arrival. They are at most this old when a peer hangs up, and when a
 * link is lost (the Link_Supervision_Timeout's default: Core specification, vol 4 part E 6.21). */
enum { FRESH_MS = 1000, SUPERVISION_MS = 20000 };

/* At most as many as the peer's credits allow: with Linux, RFCOMM_MAX_CREDITS frames of
 * RFCOMM_MAX_L2CAP_MTU - 5 bytes (include/net/bluetooth/rfcomm.h). */
enum { ON_THE_WAY_MAX = 40 * 1008 };

const struct session session_defaults = {
	.end = {.security = BT_SECURITY_LOW},
	.quiet_ms = -1,
	.idle_ms = -1,
	.hangup_ms = 30000,
	.wait_ms = -1,
	.grace_ms = -1,
	.place = -1,
};

static void
leave_at_once(const struct opt *opt, const char *value, void *config)
{
	struct session *s = config;
	(void)opt;
	(void)value;
	s->quiet_given = true;
	s->quiet_ms = 0;
}

static void
leave_when_quiet(const struct opt *opt, const char *value, void *config)
{
	struct session *s = config;
	s->quiet_given = true;
	opt_secs(opt, value, config);
}

#define FIELD(name) offsetof(struct session, name)

const struct opt session_opts[] = {
	{'d', NULL, "don't read stdin", opt_flag, .field = FIELD(no_stdin)},
	{'g', "secs", "end a program that runs on for secs after its link has ended (never)",
		opt_secs, FIELD(grace_ms), 0, SESSION_LONGEST_MS},
	{'i', "adapter", "local adapter, hci0 or its address (any)", opt_text,
		.field = FIELD(adapter)},
	{'L', "secs", "wait up to secs for the peer to acknowledge the end (30)", opt_secs,
		FIELD(hangup_ms), 0, SESSION_LONGEST_MS},
	{'N', NULL, "leave as soon as stdin has ended and all is delivered: -q 0",
		.take = leave_at_once},
	{'q', "secs",
		"after stdin's end leave when the peer is silent for secs; -1 never "
		"(connect 5, listen -1)",
		leave_when_quiet, FIELD(quiet_ms), -1, SESSION_LONGEST_MS},
	{'s', "level", "security: low, medium (encrypted) or high (and authenticated) (low)",
		btopt_level, .field = FIELD(end.security)},
	{'T', "secs", "give up after secs without a byte in either direction (never)", opt_secs,
		FIELD(idle_ms), 1, SESSION_LONGEST_MS},
	{'v', NULL, "say what happens", .take = opt_verbose},
	{'w', "secs", "give up when nobody is connected after secs (never)", opt_secs,
		FIELD(wait_ms), 1, SESSION_LONGEST_MS},
	{0},
};

void
session_open(struct session *s)
{
	struct adapter list[ADAPTER_MAX];
	if (s->program && !spawn_check(s->program))
		msg_die(MSG_USAGE, "%s: cannot run: %s", s->program[0], strerror(errno));
	if (s->patient)
		btopt_await_adapter(s->adapter);
	btopt_adapters(s->adapter, list);
	if (s->adapter)
		s->end.adapter = list[0].addr;
	s->signals = signals_open();
	if (s->signals < 0)
		msg_die(MSG_FAIL, "signals: %s", strerror(errno));
	if (!s->program)
		s->out = nowait_open(STDOUT_FILENO);
}

/* How many bytes may not have reached the peer, if all that are older than ms have. */
static uint64_t
undelivered(const struct relay *r, int64_t ms)
{
	uint64_t late = r->held + (r->fresh_ms < ms ? ON_THE_WAY_MAX : 0);
	return r->unsent - r->held + (late < r->sent ? late : r->sent);
}

/* Reports how many bytes a session that ended early did not deliver. */
static void
say_undelivered(const struct session *s, const struct relay *r, const char *why, uint64_t bytes)
{
	if (bytes)
		msg_warn("%s: %s: up to %" PRIu64 " bytes were not delivered (sent %" PRIu64
			 ", received %" PRIu64 ")",
			s->name, why, bytes, r->sent, r->received);
	else
		msg_warn("%s: %s (sent %" PRIu64 " bytes, received %" PRIu64 ")", s->name, why,
			r->sent, r->received);
}

static int
peer_closed(const struct session *s, const struct relay *r)
{
	if (!bterror_orderly(r->error)) {
		say_undelivered(s, r, bterror_loss(r->error), undelivered(r, SUPERVISION_MS));
		return MSG_FAIL;
	}
	if (r->unsent) {
		say_undelivered(s, r, "the peer closed", undelivered(r, FRESH_MS));
		return MSG_FAIL;
	}
	msg_note("peer closed: sent %" PRIu64 " bytes, received %" PRIu64, r->sent, r->received);
	return MSG_OK;
}

/* We hung up while the peer may have had more to send. Where the output is kept, in a file or
 * behind a pipe, warns that it may be incomplete. */
static void
warn_of_rest(const struct session *s)
{
	if (!s->program && s->quiet_ms > 0 && !isatty(STDOUT_FILENO))
		msg_warn("%s: left after %.10g s of silence, before the peer had closed (-d, or -q "
			 "-1, "
			 "waits for its end)",
			s->name, (double)s->quiet_ms / 1000);
}

/* All is handed over: hangs up, and checks that the peer's stack has it. */
static int
deliver(const struct session *s, const struct relay *r)
{
	bool acknowledged = rfcomm_hangup(s->link, s->hangup_ms, s->signals) == 0;
	if (acknowledged || (errno == ECONNRESET && r->fresh_ms >= FRESH_MS)) {
		msg_say("closed: sent %" PRIu64 " bytes, received %" PRIu64, r->sent, r->received);
		if (acknowledged)
			warn_of_rest(s);
		return MSG_OK;
	}
	if (errno == EINTR)
		return MSG_FAIL;
	if (errno == EINPROGRESS)
		msg_warn("%s: the peer did not acknowledge the end within %.10g s: the last bytes "
			 "may "
			 "not have been delivered (-L waits longer)",
			s->name, (double)s->hangup_ms / 1000);
	else if (errno == ECONNRESET)
		msg_warn("%s: the peer closed at the same moment: the last bytes may not have been "
			 "delivered",
			s->name);
	else
		msg_warn("%s: %s: the last bytes may not have been delivered", s->name,
			bterror_loss(errno));
	return MSG_FAIL;
}

static int
finish(const struct session *s, const struct relay *r, enum relay_end end)
{
	switch (end) {
	case RELAY_PEER_CLOSED:
		return peer_closed(s, r);
	case RELAY_DELIVERED:
		return deliver(s, r);
	case RELAY_IDLE:
		msg_warn("%s: no byte in either direction for %.10g s", s->name,
			(double)s->idle_ms / 1000);
		return MSG_FAIL;
	case RELAY_LOCAL_FAILED:
		msg_warn("standard input or output: %s", strerror(r->error));
		return MSG_FAIL;
	case RELAY_SIGNAL:
		if (r->unsent)
			say_undelivered(s, r, "interrupted", undelivered(r, FRESH_MS));
		break;
	case RELAY_READER_GONE:
		break;
	}
	return MSG_FAIL;
}

/* Starts the program with the connection as its stdin and stdout. Returns 0, or -1 with a message
 * where it can't be run. */
static int
start_program(const struct session *s, struct spawn *spawn)
{
	struct ucspi ucspi;
	bdaddr_t local = rfcomm_local(s->link);
	ucspi_fill(&ucspi, &local, &s->end.peer, s->end.channel, s->listening, s->number);
	if (spawn_start(spawn, s->program, ucspi.vars) == 0)
		return 0;
	msg_warn("%s: cannot run: %s", s->program[0], strerror(errno));
	return -1;
}

/* Relays between the link and the program or our own stdin and stdout, up to the hang-up. Returns
 * the exit status. */
static int
converse(const struct session *s, const struct spawn *spawn, enum relay_end *end)
{
	struct relay r = {
		.in = spawn         ? spawn->in
		      : s->no_stdin ? -1
				    : STDIN_FILENO,
		.out = spawn ? nowait_open(spawn->out) : s->out,
		.done = spawn ? spawn->done : -1,
		.link = s->link,
		.signals = s->signals,
		.quiet_ms = s->quiet_ms,
		.idle_ms = s->idle_ms,
		.queued = rfcomm_queued,
	};
	sandbox_enter(SANDBOX_SESSION);
	*end = relay_run(&r);
	nowait_close(&r.out);
	int status = finish(s, &r, *end);
	close(s->link);
	if (s->place >= 0)
		close(s->place);
	return status;
}

static void
say_connected(const struct session *s)
{
	char text[ENCRYPTION_TEXT];
	struct encryption encryption = encryption_of(s->link, &s->end.peer);
	/* Where the peer has connected to us, the channel is ours: name just its address. */
	msg_note("connected %s %.*s%s", s->listening ? "from" : "to",
		s->listening ? 17 : RFCOMM_NAME, s->name, encryption_text(encryption, text));
	if (encryption_is_weak(encryption))
		msg_note("warning: a key of %d octets, where %d are usual: somebody in range may "
			 "have shortened it, and read along (rfseal does not rely on it)",
			encryption.key_size, ENCRYPTION_FULL);
}

int
session_run(struct session *s)
{
	struct spawn spawn;
	enum relay_end end;
	rfcomm_name(&s->end, s->name);
	say_connected(s);
	if (s->program && start_program(s, &spawn) < 0) {
		close(s->link);
		return MSG_FAIL;
	}
	int status = converse(s, s->program ? &spawn : NULL, &end);
	if (s->program) {
		spawn.grace_ms = s->grace_ms;
		int program = spawn_wait(&spawn, s->signals);
		status = status == MSG_OK ? program : status;
	}
	int caught = s->program && spawn.signal ? spawn.signal : signals_caught(s->signals);
	if (caught)
		signals_die(caught);
	if (end == RELAY_READER_GONE)
		signals_die(SIGPIPE);
	return status;
}
