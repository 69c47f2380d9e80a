#include "window/ui_log.h"
#include "window/day.h"
#include "window/transcript.h"

#include <string.h>

struct log {
	GtkWidget *overlay;
	GtkWidget *scrolled;
	GtkWidget *list;
	GtkWidget *newer; /* the button that scrolls down */
	struct transcript transcript;
	int rows;
	gboolean at_end; /* the newest line is in sight, and the next one is to be, too */
	guint follows; /* it has become longer: scrolls soon, where at_end */
	gboolean marks;
};

/* The data of a row with an own line. */
struct own_row {
	unsigned long number;
	char *spoken;
	char clock[DAY_CLOCK];
	gboolean waits;
	GtkWidget *box; /* has the class "waits" while it does */
	GtkWidget *time;
};

static GtkAdjustment *
adjustment(const struct log *log)
{
	return gtk_scrolled_window_get_vadjustment(GTK_SCROLLED_WINDOW(log->scrolled));
}

static void
to_end(struct log *log)
{
	GtkAdjustment *a = adjustment(log);
	gtk_adjustment_set_value(a, gtk_adjustment_get_upper(a));
}

static gboolean
follow(void *data)
{
	struct log *log = data;
	log->follows = 0;
	to_end(log);
	return G_SOURCE_REMOVE;
}

/* It has become longer, or the window smaller. While sizes are allocated, it can't scroll. */
static void
has_grown(GtkAdjustment *a, struct log *log)
{
	(void)a;
	if (log->at_end && !log->follows)
		log->follows = g_idle_add_full(G_PRIORITY_HIGH_IDLE, follow, log, NULL);
}

/* The user has scrolled. */
static void
has_moved(GtkAdjustment *a, struct log *log)
{
	if (log->follows)
		return;
	log->at_end = gtk_adjustment_get_value(a) + gtk_adjustment_get_page_size(a) + 2 >=
		      gtk_adjustment_get_upper(a);
	if (log->at_end)
		gtk_widget_set_visible(log->newer, FALSE);
}

static GtkWidget *
new_list(void)
{
	GtkWidget *list = g_object_new(GTK_TYPE_LIST_BOX, "accessible-role",
		GTK_ACCESSIBLE_ROLE_LOG, "selection-mode", GTK_SELECTION_NONE, NULL);
	GtkWidget *empty = gtk_label_new("Nothing has been said yet");
	gtk_widget_add_css_class(list, "log");
	gtk_widget_add_css_class(empty, "empty");
	gtk_widget_set_margin_top(empty, 60);
	gtk_list_box_set_placeholder(GTK_LIST_BOX(list), empty);
	gtk_accessible_update_property(
		GTK_ACCESSIBLE(list), GTK_ACCESSIBLE_PROPERTY_LABEL, "Conversation", -1);
	return list;
}

static void
free_log(void *data)
{
	struct log *log = data;
	if (log->follows)
		g_source_remove(log->follows);
	g_free(log);
}

struct log *
log_new(void)
{
	struct log *log = g_new0(struct log, 1);
	log->at_end = TRUE;
	log->overlay = gtk_overlay_new();
	log->scrolled = gtk_scrolled_window_new();
	log->list = new_list();
	log->newer = gtk_button_new_with_label("↓ New lines");
	gtk_scrolled_window_set_policy(
		GTK_SCROLLED_WINDOW(log->scrolled), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
	gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(log->scrolled), log->list);
	gtk_widget_set_vexpand(log->scrolled, TRUE);
	gtk_widget_add_css_class(log->newer, "newer");
	gtk_widget_add_css_class(log->newer, "suggested-action");
	gtk_widget_set_halign(log->newer, GTK_ALIGN_CENTER);
	gtk_widget_set_valign(log->newer, GTK_ALIGN_END);
	gtk_widget_set_focus_on_click(log->newer, FALSE);
	gtk_widget_set_visible(log->newer, FALSE);
	gtk_overlay_set_child(GTK_OVERLAY(log->overlay), log->scrolled);
	gtk_overlay_add_overlay(GTK_OVERLAY(log->overlay), log->newer);
	g_signal_connect_swapped(log->newer, "clicked", G_CALLBACK(to_end), log);
	g_signal_connect(adjustment(log), "value-changed", G_CALLBACK(has_moved), log);
	g_signal_connect(adjustment(log), "changed", G_CALLBACK(has_grown), log);
	g_object_set_data_full(G_OBJECT(log->overlay), "log", log, free_log);
	return log;
}

