/* SPDX-License-Identifier: BSD-2-Clause */
/* What a provider answered, as one text for the log. */
#include "helper/providers/detail.h"

#include <stdio.h>
#include <string.h>

#define RUN_MIN 4 /* digits in a row that may be a code or a number */

static void
hide_digits(char *text)
{
	size_t run;

	while (*text != '\0') {
		run = strspn(text, "0123456789");
		if (run >= RUN_MIN)
			memset(text, '*', run);
		text += run == 0 ? 1 : run;
	}
}

static void
hide_addresses(char *text)
{
	size_t word;

	while (*text != '\0') {
		word = strcspn(text, " ");
		if (memchr(text, '@', word) != NULL)
			memset(text, '*', word);
		text += word == 0 ? 1 : word;
	}
}

void
detail_set(struct provider_ctx *ctx, long http_status, const char *label,
    const char *code, const char *text)
{
	const size_t cap = sizeof(ctx->detail);
	char http[32] = "";
	size_t used;

	if (http_status != 200)
		(void)snprintf(http, sizeof(http), "http=%ld ", http_status);
	(void)snprintf(ctx->detail, cap, "%s%s=%s", http, label,
	    code[0] == '\0' ? "unreadable" : code);
	if (text[0] == '\0')
		return;
	used = strlen(ctx->detail);
	(void)snprintf(ctx->detail + used, cap - used, " %s", text);
	hide_digits(ctx->detail + used);
	hide_addresses(ctx->detail + used);
}
