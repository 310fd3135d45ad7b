/* SPDX-License-Identifier: BSD-2-Clause */
/* What Vonage's APIs have in common: workflows, locales, credentials. */
#ifndef TWOFA_VONAGE_H
#define TWOFA_VONAGE_H

#include "helper/providers/provider.h"

#define VONAGE_BASE_URL "https://api.nexmo.com"
#define VONAGE_DIGITS "0123456789"
#define VONAGE_ALNUM                                                           \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" VONAGE_DIGITS
#define VONAGE_HEX VONAGE_DIGITS "abcdefABCDEF"

/* The slots that these settings have in every type of this vendor. */
enum { VONAGE_API_KEY = 0 };     /* text[] */
enum { VONAGE_API_SECRET = 0 };  /* secret[] */
enum { VONAGE_WORKFLOW_ID = 0 }; /* number[], of the Verify types */

/* The account's key and secret, which a type needs or may do without. */
#define VONAGE_AUTH_KEYS(needed)                                               \
	{ .key = "api_key",                                                    \
		.kind = CONF_TEXT,                                             \
		.slot = VONAGE_API_KEY,                                        \
		.required = (needed),                                          \
		.min = 1,                                                      \
		.max = 64,                                                     \
		.charset = VONAGE_ALNUM },                                     \
	{                                                                      \
		.key = "api_secret_file", .kind = CONF_SECRET_FILE,            \
		.slot = VONAGE_API_SECRET, .required = (needed)                \
	}

/* The workflow by which Verify goes on; 6 is a single SMS. */
#define VONAGE_WORKFLOW_KEY                                                    \
	{                                                                      \
		.key = "workflow_id", .kind = CONF_NUMBER,                     \
		.slot = VONAGE_WORKFLOW_ID, .min = 1, .max = 7, .dflt = 6      \
	}

/*
 * How the nth step (from 0) of workflow 1 to 7 delivers, METHOD_NONE behind the
 * last one (the vendor's guide "Workflows and events" of Verify v1).
 */
enum method vonage_step(long workflow, unsigned n);

/* As provider_ops.next_method, by the workflow that is set. */
enum method vonage_next_method(const struct provider_conf *, unsigned sends);

/* The workflow for a start by this method: the one that is set when its first
 * step is of that kind, else that one step alone; 0 for other methods. */
long vonage_workflow(long set, enum method);

/* How long Verify v1 holds a verification by this workflow open, whose codes
 * are good for so long: each step waits its time for the next. */
int64_t vonage_life_ms(long workflow, int64_t expiry_ms);

/* How many steps it has; 0 for no workflow. */
unsigned vonage_steps(long workflow);

/* The vendor's locale for a language that settings may name, or NULL: the
 * vendor then goes by the number's country. */
const char *vonage_locale(const char *language);

/* Basic with the account's key and secret; failed when there is none. */
void vonage_basic(const struct provider_ctx *, struct http_request *);

#endif
