/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decoy: for somebody of whom no first factor is in evidence, or who has no
 * record. Same prompts, same times, nothing sent, nothing counted, always
 * denied. Made from HMAC(host.key, name), the files latency and shape, and
 * settings alone. It plays the phone's part; factors.c plays the rest.
 */
#ifndef TWOFA_DECOY_H
#define TWOFA_DECOY_H

#include "helper/dialogue/dialogue.h"
#include "helper/store/store.h"
#include "helper/verification/verification.h"
#include "lib/rules/rules.h"
#include "lib/values/values.h"

struct decoy {
	const struct login *login;
	struct login quiet;            /* the same for what runs behind it */
	struct challenge real;         /* ctx NULL: nothing runs behind it */
	const struct provider_conf *p; /* whose prompts it shows; NULL none */
	struct verify *twin;           /* whose part it plays; NULL: none */
	bool unreachable; /* no provider would send this record a code */
	char phone[PHONE_MAX + 1]; /* made up */
	char number[PHONE_MASK], address[EMAIL_MASK];
	enum method method;
	unsigned methods; /* the methods that it claims to have */
	unsigned tries, limit;
	unsigned there; /* tries of the verification that the vendor has */
	struct latency_span start, check;
	int64_t sent_at, expires_at;
	unsigned sends;
	bool same_code; /* the newest message repeated the code */
	bool renewed;   /* it has expired once */
};

/* Shows the prompts of this record, for the provider that would be asked first
 * and its methods. */
void decoy_disguise(struct decoy *, const struct user_record *,
    const struct provider_conf *, unsigned methods);

/* Let the twin's challenge run unseen: a right code there is right here; all
 * else that it says is not told. */
void decoy_behind(struct decoy *, const struct challenge *);

/* Made from the typed name, which is not looked up. 0, or -1 after a log line
 * when the host key is missing: then deny. */
int decoy_init(struct decoy *, const struct login *, struct challenge *);

/* A whole made-up login, by the host's shape; decision says which methods a
 * rule allows. of: whose environment, seems, offline and result hold; the
 * result is filled: denied. */
void decoy_login(const struct login *of, const struct decision *);

#endif
