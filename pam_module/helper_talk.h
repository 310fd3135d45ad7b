/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One login's talk with a helper: start or reach it, run the dialogue, end it.
 */
#ifndef TWOFA_MODULE_HELPER_TALK_H
#define TWOFA_MODULE_HELPER_TALK_H

#include "lib/wire/wire.h"
#include "pam_module/relay.h"

/*
 * The caller fills the relay's deadline, debug, person and ctx, and all facts
 * except the time that is left. status: 0 only when the helper ended cleanly.
 * REASON_NONE, or the reason for the log line: then the login is denied,
 * whatever the verdict says.
 */
enum reason helper_talk(
    struct relay *, const struct args *, struct facts *, int *status);

#endif
