#include "bt/dial.h"

#include "base/clock.h"
#include "base/signals.h"

#include <errno.h>

/* The errors that are tried again at once. Every other one is final for dial(). */
static const struct rule {
	int error;
	int times;
	long pause_ms;
	long within_ms; /* only where the attempt took less: otherwise a person answered */
} rules[] = {
	/* The kernel says so until the peer has acknowledged the end of an earlier connection to
	 * the channel: measured at 20 to 45 ms. */
	{EBUSY, 20, 50, 1000},
	/* The multiplexer of an earlier connection is being closed, and takes this one along; or a
	 * connection was made and ended at once, see rfcomm_connect(). An abandoned pairing took 5
	 * s and more. */
	{ECONNRESET, 1, 300, 1000},
	/* The same cause, in 2 of 40 quick reconnects. A real refusal repeats a moment later; a
	 * person takes longer to refuse a pairing, and must not be asked twice. */
	{ECONNREFUSED, 1, 300, 2000},
};

/* Another attempt can't help: the machine lacks something, or a person has said no. */
static const int lasting[] = {EAFNOSUPPORT, EPROTONOSUPPORT, EACCES, EINTR, ENOTUNIQ};

bool
dial_passes(int error)
{
	for (size_t i = 0; i < sizeof lasting / sizeof *lasting; i++)
		if (error == lasting[i])
			return false;
	return true;
}

static const struct rule *
find_rule(int error)
{
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (rules[i].error == error)
			return &rules[i];
	return NULL;
}

int
dial(const struct rfcomm_end *end, long ms, int signals)
{
	int64_t start = clock_ms();
	int tries[sizeof rules / sizeof *rules] = {0};
	bool reset = false;
	for (;;) {
		int64_t began = clock_ms();
		int64_t spent = began - start;
		long left = ms < 0 ? -1 : ms > spent ? (long)(ms - spent) : 0;
		int fd = rfcomm_connect(end, left, signals, reset);
		const struct rule *rule = fd < 0 ? find_rule(errno) : NULL;
		if (!rule || tries[rule - rules]++ >= rule->times ||
			clock_ms() - began >= rule->within_ms)
			return fd;
		reset |= errno == ECONNRESET;
		if (!signals_sleep(signals, rule->pause_ms))
			return -1;
	}
}
