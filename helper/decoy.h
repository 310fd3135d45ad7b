/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decoy: for somebody of whom no first factor is in evidence, or who has no
 * record. Same prompts, same times, nothing sent, nothing counted, always
 * denied. Made from HMAC(host.key, name), the latency file and settings alone.
 */
#ifndef TWOFA_DECOY_H
#define TWOFA_DECOY_H

#include "helper/challenge.h"
#include "helper/session.h"

struct decoy {
	const struct session_env *env;
	struct login_result *result;
	char number[PHONE_MASK];
	enum method method;
	bool can_call;
	bool cancels; /* before another message is sent */
	unsigned tries, limit, code_length;
	int64_t start_ms, check_ms;
	int64_t sent_at;
	unsigned sends;
};

/* For a locked user who is not told: number, channel and keys as the record has
 * them. */
void decoy_disguise(
    struct decoy *, const char *number, enum method, bool can_call);

/* user is PAM_USER; nothing is looked up by it. 0, or -1 after a log line when
 * the host key cannot be had: then deny. */
int decoy_init(struct decoy *, const struct session_env *,
    struct login_result *, struct challenge *);

#endif
