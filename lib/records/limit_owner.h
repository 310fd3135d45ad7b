/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose a limit on messages is, by its key in twofa.conf. Pure.
 */
#ifndef TWOFA_LIMIT_OWNER_H
#define TWOFA_LIMIT_OWNER_H

#include <stdbool.h>

/* Of the user or the number, so that `twofactl unlock --sends` resets it; not
 * of source, host or money. */
bool limit_of_person(const char *key);

#endif
