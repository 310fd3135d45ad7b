/* SPDX-License-Identifier: BSD-2-Clause */
/* Telling the fleet what this host kept while it reached no server. */
#ifndef TWOFA_OUTAGE_REPORT_H
#define TWOFA_OUTAGE_REPORT_H

#include "helper/dialogue/dialogue.h"
#include "helper/store/store.h"

/* The login has begun in its state: if something is untold, tell it, and let
 * those in again whom three wrong codes had shut here. Whatever fails is logged
 * and told at the next contact. */
void outage_report(const struct login *);

/* This login used a step of an app's code by the fleet: it must not be used
 * once more here in an outage. What fails is logged. */
void outage_step_used(const struct login *,
    const unsigned char secret[STORE_CODE_DIGEST], int64_t step);

#endif
