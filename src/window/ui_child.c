#include "window/ui_child.h"
#include "window/linebuf.h"

#include <gio/gio.h>
#include <signal.h>
#include <string.h>

enum {
	QUEUE_MAX = 64 * 1024, /* bytes that wait to be written */
	/* The time from the end of its input to SIGTERM, and from there to SIGKILL. rfchat waits 10
	 * s for its last lines to arrive. */
	TERM_SECS = 15,
	DRAIN_SECS = 2, /* after its end another process may hold its output */
	/* Below GTK's drawing: a peer that floods the window doesn't freeze it. */
	PRIORITY = G_PRIORITY_DEFAULT_IDLE,
};

/* One of its outputs. */
struct source {
	struct child *child;
	GInputStream *stream;
	void (*take)(void *self, const char *line);
	struct linebuf lines;
	char block[4096];
};

struct child {
	GSubprocess *process;
	const struct child_events *events;
	void *self;
	struct source out, err;
	GString *queue; /* to be written; the block at write is in front of it */
	GBytes *writing;
	gboolean input_open;
	GCancellable *cancel; /* reads and writes */
	guint timer;
	gboolean asked; /* SIGTERM was sent */
	gboolean ok;
	int pending; /* operations that will call back: at 0 it is over */
};

static void
release(struct child *child)
{
	if (--child->pending > 0)
		return;
	if (child->timer)
		g_source_remove(child->timer);
	child->events->ended(child->self, child->ok);
	g_object_unref(child->process);
	g_object_unref(child->cancel);
	g_string_free(child->queue, TRUE);
	g_free(child);
}

static void
deliver(const struct source *source, const char *line)
{
	char *valid = g_utf8_make_valid(line, -1);
	source->take(source->child->self, valid);
	g_free(valid);
}

static void read_more(struct source *source);

static void
have_read(GObject *stream, GAsyncResult *result, void *data)
{
	struct source *source = data;
	gssize n = g_input_stream_read_finish(G_INPUT_STREAM(stream), result, NULL);
	const char *bytes = source->block;
	const char *line;
	while (n > 0) {
		size_t taken = linebuf_take(&source->lines, bytes, (size_t)n, &line);
		bytes += taken;
		n -= (gssize)taken;
		if (line)
			deliver(source, line);
	}
	if (bytes > source->block) {
		read_more(source);
		return;
	}
	if ((line = linebuf_rest(&source->lines)))
		deliver(source, line);
	release(source->child);
}

static void
read_more(struct source *source)
{
	g_input_stream_read_async(source->stream, source->block, sizeof source->block, PRIORITY,
		source->child->cancel, have_read, source);
}

static void
read_lines(struct child *child, struct source *source, GInputStream *stream,
	void (*take)(void *self, const char *line))
{
	source->child = child;
	source->stream = stream;
	source->take = take;
	if (!stream)
		return;
	child->pending++;
	read_more(source);
}

static GOutputStream *
input_of(const struct child *child)
{
	return g_subprocess_get_stdin_pipe(child->process);
}

static void write_more(struct child *child);

static void
have_written(GObject *stream, GAsyncResult *result, void *data)
{
	struct child *child = data;
	g_clear_pointer(&child->writing, g_bytes_unref);
	if (g_output_stream_write_all_finish(G_OUTPUT_STREAM(stream), result, NULL, NULL))
		write_more(child);
	else
		child->input_open = FALSE;
	release(child);
}

/* Writes the queue; closes the input when that is empty, and the child has to end. */
static void
write_more(struct child *child)
{
	if (child->writing)
		return;
	if (child->queue->len == 0) {
		if (!child->input_open)
			g_output_stream_close(input_of(child), NULL, NULL); /* a pipe: at once */
		return;
	}
	child->writing = g_bytes_new(child->queue->str, child->queue->len);
	g_string_truncate(child->queue, 0);
	child->pending++;
	g_output_stream_write_all_async(input_of(child), g_bytes_get_data(child->writing, NULL),
		g_bytes_get_size(child->writing), G_PRIORITY_DEFAULT, child->cancel, have_written,
		child);
}

gboolean
child_write(struct child *child, const char *line)
{
	if (!child->input_open || child->queue->len + strlen(line) > QUEUE_MAX)
		return FALSE;
	g_string_append_printf(child->queue, "%s\n", line);
	write_more(child);
	return TRUE;
}

static gboolean
give_up_reading(void *data)
{
	struct child *child = data;
	child->timer = 0;
	g_cancellable_cancel(child->cancel);
	return G_SOURCE_REMOVE;
}

static void
has_ended(GObject *process, GAsyncResult *result, void *data)
{
	struct child *child = data;
	g_subprocess_wait_finish(G_SUBPROCESS(process), result, NULL);
	child->ok = g_subprocess_get_if_exited(child->process) &&
		    g_subprocess_get_exit_status(child->process) == 0;
	child->input_open = FALSE;
	if (child->timer)
		g_source_remove(child->timer);
	child->timer = g_timeout_add_seconds(DRAIN_SECS, give_up_reading, child);
	release(child);
}

struct child *
child_start(const char *const *argv, enum child_input input, const struct child_events *events,
	void *self, GError **error)
{
	GSubprocessFlags flags =
		G_SUBPROCESS_FLAGS_STDOUT_PIPE |
		(events->err ? G_SUBPROCESS_FLAGS_STDERR_PIPE : G_SUBPROCESS_FLAGS_NONE) |
		(input == CHILD_INPUT ? G_SUBPROCESS_FLAGS_STDIN_PIPE : G_SUBPROCESS_FLAGS_NONE);
	GSubprocess *process = g_subprocess_newv(argv, flags, error);
	if (!process)
		return NULL;
	struct child *child = g_new0(struct child, 1);
	child->process = process;
	child->events = events;
	child->self = self;
	child->queue = g_string_new(NULL);
	child->cancel = g_cancellable_new();
	child->input_open = input == CHILD_INPUT;
	child->pending = 1;
	g_subprocess_wait_async(process, NULL, has_ended, child);
	read_lines(child, &child->out, g_subprocess_get_stdout_pipe(process), events->out);
	read_lines(child, &child->err, g_subprocess_get_stderr_pipe(process), events->err);
	return child;
}

static gboolean
press(void *data)
{
	struct child *child = data;
	if (child->asked)
		g_subprocess_force_exit(child->process);
	else
		g_subprocess_send_signal(child->process, SIGTERM);
	child->asked = TRUE;
	return G_SOURCE_CONTINUE;
}

void
child_stop(struct child *child)
{
	if (child->asked)
		return;
	if (!child->input_open) {
		press(child);
	} else {
		child->input_open = FALSE;
		write_more(child);
	}
	if (!child->timer)
		child->timer = g_timeout_add_seconds(TERM_SECS, press, child);
}
