/* SPDX-License-Identifier: BSD-2-Clause */
/* What the helper that listens cannot use, although one that is started for a
 * login can: its unit hides it. */
#ifndef TWOFA_HIDDEN_PATHS_H
#define TWOFA_HIDDEN_PATHS_H

#include "twofactl/arguments/command.h"

/* Ask both, if there is a socket at the usual place. Each line is "what is
 * wrong; remedy": of what is hidden, and of a helper that cannot be asked
 * (NULL: that is no matter). Other settings than the usual ones go to no
 * socket. */
void hidden_paths_tell(const struct ctl *, void *ctx,
    void (*hidden)(void *ctx, const char *line),
    void (*unasked)(void *ctx, const char *line));

#endif
