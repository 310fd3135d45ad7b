/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Codes used up by a right code that brings nothing with it but that this
 * user's wrong codes over all sources begin at 0 again; and the parts of a
 * right code, each as a step of its own.
 */
#ifndef TWOFA_TEST_PLAIN_CLAIMS_H
#define TWOFA_TEST_PLAIN_CLAIMS_H

#include "helper/store/store.h"

/* As the steps that they are named after: 1, 0 or -1. */
int plain_finish(struct store *, int64_t id, const char *request_id);
/* One that is not this session's is tried first, without a count. */
int plain_finish_as(
    struct store *, const struct store_finish *, const struct store_right *);
int plain_totp_claim(struct store *, const char *user,
    const unsigned char secret[STORE_CODE_DIGEST], int64_t step);
/* With what a right code brings, the guess before it open in any case. */
int plain_totp_right(struct store *, const unsigned char *secret, int64_t step,
    const struct store_right *, struct store_used_step *);
int plain_code_claim(struct store *, const char *owner,
    const unsigned char digest[STORE_CODE_DIGEST], int64_t seconds);
/* With the look and the comparison before it. */
int plain_recovery_claim(
    struct store *, const char *user, const char *code, unsigned *left);

/* 0 or -1. */
int plain_remembered_put(struct store *, const char *user,
    const unsigned char binding[STORE_REMEMBERED_LEN], int64_t seconds);
int plain_passed(struct store *, const char *service, const char *user,
    enum method, const char *provider);
int plain_guess_recovered(struct store *, const char *user, const char *source);

#endif
