/* SPDX-License-Identifier: BSD-2-Clause */
/* Authy's type: indexes for its calls. */
#ifndef TWOFA_AUTHY_TYPES_H
#define TWOFA_AUTHY_TYPES_H

#include "lib/providers/provider_types.h"

#define AUTHY_API_KEY 0 /* index into secret[] */

#endif
