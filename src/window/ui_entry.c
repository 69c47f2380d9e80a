#include "window/ui_entry.h"

#include <string.h>

enum {
	LINE_CHARS = 1000, /* so that it fits into a record of 4096 bytes in any script */
	EARLIER_MAX = 100,
};

struct entry {
	GtkWidget *bar;
	GtkWidget *entry;
	entry_send *send;
	void *self;
	GPtrArray *earlier; /* lines that were sent, the oldest first */
	guint at; /* the index of the one that is shown; their number: none */
	GtkFileChooserNative *chooser; /* NULL: not open */
};

static void
set_text(struct entry *e, const char *text)
{
	gtk_editable_set_text(GTK_EDITABLE(e->entry), text);
	gtk_editable_set_position(GTK_EDITABLE(e->entry), -1);
}

static void
remember(struct entry *e, const char *line)
{
	if (e->earlier->len == EARLIER_MAX)
		g_ptr_array_remove_index(e->earlier, 0);
	g_ptr_array_add(e->earlier, g_strdup(line));
	e->at = e->earlier->len;
}

/* Pasted text may have several lines. Those that are not taken stay. */
static void
send_text(struct entry *e)
{
	char *text = g_strdup(gtk_editable_get_text(GTK_EDITABLE(e->entry)));
	char *line = text;
	while (*line) {
		size_t len = strcspn(line, "\r\n");
		char *next = line + len + strspn(line + len, "\r\n");
		line[len] = '\0';
		if (len > 0 && !e->send(e->self, line))
			break;
		if (len > 0)
			remember(e, line);
		line = next;
	}
	set_text(e, line);
	g_free(text);
}

static void
show_earlier(struct entry *e, int step)
{
	if (step < 0 ? e->at == 0 : e->at >= e->earlier->len)
		return;
	e->at += (guint)step;
	set_text(e, e->at < e->earlier->len ? g_ptr_array_index(e->earlier, e->at) : "");
}

static gboolean
has_pressed(
	GtkEventControllerKey *keys, guint key, guint code, GdkModifierType mods, struct entry *e)
{
	(void)keys;
	(void)code;
	if (mods & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SHIFT_MASK))
		return FALSE;
	if (key != GDK_KEY_Up && key != GDK_KEY_Down)
		return FALSE;
	show_earlier(e, key == GDK_KEY_Up ? -1 : 1);
	return TRUE;
}

void
entry_send_file(struct entry *entry, GFile *file)
{
	char *path = g_file_get_path(file);
	char *line = path && !strpbrk(path, "\r\n") ? g_strconcat("/send ", path, NULL) : NULL;
	if (!line || !entry->send(entry->self, line))
		gtk_widget_error_bell(entry->entry);
	g_free(line);
	g_free(path);
}

static void
has_answered(GtkNativeDialog *dialog, int response, struct entry *e)
{
	if (response == GTK_RESPONSE_ACCEPT) {
		GFile *file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog));
		entry_send_file(e, file);
		g_object_unref(file);
	}
	g_clear_object(&e->chooser);
	entry_focus(e);
}

static void
choose_file(struct entry *e)
{
	if (e->chooser)
		return;
	e->chooser =
		gtk_file_chooser_native_new("Send a file", GTK_WINDOW(gtk_widget_get_root(e->bar)),
			GTK_FILE_CHOOSER_ACTION_OPEN, "_Send", "_Cancel");
	gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(e->chooser), TRUE);
	g_signal_connect(e->chooser, "response", G_CALLBACK(has_answered), e);
	gtk_native_dialog_show(GTK_NATIVE_DIALOG(e->chooser));
}

static GtkWidget *
new_button(struct entry *e, const char *icon, const char *name, GCallback clicked)
{
	GtkWidget *button = gtk_button_new_from_icon_name(icon);
	gtk_widget_set_tooltip_text(button, name);
	gtk_accessible_update_property(
		GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
	gtk_widget_set_focus_on_click(button, FALSE);
	gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
	g_signal_connect_swapped(button, "clicked", clicked, e);
	return button;
}

static GtkWidget *
new_field(struct entry *e)
{
	GtkWidget *field = gtk_entry_new();
	GtkEventController *keys = gtk_event_controller_key_new();
	gtk_entry_set_placeholder_text(GTK_ENTRY(field), "Type a line");
	gtk_entry_set_max_length(GTK_ENTRY(field), LINE_CHARS);
	gtk_entry_set_input_hints(GTK_ENTRY(field), GTK_INPUT_HINT_SPELLCHECK);
	gtk_widget_set_hexpand(field, TRUE);
	gtk_accessible_update_property(
		GTK_ACCESSIBLE(field), GTK_ACCESSIBLE_PROPERTY_LABEL, "Type a line", -1);
	g_signal_connect_swapped(field, "activate", G_CALLBACK(send_text), e);
	gtk_event_controller_set_propagation_phase(keys, GTK_PHASE_CAPTURE);
	g_signal_connect(keys, "key-pressed", G_CALLBACK(has_pressed), e);
	gtk_widget_add_controller(field, keys);
	return field;
}

static void
free_entry(void *data)
{
	struct entry *e = data;
	g_ptr_array_free(e->earlier, TRUE);
	g_clear_object(&e->chooser);
	g_free(e);
}

struct entry *
entry_new(entry_send *send, void *self)
{
	struct entry *e = g_new0(struct entry, 1);
	e->send = send;
	e->self = self;
	e->earlier = g_ptr_array_new_with_free_func(g_free);
	e->bar = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
	e->entry = new_field(e);
	gtk_widget_add_css_class(e->bar, "bottom");
	gtk_box_append(GTK_BOX(e->bar),
		new_button(e, "mail-attachment-symbolic", "Send a file", G_CALLBACK(choose_file)));
	gtk_box_append(GTK_BOX(e->bar), e->entry);
	GtkWidget *send_button =
		new_button(e, "go-up-symbolic", "Send (Enter)", G_CALLBACK(send_text));
	gtk_widget_add_css_class(send_button, "suggested-action");
	gtk_box_append(GTK_BOX(e->bar), send_button);
	g_object_set_data_full(G_OBJECT(e->bar), "entry", e, free_entry);
	return e;
}

GtkWidget *
entry_widget(const struct entry *entry)
{
	return entry->bar;
}

void
entry_focus(const struct entry *entry)
{
	gtk_entry_grab_focus_without_selecting(GTK_ENTRY(entry->entry));
}

gboolean
entry_empty(const struct entry *entry)
{
	return gtk_entry_get_text_length(GTK_ENTRY(entry->entry)) == 0;
}

gboolean
entry_forward(const struct entry *entry, GtkEventControllerKey *keys)
{
	GtkEditable *text = gtk_editable_get_delegate(GTK_EDITABLE(entry->entry));
	if (!gtk_event_controller_key_forward(keys, GTK_WIDGET(text)))
		return FALSE;
	entry_focus(entry);
	return TRUE;
}
