/* How it looks: the style sheet, and light or dark as the desktop asks. */
#ifndef UI_THEME_H
#define UI_THEME_H

/* Once, when there is a display. The desktop's choice is asked for without waiting for it, and
 * followed when it changes. */
void theme_start(void);

#endif
