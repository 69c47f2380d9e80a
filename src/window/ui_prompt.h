/* The bar above the entry: a question, a code to say or to type, a choice. It never takes the focus
 * from the entry. */
#ifndef UI_PROMPT_H
#define UI_PROMPT_H

#include <gtk/gtk.h>

struct prompt;

/* Gets the answer: the typed text, or "y" or "n". The bar is hidden before. */
typedef void prompt_answer(void *self, const char *answer);

/* Freed with its widget. */
struct prompt *prompt_new(void);

GtkWidget *prompt_widget(const struct prompt *p);

/* Shows a question with two buttons, which may have mnemonics; no may be NULL: then yes is the only
 * one. */
void prompt_ask(struct prompt *p, const char *text, const char *yes, const char *no,
	prompt_answer *answer, void *self);

/* Asks for six digits; the answer is the digits, in the form that rfseal takes. */
void prompt_ask_code(struct prompt *p, const char *text, prompt_answer *answer, void *self);

/* Shows a code; there is nothing to answer. */
void prompt_show_code(struct prompt *p, const char *text, const char *code);

void prompt_hide(struct prompt *p);

/* Whether a question waits for its answer. */
gboolean prompt_asks(const struct prompt *p);

/* Moves the keyboard focus to the question. */
void prompt_focus(struct prompt *p);

#endif
