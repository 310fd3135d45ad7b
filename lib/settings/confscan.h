/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A look at a settings text before libconfig reads it, for what libconfig
 * accepts in silence and means otherwise than its writer: see confscan.c.
 */
#ifndef TWOFA_CONFSCAN_H
#define TWOFA_CONFSCAN_H

#include <stddef.h>

#include "lib/settings/settings_error.h"

/* Report every such place of text[len], which ends with a NUL at text[len]. */
void conf_scan(struct setting_scope *, const char *text, size_t len);

#endif
