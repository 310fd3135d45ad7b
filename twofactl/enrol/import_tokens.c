/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl import --tokens: gives users the tokens of a vendor's table. */
#include "twofactl/enrol/enrol_inside.h"

enum column {
	COLUMN_SERIAL = 0,
	COLUMN_USER,
	COLUMN_SEED,
	COLUMN_TYPE,
	COLUMN_DIGITS,
	COLUMN_PERIOD,
	COLUMN_COUNTER,
	COLUMNS
};

static const char *const token_columns[] = {
	[COLUMN_SERIAL] = "serial",
	[COLUMN_USER] = "user",
	[COLUMN_SEED] = "seed",
	[COLUMN_TYPE] = "type",
	[COLUMN_DIGITS] = "digits",
	[COLUMN_PERIOD] = "period",
	[COLUMN_COUNTER] = "counter",
};
_Static_assert(COUNT_OF(token_columns) == COLUMNS, "each");

struct tokens {
	const struct command_user *by;
	const char *file;
	struct csv csv;
	struct csv_row row;
	int at[COLUMNS]; /* the field of a column, or -1 */
	size_t made, same, errors;
};

static void
wrong(struct tokens *t, const char *what)
{
	t->errors++;
	terminal_error("%.200s:%u: %s", t->file, t->row.line, what);
}

static const char *
token_field(const struct tokens *t, enum column c)
{
	return csv_field(&t->row, t->at[c]);
}

/* Its first row names the columns; others than these are ignored. */
static void
read_token_header(struct tokens *t)
{
	if (csv_next(&t->csv, &t->row) != CSV_ROW)
		t->row.count = 0;
	for (int c = 0; c < COLUMNS; c++) {
		t->at[c] = -1;
		for (size_t i = 0; i < t->row.count; i++)
			if (strcasecmp(t->row.field[i], token_columns[c]) == 0)
				t->at[c] = (int)i;
	}
	if (t->at[COLUMN_SERIAL] < 0 || t->at[COLUMN_USER] < 0 ||
	    t->at[COLUMN_SEED] < 0 || t->at[COLUMN_TYPE] < 0)
		wrong(t,
		    "the first line must name the columns: "
		    "serial,user,seed,type and optionally "
		    "digits,period,counter");
}

/* One of two values, "" being the first. Returns -1 for another. */
static int
either(const char *text, const char *first, const char *second)
{
	if (text[0] == '\0' || strcasecmp(text, first) == 0)
		return 0;
	return strcasecmp(text, second) == 0 ? 1 : -1;
}

/* Returns NULL, or what is wrong with the row, without the seed. */
static const char *
read_token_row(const struct tokens *t, struct app_secret *app)
{
	const char *serial = token_field(t, COLUMN_SERIAL);
	const char *seed = token_field(t, COLUMN_SEED);
	const char *counter = token_field(t, COLUMN_COUNTER);
	const int digits = either(token_field(t, COLUMN_DIGITS), "6", "8");
	const int period = either(token_field(t, COLUMN_PERIOD), "30", "60");
	const int hotp = either(token_field(t, COLUMN_TYPE), "totp", "hotp");
	struct secret base32 = { .len = 0 };
	const char *cause;

	if (serial[0] == '\0' || strlen(serial) > USER_DEVICE_NAME_MAX)
		return "serial: expected 1 to 32 characters";
	if (totp_secret_from_hex(seed, &base32) == 0)
		seed = base32.b;
	cause = app_secret_read(seed, app);
	explicit_bzero(&base32, sizeof(base32));
	if (cause != NULL || strchr(seed, ':') != NULL)
		return "seed: expected 16 bytes or more in hex or base32";
	PRINT_TO(app->serial, "%s", serial);
	app->added = true;
	app->kind = (struct totp_kind){ .hotp = hotp == 1,
		.digits = digits == 1 ? TOTP_DIGITS_LONG : TOTP_DIGITS,
		.period = period == 1 ? TOTP_LONG_S : TOTP_STEP_S };
	app->counter =
	    counter[0] != '\0' ? decimal_read(counter, ENROL_COUNTER_MAX) : 0;
	if (hotp < 0 || token_field(t, COLUMN_TYPE)[0] == '\0')
		return "type: expected totp or hotp";
	if (digits < 0)
		return "digits: expected 6 or 8";
	if (period < 0 || (hotp == 1 && period == 1))
		return "period: expected 30 or 60, and none for hotp";
	_Static_assert(ENROL_COUNTER_MAX == 100000, "the text below");
	return app->counter < 0 ? "counter: expected at most 100000" : NULL;
}

/* step as for enrol_app(). */
static void
place_token(struct tokens *t, const struct app_secret *app, int64_t step)
{
	struct command_user c = *t->by;
	struct user_record r OWNED(user_record_wipe);
	bool same = false;

	if (command_user_find(&c.target, token_field(t, COLUMN_USER), NULL,
		true) != CTL_DONE) {
		wrong(t, "user: see above");
		return;
	}
	(void)command_user_record(&c, NULL, &r);
	for (size_t i = 0; i < USER_APPS_MAX; i++)
		same |= strcmp(r.app[i].secret.b, app->secret.b) == 0;
	if (same)
		t->same++;
	else if (enrol_app(&c, &(struct secret){ .len = 0 }, app, step) !=
	    CTL_DONE)
		wrong(t, "its token cannot be added: see above");
	else
		t->made++;
}

/* Reads the table, and tries or places each of its tokens. */
static void
each_token(struct tokens *t, const struct trusted_file *text, int64_t step)
{
	struct app_secret app = { .kind = { 0 } };
	enum csv_result found = CSV_END;
	const char *cause;

	t->made = t->same = 0;
	csv_begin(&t->csv, text->text, text->len);
	read_token_header(t);
	while (t->errors == 0 || step < 0) {
		found = csv_next(&t->csv, &t->row);
		if (found != CSV_ROW)
			break;
		cause = read_token_row(t, &app);
		if (cause != NULL)
			wrong(t, cause);
		else
			place_token(t, &app, step);
	}
	if (found == CSV_BAD)
		wrong(t, t->csv.cause);
	explicit_bzero(&app, sizeof(app));
	explicit_bzero(&t->row, sizeof(t->row));
}

enum ctl_exit
import_tokens(const struct command_user *c, const struct arguments *typed)
{
	static struct tokens t;
	struct trusted_file text OWNED(trusted_file_free) = { .text = NULL };
	bool tried;

	t = (struct tokens){ .by = c, .file = typed->tokens };
	if (place_file_read_path_or_stdin(&text, typed->tokens) != 0)
		return CTL_FAILED;
	each_token(&t, &text, -1);
	tried = t.errors == 0;
	if (tried && !typed->dry_run)
		each_token(&t, &text, 0);
	if (t.errors > 0)
		return terminal_error_status(tried ? CTL_FAILED : CTL_USAGE,
		    tried ? "the lines before this one are enrolled, this and "
			    "the others not; correct it and import again"
			  : "nothing was changed: correct the table first");
	printf("%s%zu token%s: %zu new, %zu unchanged.\n",
	    typed->dry_run ? "Nothing was changed. It would be " : "",
	    t.made + t.same, t.made + t.same == 1 ? "" : "s", t.made, t.same);
	if (!typed->dry_run && t.made > 0) {
		client_audit(EVENT_NONE, NULL, "import tokens=%zu", t.made);
		record_shape_renew(&c->run, c->conf);
	}
	return CTL_DONE;
}
