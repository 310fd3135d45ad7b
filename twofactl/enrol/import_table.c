/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads a table of users to enrol. */
#include "twofactl/enrol/enrol_inside.h"

#include <stdlib.h>

#include "lib/fleet_records/fleet_records.h"

#define TEXT_MAX 400
#define ACCOUNT_TITLE "account."

enum column {
	COLUMN_USER = 0,
	COLUMN_PHONE,
	COLUMN_EMAIL,
	COLUMN_CHANNELS,
	COLUMN_PROVIDER,
	COLUMN_LANGUAGE,
	COLUMN_PERSON, /* a person's values follow */
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
	/* the columns account.PROVIDER and their indexes, likewise */
	const struct provider_conf *account[USER_SUBJECTS_MAX];
	int account_at[USER_SUBJECTS_MAX];
	size_t accounts;
};

void
import_wrong(struct import_table *file, unsigned line, const char *fmt, ...)
{
	char text[TEXT_MAX], at[16] = "";

	PRINT_GIVEN(text, fmt);
	if (line > 0 && !file->unnumbered)
		PRINT_TO(at, ":%u", line);
	file->errors++;
	terminal_error("%.200s%s: %s", file->name, at, text);
}

static bool
read_account_title(struct reading *r, size_t field)
{
	const char *title = r->row.field[field];
	const size_t len = strlen(ACCOUNT_TITLE);
	const struct provider_conf *p = NULL;

	if (strncasecmp(title, ACCOUNT_TITLE, len) == 0)
		p = settings_provider(r->file->conf, title + len);
	if (p == NULL || p->type->account == NULL ||
	    r->accounts == USER_SUBJECTS_MAX)
		return false;
	r->account[r->accounts] = p;
	r->account_at[r->accounts++] = (int)field;
	return true;
}

/* Finds the column of a title. An unknown title is not shown: the file may be
 * another one that only root may read. */
static void
read_title(struct reading *r, size_t field)
{
	const char *title = r->row.field[field];

	for (int c = 0; c < COLUMNS; c++) {
		if (strcasecmp(title, column_name[c]) != 0 ||
		    (c == COLUMN_GROUPS && !r->file->conf->users_state))
			continue;
		if (r->at[c] >= 0)
			import_wrong(r->file, r->row.line,
			    "column \"%s\" appears twice", column_name[c]);
		r->at[c] = (int)field;
		return;
	}
	if (read_account_title(r, field))
		return;
	import_wrong(r->file, r->row.line,
	    "column %zu is not known; the first line must name the columns, "
	    "allowed: user, phone, email, channels, provider, language, "
	    "person, key, cert_id, ca, factors_of, totp, account.PROVIDER%s",
	    field + 1, r->file->conf->users_state ? ", groups" : "");
}

static void
read_header(struct reading *r)
{
	const enum csv_result found = csv_next(&r->csv, &r->row);

	for (int c = 0; c < COLUMNS; c++)
		r->at[c] = -1;
	if (found == CSV_BAD)
		import_wrong(r->file, r->row.line, "%s", r->csv.cause);
	else if (found == CSV_END)
		import_wrong(r->file, 0,
		    "is empty; its first line must name the columns: "
		    "user,phone");
	if (found != CSV_ROW)
		return;
	r->columns = r->row.count;
	for (size_t i = 0; i < r->row.count; i++)
		read_title(r, i);
	if (r->at[COLUMN_USER] < 0)
		import_wrong(r->file, r->row.line,
		    "there is no column \"user\"; the first "
		    "line must name the columns: user,phone");
	if (r->at[COLUMN_PHONE] < 0 && r->at[COLUMN_EMAIL] < 0 &&
	    r->at[COLUMN_FACTORS_OF] < 0 && r->at[COLUMN_TOTP] < 0 &&
	    r->accounts == 0)
		import_wrong(r->file, r->row.line,
		    "there is no column \"phone\", \"email\" or \"totp\"");
}

static const char *
field_of(const struct reading *r, enum column c)
{
	return csv_field(&r->row, r->at[c]);
}

static void
report_value(void *ctx, const char *line)
{
	struct reading *r = ctx;

	import_wrong(r->file, r->row.line, "%s", line);
}

