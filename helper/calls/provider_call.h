/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One request to a provider, and what its reply means. The caller aims at a
 * provider first, then says which call it is.
 */
#ifndef TWOFA_PROVIDER_CALL_H
#define TWOFA_PROVIDER_CALL_H

#include <stdbool.h>

#include "helper/base/environment.h"
#include "helper/providers/provider.h"
#include "lib/providers/number_facts.h"
#include "lib/rules/policy.h"

#define PROVIDER_CALL_HOST_MAX 64 /* Linux HOST_NAME_MAX */
#define PROVIDER_CALL_BODY_MAX 4096

enum provider_call_kind {
	CALL_START = 0,
	CALL_CHECK,
	CALL_CANCEL,
	CALL_NEXT,
	CALL_POLL,
	CALL_LOOKUP,
	CALL_TOKEN,
	CALL_FACTORS,
	CALL_PROBE,
};

/* It points into itself: not to be copied once aimed. */
struct provider_call {
	const struct environment *env;
	const struct provider_conf *p; /* NULL: not aimed yet */
	struct provider_ctx ctx;
	enum outcome polled;         /* what the last CALL_POLL came to */
	struct number_facts *lookup; /* CALL_LOOKUP: where the advice goes */
	/* CALL_TOKEN, CALL_FACTORS: where the answer goes */
	struct enrolment *enrolment;
	bool throttled; /* the first answer of this call: somebody is there */
	unsigned tries; /* CALL_CHECK: wrong codes so far, this one included */
	/* the last reply that was neither a check's nor a poll's: the same
	 * once more says nothing about a code; len 0: none, or longer */
	char said[PROVIDER_CALL_BODY_MAX];
	size_t said_len;
	char host[PROVIDER_CALL_HOST_MAX + 1];
	char address[46];
	struct http_reply reply; /* last: its body is large */
};

/*
 * Aim at this provider: ctx is filled from record, decision and facts, and
 * everything of a former aim is gone. ctx.method, and what one call alone
 * wants (request_id, code, number, life_s, sends, past_deadline; tries), are
 * the caller's to set. Everything that it is given must outlive the call.
 */
void provider_call_aim(struct provider_call *, const struct environment *,
    const struct provider_conf *, const struct user_record *,
    const struct decision *);

/*
 * Build, with wall and nonce of this moment; send; read. A throttled start,
 * check or next is sent once more when that fits. maybe_sent: the provider may
 * have acted on it, though there is no usable answer. Logs what an
 * administrator should know, and wipes request and reply; ctx.code stays for
 * the caller to wipe. A call that the type does not have is OUTCOME_CONFIG.
 */
enum outcome provider_call_run(struct provider_call *, enum provider_call_kind,
    const char *code, bool *maybe_sent);

/* Right after a call that came to this outcome: was the provider out of reach
 * for all the time that the settings allow? */
bool provider_call_silent(const struct provider_call *, enum outcome);

/* True when the provider replied to the last request: a provider that replies
 * is reachable, so this is no outage. False when the reply says that nothing
 * works there. */
bool provider_call_answered(const struct provider_call *);

#endif
