/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every text about a push: approving a login on the phone.
 */
#ifndef TWOFA_WORDS_PUSH_H
#define TWOFA_WORDS_PUSH_H

#include "helper/dialogue/words.h"
#include "lib/wire/wire.h"

/* The whole prompt while a push is open, at most 100 columns plus the rehearsal
 * mark. */
void words_push_prompt(char out[TEXT_PROMPT_MAX], enum text_news,
    const struct challenge_view *, bool rehearsal);

/* The line if text is shown without a prompt. ctrl_c: Ctrl-C ends it. */
void words_push_wait(char out[TEXT_PROMPT_MAX], const struct challenge_view *,
    bool ctrl_c, bool rehearsal);

/* The result, if text is shown without a prompt. */
const char *words_push_refused(void);
const char *words_push_failed(void);
const char *words_push_expired(void);

/* Prompts that end the login, because a push is not possible and there is no
 * other method; why: as in struct push. The second: no more pushes for some
 * time. */
void words_push_none(char *out, size_t cap, enum reason why);
void words_push_limit(char *out, size_t cap, int64_t wait_s);

/* The lock after a denial on the phone: as a prompt that ends, and as one for a
 * recovery code. */
void words_push_locked(char *out, size_t cap, int64_t locked_s);
void words_push_recovery(
    char out[TEXT_PROMPT_MAX], int64_t locked_s, bool rehearsal);

#endif
