/* SPDX-License-Identifier: BSD-2-Clause */
/* Has a kept connection ended? */
#ifndef TWOFA_HTTP_TROUBLE_H
#define TWOFA_HTTP_TROUBLE_H

#include <stdbool.h>

/* True when the other side of an idle connection has closed it, or has said
 * anything: nothing is to come unasked but the end. fd -1: false. */
bool idle_ended(int fd);

#endif
