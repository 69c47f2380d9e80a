/* The style sheet, and light or dark as the desktop asks. */
#ifndef UI_THEME_H
#define UI_THEME_H

/* Call it once, when there is a display. Asks for the desktop's choice without waiting, and follows
 * its changes. */
void theme_start(void);

#endif
