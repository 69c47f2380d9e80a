#include "window/said.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* A number of count digits; -1 where one of them is not a digit. */
static int
digits(const char *text, int count)
{
	int value = 0;
	for (int i = 0; i < count; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + (text[i] - '0');
	}
	return value;
}

/* "Z", "+01:00" or "-08:00" as seconds; NULL where it is none of them, else the text after it. */
static const char *
offset(const char *text, int *seconds)
{
	*seconds = 0;
	if (*text == 'Z')
		return text + 1;
	if (*text != '+' && *text != '-')
		return NULL;
	int hours = digits(text + 1, 2);
	if (hours < 0 || text[3] != ':')
		return NULL;
	int minutes = digits(text + 4, 2);
	if (minutes < 0)
		return NULL;
	*seconds = (hours * 60 + minutes) * (*text == '-' ? -60 : 60);
	return text + 6;
}

/* "2026-11-23T14:52:01" as a broken-down time; false where it isn't. strptime(3) would take less
 * strict forms. */
static bool
date_and_time(const char *text, struct tm *tm)
{
	static const char form[] = "dddd-dd-ddTdd:dd:dd";
	for (size_t i = 0; i < strlen(form); i++) {
		if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
			return false;
	}
	*tm = (struct tm){
		.tm_year = digits(text, 4) - 1900,
		.tm_mon = digits(text + 5, 2) - 1,
		.tm_mday = digits(text + 8, 2),
		.tm_hour = digits(text + 11, 2),
		.tm_min = digits(text + 14, 2),
		.tm_sec = digits(text + 17, 2),
	};
	return true;
}

const char *
said_stamp(const char *text, int64_t *time)
{
	struct tm tm;
	int seconds;
	if (!date_and_time(text, &tm))
		return NULL;
	text += strlen("2026-11-23T14:52:01");
	if (*text == '.')
		text += 1 + strspn(text + 1, "0123456789");
	text = offset(text, &seconds);
	if (!text)
		return NULL;
	*time = (int64_t)timegm(&tm) - seconds;
	return text;
}

/* Copies the nick of "<nick> text"; returns the text. */
static const char *
take_nick(struct said *said, const char *text, const char *own)
{
	size_t len = strlen(own);
	if (*text++ != '<')
		return NULL;
	said->own = strncmp(text, own, len) == 0 && strncmp(text + len, "> ", 2) == 0;
	if (!said->own) {
		const char *end = strstr(text, "> ");
		if (!end)
			return NULL;
		len = (size_t)(end - text);
	}
	snprintf(said->nick, sizeof said->nick, "%.*s", (int)len, text);
	return text + len + 2;
}

bool
said_parse(struct said *said, const char *line, const char *own)
{
	*said = (struct said){0};
	line = said_stamp(line, &said->time);
	if (!line || *line != ' ' || !(line = take_nick(said, line + 1, own)))
		return false;
	said->action = strncmp(line, "* ", 2) == 0;
	snprintf(said->text, sizeof said->text, "%s", said->action ? line + 2 : line);
	return true;
}
