/* SPDX-License-Identifier: BSD-2-Clause */
/* Paths that the listening helper cannot use although a helper started for a
 * login can: its unit hides them. */
#ifndef TWOFA_HIDDEN_PATHS_H
#define TWOFA_HIDDEN_PATHS_H

#include "twofactl/terminal/terminal.h"

/* Ask both helpers, if there is a socket at the usual place. Each line is "what
 * is wrong; remedy": for hidden paths, and for a helper that cannot be asked
 * (NULL: not reported). The socket only serves the usual settings. */
void hidden_paths_tell(const struct ctl *, void *ctx,
    void (*hidden)(void *ctx, const char *line),
    void (*unasked)(void *ctx, const char *line));

#endif