/* Looks in the list of accounts first: 10,000 look-ups would take long. */
static void
read_user(struct reading *r, const char *user, struct import_row *out)
{
	struct account account;
	enum account_result found;

	if (!user_name_is_valid(user)) {
		import_wrong(r->file, r->row.line,
		    "user: \"%.80s\" is not a user name", user);
		return;
	}
	PRINT_TO(out->user, "%s", user);
	if (name_list_has(r->file->accounts, user))
		return;
	found = accounts_find(user, &account);
	if (found == ACCOUNT_FOUND)
		PRINT_TO(out->user, "%s", account.name);
	else if (found == ACCOUNT_ABSENT)
		import_wrong(r->file, r->row.line,
		    "user: no account \"%s\" on this system; correct the "
		    "name, or remove the line",
		    user);
	else
		import_wrong(r->file, r->row.line,
		    "user: account \"%s\" cannot be looked up; see: getent "
		    "passwd %s",
		    user, terminal_shell_quote(user));
}

static void
import_read_person(struct reading *r, struct import_row *out)
{
	const char *name = field_of(r, COLUMN_PERSON);
	char account[USER_NAME_MAX + 1];

	if (name[0] != '\0' && !user_name_is_valid(name)) {
		import_wrong(r->file, r->row.line,
		    "person: \"%.80s\" is not a person's name", name);
		return;
	}
	for (int c = COLUMN_KEY; name[0] == '\0' && c <= COLUMN_FACTORS_OF; c++)
		if (field_of(r, (enum column)c)[0] != '\0')
			import_wrong(r->file, r->row.line,
			    "%s: belongs to one of the people of an account; "
			    "name that one in the column \"person\"",
			    column_name[c]);
	if (out->user[0] == '\0')
		return; /* reported already */
	PRINT_TO(account, "%.*s", USER_NAME_MAX, out->user);
	owner_write(out->user, account, name);
}

/* Reads the groups, with any separator of channels between them. */
static void
read_row_groups(struct reading *r, struct import_row *out)
{
	struct text_part rest = text_part(field_of(r, COLUMN_GROUPS)), one;
	char list[FLEET_GROUPS_MAX + 1] = "";
	bool fits = true;

	if (rest.len == 0)
		return;
	while (text_part_next(&rest, " ,;+|/", &one)) {
		fits = fits && strlen(list) + 1 + one.len < sizeof(list);
		if (one.len > 0)
			PRINT_APPEND(list, "%s%.*s", list[0] != '\0' ? "," : "",
			    (int)one.len, one.at);
	}
	if (!fits || list[0] == '\0' || !fleet_batch_groups_are_valid(list)) {
		import_wrong(r->file, r->row.line,
		    "groups: allowed are names of groups, %d bytes in all",
		    FLEET_GROUPS_MAX);
		return;
	}
	out->groups = strdup(list);
	if (out->groups == NULL)
		import_wrong(
		    r->file, r->row.line, "out of memory; split the file");
}

/* An account counts by a channel alone, so that is to be named. */
static void
read_row_accounts(struct reading *r, struct import_row *out)
{
	struct user_subject all[USER_SUBJECTS_MAX] = { { "", "", "" } };
	char text[ENROL_ACCOUNTS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < r->accounts; i++) {
		const struct provider_conf *p = r->account[i];
		const char *sub = csv_field(&r->row, r->account_at[i]);
		const char *method = method_name(reach_approval(p));

		if (sub[0] == '\0')
			continue;
		if (!user_subject_is_valid(sub) ||
		    strstr(field_of(r, COLUMN_CHANNELS), method) == NULL)
			import_wrong(r->file, r->row.line,
			    "account.%s: expected printable ASCII without "
			    "blanks and quotes, and %s among the channels",
			    p->name, method);
		PRINT_TO(all[count].provider, "%s", p->name);
		PRINT_TO(all[count].issuer, "%s", p->base_url);
		PRINT_TO(all[count++].sub, "%s", sub);
	}
	enrol_write_accounts(all, count, text);
	out->accounts = count > 0 ? strdup(text) : NULL;
	if (count > 0 && out->accounts == NULL)
		import_wrong(
		    r->file, r->row.line, "out of memory; split the file");
}

static void
read_app(struct reading *r, struct import_row *out)
{
	const char *typed = field_of(r, COLUMN_TOTP), *wrong = NULL;

	if (typed[0] != '\0')
		wrong = app_secret_read(typed, &out->app);
	if (wrong != NULL)
		import_wrong(r->file, r->row.line, "totp: %s", wrong);
	out->no_record = out->app.secret.len > 0 && out->accounts == NULL &&
	    field_of(r, COLUMN_PHONE)[0] == '\0' &&
	    field_of(r, COLUMN_EMAIL)[0] == '\0';
	for (int c = COLUMN_CHANNELS; out->no_record && c < COLUMN_TOTP; c++)
		if (c != COLUMN_PERSON &&
		    field_of(r, (enum column)c)[0] != '\0')
			import_wrong(r->file, r->row.line,
			    "%s: needs a phone or an email, not only totp",
			    column_name[c]);
}

