/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is the helper's file safe for root to start? By the module's rule
 * (lib/wire/wire.h), except for its last point: whether the helper's
 * user can execute the file shows at the start.
 */
#ifndef TWOFA_HELPER_PATH_WORDS_H
#define TWOFA_HELPER_PATH_WORDS_H

/* 0, or -1 after complaining. */
int helper_path_words_check(const char *path);

#endif
