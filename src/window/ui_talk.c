#include "window/ui_talk.h"
#include "window/ui_child.h"

#include <string.h>

/* Why rfchat was asked to end. */
enum leaving { STAYS, CLOSES, CHANGES };

struct talk {
	struct window_options options;
	struct talk_parts parts;
	const struct talk_events *events;
	void *self;
	struct child *child; /* rfchat; NULL: it does not run */
	int64_t since; /* when it was started: earlier lines are history */
	char *peer; /* the one that it calls; NULL: it waits, or is in a room without a link */
	gboolean listens; /* without a peer: it waits */
	char *next; /* CHANGES: the peer to call then; NULL: wait */
	struct link link;
	enum leaving wish; /* once the question is answered */
	gboolean leaving; /* rfchat was asked to end */
};

static void start(struct talk *t);

static void
show_link(struct talk *t)
{
	header_show(t->parts.header, &t->link);
	t->events->named(t->self, t->link.name);
}

static void
set_name(struct talk *t, const char *name)
{
	g_strlcpy(t->link.name, name, sizeof t->link.name);
}

static void
take_line(void *self, const char *line)
{
	struct talk *t = self;
	struct said said;
	if (!said_parse(&said, line, t->options.nick)) {
		log_note(t->parts.log, line);
		return;
	}
	log_said(t->parts.log, &said);
	if (!said.own && said.time >= t->since)
		t->events->said(t->self, &said);
}

/* An answer to rfchat's question. */
static void
answer(void *self, const char *text)
{
	struct talk *t = self;
	if (t->child)
		child_write(t->child, text);
	entry_focus(t->parts.entry);
}

static void
take_connected(struct talk *t, const struct state *s)
{
	t->link.phase = LINK_CONNECTED;
	t->link.state = *s;
	set_name(t, *s->text ? s->text : s->address);
	log_marks(t->parts.log, s->in_step);
	/* BlueZ before 5.73 ends a link whose peer it finds again: see btscan(1). */
	peers_stop(t->parts.peers);
	peers_mark(t->parts.peers, s->address);
	if (!prompt_asks(t->parts.prompt))
		prompt_hide(t->parts.prompt); /* a code that was said */
}

static enum link_phase
first_phase(const struct talk *t)
{
	return t->peer ? LINK_CALLING : t->listens ? LINK_WAITING : LINK_ROOM;
}

static void
take_state(struct talk *t, const struct state *s)
{
	switch (s->kind) {
	case STATE_WAITING:
		t->link.phase = first_phase(t);
		break;
	case STATE_CONNECTED:
		take_connected(t, s);
		break;
	case STATE_AWAY:
		t->link.phase = LINK_AWAY;
		t->link.state = *s;
		set_name(t, *s->text ? s->text : s->address);
		break;
	case STATE_UNDELIVERED:
		t->link.undelivered = s->undelivered;
		log_undelivered(t->parts.log, s->undelivered);
		break;
	case STATE_CODE:
		prompt_show_code(t->parts.prompt, "Say this code to your peer:", s->text);
		break;
	case STATE_ASK_CODE:
		prompt_ask_code(t->parts.prompt,
			"Type the code that your peer sees, then Enter:", answer, t);
		if (entry_empty(t->parts.entry))
			prompt_focus(t->parts.prompt);
		break;
	case STATE_QUESTION:
		prompt_ask(t->parts.prompt, s->text, "_Yes", "_No", answer, t);
		break;
	case STATE_NONE:
	case STATE_OTHER:
		break;
	}
	show_link(t);
}

static void
take_message(void *self, const char *line)
{
	struct talk *t = self;
	struct state s;
	state_parse(&s, line);
	if (s.kind == STATE_NONE)
		log_note(t->parts.log, line);
	else if (!t->leaving)
		take_state(t, &s);
}

static void
again(void *self, const char *text)
{
	(void)text;
	start(self);
}

/* The conversation that was chosen, now that the last one is over. */
static void
change(struct talk *t)
{
	g_free(t->peer);
	t->peer = g_steal_pointer(&t->next);
	t->listens = t->peer == NULL;
	log_clear(t->parts.log);
	start(t);
}

/* rfchat has ended: because it was asked to, or by itself. */
static void
has_ended(void *self, gboolean ok)
{
	struct talk *t = self;
	enum leaving wish = t->leaving ? t->wish : STAYS;
	t->child = NULL;
	t->leaving = FALSE;
	t->wish = STAYS;
	t->link.phase = LINK_OVER;
	if (wish == CLOSES) {
		t->events->closed(t->self);
		return;
	}
	if (wish == CHANGES) {
		change(t);
		return;
	}
	prompt_ask(t->parts.prompt,
		ok ? "The conversation is over." : "The conversation has ended, see above.",
		"_Start again", NULL, again, t);
	show_link(t);
}

