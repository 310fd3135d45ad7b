/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * twofactl's command line: one table of options for the checks and the help.
 */
#ifndef TWOFA_OPTIONS_H
#define TWOFA_OPTIONS_H

#include <stddef.h>

#include "twofactl/arguments/command.h"

#define OPTIONS_COMMON                                                         \
	(OPTION_CONFIG | OPTION_HELPER | OPTION_HELP | OPTION_VERSION)

struct option_row {
	const char *name;
	const char *argument; /* NULL: none */
	enum ctl_option option;
	size_t at; /* in struct ctl: a text with an argument, else a bool */
	const char *help;
};

enum options_result {
	OPTIONS_WRONG = 0, /* see stderr */
	OPTIONS_RUN,       /* *command is to be run */
	OPTIONS_HELPED,    /* --help or --version was printed */
};

/* commands[count] in the order of the help. */
enum options_result options_read(int argc, char **argv,
    const struct command *commands, size_t count, struct ctl *,
    const struct command **command);

#endif