static void
read_row(struct reading *r)
{
	const struct settings_report report = { .ctx = r,
		.line = report_value };
	const struct wanted_record_typed typed = {
		.phone = field_of(r, COLUMN_PHONE),
		.country = r->file->country,
		.email = field_of(r, COLUMN_EMAIL),
		.channels = field_of(r, COLUMN_CHANNELS),
		.provider = field_of(r, COLUMN_PROVIDER),
		.language = field_of(r, COLUMN_LANGUAGE),
		.key = field_of(r, COLUMN_KEY),
		.cert_id = field_of(r, COLUMN_CERT_ID),
		.ca = field_of(r, COLUMN_CA),
		.user = field_of(r, COLUMN_FACTORS_OF),
	};
	struct import_row *out;

	if (!NAME_LIST_ROOM(r->file->row, r->file->cap, r->file->count)) {
		import_wrong(
		    r->file, r->row.line, "out of memory; split the file");
		return;
	}
	out = &r->file->row[r->file->count];
	memset(out, 0, sizeof(*out));
	out->line = r->row.line;
	if (r->row.count > r->columns)
		import_wrong(r->file, r->row.line,
		    "%zu columns, but the first line names %zu; quote the "
		    "fields that contain a separator",
		    r->row.count, r->columns);
	read_user(r, field_of(r, COLUMN_USER), out);
	import_read_person(r, out);
	read_row_groups(r, out);
	read_row_accounts(r, out);
	read_app(r, out);
	if (wanted_record_read(&out->wanted, r->file->conf, &typed, &report) ==
		0 &&
	    out->accounts == NULL && out->wanted.phone[0] == '\0' &&
	    out->wanted.email[0] == '\0' && out->wanted.user[0] == '\0' &&
	    field_of(r, COLUMN_TOTP)[0] == '\0')
		import_wrong(r->file, r->row.line, "phone: is missing");
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
	int order = strcmp((*x)->wanted.phone, (*y)->wanted.phone);

	return order != 0 ? order : (*x)->line < (*y)->line ? -1 : 1;
}

/* Reports users who are there twice, and warns of shared numbers: allowed, but
 * while one of the two logs in the other has to wait. */
static void
compare_rows(struct import_table *file)
{
	const size_t count = file->count;
	const struct import_row **row;

	if (count < 2)
		return;
	row = calloc(count, sizeof(const struct import_row *));
	if (row == NULL) {
		import_wrong(file, 0, "out of memory; split the file");
		return;
	}
	for (size_t i = 0; i < count; i++)
		row[i] = &file->row[i];
	qsort(row, count, sizeof(const struct import_row *), by_user);
	for (size_t i = 1; i < count; i++)
		if (row[i]->user[0] != '\0' &&
		    strcmp(row[i - 1]->user, row[i]->user) == 0)
			import_wrong(file, row[i]->line,
			    "user: \"%s\" is also on line %u", row[i]->user,
			    row[i - 1]->line);
	qsort(row, count, sizeof(const struct import_row *), by_phone);
	for (size_t i = 1; i < count; i++) {
		if (row[i]->wanted.phone[0] == '\0' ||
		    strcmp(row[i - 1]->user, row[i]->user) == 0 ||
		    strcmp(row[i - 1]->wanted.phone, row[i]->wanted.phone) != 0)
			continue;
		terminal_error(
		    "warning: %s:%u: phone: %s has the number of %s (line %u) "
		    "as well: they cannot log in at the same time",
		    file->name, row[i]->line, row[i]->user, row[i - 1]->user,
		    row[i - 1]->line);
	}
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
	if (file->errors > 0)
		return -1; /* otherwise every row would be wrong */
	while ((result = csv_next(&r.csv, &r.row)) == CSV_ROW &&
	    file->count < IMPORT_TABLE_ROWS_MAX)
		read_row(&r);
	if (result == CSV_BAD)
		import_wrong(file, r.row.line, "%s", r.csv.cause);
	else if (file->count == 0)
		import_wrong(file, 0, "there is no user after the first line");
	else if (result == CSV_ROW)
		import_wrong(file, r.row.line, "too many rows; split the file");
	compare_rows(file);
	explicit_bzero(&r.row, sizeof(r.row));
	return file->errors == 0 ? 0 : -1;
}

void
import_table_free(struct import_table *file)
{
	for (size_t i = 0; i < file->count; i++) {
		free(file->row[i].groups);
		free(file->row[i].accounts);
		if (file->row[i].text != NULL)
			explicit_bzero(
			    file->row[i].text, strlen(file->row[i].text));
		free(file->row[i].text);
		explicit_bzero(&file->row[i].app, sizeof(file->row[i].app));
	}
	free(file->row);
	file->row = NULL;
	file->count = file->cap = 0;
}
