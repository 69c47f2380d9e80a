/* The window: puts its parts together, and talks through rfchat. */
#ifndef UI_WINDOW_H
#define UI_WINDOW_H

#include "window/options.h"

#include <gtk/gtk.h>

/* The application's name for the desktop; also that of its .desktop file and its icon. */
#define WINDOW_ID "org.rfcat.Chat"

/* Opens it, and starts rfchat and btscan. The application quits when it is closed, and rfchat has
 * left. */
void window_open(GtkApplication *app, const struct window_options *options);

#endif
