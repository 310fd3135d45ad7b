/* SPDX-License-Identifier: BSD-2-Clause */
/* The admin's editor, at this terminal. */
#ifndef TWOFA_EDITOR_H
#define TWOFA_EDITOR_H

/* $SUDO_EDITOR, $VISUAL, $EDITOR, else one that is installed; runs as
 * twofactl's caller. 0 when it ended well, else -1 after complaining. */
int editor_run(const char *path);

#endif
