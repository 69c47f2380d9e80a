#include "window/ui_header.h"

struct header {
	GtkWidget *bar;
	GtkWidget *name;
	GtkWidget *dot;
	GtkWidget *phase;
	GtkWidget *seal; /* an icon and a label */
	GtkWidget *seal_icon;
	GtkWidget *seal_text;
};

static GtkWidget *
new_status(struct header *h)
{
	GtkWidget *status = g_object_new(GTK_TYPE_BOX, "accessible-role",
		GTK_ACCESSIBLE_ROLE_STATUS, "spacing", 6, "halign", GTK_ALIGN_CENTER, NULL);
	h->dot = gtk_label_new("●");
	h->phase = gtk_label_new(NULL);
	h->seal = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 4);
	h->seal_icon = gtk_image_new();
	h->seal_text = gtk_label_new(NULL);
	gtk_label_set_ellipsize(GTK_LABEL(h->phase), PANGO_ELLIPSIZE_END);
	gtk_accessible_update_property(
		GTK_ACCESSIBLE(status), GTK_ACCESSIBLE_PROPERTY_LABEL, "State", -1);
	gtk_widget_add_css_class(status, "status");
	gtk_widget_add_css_class(h->phase, "dim");
	gtk_image_set_pixel_size(GTK_IMAGE(h->seal_icon), 13);
	gtk_widget_set_margin_start(h->seal, 8);
	gtk_box_append(GTK_BOX(h->seal), h->seal_icon);
	gtk_box_append(GTK_BOX(h->seal), h->seal_text);
	gtk_box_append(GTK_BOX(status), h->dot);
	gtk_box_append(GTK_BOX(status), h->phase);
	gtk_box_append(GTK_BOX(status), h->seal);
	return status;
}

struct header *
header_new(void)
{
	struct header *h = g_new0(struct header, 1);
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 1);
	GtkWidget *side = gtk_toggle_button_new();
	h->bar = gtk_header_bar_new();
	h->name = gtk_label_new(NULL);
	gtk_label_set_ellipsize(GTK_LABEL(h->name), PANGO_ELLIPSIZE_END);
	gtk_widget_add_css_class(h->name, "title");
	gtk_widget_set_valign(box, GTK_ALIGN_CENTER);
	gtk_box_append(GTK_BOX(box), h->name);
	gtk_box_append(GTK_BOX(box), new_status(h));
	gtk_header_bar_set_title_widget(GTK_HEADER_BAR(h->bar), box);
	gtk_button_set_icon_name(GTK_BUTTON(side), "sidebar-show-symbolic");
	gtk_actionable_set_action_name(GTK_ACTIONABLE(side), "win.side");
	gtk_widget_set_tooltip_text(side, "Peers around (F9)");
	gtk_accessible_update_property(
		GTK_ACCESSIBLE(side), GTK_ACCESSIBLE_PROPERTY_LABEL, "Peers around", -1);
	gtk_widget_set_focus_on_click(side, FALSE);
	gtk_header_bar_pack_start(GTK_HEADER_BAR(h->bar), side);
	g_object_set_data_full(G_OBJECT(h->bar), "header", h, g_free);
	return h;
}

GtkWidget *
header_widget(const struct header *header)
{
	return header->bar;
}

static void
set_colour(GtkWidget *widget, const char *class)
{
	static const char *const classes[] = {"good", "wait", "bad"};
	for (size_t i = 0; i < G_N_ELEMENTS(classes); i++)
		gtk_widget_remove_css_class(widget, classes[i]);
	gtk_widget_add_css_class(widget, class);
}

static char *
phase_text(const struct link *link)
{
	switch (link->phase) {
	case LINK_WAITING:
		return g_strdup("Waiting for a call");
	case LINK_CALLING:
		return g_strdup("Calling…");
	case LINK_CONNECTED:
		return g_strdup(link->state.in_step ? "Connected" : "Connected, to a plain peer");
	case LINK_AWAY:
		return g_strdup_printf("Away since %s", link->state.since);
	case LINK_ROOM:
		return g_strdup("In a room, without a link");
	case LINK_LEAVING:
		return g_strdup("Leaving…");
	case LINK_OVER:
		break;
	}
	return g_strdup("Not connected");
}

static void
show_phase(struct header *h, const struct link *link)
{
	static const char *const colours[] = {
		[LINK_WAITING] = "wait",
		[LINK_CALLING] = "wait",
		[LINK_ROOM] = "good",
		[LINK_CONNECTED] = "good",
		[LINK_AWAY] = "bad",
		[LINK_LEAVING] = "wait",
		[LINK_OVER] = "bad",
	};
	char *phase = phase_text(link);
	char *waits = link->undelivered == 0 ? NULL
		      : link->undelivered == 1
			      ? g_strdup(" · 1 line waits")
			      : g_strdup_printf(" · %lu lines wait", link->undelivered);
	char *text = g_strconcat(phase, waits, NULL);
	gtk_label_set_text(GTK_LABEL(h->phase), text);
	set_colour(h->dot, colours[link->phase]);
	g_free(text);
	g_free(waits);
	g_free(phase);
}

static void
show_seal(struct header *h, const struct link *link)
{
	static const struct {
		const char *icon, *text, *colour, *tip;
	} seals[] = {
		[STATE_OPEN] = {"channel-insecure-symbolic", "Open", "wait",
			"Not encrypted: anyone nearby can read it"},
		[STATE_ENCRYPTED] = {"channel-secure-symbolic", "Encrypted", "dim",
			"Encrypted by the link, from adapter to adapter"},
		[STATE_SEALED] = {"changes-prevent-symbolic", "Sealed", "good",
			"Encrypted and authenticated from end to end"},
	};
	enum state_seal seal = link->state.seal;
	gtk_widget_set_visible(h->seal, link->phase == LINK_CONNECTED);
	gtk_image_set_from_icon_name(GTK_IMAGE(h->seal_icon), seals[seal].icon);
	gtk_label_set_text(GTK_LABEL(h->seal_text), seals[seal].text);
	gtk_widget_set_tooltip_text(h->seal, seals[seal].tip);
	gtk_widget_remove_css_class(h->seal, "dim");
	set_colour(h->seal, seals[seal].colour);
}

void
header_show(struct header *header, const struct link *link)
{
	gtk_label_set_text(GTK_LABEL(header->name), *link->name ? link->name : "rfchat");
	gtk_widget_set_tooltip_text(
		header->name, *link->state.address ? link->state.address : NULL);
	show_phase(header, link);
	show_seal(header, link);
}
