/* The sanitiser: what a peer's bytes look like on a terminal, in a log, in a message. Pure.
 *
 * Printable ASCII, TAB and well-formed UTF-8 (the Unicode Standard, table 3-7) pass. Other controls
 * are shown as ^M, ^[, ^?, characters that reorder, hide or disguise text as <U+202E>, each byte of
 * anything else as \x9b. Of the invisible characters, joiners pass, and variation selectors after a
 * character that they can vary (see unicode.h). */
#ifndef SANITIZE_H
#define SANITIZE_H

#include <stddef.h>
#include <stdint.h>

enum sanitize_style {
	SANITIZE_SHOW, /* as above: to look at */
	SANITIZE_ESCAPE, /* \\ and \xHH for all that does not pass: decodes to the same bytes */
	SANITIZE_RAW, /* everything passes */
};

enum {
	SANITIZE_FORM_MAX = 16, /* the longest form: a character of four bytes, each as \xHH */
	SANITIZE_SLACK = 8, /* how far sanitize_run() may write past the end */
};

/* The form of one character. */
struct sanitize_form {
	size_t len;
	char text[SANITIZE_FORM_MAX];
};

/* Copies the characters at the start of src that pass unchanged, up to len bytes, and returns how
 * many bytes they are. It may stop early, and does at LF, CR and all other controls, in raw style
 * too. dst has space for len + SANITIZE_SLACK bytes. */
size_t sanitize_run(char *dst, const char *src, size_t len, enum sanitize_style style);

/* The last character of text, 0 where that isn't well-formed. */
uint32_t sanitize_last(const char *text, size_t len);

/* The form of the first character of src (len at least 1), or of its first byte where no
 * well-formed character starts. before: the character before it, which a selector may vary; 0 where
 * there is none, or it was shown in another form. Returns its length in src, or 0 where src ends
 * within a character that is well-formed so far. */
size_t sanitize_char(struct sanitize_form *form, const char *src, size_t len,
	enum sanitize_style style, uint32_t before);

/* The form of a byte that is no character, such as the first of an unfinished one. */
void sanitize_byte(struct sanitize_form *form, char byte, enum sanitize_style style);

/* Writes the safe form of len bytes of src to dst, NUL-terminated; where size (at least 1) runs
 * out, it is cut before the character that did not fit. LF and TAB are shown, too, as ^J and
 * ^I: the result is one field of one line. Returns the length without the NUL. */
size_t sanitize_copy(char *dst, size_t size, const char *src, size_t len);

#endif
