/* SPDX-License-Identifier: BSD-2-Clause */
/* A certificate whose key no one else ever holds. */
#ifndef SIM_CERTIFICATE_H
#define SIM_CERTIFICATE_H

#include "tests/simulator/server/server.h"

/* Makes a key, which never leaves this process, and its certificate for the
 * address. 0, or -1 after a message on stderr. */
int certificate_make(struct server_options *);

#endif
