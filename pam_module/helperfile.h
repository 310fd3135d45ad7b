/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is the helper's file fit to be started by root?
 */
#ifndef TWOFA_MODULE_HELPERFILE_H
#define TWOFA_MODULE_HELPERFILE_H

#include <sys/types.h>

/*
 * path is absolute; gid is the group that will run it. No part of it may be a
 * symbolic link or belong to, or be writable by, anyone but root; the last one
 * is a regular file that the group's user may execute. NULL, or the reason for
 * the log line; a line with cause and remedy has been written then.
 */
const char *helperfile_check(const char *path, gid_t gid);

#endif