GtkWidget *
log_widget(const struct log *log)
{
	return log->overlay;
}

/* Adds a row with its text for a screen reader. Rows are read, not chosen. */
static GtkWidget *
add_row(struct log *log, GtkWidget *content, const char *text)
{
	GtkWidget *row = gtk_list_box_row_new();
	gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), content);
	gtk_list_box_row_set_activatable(GTK_LIST_BOX_ROW(row), FALSE);
	gtk_widget_set_focusable(row, FALSE);
	gtk_accessible_update_property(
		GTK_ACCESSIBLE(row), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
	gtk_list_box_append(GTK_LIST_BOX(log->list), row);
	if (++log->rows > LOG_ROWS) {
		log->rows--;
		gtk_list_box_remove(GTK_LIST_BOX(log->list),
			GTK_WIDGET(gtk_list_box_get_row_at_index(GTK_LIST_BOX(log->list), 0)));
	}
	gtk_widget_set_visible(log->newer, !log->at_end);
	return row;
}

static GtkWidget *
day_line(void)
{
	GtkWidget *line = gtk_separator_new(GTK_ORIENTATION_HORIZONTAL);
	gtk_widget_set_hexpand(line, TRUE);
	gtk_widget_set_valign(line, GTK_ALIGN_CENTER);
	return line;
}

static void
add_day(struct log *log, long day)
{
	char text[DAY_TEXT];
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
	day_text(text, day, day_of(g_get_real_time() / G_USEC_PER_SEC));
	gtk_widget_add_css_class(box, "day");
	gtk_box_append(GTK_BOX(box), day_line());
	gtk_box_append(GTK_BOX(box), gtk_label_new(text));
	gtk_box_append(GTK_BOX(box), day_line());
	add_row(log, box, text);
}

/* The text of a line, to be read and copied; never markup. It takes no focus from the entry. */
static GtkWidget *
text_label(const char *text)
{
	GtkWidget *label = gtk_label_new(text);
	gtk_label_set_wrap(GTK_LABEL(label), TRUE);
	gtk_label_set_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
	gtk_label_set_xalign(GTK_LABEL(label), 0);
	gtk_label_set_selectable(GTK_LABEL(label), TRUE);
	gtk_widget_set_focusable(label, FALSE);
	return label;
}

static GtkWidget *
nick_label(const char *nick)
{
	char colour[3];
	GtkWidget *label = gtk_label_new(nick);
	g_snprintf(colour, sizeof colour, "c%u", (g_str_hash(nick) * 2654435761U >> 16) % 6);
	gtk_widget_add_css_class(label, "nick");
	gtk_widget_add_css_class(label, colour);
	gtk_label_set_xalign(GTK_LABEL(label), 0);
	gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
	return label;
}

static GtkWidget *
bubble(const struct said *said, GtkWidget **time)
{
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 10);
	char *action = said->action ? g_strdup_printf("%s %s", said->nick, said->text) : NULL;
	GtkWidget *text = text_label(action ? action : said->text);
	g_free(action);
	*time = gtk_label_new(NULL);
	gtk_widget_add_css_class(box, "bubble");
	gtk_widget_add_css_class(text, "text");
	gtk_label_set_max_width_chars(GTK_LABEL(text), 52);
	gtk_widget_add_css_class(*time, "time");
	gtk_widget_set_valign(*time, GTK_ALIGN_END);
	gtk_widget_set_halign(box, said->own ? GTK_ALIGN_END : GTK_ALIGN_START);
	gtk_box_append(GTK_BOX(box), text);
	gtk_box_append(GTK_BOX(box), *time);
	return box;
}

/* A line, with its name where that is to be shown. */
static GtkWidget *
said_box(const struct said *said, gboolean first, GtkWidget **time)
{
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
	gtk_widget_add_css_class(box, "said");
	gtk_widget_add_css_class(box, said->own ? "own" : "other");
	if (first)
		gtk_widget_add_css_class(box, "first");
	if (said->action)
		gtk_widget_add_css_class(box, "action");
	if (first && !said->own)
		gtk_box_append(GTK_BOX(box), nick_label(said->nick));
	gtk_box_append(GTK_BOX(box), bubble(said, time));
	gtk_widget_set_margin_start(box, said->own ? 60 : 0);
	gtk_widget_set_margin_end(box, said->own ? 0 : 60);
	return box;
}

