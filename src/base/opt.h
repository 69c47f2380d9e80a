/* Command lines: one table a tool gives its getopt(3) string, its -h and the completions. */
#ifndef OPT_H
#define OPT_H

#include <stdbool.h>

struct opt {
	char letter;
	const char *arg; /* its argument's name, NULL where it takes none */
	const char *help; /* one line, lower case, without a full stop */
};

struct tool {
	const char *name;
	const char *synopsis; /* one line a form, each ended by \n */
	const struct opt *opts; /* without -h and -V, which every tool has; ends in letter 0 */
};

/* The next option's letter, or -1 at the first operand (options after it belong to a program).
 * optarg and optind are getopt(3)'s. Handles -h and -V (stdout, exit 0), and says what is wrong
 * with an unknown option or a missing argument (exit 2). Call msg_init() first. */
int opt_next(const struct tool *tool, int argc, char **argv);

/* optarg of option letter as a whole number; otherwise one line that names the option, the value
 * and the range, and exit 2. */
long opt_long(int letter, long min, long max);

/* optarg of option letter as seconds with up to three decimals ("2", "10.24"), in milliseconds;
 * limits are in milliseconds, too. "-1" gives -1 where min is negative: never. */
long opt_ms(int letter, long min, long max);

/* Pure: text as a decimal number in min..max; false where it is anything else. */
bool opt_parse_long(const char *text, long min, long max, long *value);

/* Pure: text as seconds, see opt_ms(). */
bool opt_parse_ms(const char *text, long min, long max, long *ms);

#endif
