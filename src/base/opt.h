/* Command lines: a row for each option gives getopt(3) its letter, -h its line, the completions its
 * argument, and the value its place. */
#ifndef OPT_H
#define OPT_H

#include <stdbool.h>
#include <stddef.h>

struct opt;

/* Takes an option's value, NULL where it has none, into config. Reports an error in one line that
 * names the option, and exits 2. */
typedef void opt_take(const struct opt *opt, const char *value, void *config);

struct opt {
	char letter;
	const char *arg; /* its argument's name, NULL where it takes none */
	const char *help; /* one line, lower case, without a full stop */
	opt_take *take;
	size_t field; /* offsetof() the value in config */
	long min, max; /* for opt_number and opt_secs */
};

struct tool {
	const char *name;
	const char *synopsis; /* one line a form, each ended by \n */
	const struct opt *opts; /* without -h and -V, which every tool has; ends in letter 0 */
	const struct opt *shared; /* options in common with another tool; may be NULL */
};

/* Takes all options up to the first operand (those after it belong to a program): opts into config,
 * shared into shared_config. Returns the operands, ended by NULL. -h and -V print to stdout and
 * exit 0; an unknown option or a missing argument is reported, exit 2. Call msg_init() first. */
char **opt_parse(const struct tool *tool, int argc, char **argv, void *config, void *shared_config);

/* Values: a bool that becomes true; the text itself, which is kept; a whole number from min to max
 * (long); seconds with up to three decimals ("2", "10.24") as milliseconds (long), as min and max
 * are, too: "-1" gives -1 where min is negative, for never. */
opt_take opt_flag, opt_text, opt_number, opt_secs;

/* -v: turns msg_say() on. */
opt_take opt_verbose;

/* Where the value of opt is in config. */
void *opt_field(const struct opt *opt, void *config);

/* Pure: text as a decimal number in min..max; false where it is anything else. */
bool opt_parse_long(const char *text, long min, long max, long *value);

/* Pure: text as seconds, see opt_secs. */
bool opt_parse_ms(const char *text, long min, long max, long *ms);

#endif
