/* SPDX-License-Identifier: BSD-2-Clause */
/* Are the providers of these settings well? By calls that cost nothing. */
#ifndef TWOFA_PROVIDER_PROBE_H
#define TWOFA_PROVIDER_PROBE_H

#include "twofactl/arguments/command.h"
#include "twofactl/check/check.h"

/* Have a helper read the settings at conf as a login would, and ask their
 * providers; what is wrong with one is a warning. CTL_DONE; CTL_SETTINGS: the
 * helper cannot use these settings, which was told; else nothing was learnt,
 * which was told. */
enum ctl_exit provider_probe(
    const struct ctl *, const char *conf, struct check *);

#endif
