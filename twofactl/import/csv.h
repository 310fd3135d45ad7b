/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading CSV as spreadsheets write it (RFC 4180): quotes, CRLF, a byte order
 * mark; comma, semicolon or tab, whichever stands in the first line or is named
 * there by itself (sep=;). Pure.
 */
#ifndef TWOFA_CSV_H
#define TWOFA_CSV_H

#include <stddef.h>

#define CSV_FIELDS_MAX 32
#define CSV_ROW_MAX 4096 /* bytes of a row's fields, their NULs counted */

enum csv_result {
	CSV_BAD = 0, /* row.line and cause tell; reading goes no further */
	CSV_ROW,
	CSV_END,
};

struct csv_row {
	unsigned line; /* on which it begins, from 1 */
	size_t count;
	char *field[CSV_FIELDS_MAX]; /* in text, NUL-terminated */
	char text[CSV_ROW_MAX];
};

struct csv {
	const char *p, *end;
	char separator;
	unsigned line;
	const char *cause; /* after CSV_BAD */
};

/* text[len] must live as long. */
void csv_begin(struct csv *, const char *text, size_t len);

/* The next row that is not empty. Fields come without the blanks around
 * them. */
enum csv_result csv_next(struct csv *, struct csv_row *);

#endif
