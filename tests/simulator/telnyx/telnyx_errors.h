/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How Telnyx words its refusals: an errors[] with codes that are strings.
 * Source: the schemas verify_Errors and messaging_Errors, and the vendor's
 * list of error codes.
 */
#ifndef SIM_TELNYX_ERRORS_H
#define SIM_TELNYX_ERRORS_H

struct cJSON;
struct sim_reply;

/*
 * One error of the list. The source begins with '/' and names a member of the
 * body, or names a parameter of path or query, or is NULL. The caller deletes
 * it.
 */
struct cJSON *telnyx_error(
    const char *code, const char *detail, const char *source);

/* An answer with that one error; its result for the request log is the code. */
void telnyx_refuse(struct sim_reply *, int http, const char *code,
    const char *detail, const char *source);

/* 429, and when to come back. */
void telnyx_throttled(struct sim_reply *);

/* 500. */
void telnyx_internal(struct sim_reply *);

#endif
