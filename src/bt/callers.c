#include "bt/callers.h"

#include "base/clock.h"
#include "base/msg.h"
#include "bt/bterror.h"
#include "bt/rfcomm.h"

#include <errno.h>
#include <unistd.h>

/* The kernel's limit for a pairing (RFCOMM_AUTH_TIMEOUT). */
enum { PAIRING_MS = 25000, PAUSE_MS = 20 };

void
callers_add(struct callers *callers, int link, const bdaddr_t *peer)
{
	callers->list[callers->count++] = (struct caller){link, *peer, clock_ms() + PAIRING_MS};
}

static struct caller
take(struct callers *callers, int i)
{
	struct caller caller = callers->list[i];
	for (callers->count--; i < callers->count; i++)
		callers->list[i] = callers->list[i + 1];
	return caller;
}

bool
callers_admit(struct callers *callers, struct caller *in)
{
	int64_t now = clock_ms();
	for (int i = 0; i < callers->count;) {
		struct caller *caller = &callers->list[i];
		int error = rfcomm_admit(caller->link) == 0 ? 0 : errno;
		if (!error) {
			*in = take(callers, i);
			return true;
		}
		if (error == EAGAIN && now < caller->until) {
			i++;
			continue;
		}
		/* A peer that has left meanwhile, or did not pair, is no failure of ours. */
		msg_say("a peer left before it was connected: %s",
			bterror_connect(error == EAGAIN ? ETIMEDOUT : error));
		close(take(callers, i).link);
	}
	return false;
}

int
callers_pause(const struct callers *callers)
{
	return callers->count > 0 ? PAUSE_MS : -1;
}

void
callers_refuse(struct callers *callers, const char *why)
{
	while (callers->count > 0) {
		struct caller caller = take(callers, 0);
		callers_refuse_one(caller.link, &caller.peer, why);
	}
}

void
callers_forget(struct callers *callers)
{
	while (callers->count > 0)
		close(take(callers, 0).link);
}

void
callers_refuse_one(int link, const bdaddr_t *peer, const char *why)
{
	char addr[18];
	ba2str(peer, addr);
	msg_say("refused %s (%s)", addr, why);
	close(link);
}
