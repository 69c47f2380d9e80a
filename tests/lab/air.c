/* air: the radio between the lab's controllers, and a way to spoil it.
 *
 *	air -D count     opens the controllers on btvirt's server socket, and carries their traffic
 *	air command ...  tells the one that runs what to do
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
	"       air drop A B on|off       what A sends to B is lost, and nobody is told\n"
	"       air delay A B ms          ... arrives so much later\n"
	"       air rate A B bytes        ... goes at so many bytes a second; 0: no limit\n"
	"       air stutter A B ms        ... goes for ms, rests for ms, and so on; 0: no\n"
	"       air nopage A on|off       nobody can connect to A: the page time-out runs\n"
	"       air unplug A              A is pulled out\n"
	"       air plug A                A comes back, with the same address\n"
	"       air links                 prints the links: controller, handle, peer\n"
	"A and B: hci0, ... or an address. Faults of a link last as long as the link.\n";

#define CONTROL "/run/air"

enum { WORDS = 5, TEXT = 2048 };

static struct sockaddr_un control = {.sun_family = AF_UNIX, .sun_path = CONTROL};

static bool
switched_on(const char *word)
{
	return strcmp(word, "on") == 0;
}

/* A fault of one direction of a link; an answer for the person. */
static const char *
spoil(struct fault *fault, const char *what, const char *value)
{
	if (strcmp(what, "drop") == 0)
		fault->drop = switched_on(value);
	else if (strcmp(what, "delay") == 0)
		fault->delay_ms = atol(value);
	else if (strcmp(what, "rate") == 0)
		fault->bytes_per_sec = atol(value);
	else if (strcmp(what, "stutter") == 0)
		fault->stutter_ms = atol(value);
	else
		return "no such command";
	return "";
}

static const char *
list_links(struct radio *radio, char *text)
{
	size_t used = 0;
	text[0] = '\0';
	for (int i = 0; i < radio->count; i++)
		for (int j = 0; j < RADIO_LINKS; j++) {
			const struct link *link = &radio->list[i].links[j];
			char peer[18];
			ba2str(&link->peer, peer);
			if (link->up && used < TEXT - 64)
				used += (size_t)snprintf(text + used, TEXT - used, "hci%d %u %s\n",
					radio->list[i].index, link->handle, peer);
		}
	return text;
}

static const char *
of_one(struct radio *radio, struct controller *one, char *const *words)
{
	if (strcmp(words[0], "nopage") == 0 && words[2]) {
		one->nopage = switched_on(words[2]);
	} else if (strcmp(words[0], "unplug") == 0 && one->vhci >= 0) {
		radio_unplug(radio, one);
	} else if (strcmp(words[0], "plug") == 0 && one->vhci < 0) {
		if (!radio_plug(one))
			return strerror(errno);
	} else {
		return "no such command";
	}
	return "";
}

static const char *
of_two(struct controller *one, struct controller *other, char *const *words)
{
	struct link *link = radio_link(one, other);
	if (!link)
		return "no link between them";
	if (strcmp(words[0], "lose") != 0)
		return words[3] ? spoil(&link->fault, words[0], words[3]) : "no value";
	radio_lose(one, other);
	return "";
}

/* Obeys one command; see failed() for the answer. */
static const char *
obey(struct radio *radio, char *line)
{
	static char text[TEXT];
	char *words[WORDS + 1] = {NULL};
	char *save = NULL;
	char *word = strtok_r(line, " ", &save);
	for (int i = 0; i < WORDS && word; i++, word = strtok_r(NULL, " ", &save))
		words[i] = word;
	if (!words[0])
		return "no command";
	if (strcmp(words[0], "links") == 0)
		return list_links(radio, text);
	struct controller *one = words[1] ? radio_find(radio, words[1]) : NULL;
	struct controller *other = words[2] ? radio_find(radio, words[2]) : NULL;
	if (!one)
		return "no such controller";
	return other ? of_two(one, other, words) : of_one(radio, one, words);
}

/* Whether an answer tells of a failure: all others are empty, or lines. */
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

/* Sends the command to the one that runs, and prints its answer. */
static int
tell(int argc, char **argv)
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
		return tell(argc, argv);
	}
	fputs(usage, stderr);
	return 2;
}
