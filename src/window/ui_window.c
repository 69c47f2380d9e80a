#include "window/ui_window.h"
#include "window/ui_talk.h"
#include "window/ui_theme.h"

#include <string.h>

enum {
	NOTICE_CHARS = 200, /* of a line in a notification */
	RESCAN_SECS = 45, /* between scans while no peer is there, to find new ones */
};

struct window {
	GApplication *app;
	GtkWidget *window;
	struct talk_parts parts;
	struct talk *talk;
};

/* Notifies a user who looks elsewhere. In the title, since some desktops take the body for
 * markup. */
static void
notify(void *self, const struct said *said)
{
	struct window *w = self;
	if (gtk_window_is_active(GTK_WINDOW(w->window)))
		return;
	char *text = g_strdup_printf("%s: %s", said->nick, said->text);
	char *end = g_utf8_offset_to_pointer(text, MIN(g_utf8_strlen(text, -1), NOTICE_CHARS));
	*end = '\0';
	GNotification *notice = g_notification_new(text);
	g_notification_set_default_action(notice, "app.present");
	g_application_send_notification(w->app, "line", notice);
	g_object_unref(notice);
	g_free(text);
}

static void
set_title(void *self, const char *name)
{
	char *title = g_strdup_printf("%s – rfchat", *name ? name : "Waiting");
	gtk_window_set_title(GTK_WINDOW(((struct window *)self)->window), title);
	g_free(title);
}

static void
quit(void *self)
{
	g_application_quit(((struct window *)self)->app);
}

static void
has_chosen(void *self, const char *address)
{
	struct window *w = self;
	entry_focus(w->parts.entry);
	talk_with(w->talk, address);
}

static gboolean
has_closed(struct window *w)
{
	if (talk_close(w->talk)) {
		gtk_widget_set_visible(w->window, FALSE);
		peers_stop(w->parts.peers);
	}
	return TRUE;
}

static gboolean
send_line(void *self, const char *line)
{
	struct window *w = self;
	if (strcmp(line, "/quit") == 0) {
		gtk_window_close(GTK_WINDOW(w->window));
		return TRUE;
	}
	if (talk_send(w->talk, line))
		return TRUE;
	gtk_widget_error_bell(w->window);
	return FALSE;
}

static gboolean
has_dropped(GtkDropTarget *target, const GValue *value, double x, double y, struct window *w)
{
	(void)target;
	(void)x;
	(void)y;
	GSList *files = g_value_get_boxed(value);
	for (; files; files = files->next)
		entry_send_file(w->parts.entry, files->data);
	return TRUE;
}

/* Typed text goes to the entry, wherever the focus is. */
static gboolean
has_pressed(
	GtkEventControllerKey *keys, guint key, guint code, GdkModifierType mods, struct window *w)
{
	(void)code;
	if (key == GDK_KEY_Escape) {
		entry_focus(w->parts.entry);
		return TRUE;
	}
	if (mods & (GDK_CONTROL_MASK | GDK_ALT_MASK) ||
		!g_unichar_isgraph(gdk_keyval_to_unicode(key)))
		return FALSE;
	return entry_forward(w->parts.entry, keys);
}

static void
has_come_forward(struct window *w)
{
	if (gtk_window_is_active(GTK_WINDOW(w->window)))
		g_application_withdraw_notification(w->app, "line");
}

static gboolean
scan_again(void *self)
{
	struct window *w = self;
	if (talk_alone(w->talk) && gtk_window_is_active(GTK_WINDOW(w->window)))
		peers_scan(w->parts.peers);
	return G_SOURCE_CONTINUE;
}

static void
do_scan(GSimpleAction *action, GVariant *parameter, void *self)
{
	(void)action;
	(void)parameter;
	peers_scan(((struct window *)self)->parts.peers);
}

static void
do_peers(GSimpleAction *action, GVariant *parameter, void *self)
{
	struct window *w = self;
	(void)action;
	(void)parameter;
	g_action_group_change_action_state(
		G_ACTION_GROUP(w->window), "side", g_variant_new_boolean(TRUE));
	peers_focus(w->parts.peers);
}

static void
do_page(GSimpleAction *action, GVariant *pages, void *self)
{
	(void)action;
	log_scroll(((struct window *)self)->parts.log, g_variant_get_int32(pages));
}

static void
set_side(GSimpleAction *action, GVariant *state, void *self)
{
	struct window *w = self;
	gtk_widget_set_visible(peers_widget(w->parts.peers), g_variant_get_boolean(state));
	g_simple_action_set_state(action, state);
}

