#include "window/ui_prompt.h"

enum { CODE_DIGITS = 6 };

struct prompt {
	GtkWidget *revealer;
	GtkWidget *box; /* in it; hidden with it, also from a screen reader */
	GtkWidget *label;
	GtkWidget *code;
	GtkWidget *entry;
	GtkWidget *yes, *no;
	prompt_answer *answer; /* NULL: nothing is asked */
	void *self;
};

static void
give(struct prompt *p, const char *text)
{
	prompt_answer *answer = p->answer;
	if (!answer)
		return;
	char *copy = g_strdup(text); /* of the entry, which is emptied */
	prompt_hide(p);
	answer(p->self, copy);
	g_free(copy);
}

static void
give_yes(struct prompt *p)
{
	give(p, "y");
}

static void
give_no(struct prompt *p)
{
	give(p, "n");
}

static void
give_code(struct prompt *p)
{
	GString *digits = g_string_new(NULL);
	const char *text = gtk_editable_get_text(GTK_EDITABLE(p->entry));
	for (; *text; text++) {
		if (g_ascii_isdigit(*text))
			g_string_append_c(digits, *text);
	}
	if (digits->len == CODE_DIGITS)
		give(p, digits->str);
	else
		gtk_widget_error_bell(p->entry);
	g_string_free(digits, TRUE);
}

static GtkWidget *
new_button(struct prompt *p, GCallback clicked)
{
	GtkWidget *button = gtk_button_new();
	gtk_button_set_use_underline(GTK_BUTTON(button), TRUE);
	gtk_widget_set_focus_on_click(button, FALSE);
	g_signal_connect_swapped(button, "clicked", clicked, p);
	return button;
}

static GtkWidget *
new_code_entry(struct prompt *p)
{
	GtkWidget *entry = gtk_entry_new();
	gtk_editable_set_width_chars(GTK_EDITABLE(entry), 9);
	gtk_entry_set_max_length(GTK_ENTRY(entry), 16);
	gtk_entry_set_input_purpose(GTK_ENTRY(entry), GTK_INPUT_PURPOSE_DIGITS);
	gtk_accessible_update_property(
		GTK_ACCESSIBLE(entry), GTK_ACCESSIBLE_PROPERTY_LABEL, "Code of six digits", -1);
	g_signal_connect_swapped(entry, "activate", G_CALLBACK(give_code), p);
	return entry;
}

struct prompt *
prompt_new(void)
{
	struct prompt *p = g_new0(struct prompt, 1);
	p->box = g_object_new(GTK_TYPE_BOX, "accessible-role", GTK_ACCESSIBLE_ROLE_STATUS,
		"spacing", 10, "visible", FALSE, NULL);
	p->revealer = gtk_revealer_new();
	p->label = gtk_label_new(NULL);
	p->code = gtk_label_new(NULL);
	p->entry = new_code_entry(p);
	p->no = new_button(p, G_CALLBACK(give_no));
	p->yes = new_button(p, G_CALLBACK(give_yes));
	gtk_label_set_wrap(GTK_LABEL(p->label), TRUE);
	gtk_label_set_wrap_mode(GTK_LABEL(p->label), PANGO_WRAP_WORD_CHAR);
	gtk_label_set_xalign(GTK_LABEL(p->label), 0);
	gtk_label_set_selectable(GTK_LABEL(p->code), TRUE);
	gtk_widget_set_focusable(p->code, FALSE);
	gtk_widget_add_css_class(p->code, "code");
	gtk_widget_set_hexpand(p->label, TRUE);
	gtk_widget_add_css_class(p->box, "prompt");
	gtk_widget_add_css_class(p->yes, "suggested-action");
	gtk_box_append(GTK_BOX(p->box), p->label);
	gtk_box_append(GTK_BOX(p->box), p->code);
	gtk_box_append(GTK_BOX(p->box), p->entry);
	gtk_box_append(GTK_BOX(p->box), p->no);
	gtk_box_append(GTK_BOX(p->box), p->yes);
	gtk_revealer_set_transition_type(
		GTK_REVEALER(p->revealer), GTK_REVEALER_TRANSITION_TYPE_SLIDE_UP);
	gtk_revealer_set_child(GTK_REVEALER(p->revealer), p->box);
	g_object_set_data_full(G_OBJECT(p->revealer), "prompt", p, g_free);
	return p;
}

GtkWidget *
prompt_widget(const struct prompt *p)
{
	return p->revealer;
}

/* GTK 4.8 would read the underline of the mnemonic aloud. */
static void
set_button(GtkWidget *button, const char *label)
{
	char **parts = g_strsplit(label ? label : "", "_", -1);
	char *spoken = g_strjoinv("", parts);
	gtk_button_set_label(GTK_BUTTON(button), label ? label : "");
	gtk_widget_set_visible(button, label != NULL);
	gtk_accessible_update_property(
		GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
	g_free(spoken);
	g_strfreev(parts);
}

/* Shows the bar with those parts that are given. */
static void
show(struct prompt *p, const char *text, const char *code, const char *yes, const char *no)
{
	gtk_label_set_text(GTK_LABEL(p->label), text);
	gtk_label_set_text(GTK_LABEL(p->code), code ? code : "");
	gtk_widget_set_visible(p->code, code != NULL);
	set_button(p->yes, yes);
	set_button(p->no, no);
	gtk_accessible_update_property(
		GTK_ACCESSIBLE(p->box), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
	gtk_widget_set_visible(p->entry, FALSE);
	gtk_editable_set_text(GTK_EDITABLE(p->entry), "");
	gtk_widget_set_visible(p->box, TRUE);
	gtk_revealer_set_reveal_child(GTK_REVEALER(p->revealer), TRUE);
	p->answer = NULL;
}

void
prompt_ask(struct prompt *p, const char *text, const char *yes, const char *no,
	prompt_answer *answer, void *self)
{
	show(p, text, NULL, yes, no);
	p->answer = answer;
	p->self = self;
}

void
prompt_ask_code(struct prompt *p, const char *text, prompt_answer *answer, void *self)
{
	show(p, text, NULL, NULL, NULL);
	gtk_widget_set_visible(p->entry, TRUE);
	p->answer = answer;
	p->self = self;
}

void
prompt_show_code(struct prompt *p, const char *text, const char *code)
{
	show(p, text, code, NULL, NULL);
}

void
prompt_hide(struct prompt *p)
{
	p->answer = NULL;
	gtk_editable_set_text(GTK_EDITABLE(p->entry), "");
	gtk_revealer_set_reveal_child(GTK_REVEALER(p->revealer), FALSE);
	gtk_widget_set_visible(p->box, FALSE);
}

gboolean
prompt_asks(const struct prompt *p)
{
	return p->answer != NULL;
}

void
prompt_focus(struct prompt *p)
{
	if (gtk_widget_get_visible(p->entry))
		gtk_widget_grab_focus(p->entry);
	else
		gtk_widget_grab_focus(gtk_widget_get_visible(p->no) ? p->no : p->yes);
}
