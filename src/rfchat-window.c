#include "base/msg.h"
#include "base/opt.h"
#include "base/sanitize.h"
#include "window/ui_window.h"

#include <gtk/gtk.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { NICK_MAX = 256 };

struct config {
	struct window_options window;
	char nick[NICK_MAX];
};

#define FIELD(name) offsetof(struct config, name)

static const struct opt opts[] = {
	{'e', NULL, "seal the conversation, by a code of six digits at first", opt_flag,
		.field = FIELD(window.seal)},
	{'i', "adapter", "local adapter, hci0 or its address (any)", opt_text,
		.field = FIELD(window.adapter)},
	{'l', NULL, "wait for somebody to connect, on this channel", opt_flag,
		.field = FIELD(window.listen)},
	{'n', "nick", "the label of what I say (my login name)", opt_text,
		.field = FIELD(window.nick)},
	{'o', "log", "append the conversation to this file", opt_text, .field = FIELD(window.log)},
	{'r', "room", "keep the conversation in this file, and go on from there", opt_text,
		.field = FIELD(window.chat_room)},
	{0},
};

static const struct tool tool = {
	"rfchat-window",
	"rfchat-window [-ehV] [-i adapter] [-n nick] [-o log] [-r room] [address [channel]]\n"
	"rfchat-window -l [-eV] [-i adapter] [-n nick] [-o log] [-r room] [channel]\n",
	opts,
	NULL,
};

/* The nick in the safe form in which it comes back in lines. */
static void
set_nick(struct config *c)
{
	const char *nick = c->window.nick;
	if (!nick)
		nick = g_getenv("LOGNAME");
	if (!nick || !*nick)
		nick = g_get_user_name();
	sanitize_copy(c->nick, sizeof c->nick, nick, strlen(nick));
	c->window.nick = c->nick;
}

static void
parse(struct config *c, int argc, char **argv)
{
	char **operands = opt_parse(&tool, argc, argv, c, NULL);
	if (!c->window.listen && *operands)
		c->window.peer = *operands++;
	if (*operands)
		c->window.channel = *operands++;
	if (*operands)
		msg_die(MSG_USAGE, "%s: too many operands", *operands);
	set_nick(c);
}

/* Looks for rfchat and btscan first beside this program, as rfchat does with its own tools. */
static void
find_tools(void)
{
	char *self = g_file_read_link("/proc/self/exe", NULL);
	if (!self)
		return;
	char *folder = g_path_get_dirname(self);
	char *path = g_strconcat(folder, ":", g_getenv("PATH"), NULL);
	g_setenv("PATH", path, TRUE);
	g_free(path);
	g_free(folder);
	g_free(self);
}

static void
activate(GtkApplication *app, void *data)
{
	const struct config *c = data;
	if (!gtk_application_get_windows(app))
		window_open(app, &c->window);
}

int
main(int argc, char **argv)
{
	static struct config c;
	msg_init(tool.name);
	parse(&c, argc, argv);
	signal(SIGPIPE, SIG_IGN); /* a program that has ended reads nothing more */
	find_tools();
	if (!gtk_init_check())
		msg_die(MSG_FAIL,
			"no display to open a window on (is DISPLAY or WAYLAND_DISPLAY set?)");
	GtkApplication *app = gtk_application_new(WINDOW_ID, G_APPLICATION_NON_UNIQUE);
	g_signal_connect(app, "activate", G_CALLBACK(activate), &c);
	int status = g_application_run(G_APPLICATION(app), 1, argv);
	g_object_unref(app);
	return status ? MSG_FAIL : MSG_OK;
}
