/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What Twilio reads out of a request: credentials, the SIDs of its path, and
 * form parameters, which count in a form only.
 */
#ifndef SIM_TWILIO_PARAMS_H
#define SIM_TWILIO_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cJSON;
struct request_field;
struct sim_reply;
struct sim_request;

enum { TWILIO_SID = 35 }; /* two letters, 32 hex digits and a NUL */

/* True for a SID of that kind: "VA", ... */
bool twilio_sid_is_valid(const char *text, const char *kind);

/* Credentials and rate: false when reply says no already. */
bool twilio_admit(const struct sim_request *, struct sim_reply *);

/* The account of an admitted request, also when an API key came. */
void twilio_account(const struct sim_request *, char out[TWILIO_SID]);

/* The first parameter of that name with anything in it, or NULL. */
const struct request_field *twilio_field(
    const struct sim_request *, const char *name);

/*
 * Each of these is false when reply says no already. Where the parameter may
 * be absent, out keeps what it had.
 */

/* A text of min to max characters (not bytes). */
bool twilio_text(const struct sim_request *, struct sim_reply *,
    const char *name, size_t min, size_t max, const char **out);
bool twilio_text_needed(const struct sim_request *, struct sim_reply *,
    const char *name, size_t min, size_t max, const char **out);

bool twilio_int(const struct sim_request *, struct sim_reply *,
    const char *name, int min, int max, int *out);
bool twilio_bool(const struct sim_request *, struct sim_reply *,
    const char *name, bool *out);

/* JSON text, an object with nothing but strings in it; the caller deletes. */
bool twilio_strings(const struct sim_request *, struct sim_reply *,
    const char *name, struct cJSON **out);

/* ISO 8601, as virtual milliseconds. */
bool twilio_date(const struct sim_request *, struct sim_reply *,
    const char *name, int64_t *out);

/* How many characters of UTF-8 a text has. */
size_t twilio_length(const char *);

/* "+" and 7 to 15 digits that do not begin with a zero. */
bool twilio_e164(const char *);

/* A date member in the vendor's form; 0 is null. */
void twilio_add_date(struct cJSON *, const char *name, int64_t ms);

#endif
