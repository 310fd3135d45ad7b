/* SPDX-License-Identifier: BSD-2-Clause */
/* Removes our lines from a file of sshd's settings. Works on texts. */
#ifndef TWOFA_SETTINGS_UNDO_H
#define TWOFA_SETTINGS_UNDO_H

/* Everything between our marks is removed. If a mark is missing, only lines are
 * removed that were written between the marks, each once and in their order;
 * all others stay. *line: the first remaining line that may be one of ours,
 * changed since; then the other mark stays, too; 0: there is none. To be freed;
 * NULL: no memory. */
char *settings_undo(const char *now, const char *written, unsigned *line);

#endif
