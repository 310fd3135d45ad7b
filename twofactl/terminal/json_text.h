/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints texts in JSON on stdout. */
#ifndef TWOFA_JSON_TEXT_H
#define TWOFA_JSON_TEXT_H

/* In quotes, with JSON's escapes (RFC 8259 section 7); bytes above ASCII are
 * written unchanged, so the text must be UTF-8. */
void json_text_print(const char *text);

#endif
