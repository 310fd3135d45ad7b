/* SPDX-License-Identifier: BSD-2-Clause */
/* A table of users to enrol, as CSV (RFC 4180). */

#include "twofactl/enrol/enrol.h"
#include <stdarg.h>
#include <stdlib.h>
#include <strings.h>
#include "twofactl/enrol/enrol_inside.h"

#define TEXT_MAX 400

enum column {
	COLUMN_USER = 0,
	COLUMN_PHONE,
	COLUMN_EMAIL,
	COLUMN_CHANNELS,
	COLUMN_PROVIDER,
	COLUMN_LANGUAGE,
	COLUMN_PERSON, /* then a person's values */
	COLUMN_KEY,
	COLUMN_CERT_ID,
	COLUMN_CA,
	COLUMN_FACTORS_OF,
	COLUMN_GROUPS, /* of a record in the state */
	COLUMN_TOTP,
	COLUMNS,
};

static const char *const column_name[] = {
	[COLUMN_USER] = "user",
	[COLUMN_PHONE] = "phone",
	[COLUMN_EMAIL] = "email",
	[COLUMN_CHANNELS] = "channels",
	[COLUMN_PROVIDER] = "provider",
	[COLUMN_LANGUAGE] = "language",
	[COLUMN_PERSON] = "person",
	[COLUMN_KEY] = "key",
	[COLUMN_CERT_ID] = "cert_id",
	[COLUMN_CA] = "ca",
	[COLUMN_FACTORS_OF] = "factors_of",
	[COLUMN_GROUPS] = "groups",
	[COLUMN_TOTP] = "totp",
};

_Static_assert(COUNT_OF(column_name) == COLUMNS, "each has its name");

struct reading {
	struct import_table *file;
	struct csv csv;
	struct csv_row row;
	size_t columns;
	int at[COLUMNS]; /* the field's index in a row; -1: not in the file */
	int rc;
};

static void __attribute__((format(printf, 3, 4)))
user_table_wrong(struct reading *r, unsigned line, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	r->file->wrong(r->file->ctx, line, text);
	r->rc = -1;
}

/* The title is not shown: the file may be another one of root's. */
static void
read_title(struct reading *r, size_t field)
{
	const char *title = r->row.field[field];

	for (int c = 0; c < COLUMNS; c++) {
		if (strcasecmp(title, column_name[c]) != 0 ||
		    (c == COLUMN_GROUPS && !r->file->conf->users_state))
			continue;
		if (r->at[c] >= 0)
			user_table_wrong(r, r->row.line,
			    "column \"%s\" appears twice", column_name[c]);
		r->at[c] = (int)field;
		return;
	}
	user_table_wrong(r, r->row.line,
	    "column %zu is not known; the first line must name the columns, "
	    "allowed: user, phone, email, channels, provider, language, "
	    "person, key, cert_id, ca, factors_of, totp%s",
	    field + 1, r->file->conf->users_state ? ", groups" : "");
}

static void
read_header(struct reading *r)
{
	for (int c = 0; c < COLUMNS; c++)
		r->at[c] = -1;
	switch (csv_next(&r->csv, &r->row)) {
	case CSV_BAD:
		user_table_wrong(r, r->row.line, "%s", r->csv.cause);
		return;
	case CSV_END:
		user_table_wrong(r, 0,
		    "is empty; its first line must name the columns: "
		    "user,phone");
		return;
	case CSV_ROW:
		break;
	}
	r->columns = r->row.count;
	for (size_t i = 0; i < r->row.count; i++)
		read_title(r, i);
	if (r->at[COLUMN_USER] < 0)
		user_table_wrong(r, r->row.line,
		    "there is no column \"user\"; the first "
		    "line must name the columns: user,phone");
	if (r->at[COLUMN_PHONE] < 0 && r->at[COLUMN_EMAIL] < 0 &&
	    r->at[COLUMN_FACTORS_OF] < 0 && r->at[COLUMN_TOTP] < 0)
		user_table_wrong(r, r->row.line,
		    "there is no column \"phone\", \"email\" or \"totp\"");
}

static const char *
value(const struct reading *r, enum column c)
{
	if (r->at[c] < 0 || (size_t)r->at[c] >= r->row.count)
		return "";
	return r->row.field[r->at[c]];
}

static void
report_wish(void *ctx, const char *line)
{
	struct reading *r = ctx;

	user_table_wrong(r, r->row.line, "%s", line);
}

/* The system's list first: 10,000 look-ups would take long. */
static void
user_table_find_account(
    struct reading *r, const char *user, struct import_row *out)
{
	struct account account;

