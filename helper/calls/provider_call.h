/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One request to a provider, and the meaning of its reply. The caller aims at a
 * provider first, then chooses the call.
 */
#ifndef TWOFA_PROVIDER_CALL_H
#define TWOFA_PROVIDER_CALL_H

#include <stdbool.h>

#include "helper/dialogue/dialogue.h"
#include "helper/providers/provider.h"
#include "lib/provider_types/provider_types.h"
#include "lib/rules/rules.h"

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

/* It contains pointers into itself: do not copy it once it is aimed. */
struct provider_call {
	const struct environment *env;
	const struct provider_conf *p; /* NULL: not aimed yet */
	struct provider_ctx ctx;
	enum outcome polled;         /* the result of the last CALL_POLL */
	struct number_facts *lookup; /* CALL_LOOKUP: gets the advice */
	/* CALL_TOKEN, CALL_FACTORS: where the answer is stored */
	struct enrolment *enrolment;
	bool throttled; /* the first answer was THROTTLE: the provider is up */
	unsigned tries; /* CALL_CHECK: wrong codes, this one included */
	/* the last reply to a call other than check and poll: if it comes once
	 * more it says nothing about a code; len 0: none, or it was longer */
	char said[PROVIDER_CALL_BODY_MAX];
	size_t said_len;
	char host[PROVIDER_CALL_HOST_MAX + 1];
	char address[46];
	struct http_reply reply; /* last: its body is large */
};

/*
 * Aim at this provider: fills ctx from record, decision and facts, and clears
 * everything from the provider before. The caller sets ctx.method and what
 * single calls need (request_id, code, number, life_s, sends, past_deadline;
 * tries). All arguments must outlive the call.
 */
void provider_call_aim(struct provider_call *, const struct environment *,
    const struct provider_conf *, const struct user_record *,
    const struct decision *);

/*
 * Build the request with the present wall time and a new nonce, send it, read
 * the reply. A throttled start, check or next is sent once more if the time
 * allows. maybe_sent: the provider may have acted on it although there is no
 * usable answer. Logs what an administrator should know, and wipes request and
 * reply; the caller wipes ctx.code. A call that the type does not have is
 * OUTCOME_CONFIG.
 */
enum outcome provider_call_run(struct provider_call *, enum provider_call_kind,
    const char *code, bool *maybe_sent);

/* Right after a call with this outcome: was the provider silent for all the
 * time that the settings allow? */
bool provider_call_silent(const struct provider_call *, enum outcome);

/* The same: may on_outage let somebody in by it? Only if it was asked: a local
 * user can keep any name from being resolved. */
bool provider_call_outage(const struct provider_call *, enum outcome);

/* True when the provider replied to the last request: a provider that replies
 * is reachable, so this is no outage. False when the reply says that the whole
 * service is down. */
bool provider_call_answered(const struct provider_call *);

#endif
