/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads CSV as spreadsheets write it (RFC 4180): quotes, CRLF, a byte order
 * mark; comma, semicolon or tab, found in the first line or named there alone
 * (sep=;). Pure.
 */
#ifndef TWOFA_CSV_H
#define TWOFA_CSV_H

#include <stddef.h>

#define CSV_FIELDS_MAX 32
#define CSV_ROW_MAX 4096 /* bytes of a row's fields, with their NULs */

enum csv_result {
	CSV_BAD = 0, /* see row.line and cause; reading stops */
	CSV_ROW,
	CSV_END,
};

struct csv_row {
	unsigned line; /* of its first line, from 1 */
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

/* text[len] must stay valid as long. */
void csv_begin(struct csv *, const char *text, size_t len);

/* The next row that is not empty. Fields come without surrounding blanks. */
enum csv_result csv_next(struct csv *, struct csv_row *);

#endif
