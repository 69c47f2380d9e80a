#include "window/day.h"

#include <stdio.h>
#include <time.h>

enum { DAY_SECS = 24 * 60 * 60 };

static struct tm
local(int64_t time)
{
	struct tm tm = {0};
	time_t t = (time_t)time;
	localtime_r(&t, &tm);
	return tm;
}

static struct tm
midnight(long day)
{
	struct tm tm = {0};
	time_t t = (time_t)day * DAY_SECS;
	gmtime_r(&t, &tm);
	return tm;
}

long
day_of(int64_t time)
{
	struct tm tm = local(time);
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	return (long)(timegm(&tm) / DAY_SECS);
}

void
day_clock(char text[DAY_CLOCK], int64_t time)
{
	struct tm tm = local(time);
	strftime(text, DAY_CLOCK, "%H:%M", &tm);
}

void
day_text(char text[DAY_TEXT], long day, long today)
{
	struct tm tm = midnight(day);
	if (day == today)
		snprintf(text, DAY_TEXT, "Today");
	else if (day == today - 1)
		snprintf(text, DAY_TEXT, "Yesterday");
	else if (tm.tm_year == midnight(today).tm_year)
		strftime(text, DAY_TEXT, "%A %e %B", &tm);
	else
		strftime(text, DAY_TEXT, "%A %e %B %Y", &tm);
}
