/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `twofactl status` prints, as a table or as JSON.
 */
#ifndef TWOFA_ADMIN_STATUSTEXT_H
#define TWOFA_ADMIN_STATUSTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/groups.h"

#define STATUS_SOURCE_MAX 63
#define STATUS_TOTALS 4

/* Indexes of status_row.number, in the order of adminrecord.h. */
enum status_number {
	STATUS_WRONG = 0,
	STATUS_LOCKED_S,
	/* of a user over all sources only */
	STATUS_SHUT,
	STATUS_HOUR,
	STATUS_DAY,
	STATUS_CODES,
	STATUS_GRACE,
	STATUS_NUMBERS,
};

struct status_row {
	bool of_user; /* over all sources; else from source */
	char user[ACCOUNT_NAME_MAX + 1];
	char source[STATUS_SOURCE_MAX + 1];
	int64_t number[STATUS_NUMBERS];
};

struct status {
	struct status_row *row; /* the caller frees */
	size_t count, cap;
	bool totals_known;
	int64_t total[STATUS_TOTALS]; /* hour, day, spent today, in 30 days */
};

void statustext_table(const struct status *);
void statustext_json(const struct status *);

/* "2 h 5 min", "14 min", "40 s"; rounded up, so that it never says less. */
#define STATUSTEXT_SPAN 32
void statustext_span(int64_t seconds, char out[STATUSTEXT_SPAN]);

#endif
