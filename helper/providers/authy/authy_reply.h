/* SPDX-License-Identifier: BSD-2-Clause */
/* Common to all replies of the legacy Authy API. */
#ifndef TWOFA_AUTHY_REPLY_H
#define TWOFA_AUTHY_REPLY_H

#include "helper/net/net.h"
#include "helper/providers/providers.h"

/* The members that are judged or logged; "" and false when absent or of a type
 * that the vendor does not use. */
struct authy_reply {
	bool readable; /* one strict JSON object */
	bool success;  /* true, or the text "true" */
	bool ignored;  /* true, or the text "true": nothing was sent */
	char code[16]; /* error_code */
	char token[32];
	char text[512]; /* message */
};

struct authy_row {
	const char *code;
	enum outcome outcome;
};

void authy_read(const struct http_reply *, struct authy_reply *);
/* true, or the text "true"; the vendor uses both. */
bool authy_true(const struct json *, const char *path);
/* The outcome of the row with this error code, else otherwise. The table ends
 * with NULL. */
enum outcome authy_outcome(const struct authy_row *, const struct authy_reply *,
    enum outcome otherwise);
void authy_detail(struct provider_ctx *, const struct http_reply *,
    const struct authy_reply *);

#endif
