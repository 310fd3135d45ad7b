/* SPDX-License-Identifier: BSD-2-Clause */
/* How the replies' tables call the kinds of line that a look-up tells. */
#ifndef TWOFA_TESTS_LINE_NAME_H
#define TWOFA_TESTS_LINE_NAME_H

#include "lib/provider_types/provider_types.h"

/* "mobile", "toll-free" and so on; "unknown". Without blanks. */
const char *line_name(enum number_facts_line);

#endif
