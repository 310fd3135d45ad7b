/* SPDX-License-Identifier: BSD-2-Clause */
/* The name of a uid for error messages. */
#ifndef TWOFA_UID_WORDS_H
#define TWOFA_UID_WORDS_H

#include <sys/types.h>

#define UID_WORDS_MAX 72

/* "user alice", or "uid 4711" when no account has it. Returns out; keeps
 * errno. */
const char *uid_words(uid_t uid, char out[UID_WORDS_MAX]);

#endif
