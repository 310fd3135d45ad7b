/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is the helper's file fit to be started by root?
 */
#ifndef TWOFA_MODULE_HELPERFILE_H
#define TWOFA_MODULE_HELPERFILE_H

#include <sys/types.h>

#include "lib/wire/reason.h"

/*
 * By the rule of lib/wire/helper_path.h; gid is the group that will run it.
 * REASON_NONE, or the reason for the log line; a line with cause and remedy has
 * been written then.
 */
enum reason helperfile_check(const char *path, gid_t gid);

#endif