/* Adds an option to the command line; returns its new end. */
static const char **
add(const char **end, const char *option, const char *value)
{
	if (!value)
		return end;
	*end++ = option;
	*end++ = value;
	return end;
}

enum { ARGV_MAX = 16 };

/* rfchat's command line. */
static void
command(const struct talk *t, const char *argv[ARGV_MAX])
{
	const struct window_options *o = &t->options;
	const char **end = argv;
	*end++ = "rfchat";
	end = add(end, "-n", o->nick);
	end = add(end, "-i", o->adapter);
	end = add(end, "-o", o->log);
	end = add(end, "-r", o->chat_room);
	if (o->seal)
		*end++ = "-e";
	if (t->listens)
		*end++ = "-l";
	if (t->peer)
		*end++ = t->peer;
	if (o->channel && g_strcmp0(t->peer, o->peer) == 0)
		*end++ = o->channel;
	*end = NULL;
}

static void
start(struct talk *t)
{
	static const struct child_events events = {take_line, take_message, has_ended};
	GError *error = NULL;
	const char *argv[ARGV_MAX];
	const char *name = t->peer ? peers_name(t->parts.peers, t->peer) : NULL;
	t->link = (struct link){.phase = first_phase(t)};
	set_name(t, name ? name : t->peer ? t->peer : "");
	t->leaving = FALSE;
	t->since = g_get_real_time() / G_USEC_PER_SEC;
	prompt_hide(t->parts.prompt);
	if (t->peer)
		peers_stop(t->parts.peers);
	peers_mark(t->parts.peers, t->peer);
	show_link(t);
	command(t, argv);
	t->child = child_start(argv, CHILD_INPUT, &events, t, &error);
	if (t->child)
		return;
	log_note(t->parts.log, error->message);
	g_error_free(error);
	has_ended(t, FALSE);
}

static void
leave(struct talk *t)
{
	t->leaving = TRUE;
	t->link.phase = LINK_LEAVING;
	show_link(t);
	if (t->child)
		child_stop(t->child);
	else
		has_ended(t, TRUE);
}

static void
leave_or_stay(void *self, const char *text)
{
	struct talk *t = self;
	if (*text == 'y') {
		leave(t);
		return;
	}
	t->wish = STAYS;
	g_clear_pointer(&t->next, g_free);
	entry_focus(t->parts.entry);
}

/* Leaves, after a question where lines would be lost. */
static void
ask_to_leave(struct talk *t)
{
	char *text;
	if (t->link.undelivered > 0)
		text = g_strdup_printf(
			"%lu of your lines %s not delivered yet. Leave all the same?",
			t->link.undelivered, t->link.undelivered == 1 ? "is" : "are");
	else if (t->link.phase == LINK_CONNECTED && t->wish == CHANGES)
		text = g_strdup_printf("Leave the conversation with %s?", t->link.name);
	else {
		leave(t);
		return;
	}
	prompt_ask(t->parts.prompt, text, "_Leave", "_Stay", leave_or_stay, t);
	prompt_focus(t->parts.prompt);
	g_free(text);
}

void
talk_with(struct talk *t, const char *address)
{
	if (t->leaving || (t->child && g_strcmp0(address, t->peer) == 0 && (address || t->listens)))
		return;
	g_free(t->next);
	t->next = g_strdup(address);
	t->wish = CHANGES;
	ask_to_leave(t);
}

gboolean
talk_close(struct talk *t)
{
	gboolean again_asked = t->wish == CLOSES;
	t->wish = CLOSES;
	if (again_asked && !t->leaving)
		leave(t);
	else if (!t->leaving)
		ask_to_leave(t);
	return t->leaving;
}

gboolean
talk_send(struct talk *t, const char *line)
{
	if (prompt_asks(t->parts.prompt)) { /* it would be taken for the answer */
		prompt_focus(t->parts.prompt);
		return FALSE;
	}
	return t->child && !t->leaving && child_write(t->child, line);
}

gboolean
talk_alone(const struct talk *t)
{
	return t->link.phase == LINK_WAITING || t->link.phase == LINK_OVER;
}

struct talk *
talk_start(const struct window_options *options, const struct talk_parts *parts,
	const struct talk_events *events, void *self)
{
	struct talk *t = g_new0(struct talk, 1);
	t->options = *options;
	t->parts = *parts;
	t->events = events;
	t->self = self;
	t->peer = g_strdup(options->peer);
	t->listens = !t->peer && (options->listen || !options->chat_room);
	start(t);
	return t;
}
