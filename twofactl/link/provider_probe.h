/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks the providers of these settings with free calls. */
#ifndef TWOFA_PROVIDER_PROBE_H
#define TWOFA_PROVIDER_PROBE_H

#include "twofactl/terminal/terminal.h"

/* Doctor's findings about providers begin with this; the others are for
 * credentials and accounts that the vendor refuses. */
#define PROVIDER_PROBE_NAMES "provider-"
#define PROVIDER_PROBE_CREDENTIALS "provider-credentials"
#define PROVIDER_PROBE_ACCOUNT "provider-account"

/* Let a helper read the settings at conf as a login would, and ask their
 * providers. found: called for each problem that doctor's part in the helper
 * finds, with its name and the helper's text. CTL_DONE; CTL_SETTINGS: the
 * helper cannot use these settings, which is reported; else nothing was learnt,
 * which is reported. */
enum ctl_exit provider_probe(const struct ctl *, const char *conf, void *ctx,
    void (*found)(void *ctx, const char *name, const char *words));

#endif
