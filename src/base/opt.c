#include "base/opt.h"

#include "base/msg.h"
#include "base/sandbox.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* "+:" (stop at the first operand; report a missing argument as ':'), then each letter. */
static void
getopt_string(const struct opt *opts, char *out)
{
	*out++ = '+';
	*out++ = ':';
	for (; opts->letter; opts++) {
		*out++ = opts->letter;
		if (opts->arg)
			*out++ = ':';
	}
	*out++ = 'h';
	*out++ = 'V';
	*out = '\0';
}

static _Noreturn void
print_and_exit(void)
{
	if (fflush(stdout) == EOF)
		msg_die(MSG_FAIL, "standard output: cannot write");
	exit(MSG_OK);
}

static _Noreturn void
help(const struct tool *tool)
{
	const char *lead = "usage: ";
	for (const char *line = tool->synopsis; *line; line += strcspn(line, "\n") + 1) {
		printf("%s%.*s\n", lead, (int)strcspn(line, "\n"), line);
		lead = "       ";
	}
	for (const struct opt *o = tool->opts; o->letter; o++)
		printf("  -%c %-8s %s\n", o->letter, o->arg ? o->arg : "", o->help);
	printf("  -h %-8s print this help\n", "");
	printf("  -V %-8s print the version\n", "");
	print_and_exit();
}

static _Noreturn void
version(const struct tool *tool)
{
	printf("%s %s%s\n", tool->name, RFCAT_VERSION, SANDBOX_NOTE);
	print_and_exit();
}

/* Those that everybody tries; to getopt(3) they are the unknown letter '-'. */
static _Noreturn void
long_option(const struct tool *tool, const char *text)
{
	if (strcmp(text, "--help") == 0)
		help(tool);
	if (strcmp(text, "--version") == 0)
		version(tool);
	msg_die(MSG_USAGE, "%s: unknown option (%s -h lists the options)", text, tool->name);
}

int
opt_next(const struct tool *tool, int argc, char **argv)
{
	char letters[2 * UCHAR_MAX];
	getopt_string(tool->opts, letters);
	opterr = 0;
	int letter = getopt(argc, argv, letters);
	switch (letter) {
	case 'h':
		help(tool);
	case 'V':
		version(tool);
	case ':':
		msg_die(MSG_USAGE, "-%c: it needs a value (%s -h lists the options)", optopt,
			tool->name);
	case '?':
		if (optopt == '-' && argv[optind])
			long_option(tool, argv[optind]);
		msg_die(MSG_USAGE, "-%c: unknown option (%s -h lists the options)", optopt,
			tool->name);
	default:
		return letter;
	}
}

bool
opt_parse_long(const char *text, long min, long max, long *value)
{
	bool negative = *text == '-';
	const char *digits = text + negative;
	long n = 0;
	if (*digits == '\0')
		return false;
	for (const char *c = digits; *c; c++) {
		if (!isdigit((unsigned char)*c) || n > (LONG_MAX - 9) / 10)
			return false;
		n = 10 * n + (*c - '0');
	}
	n = negative ? -n : n;
	if (n < min || n > max)
		return false;
	*value = n;
	return true;
}

bool
opt_parse_ms(const char *text, long min, long max, long *ms)
{
	if (strcmp(text, "-1") == 0 && min < 0) {
		*ms = -1;
		return true;
	}
	/* Read "S.mmm" as the whole number Smmm. */
	char whole[24];
	size_t seconds = strcspn(text, ".");
	const char *decimals = text + seconds + (text[seconds] == '.');
	size_t places = strlen(decimals);
	bool pointless = text[seconds] == '.' && places == 0;
	if (seconds == 0 || seconds > 12 || places > 3 || pointless || *text == '-')
		return false;
	snprintf(whole, sizeof whole, "%.*s%s%.*s", (int)seconds, text, decimals, (int)(3 - places),
		"000");
	return opt_parse_long(whole, min < 0 ? 0 : min, max, ms);
}

long
opt_long(int letter, long min, long max)
{
	long value;
	if (!opt_parse_long(optarg, min, max, &value))
		msg_die(MSG_USAGE, "-%c %s: not a whole number from %ld to %ld", letter, optarg,
			min, max);
	return value;
}

long
opt_ms(int letter, long min, long max)
{
	long ms;
	if (!opt_parse_ms(optarg, min, max, &ms))
		msg_die(MSG_USAGE, "-%c %s: not a number of seconds from %g to %g%s", letter,
			optarg, min < 0 ? 0 : (double)min / 1000, (double)max / 1000,
			min < 0 ? ", or -1 for never" : "");
	return ms;
}
