#include "window/ui_theme.h"

#include <gtk/gtk.h>
#include <string.h>

/* Colours are mixed from the theme's own, so that they fit light, dark, and any other theme. */
static const char style[] =
	"@define-color rfchat_own mix(@theme_bg_color, @theme_selected_bg_color, 0.28);"
	"@define-color rfchat_own_edge mix(@theme_bg_color, @theme_selected_bg_color, 0.42);"
	"@define-color rfchat_other mix(@theme_base_color, @theme_fg_color, 0.07);"
	"@define-color rfchat_other_edge mix(@theme_base_color, @theme_fg_color, 0.13);"
	"@define-color rfchat_dim mix(@theme_base_color, @theme_fg_color, 0.62);"
	"@define-color rfchat_line mix(@theme_base_color, @theme_fg_color, 0.14);"
	"@define-color rfchat_good mix(@theme_fg_color, #26a269, 0.75);"
	"@define-color rfchat_wait mix(@theme_fg_color, #e5a50a, 0.75);"
	"@define-color rfchat_bad mix(@theme_fg_color, #e01b24, 0.75);"
	"list.log { background: @theme_base_color; padding: 10px 14px 14px 14px; }"
	"list.log > row { padding: 0; background: none; }"
	".bubble { border-radius: 14px; padding: 7px 12px; background: @rfchat_other;"
	"  border: 1px solid @rfchat_other_edge; margin-top: 2px; }"
	".own .bubble { background: @rfchat_own; border-color: @rfchat_own_edge; }"
	".said.first { margin-top: 8px; }"
	".other.first .bubble { border-top-left-radius: 4px; }"
	".own.first .bubble { border-top-right-radius: 4px; }"
	".waits .bubble { opacity: 0.6; border-style: dashed; }"
	".action .text { font-style: italic; }"
	".nick { font-weight: bold; font-size: 0.88em; margin: 0 12px; }"
	".nick.c0 { color: mix(@theme_fg_color, #1a5fb4, 0.6); }"
	".nick.c1 { color: mix(@theme_fg_color, #26a269, 0.7); }"
	".nick.c2 { color: mix(@theme_fg_color, #c64600, 0.7); }"
	".nick.c3 { color: mix(@theme_fg_color, #9141ac, 0.7); }"
	".nick.c4 { color: mix(@theme_fg_color, #a51d2d, 0.7); }"
	".nick.c5 { color: mix(@theme_fg_color, #0b8a8f, 0.7); }"
	".time { font-size: 0.78em; color: @rfchat_dim; font-feature-settings: \"tnum\"; }"
	".note { color: @rfchat_dim; font-size: 0.9em; margin: 6px 24px; }"
	".day { color: @rfchat_dim; font-size: 0.86em; font-weight: bold; margin: 14px 0 6px 0; }"
	".day separator { background: @rfchat_line; min-height: 1px; }"
	".sidebar-title { font-weight: bold; padding: 0 2px; }"
	".side { background: @theme_bg_color; }"
	".side list { background: none; padding: 0 8px 8px 8px; }"
	".side row { border-radius: 9px; padding: 7px 9px; margin: 1px 0; }"
	".side row.active { background: @rfchat_own; }"
	".side .dim, .status .dim, .empty { color: @rfchat_dim; }"
	".side .address { font-size: 0.82em; }"
	".side .problem { font-size: 0.88em; color: @rfchat_dim; padding: 8px 14px; }"
	".signal { font-size: 0.7em; color: @rfchat_dim; letter-spacing: 1px; }"
	".status { font-size: 0.86em; }"
	".good { color: @rfchat_good; } .wait { color: @rfchat_wait; } .bad { color: @rfchat_bad; }"
	".prompt { background: @rfchat_own; border-top: 1px solid @rfchat_own_edge;"
	"  padding: 9px 14px; }"
	".prompt .code { font-size: 1.5em; font-weight: bold; letter-spacing: 3px; }"
	".bottom { background: @theme_bg_color; border-top: 1px solid @rfchat_line; padding: 9px "
	"12px; }"
	".bottom entry { border-radius: 18px; padding: 3px 14px; min-height: 32px; }"
	".bottom button { border-radius: 18px; min-width: 34px; min-height: 34px; padding: 0 4px; }"
	".newer { border-radius: 18px; padding: 4px 14px; margin: 10px; }"
	".empty { font-size: 1.05em; }";

/* 1: dark is preferred (org.freedesktop.appearance). The portal's Read wraps the number twice. */
static void
follow(GVariant *value)
{
	while (g_variant_is_of_type(value, G_VARIANT_TYPE_VARIANT)) {
		GVariant *inner = g_variant_get_variant(value);
		g_variant_unref(value);
		value = inner;
	}
	if (g_variant_is_of_type(value, G_VARIANT_TYPE_UINT32))
		g_object_set(gtk_settings_get_default(), "gtk-application-prefer-dark-theme",
			g_variant_get_uint32(value) == 1, NULL);
	g_variant_unref(value);
}

static void
has_changed(GDBusProxy *portal, const char *sender, const char *signal, GVariant *args, void *data)
{
	const char *space;
	const char *key;
	GVariant *value;
	(void)portal;
	(void)sender;
	(void)data;
	if (strcmp(signal, "SettingChanged") != 0 ||
		!g_variant_is_of_type(args, G_VARIANT_TYPE("(ssv)")))
		return;
	g_variant_get(args, "(&s&s@v)", &space, &key, &value);
	if (strcmp(space, "org.freedesktop.appearance") == 0 && strcmp(key, "color-scheme") == 0)
		follow(g_steal_pointer(&value));
	g_clear_pointer(&value, g_variant_unref);
}

static void
have_read(GObject *portal, GAsyncResult *result, void *data)
{
	(void)data;
	GVariant *answer = g_dbus_proxy_call_finish(G_DBUS_PROXY(portal), result, NULL);
	if (!answer)
		return;
	follow(g_variant_get_child_value(answer, 0));
	g_variant_unref(answer);
}

/* The portal stays as long as we do: it reports changes. */
static void
have_portal(GObject *source, GAsyncResult *result, void *data)
{
	(void)source;
	(void)data;
	GDBusProxy *portal = g_dbus_proxy_new_for_bus_finish(result, NULL);
	if (!portal)
		return;
	g_signal_connect(portal, "g-signal", G_CALLBACK(has_changed), NULL);
	g_dbus_proxy_call(portal, "Read",
		g_variant_new("(ss)", "org.freedesktop.appearance", "color-scheme"),
		G_DBUS_CALL_FLAGS_NONE, -1, NULL, have_read, NULL);
}

void
theme_start(void)
{
	GtkCssProvider *provider = gtk_css_provider_new();
	gtk_css_provider_load_from_data(provider, style, -1);
	gtk_style_context_add_provider_for_display(gdk_display_get_default(),
		GTK_STYLE_PROVIDER(provider), GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
	g_object_unref(provider);
	g_dbus_proxy_new_for_bus(G_BUS_TYPE_SESSION, G_DBUS_PROXY_FLAGS_DO_NOT_LOAD_PROPERTIES,
		NULL, "org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop",
		"org.freedesktop.portal.Settings", NULL, have_portal, NULL);
}
