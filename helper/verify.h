/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A verification at a provider, joined or begun, as the dialogue sees it.
 * verify.c runs it; exchange.c carries one request; verify_open.c finds the
 * provider, verify_start.c asks it to send, verify_send.c knows the limits.
 */
#ifndef TWOFA_VERIFY_H
#define TWOFA_VERIFY_H

#include "helper/challenge.h"
#include "helper/exchange.h"
#include "helper/policy.h"
#include "helper/session.h"
#include "helper/store.h"
#include "helper/text.h"

struct verify {
	const struct session_env *env;
	const struct user_record *record;
	const struct decision *decision;
	const char *user;   /* pw_name */
	const char *source; /* source.h */
	bool offline;       /* another method can take over: see STEP_INSTEAD */
	struct store *store;
	struct login_result *result;

	struct exchange x; /* aimed at the provider of the row */
	struct store_row row;
	int64_t age_s;       /* joined: how old; -1 new */
	int64_t retry_at;    /* a refused cancel: not before; 0 none */
	bool renewed;        /* the one new start after an expiry is used */
	bool redirected;     /* a join at another provider was tried */
	bool number_retried; /* the one other channel or provider is used */
	enum text_end end;   /* what to say when it ends */
	int64_t send_id;     /* of the message that is being sent; 0 none */
	struct store_guess_token guess; /* of the check on its way */
	int64_t wait_s; /* END_LIMIT, STEP_LOCKED: how long; 0 no end */
};

/* All pointers must outlive the challenge. */
void verify_init(struct verify *, struct challenge *);

/* --- between the files of this unit --- */

/* Send the start for the row that this session holds, and store its fate. */
enum outcome verify_start(struct verify *, enum method, bool *maybe_sent);

/* Keep a real time for decoys; 0 leaves that one out. */
void verify_remember(const struct verify *, int64_t start_ms, int64_t check_ms);

/* Find a provider that sends, or join: ASK, ADMIT, INSTEAD, DENY. */
enum challenge_step verify_open(struct verify *);
/* The same at the present provider alone, after an expiry. */
enum challenge_step verify_reopen(struct verify *);

/* Deny with a reason and the last words. */
enum challenge_step verify_deny(
    struct verify *, enum frame_verdict, const char *why, enum text_end);
/* The phone is of no use now: INSTEAD when another method can take over, else
 * the same as verify_deny. */
enum challenge_step verify_give_up(
    struct verify *, enum frame_verdict, const char *why, enum text_end);

/* Count a message against the limits, before it is sent. True: it may go;
 * false: wait_s says how long not, 0 when the state failed. */
bool verify_send_take(struct verify *);
/* That one certainly was not sent. */
void verify_send_refund(struct verify *);

/* The methods that rule, record and provider have in common. */
unsigned verify_methods(const struct verify *, const struct provider_conf *);

/* Longest that a start can take at the present provider: older rows are of
 * unknown fate. */
int64_t verify_start_limit_ms(const struct provider_conf *);

#endif
