#include "chat/stamp.h"

#include "base/sanitize.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SECOND = 1000000000 };

/* The length of a name as it is shown, cut between characters. */
static size_t
name_len(const char *name)
{
	size_t len = strnlen(name, STAMP_NAME_MAX + 1);
	if (len <= STAMP_NAME_MAX)
		return len;
	for (size_t back = 0; back < 4; back++)
		if (((unsigned char)name[STAMP_NAME_MAX - back] & 0xc0) != 0x80)
			return STAMP_NAME_MAX - back;
	return STAMP_NAME_MAX; /* not UTF-8 */
}

void
stamp_init(struct stamp *s, const struct stamp_options *options)
{
	*s = (struct stamp){.options = *options, .settled = INT64_MIN, .second = INT64_MIN};
	if (options->kind != STAMP_TIME)
		s->since = options->start;
	if (options->name) {
		char name[4 * STAMP_NAME_MAX + 1];
		sanitize_copy(name, sizeof name, options->name, name_len(options->name));
		snprintf(s->tail, sizeof s->tail, "<%s> ", name);
	}
	if (*options->format == '\0') {
		s->len = strlen(s->tail);
		memcpy(s->text, s->tail, s->len);
	}
}

static void
add(struct stamp *s, const char *text, size_t len)
{
	if (len > STAMP_TIME_MAX - s->len)
		return;
	memcpy(s->text + s->len, text, len);
	s->len += len;
}

/* The broken-down time. The zone may change while we run: tzset() looks again. */
static struct tm
broken_down(const struct stamp *s, time_t second)
{
	struct tm tm;
	if (s->options.kind == STAMP_TIME && !s->options.utc) {
		tzset();
		localtime_r(&second, &tm);
		return tm;
	}
	gmtime_r(&second, &tm);
	tm.tm_zone = "UTC";
	if (s->options.kind != STAMP_TIME)
		tm.tm_hour = (int)(second / 3600); /* strftime() prints it in full */
	return tm;
}

/* +01:00, with two colons +01:00:00, with three the shortest form, as date(1) does. */
static void
add_zone(struct stamp *s, const struct tm *tm, size_t colons)
{
	char zone[24];
	long seconds = tm->tm_gmtoff < 0 ? -tm->tm_gmtoff : tm->tm_gmtoff;
	snprintf(zone, sizeof zone, "%c%02ld:%02ld:%02ld", tm->tm_gmtoff < 0 ? '-' : '+',
		seconds / 3600, seconds / 60 % 60, seconds % 60);
	size_t len = colons == 1 ? sizeof "+01:00" - 1 : sizeof "+01:00:00" - 1;
	for (; colons == 3 && len > 3 && memcmp(zone + len - 3, ":00", 3) == 0; len -= 3)
		continue;
	add(s, zone, len);
}

/* The format is the user's own, so the compiler can't check it. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void
add_strftime(struct stamp *s, const char *spec, size_t len, const struct tm *tm)
{
	char format[16], text[STAMP_TIME_MAX + 1];
	if (len >= sizeof format)
		return;
	memcpy(format, spec, len);
	format[len] = '\0';
	add(s, text, strftime(text, sizeof text, format, tm));
}
#pragma GCC diagnostic pop

/* The place of a fraction, behind a text; in front of zeros where it has more than 9 digits. */
static void
add_fraction(struct stamp *s, const char *text, size_t digits)
{
	char zeros[STAMP_TIME_MAX];
	size_t at = s->len + strlen(text);
	if (s->fraction_count == sizeof s->fractions / sizeof *s->fractions ||
		digits > sizeof zeros || at + digits > STAMP_TIME_MAX)
		return;
	memset(zeros, '0', sizeof zeros);
	add(s, text, strlen(text));
	add(s, zeros, digits);
	s->fractions[s->fraction_count].at = at;
	s->fractions[s->fraction_count].digits = digits < 9 ? (int)digits : 9;
	s->fraction_count++;
}

/* %N of date(1), with its width as the number of digits. Other flags are of no use in a time for
 * machines, and ignored. */
static void
add_nanoseconds(struct stamp *s, const char *width)
{
	size_t digits = (size_t)strtoul(width, NULL, 10);
	add_fraction(s, "", digits > 0 ? digits : 9);
}

/* One conversion that strftime() knows, except that %s counts elapsed seconds, too. */
static void
add_plain(struct stamp *s, const char *spec, size_t len, const struct tm *tm)
{
	char seconds[24];
	if (len == 2 && spec[1] == 's')
		add(s, seconds, (size_t)snprintf(seconds, sizeof seconds, "%" PRId64, s->second));
	else
		add_strftime(s, spec, len, tm);
}

/* %.S and the like. Returns its length, 0 where it is something else. */
static size_t
add_precise(struct stamp *s, const char *spec, const struct tm *tm)
{
	int digits = 6;
	size_t len = 2;
	if (spec[1] != '.')
		return 0;
	if (spec[len] >= '1' && spec[len] <= '9')
		digits = spec[len++] - '0';
	if (spec[len] != 'S' && spec[len] != 's' && spec[len] != 'T')
		return 0;
	add_plain(s, (char[]){'%', spec[len]}, 2, tm);
	add_fraction(s, ".", (size_t)digits);
	return len + 1;
}

static size_t
add_conversion(struct stamp *s, const char *spec, const struct tm *tm)
{
	size_t len = add_precise(s, spec, tm);
	if (len > 0)
		return len;
	size_t flags = strspn(spec + 1, "_-0^#+");
	size_t digits = strspn(spec + 1 + flags, "0123456789");
	len = 1 + flags + digits;
	size_t colons = strspn(spec + len, ":");
	if (colons >= 1 && colons <= 3 && spec[len + colons] == 'z') {
		add_zone(s, tm, colons);
		return len + colons + 1;
	}
	if (spec[len] == 'N') {
		add_nanoseconds(s, spec + 1 + flags);
		return len + 1;
	}
	len += strspn(spec + len, "EO");
	len += spec[len] != '\0';
	add_plain(s, spec, len, tm);
	return len;
}

static void
add_second(struct stamp *s)
{
	struct tm tm = broken_down(s, (time_t)s->second);
	s->len = 0;
	s->fraction_count = 0;
	for (const char *f = s->options.format; *f;) {
		size_t plain = strcspn(f, "%");
		add(s, f, plain);
		f += plain;
		if (*f)
			f += add_conversion(s, f, &tm);
	}
	s->text[s->len++] = ' ';
	memcpy(s->text + s->len, s->tail, strlen(s->tail));
	s->len += strlen(s->tail);
}

static void
set_fractions(struct stamp *s, int64_t nanoseconds)
{
	for (size_t i = 0; i < s->fraction_count; i++) {
		char *digit = s->text + s->fractions[i].at;
		int64_t unit = SECOND / 10;
		for (int k = 0; k < s->fractions[i].digits; k++, unit /= 10)
			*digit++ = (char)('0' + nanoseconds / unit % 10);
	}
}

void
stamp_renew(struct stamp *s, int64_t now)
{
	int64_t shown = now - s->since;
	if (s->options.kind == STAMP_RECORD)
		s->since = now;
	if (s->options.kind != STAMP_RECORD || shown == 0)
		s->settled = now;
	if (*s->options.format == '\0')
		return;
	int64_t nanoseconds = shown % SECOND;
	nanoseconds += nanoseconds < 0 ? SECOND : 0;
	int64_t second = (shown - nanoseconds) / SECOND;
	if (second != s->second) {
		s->second = second;
		add_second(s);
	}
	set_fractions(s, nanoseconds);
}
