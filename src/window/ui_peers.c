#include "window/ui_peers.h"
#include "window/peerlist.h"
#include "window/ui_child.h"

struct peers {
	GtkWidget *box;
	GtkWidget *list;
	GtkWidget *spinner;
	GtkWidget *stack; /* the spinner, or the button that scans again */
	GtkWidget *wait; /* the row that waits for a call */
	GtkWidget *empty;
	GtkWidget *problem; /* btscan's last message */
	const char *adapter;
	peers_chosen *chosen;
	void *self;
	struct child *scan; /* NULL: none runs */
	char active[PEERLIST_ADDRESS]; /* "": it waits for a call */
	struct peerlist found;
	GtkWidget *rows[PEERLIST_MAX]; /* those of found */
};

static const char *const icons[] = {
	[PEER_OTHER] = "network-wireless-symbolic",
	[PEER_COMPUTER] = "computer-symbolic",
	[PEER_PHONE] = "phone-symbolic",
	[PEER_AUDIO] = "audio-headphones-symbolic",
	[PEER_INPUT] = "input-keyboard-symbolic",
};

static GtkWidget *
line_of(const char *text, const char *class)
{
	GtkWidget *label = gtk_label_new(text);
	gtk_label_set_xalign(GTK_LABEL(label), 0);
	gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
	if (class) {
		gtk_widget_add_css_class(label, "dim");
		gtk_widget_add_css_class(label, class);
	}
	return label;
}

/* An icon, two lines, and perhaps a widget behind them. */
static GtkWidget *
row_content(const char *icon, const char *title, const char *below, const char *behind)
{
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 10);
	GtkWidget *lines = gtk_box_new(GTK_ORIENTATION_VERTICAL, 1);
	GtkWidget *signal = gtk_label_new(behind);
	gtk_box_append(GTK_BOX(lines), line_of(title, NULL));
	gtk_box_append(GTK_BOX(lines), line_of(below, "address"));
	gtk_widget_set_hexpand(lines, TRUE);
	gtk_widget_add_css_class(signal, "signal");
	gtk_box_append(GTK_BOX(box), gtk_image_new_from_icon_name(icon));
	gtk_box_append(GTK_BOX(box), lines);
	gtk_box_append(GTK_BOX(box), signal);
	return box;
}

static GtkWidget *
new_row(struct peers *peers, int at)
{
	GtkWidget *row = gtk_list_box_row_new();
	gtk_list_box_insert(GTK_LIST_BOX(peers->list), row, at);
	return row;
}

static void
fill_row(GtkWidget *row, GtkWidget *content, const char *spoken)
{
	gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), content);
	gtk_accessible_update_property(
		GTK_ACCESSIBLE(row), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}

static void
show_peer(struct peers *peers, int at)
{
	static const char *const bars[] = {"", "▂", "▂▄", "▂▄▆", "▂▄▆█"};
	const struct found *peer = &peers->found.peers[at];
	const char *name = *peer->name ? peer->name : "No name";
	if (!peers->rows[at])
		peers->rows[at] = new_row(peers, at + 1);
	char *spoken = g_strdup_printf("%s, %s", name, peer->address);
	fill_row(peers->rows[at],
		row_content(icons[peer->sort], name, peer->address, bars[peer->bars]), spoken);
	gtk_widget_set_tooltip_text(peers->rows[at], spoken);
	g_free(spoken);
	peers_mark(peers, *peers->active ? peers->active : NULL);
}

static void
take_line(void *self, const char *line)
{
	struct peers *peers = self;
	int at = peerlist_take(&peers->found, line);
	if (at < 0)
		return;
	gtk_widget_set_visible(peers->empty, FALSE);
	show_peer(peers, at);
}

static void
take_message(void *self, const char *line)
{
	struct peers *peers = self;
	gtk_label_set_text(GTK_LABEL(peers->problem), line);
	gtk_widget_set_visible(peers->problem, TRUE);
}

/* Drops the rows of peers that are gone: the others keep their order. */
static void
drop_stale(struct peers *peers)
{
	int kept = 0;
	for (int i = 0; i < peers->found.count; i++) {
		if (peers->found.peers[i].fresh)
			peers->rows[kept++] = peers->rows[i];
		else
			gtk_list_box_remove(GTK_LIST_BOX(peers->list), peers->rows[i]);
	}
	for (int i = kept; i < peers->found.count; i++)
		peers->rows[i] = NULL;
	peerlist_end(&peers->found);
}

/* whole: who was not found is not there. */
static void
scan_over(struct peers *peers, gboolean whole)
{
	peers->scan = NULL;
	if (whole)
		drop_stale(peers);
	gtk_spinner_stop(GTK_SPINNER(peers->spinner));
	gtk_stack_set_visible_child_name(GTK_STACK(peers->stack), "again");
	gtk_label_set_text(GTK_LABEL(peers->empty), "Nobody was found");
	gtk_widget_set_visible(peers->empty, whole && peers->found.count == 0);
}

static void
has_ended(void *self, gboolean ok)
{
	scan_over(self, ok);
}

void
peers_scan(struct peers *peers)
{
	static const struct child_events events = {take_line, take_message, has_ended};
	const char *argv[] = {"btscan", peers->adapter ? "-i" : NULL, peers->adapter, NULL};
	GError *error = NULL;
	if (peers->scan)
		return;
	peerlist_begin(&peers->found);
	gtk_widget_set_visible(peers->problem, FALSE);
	gtk_label_set_text(GTK_LABEL(peers->empty), "Looking around…");
	gtk_widget_set_visible(peers->empty, peers->found.count == 0);
	gtk_spinner_start(GTK_SPINNER(peers->spinner));
	gtk_stack_set_visible_child_name(GTK_STACK(peers->stack), "scanning");
	peers->scan = child_start(argv, CHILD_NO_INPUT, &events, peers, &error);
	if (peers->scan)
		return;
	take_message(peers, error->message);
	g_error_free(error);
	scan_over(peers, FALSE);
}