	if (!user_name_is_valid(user)) {
		user_table_wrong(
		    r, r->row.line, "user: \"%.80s\" is not a user name", user);
		return;
	}
	PRINT_TO(out->user, "%s", user);
	if (name_list_has(r->file->accounts, user))
		return;
	switch (accounts_find(user, &account)) {
	case ACCOUNT_FOUND:
		PRINT_TO(out->user, "%s", account.name);
		return;
	case ACCOUNT_ABSENT:
		user_table_wrong(r, r->row.line,
		    "user: no account \"%s\" on this system; correct the "
		    "name, or remove the line",
		    user);
		return;
	case ACCOUNT_ERROR:
		break;
	}
	user_table_wrong(r, r->row.line,
	    "user: account \"%s\" cannot be looked up; see: getent passwd %s",
	    user, terminal_shell_quote(user));
}

static void
user_table_find_person(struct reading *r, struct import_row *out)
{
	const char *name = value(r, COLUMN_PERSON);
	char account[USER_NAME_MAX + 1];

	if (name[0] != '\0' && !user_name_is_valid(name)) {
		user_table_wrong(r, r->row.line,
		    "person: \"%.80s\" is not a person's "
		    "name",
		    name);
		return;
	}
	for (int c = COLUMN_KEY; name[0] == '\0' && c <= COLUMN_FACTORS_OF; c++)
		if (value(r, (enum column)c)[0] != '\0')
			user_table_wrong(r, r->row.line,
			    "%s: is of one of the people of an account; name "
			    "that one in the column \"person\"",
			    column_name[c]);
	if (out->user[0] == '\0')
		return; /* reported already */
	PRINT_TO(account, "%.*s", USER_NAME_MAX, out->user);
	owner_write(out->user, account, name);
}

/* Between them what may stand between channels, too. */
static void
user_table_find_groups(struct reading *r, struct import_row *out)
{
	const char *p = value(r, COLUMN_GROUPS);
	char list[RECORD_PLACE_GROUPS_MAX + 1] = "";
	bool fits = true;

	if (p[0] == '\0')
		return;
	while (*(p += strspn(p, " ,;+|/")) != '\0' && fits) {
		const size_t len = strcspn(p, " ,;+|/");

		fits = strlen(list) + 1 + len < sizeof(list);
		PRINT_APPEND(
		    list, "%s%.*s", list[0] != '\0' ? "," : "", (int)len, p);
		p += len;
	}
	if (!fits || list[0] == '\0' ||
	    !record_place_shared->groups_fit(list)) {
		user_table_wrong(r, r->row.line,
		    "groups: allowed are names of groups, %d bytes in all",
		    RECORD_PLACE_GROUPS_MAX);
		return;
	}
	out->groups = strdup(list);
	if (out->groups == NULL)
		user_table_wrong(
		    r, r->row.line, "out of memory; split the file");
}

static void
find_app(struct reading *r, struct import_row *out)
{
	const char *typed = value(r, COLUMN_TOTP), *wrong = NULL;

	if (typed[0] != '\0')
		wrong = app_secret_read(typed, &out->app);
	if (wrong != NULL)
		user_table_wrong(r, r->row.line, "totp: %s", wrong);
	out->no_record = out->app.secret.len > 0 &&
	    value(r, COLUMN_PHONE)[0] == '\0' &&
	    value(r, COLUMN_EMAIL)[0] == '\0';
	for (int c = COLUMN_CHANNELS; out->no_record && c < COLUMN_TOTP; c++)
		if (c != COLUMN_PERSON && value(r, (enum column)c)[0] != '\0')
			user_table_wrong(r, r->row.line,
			    "%s: needs a phone or an email beside totp",
			    column_name[c]);
}

