/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Telnyx's types: indexes for their calls, and the template of a text message
 * with %brand%, %host% and %code%.
 */
#ifndef TWOFA_TELNYX_TYPES_H
#define TWOFA_TELNYX_TYPES_H

#include <stddef.h>

#include "lib/providers/provider_types.h"

#define TELNYX_API_KEY 0 /* secret[], of every type */
/* text[], of one type each */
enum { TELNYX_VERIFY_PROFILE_ID = 0 };
enum { TELNYX_FROM = 0, TELNYX_MESSAGING_PROFILE_ID, TELNYX_TEXT };

#define TELNYX_TEXT_MAX 160 /* characters of a message of one part */
#define TELNYX_BRAND_MAX 18
#define TELNYX_HOST_MIN 16 /* this much of the host's name always fits */

/* ASCII in GSM-7's basic table, where each character counts once. */
#define TELNYX_TEXT_BYTES                                                      \
	" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ_"        \
	"abcdefghijklmnopqrstuvwxyz"

/* NULL when the template has room for the longest brand, a code of this length
 * and the start of a host's name; else what is allowed. */
const char *telnyx_text_check(const char *text, unsigned code_length);

/* The template that is set, or the default one. */
const char *telnyx_template(const struct provider_conf *);

enum telnyx_word {
	TELNYX_WORD_NONE = 0, /* a "%" that starts none of them */
	TELNYX_WORD_BRAND,
	TELNYX_WORD_HOST,
	TELNYX_WORD_CODE,
	TELNYX_WORD_COUNT,
};

/* The word that starts with this "%", and its length in bytes. */
enum telnyx_word telnyx_word_at(const char *p, size_t *len);
/* The number of characters outside of words, and how often each word occurs. */
size_t telnyx_text_count(const char *text, unsigned found[TELNYX_WORD_COUNT]);

#endif
