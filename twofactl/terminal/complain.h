/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * twofactl's messages on stderr: "twofactl: cause; remedy". Control bytes are
 * escaped, because file names and the helper's text may hold any.
 */
#ifndef TWOFA_COMPLAIN_H
#define TWOFA_COMPLAIN_H

#include "lib/settings/settings.h"
#include "twofactl/terminal/shell_word.h"

/* Long enough for a line with all the shellwords it may hold: if it were cut
 * within quotes, a command pasted after it would become part of the
 * quotation. */
#define COMPLAIN_MAX (SHELLWORDS * SHELL_WORD_MAX + 2048)

void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Send complaints there instead, unchanged; NULL: to stderr again. */
void complain_to(const struct settings_report *);

/* Lines about settings, as settings_load reports them. */
extern const struct settings_report complain_report;

#endif
