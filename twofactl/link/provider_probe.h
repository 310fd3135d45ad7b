/* SPDX-License-Identifier: BSD-2-Clause */
/* Are the providers of these settings well? By calls that cost nothing. */
#ifndef TWOFA_PROVIDER_PROBE_H
#define TWOFA_PROVIDER_PROBE_H

#include "twofactl/arguments/command.h"

/* Doctor's names of what it finds wrong with a provider begin so, and this is
 * the one of credentials that the vendor refuses. */
#define PROVIDER_PROBE_NAMES "provider-"
#define PROVIDER_PROBE_CREDENTIALS "provider-credentials"

/* Have a helper read the settings at conf as a login would, and ask their
 * providers. found: each problem of this host's that doctor's half in the
 * helper finds, by its name; the words are the helper's. CTL_DONE;
 * CTL_SETTINGS: the helper cannot use these settings, which was told; else
 * nothing was learnt, which was told. */
enum ctl_exit provider_probe(const struct ctl *, const char *conf, void *ctx,
    void (*found)(void *ctx, const char *name, const char *words));

#endif
