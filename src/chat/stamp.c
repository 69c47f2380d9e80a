#include "chat/stamp.h"

#include "base/sanitize.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { SECOND = 1000000000 };

void
stamp_init(struct stamp *s, const struct stamp_options *options)
{
	*s = (struct stamp){.options = *options, .settled = INT64_MIN, .second = INT64_MIN};
	if (options->kind != STAMP_TIME)
		s->since = options->start;
	if (options->name) {
		char name[4 * STAMP_NAME_MAX + 1];
		sanitize_copy(
			name, sizeof name, options->name, strnlen(options->name, STAMP_NAME_MAX));
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

static void
add_zone(struct stamp *s, const struct tm *tm)
{
	char zone[16];
	long minutes = tm->tm_gmtoff / 60;
	char sign = minutes < 0 ? '-' : '+';
	minutes = minutes < 0 ? -minutes : minutes;
	add(s, zone,
		(size_t)snprintf(
			zone, sizeof zone, "%c%02ld:%02ld", sign, minutes / 60, minutes % 60));
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

static void
add_fraction(struct stamp *s, int digits)
{
	size_t at = s->len + 1;
	if (s->fraction_count == sizeof s->fractions / sizeof *s->fractions)
		return;
	add(s, ".000000000", (size_t)digits + 1);
	if (s->len < at)
		return;
	s->fractions[s->fraction_count].at = at;
	s->fractions[s->fraction_count].digits = digits;
	s->fraction_count++;
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
	add_fraction(s, digits);
	return len + 1;
}

static size_t
add_conversion(struct stamp *s, const char *spec, const struct tm *tm)
{
	size_t len = add_precise(s, spec, tm);
	if (len > 0)
		return len;
	if (strncmp(spec, "%:z", 3) == 0) {
		add_zone(s, tm);
		return 3;
	}
	len = 1 + strspn(spec + 1, "_-0^#+123456789EO");
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
