#include "bt/session.h"

#include "base/msg.h"
#include "base/opt.h"
#include "base/relay.h"
#include "base/sandbox.h"
#include "base/signals.h"
#include "bt/adapter_opt.h"
#include "bt/bterror.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* Bytes that the socket no longer counts are on their way: in L2CAP, in the controller, on the air.
 * None tells when they arrive. They are not older than this when a peer hangs up, and when a link
 * is lost (the Link_Supervision_Timeout's default: Core specification, vol 4 part E 6.21). */
enum { FRESH_MS = 1000, SUPERVISION_MS = 20000 };

/* No more of them than the peer's credits allow: of a Linux, RFCOMM_MAX_CREDITS frames of
 * RFCOMM_MAX_L2CAP_MTU - 5 bytes (include/net/bluetooth/rfcomm.h). */
enum { ON_THE_WAY_MAX = 40 * 1008 };

const struct session session_defaults = {
	.end = {.security = BT_SECURITY_LOW},
	.quiet_ms = -1,
	.idle_ms = -1,
	.hangup_ms = 30000,
	.wait_ms = -1,
};

static int
security_level(const char *text)
{
	static const char *const names[] = {"low", "medium", "high"};
	for (int i = 0; i < 3; i++)
		if (strcmp(text, names[i]) == 0)
			return BT_SECURITY_LOW + i;
	msg_die(MSG_USAGE, "-s %s: not one of low, medium, high", text);
}

bool
session_option(struct session *s, int letter)
{
	switch (letter) {
	case 'd':
		s->no_stdin = true;
		return true;
	case 'i':
		s->adapter = optarg;
		return true;
	case 'L':
		s->hangup_ms = opt_ms(letter, 0, SESSION_LONGEST_MS);
		return true;
	case 'N':
	case 'q':
		s->quiet_given = true;
		s->quiet_ms = letter == 'N' ? 0 : opt_ms(letter, -1, SESSION_LONGEST_MS);
		return true;
	case 's':
		s->end.security = security_level(optarg);
		return true;
	case 'T':
		s->idle_ms = opt_ms(letter, 1, SESSION_LONGEST_MS);
		return true;
	case 'v':
		msg_verbose(true);
		return true;
	case 'w':
		s->wait_ms = opt_ms(letter, 1, SESSION_LONGEST_MS);
		return true;
	default:
		return false;
	}
}

void
session_adapter(struct session *s)
{
	struct adapter list[ADAPTER_MAX];
	adapter_opt(s->adapter, list);
	if (s->adapter)
		s->end.adapter = list[0].addr;
}

/* How many bytes may not have reached the peer, when what was sent before the last ms has. */
static uint64_t
undelivered(const struct relay *r, int64_t ms)
{
	uint64_t late = r->held + (r->fresh_ms < ms ? ON_THE_WAY_MAX : 0);
	return r->unsent - r->held + (late < r->sent ? late : r->sent);
}

/* Says how many bytes a session that ended early did not deliver. */
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
	msg_say("peer closed: sent %" PRIu64 " bytes, received %" PRIu64, r->sent, r->received);
	return MSG_OK;
}

/* All is handed over: hang up, and learn whether the peer's stack has it. */
static int
deliver(const struct session *s, const struct relay *r)
{
	if (rfcomm_hangup(s->link, s->hangup_ms, s->signals) == 0 ||
		(errno == ECONNRESET && r->fresh_ms >= FRESH_MS)) {
		msg_say("closed: sent %" PRIu64 " bytes, received %" PRIu64, r->sent, r->received);
		return MSG_OK;
	}
	if (errno == EINTR)
		return MSG_FAIL;
	if (errno == EINPROGRESS)
		msg_warn("%s: the peer did not acknowledge the end within %g s: the last bytes may "
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
		msg_warn("%s: no byte in either direction for %g s", s->name,
			(double)s->idle_ms / 1000);
		return MSG_FAIL;
	case RELAY_LOCAL_FAILED:
		msg_warn("standard input or output: %s", strerror(r->error));
		return MSG_FAIL;
	case RELAY_READER_GONE:
	case RELAY_SIGNAL:
		break;
	}
	return MSG_FAIL;
}

/* Between the link and the program, or our own stdin and stdout. */
static struct relay
relay_of(const struct session *s, const struct spawn *spawn)
{
	struct relay r = {
		.in = s->program    ? spawn->in
		      : s->no_stdin ? -1
				    : STDIN_FILENO,
		.out = nowait_open(s->program ? spawn->out : STDOUT_FILENO),
		.done = s->program ? spawn->done : -1,
		.link = s->link,
		.signals = s->signals,
		.quiet_ms = s->quiet_ms,
		.idle_ms = s->idle_ms,
		.queued = rfcomm_queued,
	};
	return r;
}

int
session_run(struct session *s)
{
	struct spawn spawn;
	if (s->program && spawn_start(&spawn, s->program, s->vars) < 0) {
		msg_warn("%s: cannot run: %s", s->program[0], strerror(errno));
		close(s->link);
		return MSG_FAIL;
	}
	struct relay r = relay_of(s, &spawn);
	sandbox_enter(SANDBOX_SESSION);
	enum relay_end end = relay_run(&r);
	nowait_close(&r.out);
	int status = finish(s, &r, end);
	close(s->link);
	if (s->program) {
		int program = spawn_wait(&spawn, s->signals);
		status = status == MSG_OK ? program : status;
	}
	int caught = signals_caught(s->signals);
	if (caught)
		signals_die(caught);
	if (end == RELAY_READER_GONE)
		signals_die(SIGPIPE);
	return status;
}
