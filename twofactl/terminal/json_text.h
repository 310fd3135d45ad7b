/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts in JSON, on stdout. */
#ifndef TWOFA_JSON_TEXT_H
#define TWOFA_JSON_TEXT_H

/* In quotes, with what JSON wants escaped (RFC 8259 section 7); bytes above
 * ASCII go out as they are: give it UTF-8. */
void json_text_print(const char *text);

#endif
