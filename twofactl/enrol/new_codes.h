/* SPDX-License-Identifier: BSD-2-Clause */
/* Recovery codes of ctl->kept, made by the helper. */
#ifndef TWOFA_NEW_CODES_H
#define TWOFA_NEW_CODES_H

#include <stdint.h>

#include "lib/values/values.h"
#include "twofactl/terminal/terminal.h"

struct new_codes {
	int64_t left; /* number before; -1 unknown */
	unsigned count;
	char code[RECOVERY_MAX][RECOVERY_LEN + 1];
};

/* The number of codes. CTL_DONE, or after complaining. */
enum ctl_exit new_codes_left(const struct ctl *, int64_t *left);

/* Replace the present codes by this many new ones, 0 for none. CTL_DONE, or
 * after complaining. The caller wipes. */
enum ctl_exit new_codes_make(
    const struct ctl *, unsigned count, struct new_codes *);

#endif
