/* SPDX-License-Identifier: BSD-2-Clause */
/* The order in which several providers or servers are asked when some were
 * recently out of reach. Pure. */
#ifndef TWOFA_PASSED_LAST_H
#define TWOFA_PASSED_LAST_H

#include <stdbool.h>
#include <stddef.h>

/* Those in passed come last; otherwise the order stays. order: count
 * indexes. */
void passed_last(const bool passed[], size_t count, size_t order[]);

#endif
