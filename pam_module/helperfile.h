/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is the helper's file safe for root to start?
 */
#ifndef TWOFA_MODULE_HELPERFILE_H
#define TWOFA_MODULE_HELPERFILE_H

#include <sys/types.h>

#include "lib/wire/wire.h"

/*
 * The rule is in lib/wire/wire.h; gid is the group that will run it.
 * REASON_NONE, or the reason for the log line: then a line with cause and
 * remedy is in the log.
 */
enum reason helperfile_check(const char *path, gid_t gid);

#endif