static void
free_own(void *data)
{
	struct own_row *own = data;
	g_free(own->spoken);
	g_free(own);
}

/* Shows, also to a screen reader, whether an own line has arrived. */
static void
show_mark(const struct log *log, GtkWidget *row, struct own_row *own)
{
	const char *mark = log->marks ? ", delivered" : "";
	char *seen = g_strconcat(own->clock, own->waits ? " …" : log->marks ? " ✓" : "", NULL);
	char *read = g_strconcat(own->spoken, own->waits ? ", not delivered yet" : mark, NULL);
	gtk_label_set_text(GTK_LABEL(own->time), seen);
	gtk_accessible_update_property(
		GTK_ACCESSIBLE(row), GTK_ACCESSIBLE_PROPERTY_LABEL, read, -1);
	(own->waits ? gtk_widget_add_css_class : gtk_widget_remove_css_class)(own->box, "waits");
	g_free(seen);
	g_free(read);
}

/* Renews the mark of each own line whose state has changed: these are the last ones. */
static void
show_marks(struct log *log, gboolean all)
{
	GtkWidget *row = gtk_widget_get_last_child(log->list);
	for (; row; row = gtk_widget_get_prev_sibling(row)) {
		struct own_row *own = g_object_get_data(G_OBJECT(row), "own");
		if (!own)
			continue;
		gboolean waits = transcript_waits(&log->transcript, own->number);
		if (waits == own->waits && !all)
			continue;
		own->waits = waits;
		show_mark(log, row, own);
	}
}

void
log_said(struct log *log, const struct said *said)
{
	struct transcript_place place = transcript_add(&log->transcript, said);
	char clock[DAY_CLOCK];
	GtkWidget *time;
	if (place.new_day)
		add_day(log, place.day);
	GtkWidget *box = said_box(said, !place.continues, &time);
	day_clock(clock, said->time);
	gtk_label_set_text(GTK_LABEL(time), clock);
	char *spoken = g_strdup_printf(
		"%s%s %s, %s", said->nick, said->action ? "" : ":", said->text, clock);
	GtkWidget *row = add_row(log, box, spoken);
	if (!place.own) {
		g_free(spoken);
		return;
	}
	struct own_row *own = g_new0(struct own_row, 1);
	*own = (struct own_row){.number = place.own, .spoken = spoken, .box = box, .time = time};
	memcpy(own->clock, clock, sizeof clock);
	own->waits = transcript_waits(&log->transcript, place.own);
	g_object_set_data_full(G_OBJECT(row), "own", own, free_own);
	show_mark(log, row, own);
	show_marks(log, FALSE); /* there is a new last one */
}

void
log_note(struct log *log, const char *text)
{
	GtkWidget *label = text_label(text);
	gtk_widget_add_css_class(label, "note");
	gtk_label_set_xalign(GTK_LABEL(label), 0.5f);
	gtk_label_set_justify(GTK_LABEL(label), GTK_JUSTIFY_CENTER);
	transcript_break(&log->transcript);
	add_row(log, label, text);
}

void
log_undelivered(struct log *log, unsigned long count)
{
	log->transcript.undelivered = count;
	show_marks(log, FALSE);
}

void
log_marks(struct log *log, gboolean on)
{
	if (log->marks == on)
		return;
	log->marks = on;
	show_marks(log, TRUE);
}

void
log_clear(struct log *log)
{
	GtkListBoxRow *row;
	while ((row = gtk_list_box_get_row_at_index(GTK_LIST_BOX(log->list), 0)))
		gtk_list_box_remove(GTK_LIST_BOX(log->list), GTK_WIDGET(row));
	log->transcript = (struct transcript){0};
	log->rows = 0;
	log->at_end = TRUE;
}

void
log_scroll(struct log *log, int pages)
{
	GtkAdjustment *a = adjustment(log);
	gtk_adjustment_set_value(
		a, gtk_adjustment_get_value(a) + pages * gtk_adjustment_get_page_size(a) * 0.9);
}
