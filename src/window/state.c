#include "window/state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "rfchat: state "

/* The text after the word, NULL where it is another word. */
static const char *
after(const char *text, const char *word)
{
	size_t len = strlen(word);
	if (strncmp(text, word, len) != 0 || (text[len] != ' ' && text[len] != '\0'))
		return NULL;
	return text[len] ? text + len + 1 : text + len;
}

/* Copies the first word, and returns the text after it; NULL where it is too long, or missing. */
static const char *
take_word(char *word, size_t size, const char *text)
{
	size_t len = strcspn(text, " ");
	if (len == 0 || len >= size)
		return NULL;
	memcpy(word, text, len);
	word[len] = '\0';
	return text[len] ? text + len + 1 : text + len;
}

static void
take_rest(struct state *s, const char *text)
{
	snprintf(s->text, sizeof s->text, "%s", text);
}

static bool
parse_connected(struct state *s, const char *text)
{
	char seal[16];
	char kind[16];
	if (!(text = take_word(s->address, sizeof s->address, text)) ||
		!(text = take_word(seal, sizeof seal, text)) ||
		!(text = take_word(kind, sizeof kind, text)))
		return false;
	s->seal = strcmp(seal, "sealed") == 0      ? STATE_SEALED
		  : strcmp(seal, "encrypted") == 0 ? STATE_ENCRYPTED
						   : STATE_OPEN;
	s->in_step = strcmp(kind, "rfchat") == 0;
	take_rest(s, text);
	return true;
}

static bool
parse_away(struct state *s, const char *text)
{
	if (!(text = take_word(s->address, sizeof s->address, text)) ||
		!(text = take_word(s->since, sizeof s->since, text)))
		return false;
	take_rest(s, text);
	return true;
}

static bool
parse_undelivered(struct state *s, const char *text)
{
	char *end;
	errno = 0;
	s->undelivered = strtoul(text, &end, 10);
	return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0;
}

static bool
parse_text(struct state *s, const char *text)
{
	take_rest(s, text);
	return *text != '\0';
}

static bool
parse_nothing(struct state *s, const char *text)
{
	(void)s;
	return *text == '\0';
}

static const struct {
	const char *word;
	enum state_kind kind;
	bool (*parse)(struct state *s, const char *text);
} words[] = {
	{"waiting", STATE_WAITING, parse_nothing},
	{"connected", STATE_CONNECTED, parse_connected},
	{"away", STATE_AWAY, parse_away},
	{"undelivered", STATE_UNDELIVERED, parse_undelivered},
	{"code", STATE_CODE, parse_text},
	{"ask-code", STATE_ASK_CODE, parse_nothing},
	{"question", STATE_QUESTION, parse_text},
};

void
state_parse(struct state *s, const char *line)
{
	*s = (struct state){.kind = STATE_NONE};
	if (strncmp(line, PREFIX, strlen(PREFIX)) != 0)
		return;
	s->kind = STATE_OTHER;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		const char *text = after(line + strlen(PREFIX), words[i].word);
		if (text && words[i].parse(s, text))
			s->kind = words[i].kind;
	}
}
