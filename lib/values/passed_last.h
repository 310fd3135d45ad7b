/* SPDX-License-Identifier: BSD-2-Clause */
/* In which order several are asked of which some were out of reach. Pure. */
#ifndef TWOFA_PASSED_LAST_H
#define TWOFA_PASSED_LAST_H

#include <stdbool.h>
#include <stddef.h>

/* Those that are passed over come last; else the order stays. order: their
 * places, of count. */
void passed_last(const bool passed[], size_t count, size_t order[]);

#endif
