/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decoy: for somebody of whom no first factor is in evidence, or who has no
 * record. Same prompts, same times, nothing sent, nothing counted, always
 * denied. Made from HMAC(host.key, name), the latency file and settings alone.
 */
#ifndef TWOFA_DECOY_H
#define TWOFA_DECOY_H

#include "helper/challenge.h"
#include "helper/email.h"
#include "helper/session.h"

struct decoy {
	const struct session_env *env;
	struct login_result *result;
	const struct provider_conf *p; /* whose prompts it shows; NULL none */
	char number[PHONE_MASK], address[EMAIL_MASK];
	enum method method;
	unsigned methods; /* that it says it could use */
	unsigned tries, limit;
	int64_t start_ms, check_ms;
	int64_t sent_at, expires_at;
	unsigned sends;
	bool same_code; /* the newest message brought the one before again */
	bool renewed;   /* it has expired once */
};

/* For a locked user who is not told: the prompts of this record, by the
 * provider that would be asked first and what it can deliver by. */
void decoy_disguise(struct decoy *, const struct user_record *,
    const struct provider_conf *, unsigned methods);

/* user is PAM_USER; nothing is looked up by it. 0, or -1 after a log line when
 * the host key cannot be had: then deny. */
int decoy_init(struct decoy *, const struct session_env *,
    struct login_result *, struct challenge *);

#endif
