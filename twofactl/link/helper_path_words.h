/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is the helper's file fit to be started by root? By the module's rule
 * (lib/wire/helper_path.h), but for its last word: whether the helper's user
 * may execute the file shows when the helper is started.
 */
#ifndef TWOFA_HELPER_PATH_WORDS_H
#define TWOFA_HELPER_PATH_WORDS_H

/* 0, or -1 after complaining. */
int helper_path_words_check(const char *path);

#endif
