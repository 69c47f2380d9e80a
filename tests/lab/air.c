/* air: the radio between the lab's controllers, and a way to spoil it.
 *
 *	air -D count     opens the controllers on btvirt's server socket, and carries their traffic
 *	air command ...  sends a command to the running one
 */
#include "radio.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char usage[] =
	"usage: air -D count\n"
	"       air lose A B              the link ends as if the peer were out of range\n"
	"       air drop A B on|off       data from A to B is lost, without notice\n"
	"       air delay A B ms          ... arrives ms later\n"
	"       air rate A B bytes        ... goes at this number of bytes a second; 0: no limit\n"
	"       air stutter A B ms        ... goes for ms, rests for ms, and so on; 0: no\n"
	"       air nopage A on|off       no peer can connect to A: the page time-out runs\n"
	"       air keysize A octets      links of A have a key of this size; 0: 16 octets\n"
	"       air heal                  none of the above any more\n"
	"       air unplug A              A is pulled out of its port\n"
	"       air plug A                A comes back, with the same address, down\n"
	"       air links                 prints the links: controller, handle, peer\n"
	"A and B: hci0, ..., an address, or all. Faults stay until they are undone.\n";

#define CONTROL "/run/air"

enum { WORDS = 5, TEXT = 8192 };

static struct sockaddr_un control = {.sun_family = AF_UNIX, .sun_path = CONTROL};

/* Reasons to fail, unlike "" and whole lines. */
static const char no_controller[] = "no such controller";
static const char bad_value[] = "the value is on or off, or a number";

static bool
parse_switch(const char *word, bool *on)
{
	*on = strcmp(word, "on") == 0;
	return *on || strcmp(word, "off") == 0;
}

static bool
parse_number(const char *word, long *number)
{
	char *end;
	errno = 0;
	long n = strtol(word, &end, 10);
	if (errno || end == word || *end || n < 0 || n > 1000000000)
		return false;
	*number = n;
	return true;
}

static bool
means(struct radio *radio, const char *name, int i)
{
	return strcmp(name, "all") == 0 || radio_find(radio, name) == &radio->list[i];
}

static bool
set_fault(struct fault *fault, const char *what, const char *value)
{
	if (strcmp(what, "drop") == 0)
		return parse_switch(value, &fault->drop);
	if (strcmp(what, "delay") == 0)
		return parse_number(value, &fault->delay_ms);
	if (strcmp(what, "rate") == 0)
		return parse_number(value, &fault->bytes_per_sec);
	return parse_number(value, &fault->stutter_ms);
}

/* words: fault, sender, receiver, amount. */
static const char *
spoil(struct radio *radio, char *const *words)
{
	bool any = false;
	for (int i = 0; i < radio->count; i++)
		for (int j = 0; j < radio->count; j++) {
			if (i == j || !means(radio, words[1], i) || !means(radio, words[2], j))
				continue;
			if (!set_fault(&radio->list[i].faults[j], words[0], words[3]))
				return bad_value;
			any = true;
		}
	return any ? "" : no_controller;
}

static const char *
lose(struct radio *radio, char *const *words)
{
	bool any = false;
	for (int i = 0; i < radio->count; i++)
		for (int j = 0; j < radio->count; j++)
			if (i != j && means(radio, words[1], i) && means(radio, words[2], j))
				any |= radio_lose(&radio->list[i], &radio->list[j]);
	return any ? "" : "no link between them";
}

static const char *
nopage(struct radio *radio, char *const *words)
{
	bool any = false;
	for (int i = 0; i < radio->count; i++)
		if (means(radio, words[1], i)) {
			if (!parse_switch(words[2], &radio->list[i].nopage))
				return bad_value;
			any = true;
		}
	return any ? "" : no_controller;
}

static const char *
key_size(struct radio *radio, char *const *words)
{
	bool any = false;
	long octets;
	if (!parse_number(words[2], &octets) || octets > 16)
		return bad_value;
	for (int i = 0; i < radio->count; i++)
		if (means(radio, words[1], i)) {
			radio->list[i].key_size = (uint8_t)octets;
			any = true;
		}
	return any ? "" : no_controller;
}

static const char *
heal(struct radio *radio, char *const *words)
{
	(void)words;
	for (int i = 0; i < radio->count; i++) {
		radio->list[i].nopage = false;
		radio->list[i].key_size = 0;
		memset(radio->list[i].faults, 0, sizeof radio->list[i].faults);
	}
	return "";
}

static const char *
unplug(struct radio *radio, char *const *words)
{
	struct controller *c = radio_find(radio, words[1]);
	if (!c || c->port.fd < 0)
		return no_controller;
	radio_unplug(radio, c);
	return "";
}

