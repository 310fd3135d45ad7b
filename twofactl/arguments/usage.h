/* SPDX-License-Identifier: BSD-2-Clause */
/* What --help prints, made from the tables of commands and options. */
#ifndef TWOFA_USAGE_H
#define TWOFA_USAGE_H

#include <stddef.h>

#include "twofactl/arguments/options.h"

/* On stdout: all commands with the options of all, or one with its own, from
 * row[rows]. */
void usage_all(const struct command *commands, size_t count,
    const struct option_row *row, size_t rows);
void usage_one(
    const struct command *, const struct option_row *row, size_t rows);

#endif
