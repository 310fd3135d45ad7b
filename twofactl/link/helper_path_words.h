/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is the helper's file fit to be started by root? The same rule as the
 * module's.
 */
#ifndef TWOFA_HELPER_PATH_WORDS_H
#define TWOFA_HELPER_PATH_WORDS_H

/* Absolute; no part a symbolic link, or another's than root's, or writable by
 * anyone else; the last one a regular file. 0, or -1 after complaining. */
int helper_path_words_check(const char *path);

#endif
