/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a provider would answer about a made-up person (dialogue.h). Nothing
 * is sent, but it takes as long.
 */
#ifndef TWOFA_MADE_UP_CALL_H
#define TWOFA_MADE_UP_CALL_H

#include "helper/calls/provider_call.h"

/* Replaces provider_call_run: a start is accepted, a code is wrong, a push is
 * not answered. */
enum outcome made_up_call(struct provider_call *, enum provider_call_kind);

#endif
