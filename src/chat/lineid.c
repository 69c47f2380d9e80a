#include "chat/lineid.h"

#include <stdbool.h>
#include <sodium.h>
#include <string.h>

static const char form[] = "0000-00-00T00:00:00";

/* Whether the text has the form of date and time, with 'T', 't' or a space between them. */
static bool
is_stamp(const char *text, size_t len)
{
	if (len < sizeof form - 1)
		return false;
	for (size_t i = 0; i < sizeof form - 1; i++) {
		bool digit = text[i] >= '0' && text[i] <= '9';
		bool between = form[i] == 'T' && (text[i] == 't' || text[i] == ' ');
		if (form[i] == '0' ? !digit : text[i] != form[i] && !between)
			return false;
	}
	return true;
}

static int
number(const char *digits, int count)
{
	int value = 0;
	while (count-- > 0)
		value = 10 * value + (*digits++ - '0');
	return value;
}

/* The offset from UTC in seconds, to the east. */
static bool
parse_offset(const char *text, size_t len, int *offset)
{
	*offset = 0;
	if (len > 0 && (*text == 'Z' || *text == 'z'))
		return true;
	if (len < 6 || (*text != '+' && *text != '-') || text[3] != ':')
		return false;
	for (size_t i = 1; i < 6; i++)
		if (i != 3 && (text[i] < '0' || text[i] > '9'))
			return false;
	int hours = number(text + 1, 2), minutes = number(text + 4, 2);
	*offset = (*text == '-' ? -60 : 60) * (60 * hours + minutes);
	return hours < 24 && minutes < 60;
}

/* The place behind the fraction of a second that may start at at. */
static size_t
fraction_end(const char *text, size_t len, size_t at)
{
	size_t end = at;
	if (at < len && text[at] == '.')
		do
			end++;
		while (end < len && text[end] >= '0' && text[end] <= '9');
	return end == at + 1 ? at : end;
}

/* Days since 1970-01-01 in the Gregorian calendar. A year starts in March here, so that the leap
 * day is its last one, and the months have 31, 30, 31, 30 and 31 days, repeatedly. */
static int64_t
day_number(int year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t m = month > 2 ? month - 3 : month + 9;
	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 719469;
}

uint64_t
lineid_second(const char *line, size_t len)
{
	if (!is_stamp(line, len))
		return 0;
	int year = number(line, 4), month = number(line + 5, 2), day = number(line + 8, 2);
	int hour = number(line + 11, 2), minute = number(line + 14, 2), sec = number(line + 17, 2);
	if (year == 0 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 ||
		minute > 59 || sec > 60)
		return 0;
	size_t at = fraction_end(line, len, sizeof form - 1);
	int offset;
	if (!parse_offset(line + at, len - at, &offset))
		return 0;
	int64_t second =
		86400 * day_number(year, month, day) + 3600 * hour + 60 * minute + sec - offset;
	return second > 0 ? (uint64_t)second : 0;
}

uint64_t
line_second(const struct line_key *key)
{
	uint64_t second = 0;
	for (size_t i = 0; i < sizeof key->second; i++)
		second = second << 8 | key->second[i];
	return second;
}

void
line_set_second(struct line_key *key, uint64_t second)
{
	for (size_t i = sizeof key->second; i-- > 0; second >>= 8)
		key->second[i] = (uint8_t)second;
}

void
lineid_key(struct line_key *key, const char *line, size_t len)
{
	line_set_second(key, lineid_second(line, len));
	crypto_hash_sha256(key->hash, (const unsigned char *)line, len);
}
