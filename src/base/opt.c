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
getopt_string(const struct tool *tool, char *out)
{
	*out++ = '+';
	*out++ = ':';
	for (int shared = 0; shared < 2; shared++)
		for (const struct opt *o = shared ? tool->shared : tool->opts; o && o->letter;
			o++) {
			*out++ = o->letter;
			if (o->arg)
				*out++ = ':';
		}
	*out++ = 'h';
	*out++ = 'V';
	*out = '\0';
}

static const struct opt *
find(const struct opt *opts, int letter)
{
	for (; opts && opts->letter; opts++)
		if (opts->letter == letter)
			return opts;
	return NULL;
}

static _Noreturn void
print_and_exit(void)
{
	if (fflush(stdout) == EOF)
		msg_die(MSG_FAIL, "standard output: cannot write");
	exit(MSG_OK);
}

static void
help_line(const struct tool *tool, int letter)
{
	const struct opt *o = find(tool->opts, letter);
	o = o ? o : find(tool->shared, letter);
	if (o)
		printf("  -%c %-8s %s\n", letter, o->arg ? o->arg : "", o->help);
}

/* The options of both tables in one order: digits, then each letter, the small one first. */
static _Noreturn void
help(const struct tool *tool)
{
	const char *lead = "usage: ";
	for (const char *line = tool->synopsis; *line; line += strcspn(line, "\n") + 1) {
		printf("%s%.*s\n", lead, (int)strcspn(line, "\n"), line);
		lead = "       ";
	}
	for (int c = '0'; c <= '9'; c++)
		help_line(tool, c);
	for (int c = 'a'; c <= 'z'; c++) {
		help_line(tool, c);
		help_line(tool, toupper(c));
	}
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

/* word is the argument that holds the option. --help and --version, which everybody tries, are the
 * unknown letter '-' to getopt(3). */
static _Noreturn void
unknown(const struct tool *tool, const char *word)
{
	char letter[] = {'-', (char)optopt, '\0'};
	if (strcmp(word, "--help") == 0)
		help(tool);
	if (strcmp(word, "--version") == 0)
		version(tool);
	msg_die(MSG_USAGE, "%s: unknown option (%s -h lists the options)",
		optopt == '-' ? word : letter, tool->name);
}

char **
opt_parse(const struct tool *tool, int argc, char **argv, void *config, void *shared_config)
{
	char letters[2 * UCHAR_MAX];
	getopt_string(tool, letters);
	opterr = 0;
	for (;;) {
		const char *word = argv[optind];
		int letter = getopt(argc, argv, letters);
		const struct opt *o = find(tool->opts, letter);
		if (letter == -1)
			return argv + optind;
		if (letter == 'h')
			help(tool);
		if (letter == 'V')
			version(tool);
		if (letter == ':')
			msg_die(MSG_USAGE, "-%c: it needs a value (%s -h lists the options)",
				optopt, tool->name);
		if (letter == '?')
			unknown(tool, word);
		void *into = o ? config : shared_config;
		o = o ? o : find(tool->shared, letter);
		o->take(o, optarg, into);
	}
}

void *
opt_field(const struct opt *opt, void *config)
{
	return (char *)config + opt->field;
}

void
opt_flag(const struct opt *opt, const char *value, void *config)
{
	(void)value;
	*(bool *)opt_field(opt, config) = true;
}

void
opt_text(const struct opt *opt, const char *value, void *config)
{
	*(const char **)opt_field(opt, config) = value;
}

void
opt_verbose(const struct opt *opt, const char *value, void *config)
{
	(void)opt;
	(void)value;
	(void)config;
	msg_verbose(true);
}

void
opt_number(const struct opt *opt, const char *value, void *config)
{
	if (!opt_parse_long(value, opt->min, opt->max, opt_field(opt, config)))
		msg_die(MSG_USAGE, "-%c %s: not a whole number from %ld to %ld", opt->letter, value,
			opt->min, opt->max);
}

void
opt_secs(const struct opt *opt, const char *value, void *config)
{
	if (!opt_parse_ms(value, opt->min, opt->max, opt_field(opt, config)))
		msg_die(MSG_USAGE, "-%c %s: not a number of seconds from %g to %ld%s", opt->letter,
			value, opt->min < 0 ? 0 : (double)opt->min / 1000, opt->max / 1000,
			opt->min < 0 ? ", or -1 for never" : "");
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
