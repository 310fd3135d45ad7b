/* SPDX-License-Identifier: BSD-2-Clause */
/* What all replies of the legacy Authy API have in common. */
#ifndef TWOFA_AUTHY_REPLY_H
#define TWOFA_AUTHY_REPLY_H

#include "helper/net/json.h"
#include "helper/providers/provider.h"

/* The members that any call judges or logs; "" and false when absent or not
 * of a type that the vendor uses. */
struct authy_reply {
	bool readable; /* one strict JSON object */
	bool success;  /* true, or the text "true" */
	bool ignored;  /* the same: nothing was sent */
	char code[16]; /* error_code */
	char token[32];
	char text[512]; /* message */
};

struct authy_row {
	const char *code;
	enum outcome outcome;
};

void authy_read(const struct http_reply *, struct authy_reply *);
/* true, or the text "true": the vendor writes both. */
bool authy_true(const struct json *, const char *path);
/* The row of the error code (the table ends with NULL), else otherwise. */
enum outcome authy_outcome(const struct authy_row *, const struct authy_reply *,
    enum outcome otherwise);
void authy_detail(struct provider_ctx *, const struct http_reply *,
    const struct authy_reply *);

#endif
