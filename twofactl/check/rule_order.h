/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules that hold for members of a group and stand before one that lets in
 * without a code: a user the directory does not list falls through to it.
 */
#ifndef TWOFA_RULE_ORDER_H
#define TWOFA_RULE_ORDER_H

#include <stddef.h>

#include "lib/settings/settings.h"

#define RULE_ORDER_MAX 300

/* What is to be known of rule i (from 0), and what helps; "" when it is not
 * such a rule. */
void rule_order_text(
    const struct settings *, size_t i, char out[RULE_ORDER_MAX]);

#endif