static const char *
plug(struct radio *radio, char *const *words)
{
	struct controller *c = radio_find(radio, words[1]);
	if (!c || c->port.fd >= 0)
		return c ? "it is plugged in" : no_controller;
	return port_plug(&c->port) < 0 ? strerror(errno) : "";
}

static const char *
list_links(struct radio *radio, char *const *words)
{
	static char text[TEXT];
	size_t used = 0;
	(void)words;
	text[0] = '\0';
	for (int i = 0; i < radio->count; i++)
		for (int j = 0; j < RADIO_LINKS; j++) {
			const struct link *link = &radio->list[i].links[j];
			char peer[18];
			ba2str(&link->peer, peer);
			if (link->up && used < TEXT - 64)
				used += (size_t)snprintf(text + used, TEXT - used, "hci%d %u %s\n",
					radio->list[i].port.index, link->handle, peer);
		}
	return text;
}

static const struct order {
	const char *name;
	int words;
	const char *(*obey)(struct radio *radio, char *const *words);
} orders[] = {
	{"lose", 3, lose},
	{"drop", 4, spoil},
	{"delay", 4, spoil},
	{"rate", 4, spoil},
	{"stutter", 4, spoil},
	{"nopage", 3, nopage},
	{"keysize", 3, key_size},
	{"heal", 1, heal},
	{"unplug", 2, unplug},
	{"plug", 2, plug},
	{"links", 1, list_links},
};

/* Obeys one command; see failed() for the answer. */
static const char *
obey(struct radio *radio, char *line)
{
	char *words[WORDS] = {NULL};
	int count = 0;
	char *save = NULL;
	for (char *word = strtok_r(line, " ", &save); word && count < WORDS;
		word = strtok_r(NULL, " ", &save))
		words[count++] = word;
	for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
		if (words[0] && count == orders[i].words && strcmp(words[0], orders[i].name) == 0)
			return orders[i].obey(radio, words);
	return "no such command (air -h)";
}

/* Whether an answer reports a failure: all others are empty, or lines. */
static bool
failed(const char *answer)
{
	return answer[0] && answer[strlen(answer) - 1] != '\n';
}

static void
serve_control(struct radio *radio, int fd)
{
	char line[TEXT];
	struct sockaddr_un from;
	socklen_t length = sizeof from;
	ssize_t n = recvfrom(fd, line, sizeof line - 1, 0, (struct sockaddr *)&from, &length);
	if (n < 0)
		return;
	line[n] = '\0';
	const char *answer = obey(radio, line);
	if (sendto(fd, answer, strlen(answer) + 1, 0, (struct sockaddr *)&from, length) < 0)
		perror("air: answer");
}

static int
run(int count)
{
	static struct radio radio;
	struct pollfd fds[2 * RADIO_MAX + 1];
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	unlink(CONTROL);
	if (!radio_open(&radio, count) || fd < 0 ||
		bind(fd, (struct sockaddr *)&control, sizeof control) < 0) {
		perror("air");
		return 1;
	}
	for (;;) {
		int used = radio_interests(&radio, fds);
		fds[used] = (struct pollfd){.fd = fd, .events = POLLIN};
		int ready = poll(fds, (nfds_t)used + 1, radio_timeout(&radio, radio_now()));
		if (ready < 0 && errno != EINTR)
			return 1;
		radio_turn(&radio, fds, radio_now());
		if (fds[used].revents)
			serve_control(&radio, fd);
	}
}

/* Sends the command to the running air, and prints its answer. */
static int
send_command(int argc, char **argv)
{
	char line[TEXT] = "";
	for (int i = 1; i < argc; i++) {
		size_t used = strlen(line);
		snprintf(line + used, sizeof line - used, "%s%s", i > 1 ? " " : "", argv[i]);
	}
	/* Only its family: the kernel chooses a name for the answer. */
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof(sa_family_t)) < 0 ||
		connect(fd, (struct sockaddr *)&control, sizeof control) < 0 ||
		send(fd, line, strlen(line), 0) < 0) {
		perror("air: " CONTROL);
		return 1;
	}
	alarm(10); /* it may be on its way out */
	ssize_t n = recv(fd, line, sizeof line - 1, 0);
	line[n > 0 ? n : 0] = '\0';
	if (failed(line)) {
		fprintf(stderr, "air: %s\n", line);
		return 1;
	}
	fputs(line, stdout);
	return 0;
}

int
main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	if (argc == 3 && strcmp(argv[1], "-D") == 0) {
		int count = atoi(argv[2]);
		if (count >= 1 && count <= RADIO_MAX)
			return run(count);
	} else if (argc > 1 && argv[1][0] != '-') {
		return send_command(argc, argv);
	}
	fputs(usage, stderr);
	return 2;
}
