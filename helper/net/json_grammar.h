/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is a text strict JSON (RFC 8259)? Asked before a tree is built, because
 * cJSON takes control bytes as blanks, skips a BOM, ends a string at an
 * escaped NUL and passes any byte as UTF-8.
 */
#ifndef TWOFA_JSON_GRAMMAR_H
#define TWOFA_JSON_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>

#define JSON_GRAMMAR_DEPTH_MAX 64

/*
 * True when text[0..len) is one object with blanks at most around it, strict
 * UTF-8, no NUL raw or escaped, no lone surrogate, and no more than
 * JSON_GRAMMAR_DEPTH_MAX levels.
 */
bool json_grammar_object(const char *text, size_t len);

#endif
