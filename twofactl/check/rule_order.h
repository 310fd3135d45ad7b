/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds rules for members of a group that come before a rule that lets in
 * without a code: a user who is missing in the directory falls through to it.
 */
#ifndef TWOFA_RULE_ORDER_H
#define TWOFA_RULE_ORDER_H

#include <stddef.h>

#include "lib/settings/settings.h"

#define RULE_ORDER_MAX 300

/* A warning about rule i (from 0), with the remedy; "" when there is none. */
void rule_order_text(
    const struct settings *, size_t i, char out[RULE_ORDER_MAX]);

#endif
