/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the Authy API words its answers, and what it asks before it looks at a
 * parameter. Sources: the npm package authy 1.4.0 for paths, parameters and
 * what a client expects; the vendor's page "Authy Return and Error Codes".
 */
#ifndef SIM_AUTHY_REPLIES_H
#define SIM_AUTHY_REPLIES_H

#include <stdbool.h>
#include <stdint.h>

struct cJSON;
struct sim_reply;
struct sim_request;

/* The API key is good: false when the reply says no. */
bool authy_admit(const struct sim_request *, struct sim_reply *);

/* Which application it belongs to: users of one are unknown to another. */
uint64_t authy_app(const struct sim_request *);

/*
 * A parameter of a group, "user[email]" in a form and {"user":{"email":…}} in
 * JSON, or NULL.
 */
const char *authy_member(
    const struct sim_request *, const char *group, const char *name);

/* HTTP 200, takes over the document. */
void authy_say(struct sim_reply *, struct cJSON *);

void authy_refuse(
    struct sim_reply *, int http, const char *code, const char *message);

/* 429, 503, and the refusals that several calls have. */
void authy_throttled(struct sim_reply *);
void authy_internal(struct sim_reply *);
void authy_refuse_user(struct sim_reply *);
void authy_refuse_suspended(struct sim_reply *);

/* What a sandbox number refuses when something is to be sent to it. */
bool authy_scripted(const char *number, struct sim_reply *);

/* "+44 7700900200": one text for both parts; false when it is no number. */
bool authy_number(const char *country, const char *phone, char out[17]);

#endif
