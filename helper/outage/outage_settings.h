/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The settings of a login in an outage of the state: those of all others, but
 * for what needs the fleet. No provider is there, so nothing is sent, no push
 * asked and no code checked elsewhere.
 */
#ifndef TWOFA_OUTAGE_SETTINGS_H
#define TWOFA_OUTAGE_SETTINGS_H

#include "lib/settings/settings.h"

/* A copy whose texts are those of conf, which must stay. NULL: no memory. The
 * caller gives it back with outage_settings_free. */
struct settings *outage_settings(const struct settings *conf);
void outage_settings_free(struct settings *);

#endif
