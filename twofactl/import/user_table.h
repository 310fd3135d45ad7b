/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A table of users to enrol: every row is checked against the settings, the
 * accounts and the other rows before anything is written.
 */
#ifndef TWOFA_USER_TABLE_H
#define TWOFA_USER_TABLE_H

#include "lib/values/values.h"
#include "twofactl/enrol/wanted_record.h"
#include "twofactl/records/records.h"

#define USER_TABLE_ROWS_MAX 200000 /* some 250 MB */

struct import_row {
	unsigned line;
	/* the account's pw_name, for a person as in values.h */
	char user[KEPT_NAME_MAX + 1];
	struct wanted_record wish;
	char *groups; /* with commas between; NULL: nothing is said of them */
	bool stays;   /* for use by the code that writes records */
};

struct user_table {
	const char *name;    /* the file's name, for complaints */
	const char *country; /* NULL: numbers must have their calling code */
	const struct settings *conf;
	const struct name_list *accounts; /* sorted; others are looked up */
	/* takes a complaint without the file's name; line 0: about all of it */
	void *ctx;
	void (*wrong)(void *ctx, unsigned line, const char *text);
	void (*warn)(void *ctx, unsigned line, const char *text);

	size_t count, cap; /* of the rows, in the order of the file */
	struct import_row *row;
};

/* Fill the rows from text[len]. 0, or -1 after reporting all errors. Call
 * user_table_free in any case. */
int user_table_read(struct user_table *, const char *text, size_t len);
void user_table_free(struct user_table *);

#endif
