/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What twofactl says on stderr: "twofactl: cause; remedy", control bytes
 * escaped, since file names and the helper's words may hold any.
 */
#ifndef TWOFA_COMPLAIN_H
#define TWOFA_COMPLAIN_H

#include "lib/settings/settings.h"
#include "twofactl/terminal/shell_word.h"

/* A line with all the shellwords that one may hold is never cut: half a
 * quotation in a command would swallow what is pasted next. */
#define COMPLAIN_MAX (SHELLWORDS * SHELL_WORD_MAX + 2048)

void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Complaints go there instead, as they are; NULL: to stderr again. */
void complain_to(const struct settings_report *);

/* Lines about settings, as settings_load reports them. */
extern const struct settings_report complain_report;

#endif
