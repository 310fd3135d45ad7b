/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the module says of its arguments when they are wrong.
 */
#ifndef TWOFA_MODULE_ARGS_H
#define TWOFA_MODULE_ARGS_H

#include "lib/wire/wire.h"

/* Fill args; the deadline's default depends on the service. REASON_NONE,
 * or the reason for the log line; a line that names the argument has been
 * written then. */
enum reason args_parse(
    struct args *, const char *service, int argc, const char **argv);

#endif