static void
do_present(GSimpleAction *action, GVariant *parameter, void *self)
{
	(void)action;
	(void)parameter;
	gtk_window_present(GTK_WINDOW(((struct window *)self)->window));
}

static void
add_actions(struct window *w)
{
	static const GActionEntry in_window[] = {
		{.name = "scan", .activate = do_scan},
		{.name = "peers", .activate = do_peers},
		{.name = "page", .activate = do_page, .parameter_type = "i"},
		{.name = "side", .state = "true", .change_state = set_side},
	};
	static const GActionEntry in_app[] = {{.name = "present", .activate = do_present}};
	static const struct {
		const char *action;
		const char *keys[3];
	} keys[] = {
		{"win.scan", {"F5", "<Control>r"}},
		{"win.peers", {"F6"}},
		{"win.side", {"F9"}},
		{"win.page(-1)", {"Page_Up"}},
		{"win.page(1)", {"Page_Down"}},
		{"window.close", {"<Control>q", "<Control>w"}},
	};
	g_action_map_add_action_entries(
		G_ACTION_MAP(w->window), in_window, G_N_ELEMENTS(in_window), w);
	g_action_map_add_action_entries(G_ACTION_MAP(w->app), in_app, G_N_ELEMENTS(in_app), w);
	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
		gtk_application_set_accels_for_action(
			GTK_APPLICATION(w->app), keys[i].action, keys[i].keys);
}

static GtkWidget *
conversation(struct window *w)
{
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
	GtkDropTarget *drop = gtk_drop_target_new(GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);
	g_signal_connect(drop, "drop", G_CALLBACK(has_dropped), w);
	gtk_widget_add_controller(box, GTK_EVENT_CONTROLLER(drop));
	gtk_widget_set_size_request(box, 320, -1);
	gtk_box_append(GTK_BOX(box), log_widget(w->parts.log));
	gtk_box_append(GTK_BOX(box), prompt_widget(w->parts.prompt));
	gtk_box_append(GTK_BOX(box), entry_widget(w->parts.entry));
	return box;
}

static void
build(struct window *w, const char *adapter)
{
	GtkEventController *keys = gtk_event_controller_key_new();
	w->parts.header = header_new();
	w->parts.peers = peers_new(adapter, has_chosen, w);
	w->parts.log = log_new();
	w->parts.prompt = prompt_new();
	w->parts.entry = entry_new(send_line, w);
	GtkWidget *paned = gtk_paned_new(GTK_ORIENTATION_HORIZONTAL);
	gtk_widget_set_size_request(peers_widget(w->parts.peers), 190, -1);
	gtk_paned_set_start_child(GTK_PANED(paned), peers_widget(w->parts.peers));
	gtk_paned_set_end_child(GTK_PANED(paned), conversation(w));
	gtk_paned_set_resize_start_child(GTK_PANED(paned), FALSE);
	gtk_paned_set_shrink_start_child(GTK_PANED(paned), FALSE);
	gtk_paned_set_shrink_end_child(GTK_PANED(paned), FALSE);
	gtk_paned_set_position(GTK_PANED(paned), 250);
	gtk_window_set_titlebar(GTK_WINDOW(w->window), header_widget(w->parts.header));
	gtk_window_set_child(GTK_WINDOW(w->window), paned);
	gtk_window_set_default_size(GTK_WINDOW(w->window), 860, 600);
	g_signal_connect_swapped(w->window, "close-request", G_CALLBACK(has_closed), w);
	g_signal_connect_swapped(w->window, "notify::is-active", G_CALLBACK(has_come_forward), w);
	g_signal_connect(keys, "key-pressed", G_CALLBACK(has_pressed), w);
	gtk_widget_add_controller(w->window, keys);
	add_actions(w);
}

void
window_open(GtkApplication *app, const struct window_options *options)
{
	static const struct talk_events events = {notify, set_title, quit};
	struct window *w = g_new0(struct window, 1); /* for as long as the program runs */
	w->app = G_APPLICATION(app);
	w->window = gtk_application_window_new(app);
	theme_start();
	gtk_window_set_default_icon_name(WINDOW_ID);
	build(w, options->adapter);
	w->talk = talk_start(options, &w->parts, &events, w);
	if (!options->peer)
		peers_scan(w->parts.peers);
	g_timeout_add_seconds(RESCAN_SECS, scan_again, w);
	entry_focus(w->parts.entry);
	gtk_window_present(GTK_WINDOW(w->window));
}
