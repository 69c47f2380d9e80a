#include "bt/advertise.h"

#include "base/msg.h"
#include "base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PROGRAM "btpublish"

/* The program's path: beside this program. */
static const char *
find_program(char path[PATH_MAX])
{
	ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - sizeof PROGRAM);
	path[len < 0 ? 0 : len] = '\0';
	char *name = strrchr(path, '/');
	memcpy(name ? name + 1 : path, PROGRAM, sizeof PROGRAM);
	return path;
}

int
advertise_start(const struct advertise *a, int signals, int *signal)
{
	static const struct spawn_var none[] = {{NULL, NULL}};
	char path[PATH_MAX];
	char channel[12];
	snprintf(channel, sizeof channel, "%d", a->channel);
	union { /* execvp() changes nothing, but takes no const */
		const char *in[10];
		char *out[10];
	} argv = {{find_program(path), "-b", "-n", a->name, a->only ? "-ou" : "-u", a->uuid,
		a->adapter ? "-i" : channel, a->adapter, a->adapter ? channel : NULL}};
	struct spawn spawn;
	*signal = 0;
	if (spawn_start(&spawn, argv.out, none) < 0) {
		msg_warn("%s: cannot run: %s", path, strerror(errno));
		return -1;
	}
	/* It goes to the background when all is published, and exits when its stdin is closed. */
	int hold = fcntl(spawn.out, F_DUPFD_CLOEXEC, 0);
	int status = spawn_wait(&spawn, signals);
	if (status == 0 && !spawn.signal)
		return hold;
	close(hold);
	*signal = spawn.signal;
	return -1;
}
