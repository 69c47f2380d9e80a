/* Arguments of the Bluetooth tools: adapters, addresses, channels, services and levels of security,
 * each with one parser. An error is reported in one line, exit 2. */
#ifndef BTOPT_H
#define BTOPT_H

#include "base/opt.h"
#include "bt/adapter.h"
#include "bt/uuid.h"

/* A service's class: as the user wrote it, for messages, and as a number. */
struct btopt_service {
	const char *text;
	struct uuid uuid;
};

/* For struct opt: a struct btopt_service; a service's name (const char *); BT_SECURITY_LOW, _MEDIUM
 * or _HIGH (int). */
opt_take btopt_service, btopt_name, btopt_level;

/* Fills list with the adapter called name, or with all where that is NULL; only those that are up.
 * Returns how many, at least 1: without any it reports why, and exits (2 when name is malformed,
 * else 1). */
int btopt_adapters(const char *name, struct adapter list[ADAPTER_MAX]);

/* Waits until btopt_adapters() would find an adapter, and reports once that it waits. To be called
 * before signals_open(), so that a signal ends the process. */
void btopt_await_adapter(const char *name);

/* A channel from min (0: a free one will do) to RFCOMM_CHANNEL_MAX. */
int btopt_channel(const char *text, int min);

/* A peer's address. */
bdaddr_t btopt_address(const char *text);

#endif