static void
has_chosen(GtkListBox *list, GtkWidget *row, struct peers *peers)
{
	(void)list;
	int at = gtk_list_box_row_get_index(GTK_LIST_BOX_ROW(row)) - 1;
	peers->chosen(peers->self, at < 0 ? NULL : peers->found.peers[at].address);
}

static GtkWidget *
new_title(struct peers *peers)
{
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
	GtkWidget *title = gtk_label_new("Around here");
	GtkWidget *again = gtk_button_new_from_icon_name("view-refresh-symbolic");
	peers->spinner = gtk_spinner_new();
	peers->stack = gtk_stack_new();
	gtk_accessible_update_property(
		GTK_ACCESSIBLE(peers->spinner), GTK_ACCESSIBLE_PROPERTY_LABEL, "Scanning", -1);
	gtk_accessible_update_property(
		GTK_ACCESSIBLE(again), GTK_ACCESSIBLE_PROPERTY_LABEL, "Scan again", -1);
	gtk_widget_set_tooltip_text(again, "Scan again (F5)");
	gtk_widget_set_focus_on_click(again, FALSE);
	gtk_widget_add_css_class(again, "flat");
	g_signal_connect_swapped(again, "clicked", G_CALLBACK(peers_scan), peers);
	gtk_stack_add_named(GTK_STACK(peers->stack), again, "again");
	gtk_stack_add_named(GTK_STACK(peers->stack), peers->spinner, "scanning");
	gtk_widget_add_css_class(title, "sidebar-title");
	gtk_widget_set_hexpand(title, TRUE);
	gtk_label_set_xalign(GTK_LABEL(title), 0);
	gtk_widget_set_margin_start(box, 14);
	gtk_widget_set_margin_end(box, 10);
	gtk_widget_set_margin_top(box, 8);
	gtk_widget_set_margin_bottom(box, 6);
	gtk_box_append(GTK_BOX(box), title);
	gtk_box_append(GTK_BOX(box), peers->stack);
	return box;
}

static GtkWidget *
new_list(struct peers *peers)
{
	GtkWidget *scrolled = gtk_scrolled_window_new();
	peers->list = gtk_list_box_new();
	gtk_list_box_set_selection_mode(GTK_LIST_BOX(peers->list), GTK_SELECTION_NONE);
	gtk_accessible_update_property(
		GTK_ACCESSIBLE(peers->list), GTK_ACCESSIBLE_PROPERTY_LABEL, "Peers around", -1);
	g_signal_connect(peers->list, "row-activated", G_CALLBACK(has_chosen), peers);
	peers->wait = new_row(peers, 0);
	fill_row(peers->wait,
		row_content("call-start-symbolic", "Wait for a call", "Let others find me", NULL),
		"Wait for a call");
	gtk_scrolled_window_set_policy(
		GTK_SCROLLED_WINDOW(scrolled), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
	gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scrolled), peers->list);
	gtk_widget_set_vexpand(scrolled, TRUE);
	return scrolled;
}

struct peers *
peers_new(const char *adapter, peers_chosen *chosen, void *self)
{
	struct peers *peers = g_new0(struct peers, 1);
	peers->adapter = adapter;
	peers->chosen = chosen;
	peers->self = self;
	peers->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
	peers->empty = gtk_label_new(NULL);
	peers->problem = gtk_label_new(NULL);
	gtk_widget_add_css_class(peers->box, "side");
	gtk_widget_add_css_class(peers->empty, "dim");
	gtk_widget_set_margin_bottom(peers->empty, 24);
	gtk_widget_add_css_class(peers->problem, "problem");
	gtk_label_set_wrap(GTK_LABEL(peers->problem), TRUE);
	gtk_label_set_wrap_mode(GTK_LABEL(peers->problem), PANGO_WRAP_WORD_CHAR);
	gtk_label_set_xalign(GTK_LABEL(peers->problem), 0);
	gtk_widget_set_visible(peers->problem, FALSE);
	gtk_box_append(GTK_BOX(peers->box), new_title(peers));
	gtk_box_append(GTK_BOX(peers->box), new_list(peers));
	gtk_box_append(GTK_BOX(peers->box), peers->empty);
	gtk_box_append(GTK_BOX(peers->box), peers->problem);
	g_object_set_data_full(G_OBJECT(peers->box), "peers", peers, g_free);
	return peers;
}

GtkWidget *
peers_widget(const struct peers *peers)
{
	return peers->box;
}

static void
set_active(GtkWidget *row, gboolean active)
{
	(active ? gtk_widget_add_css_class : gtk_widget_remove_css_class)(row, "active");
}

void
peers_mark(struct peers *peers, const char *address)
{
	if (address != peers->active)
		g_strlcpy(peers->active, address ? address : "", sizeof peers->active);
	int active = peerlist_find(&peers->found, peers->active);
	set_active(peers->wait, !*peers->active);
	for (int i = 0; i < peers->found.count; i++)
		set_active(peers->rows[i], i == active);
}

const char *
peers_name(const struct peers *peers, const char *address)
{
	int at = peerlist_find(&peers->found, address);
	return at >= 0 && *peers->found.peers[at].name ? peers->found.peers[at].name : NULL;
}

void
peers_focus(const struct peers *peers)
{
	gtk_widget_grab_focus(peers->wait);
}

void
peers_stop(struct peers *peers)
{
	if (peers->scan)
		child_stop(peers->scan);
}
