/* SPDX-License-Identifier: BSD-2-Clause */
/* How Verify v2 words its answers. */
#ifndef SIM_V2_REPLIES_H
#define SIM_V2_REPLIES_H

struct sim_reply;
struct v2_refusal;
struct v2_verification;

enum v2_problem {
	V2_INTERNAL = 0,
	V2_INVALID_CODE,
	V2_UNAUTHORIZED,
	V2_JWT_EXPIRED,
	V2_LOW_BALANCE,
	V2_FORBIDDEN,
	V2_NOT_FOUND,
	V2_METHOD,
	V2_CONCURRENT,
	V2_NO_CODE,
	V2_NO_EVENTS,
	V2_TOO_EARLY,
	V2_LOCKED,
	V2_NO_NETWORK,
	V2_TOO_LONG,
	V2_MEDIA_TYPE,
	V2_THROTTLED,
};

/* An RFC 7807 problem. id: the request it is about, where the text names it. */
void v2_refuse(struct sim_reply *, enum v2_problem, const char *id);

/* 422 with invalid_parameters, or 403 when the account may not use it. */
void v2_refuse_params(struct sim_reply *, const struct v2_refusal *);

/* 409; with_id: it tells which request is open. */
void v2_say_concurrent(
    struct sim_reply *, const struct v2_verification *, int with_id);

/* 202; with a check_url when the first step is silent authentication. */
void v2_say_started(struct sim_reply *, const char *id, int silent_auth);

/* 200; id may be NULL. */
void v2_say_completed(struct sim_reply *, const char *id);

/* 200 or 204 without a body. */
void v2_say_done(struct sim_reply *, int http);

#endif
