/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is a text strict JSON (RFC 8259)? Checked before a tree is built, because
 * cJSON takes control bytes for blanks, skips a BOM, ends a string at an
 * escaped NUL and passes any byte as UTF-8.
 */
#ifndef TWOFA_JSON_GRAMMAR_H
#define TWOFA_JSON_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>

#define JSON_GRAMMAR_DEPTH_MAX 64

/*
 * True when text[0..len) is one object, with only blanks around it, in strict
 * UTF-8, without a NUL (raw or escaped) or a lone surrogate, and with at most
 * JSON_GRAMMAR_DEPTH_MAX levels.
 */
bool json_grammar_object(const char *text, size_t len);

#endif