static void
user_table_read_row(struct reading *r)
{
	const struct settings_report report = { .ctx = r, .line = report_wish };
	const struct wanted_record_typed typed = {
		.phone = value(r, COLUMN_PHONE),
		.country = r->file->country,
		.email = value(r, COLUMN_EMAIL),
		.channels = value(r, COLUMN_CHANNELS),
		.provider = value(r, COLUMN_PROVIDER),
		.language = value(r, COLUMN_LANGUAGE),
		.key = value(r, COLUMN_KEY),
		.cert_id = value(r, COLUMN_CERT_ID),
		.ca = value(r, COLUMN_CA),
		.user = value(r, COLUMN_FACTORS_OF),
	};
	struct import_row *out;

	if (!NAME_LIST_ROOM(r->file->row, r->file->cap, r->file->count)) {
		user_table_wrong(
		    r, r->row.line, "out of memory; split the file");
		return;
	}
	out = &r->file->row[r->file->count];
	memset(out, 0, sizeof(*out));
	out->line = r->row.line;
	if (r->row.count > r->columns)
		user_table_wrong(r, r->row.line,
		    "%zu columns, but the first line names %zu; quote the "
		    "fields that contain a separator",
		    r->row.count, r->columns);
	user_table_find_account(r, value(r, COLUMN_USER), out);
	user_table_find_person(r, out);
	user_table_find_groups(r, out);
	find_app(r, out);
	if (wanted_record_read(&out->wish, r->file->conf, &typed, &report) ==
		0 &&
	    out->wish.phone[0] == '\0' && out->wish.email[0] == '\0' &&
	    out->wish.user[0] == '\0' && value(r, COLUMN_TOTP)[0] == '\0')
		user_table_wrong(r, r->row.line, "phone: is missing");
	r->file->count++;
}

static int
by_user(const void *a, const void *b)
{
	const struct import_row *const *x = a, *const *y = b;
	int order = strcmp((*x)->user, (*y)->user);

	return order != 0 ? order : (*x)->line < (*y)->line ? -1 : 1;
}

static int
by_phone(const void *a, const void *b)
{
	const struct import_row *const *x = a, *const *y = b;
	int order = strcmp((*x)->wish.phone, (*y)->wish.phone);

	return order != 0 ? order : (*x)->line < (*y)->line ? -1 : 1;
}

static void
compare_users(struct reading *r, const struct import_row **row)
{
	size_t count = r->file->count;

	qsort(row, count, sizeof(const struct import_row *), by_user);
	for (size_t i = 1; i < count; i++)
		if (row[i]->user[0] != '\0' &&
		    strcmp(row[i - 1]->user, row[i]->user) == 0)
			user_table_wrong(r, row[i]->line,
			    "user: \"%s\" is also on line %u", row[i]->user,
			    row[i - 1]->line);
}

/* This is allowed, but while one of them logs in the other has to wait. */
static void
compare_phones(struct reading *r, const struct import_row **row)
{
	char text[TEXT_MAX];

	qsort(row, r->file->count, sizeof(const struct import_row *), by_phone);
	for (size_t i = 1; i < r->file->count; i++) {
		if (row[i]->wish.phone[0] == '\0' ||
		    strcmp(row[i - 1]->wish.phone, row[i]->wish.phone) != 0)
			continue;
		PRINT_TO(text,
		    "phone: %s has the number of %s (line %u) as well: they "
		    "cannot log in at the same time",
		    row[i]->user, row[i - 1]->user, row[i - 1]->line);
		r->file->warn(r->file->ctx, row[i]->line, text);
	}
}

static void
compare_rows(struct reading *r)
{
	const struct import_row **row;

	if (r->file->count < 2)
		return;
	row = calloc(r->file->count, sizeof(const struct import_row *));
	if (row == NULL) {
		user_table_wrong(r, 0, "out of memory; split the file");
		return;
	}
	for (size_t i = 0; i < r->file->count; i++)
		row[i] = &r->file->row[i];
	compare_users(r, row);
	compare_phones(r, row);
	free(row);
}

int
import_table_read(struct import_table *file, const char *text, size_t len)
{
	static struct reading r;
	enum csv_result result = CSV_END;

	memset(&r, 0, sizeof(r));
	r.file = file;
	csv_begin(&r.csv, text, len);
	read_header(&r);
	if (r.rc != 0)
		return -1; /* otherwise every row would be wrong */
	while ((result = csv_next(&r.csv, &r.row)) == CSV_ROW &&
	    file->count < IMPORT_TABLE_ROWS_MAX)
		user_table_read_row(&r);
	if (result == CSV_BAD)
		user_table_wrong(&r, r.row.line, "%s", r.csv.cause);
	else if (file->count == 0)
		user_table_wrong(
		    &r, 0, "there is no user after the first line");
	else if (result == CSV_ROW)
		user_table_wrong(
		    &r, r.row.line, "too many rows; split the file");
	compare_rows(&r);
	explicit_bzero(&r.row, sizeof(r.row));
	return r.rc;
}

void
import_table_free(struct import_table *file)
{
	for (size_t i = 0; i < file->count; i++) {
		free(file->row[i].groups);
		explicit_bzero(&file->row[i].app, sizeof(file->row[i].app));
	}
	free(file->row);
	file->row = NULL;
	file->count = file->cap = 0;
}
