/* SPDX-License-Identifier: BSD-2-Clause */
/* Taking our lines out of a file of sshd's settings. Text in, text out. */
#ifndef TWOFA_SETTINGS_UNDO_H
#define TWOFA_SETTINGS_UNDO_H

/* What stands between our marks goes. Where somebody has taken one away, those
 * lines go that stand as written has them between its marks, each once and in
 * their order; all others stay. *line: the first one left that may be such a
 * line changed since, and then the mark that is left stays, too; 0: there is
 * none. For free(); NULL: no memory. */
char *settings_undo(const char *now, const char *written, unsigned *line);

#endif
