/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl totp: an app's secret, shown, proven, put into use. */
#include "twofactl/enrol/enrol_inside.h"

#include <errno.h>
#include <unistd.h>

#include "lib/fleet_records/fleet_records.h"

#define KEY "totp_secret_file"
#define STEP_TEXT 24
#define TRIES 3
#define HOST_MAX 256
#define KIND_MAX 64

/* True if the record counts like that already. Hosts of an older release reject
 * a record with the keys for it, so these are not added then. */
static bool
kind_is_recorded(const struct command_user *c, const struct totp_kind *kind)
{
	struct user_record record OWNED(user_record_wipe);
	const enum user_result found = command_user_record(c, NULL, &record);
	/* the first may be a token, which counts by its own keys */
	return (found == USER_FOUND || found == USER_ABSENT) &&
	    !record.app[0].token && totp_kind_equals(&record.app[0].kind, kind);
}

/* Only a token of the record can count its codes. */
static bool
is_token(const struct app_secret *app)
{
	return app->serial[0] != '\0' || app->kind.hotp;
}

static void
write_group(
    const struct app_secret *app, const char *secret, char *out, size_t cap)
{
	struct record_text t = { .out = out, .cap = cap };
	const struct totp_kind *kind = &app->kind;
	const struct {
		struct record_text_change setting;
		bool wanted;
	} part[] = {
		{ { .key = "secret_file", .value = secret }, true },
		{ { .key = "type", .value = kind->hotp ? "hotp" : "totp" },
		    is_token(app) },
		{ { .key = "serial", .value = app->serial },
		    app->serial[0] != '\0' },
		{ { .key = "digits", .value = "8", .literal = true },
		    totp_digits(kind) == TOTP_DIGITS_LONG },
		{ { .key = "period", .value = "60", .literal = true },
		    totp_period_s(kind) == TOTP_LONG_S },
		{ { .key = "hash", .value = "SHA256" }, kind->sha256 },
	};

	record_text_add(&t, "{ ");
	for (size_t i = 0; i < COUNT_OF(part); i++)
		if (part[i].wanted) {
			record_text_add_setting(&t, &part[i].setting);
			record_text_add(&t, " ");
		}
	record_text_add(&t, "}");
}

static size_t
make_changes(const struct command_user *c, const struct app_secret *app,
    const char *secret, struct record_text_change out[DEVICES_CHANGES])
{
	static char group[FLEET_SEAL_TEXT_MAX + 256];
	const struct record_text_change added = {
		.key = is_token(app) ? "tokens" : "apps",
		.value = group,
		.list = true,
		.instead = is_token(app) ? NULL : KEY
	};
	struct user_record r OWNED(user_record_wipe);

	if (app->added) {
		write_group(app, secret, group, sizeof(group));
		(void)command_user_record(c, NULL, &r);
		return devices_change_apps(&r, &added, out);
	}
	out[0] = (struct record_text_change){ .key = KEY, .value = secret };
	out[1] = (struct record_text_change){ .key = "totp_period",
		.value = app->kind.period == TOTP_LONG_S ? "60" : "30",
		.literal = true };
	out[2] = (struct record_text_change){ .key = "totp_hash",
		.value = totp_hash_name(&app->kind) };
	return kind_is_recorded(c, &app->kind) ? 1 : DEVICES_CHANGES;
}

/* Tries the record with the secret in place, makes the state use up the step,
 * then places the record: only this cannot be undone. step < 0 for a dry
 * run. */
static enum ctl_exit
place_record(const struct command_user *c, struct record_file *record,
    const char *secret, const struct app_secret *app, int64_t step)
{
	char text[STEP_TEXT];
	const struct client_request call = {
		.purpose = PURPOSE_TOTP, .user = c->target.owner, .answer = text
	};
	struct record_text_change change[DEVICES_CHANGES];
	const size_t changes = make_changes(c, app, secret, change);
	enum ctl_exit status =
	    record_file_stage(record, c->target.owner, change, changes);

	if (status != CTL_DONE)
		return status;
	PRINT_TO(text, "%lld", (long long)step);
	if (step >= 0)
		status = client_request(&c->run, &call);
	if (step >= 0 && status == CTL_DONE)
		status = record_file_commit(record);
	return status;
}

/* Writes the name of the secret's file, in a dry run a temporary one. Returns
 * -1 if an added one finds no name: a file is another app's, or left over. */
static int
name_secret_file(const struct command_user *c, const char *folder, bool added,
    bool dry, char name[SECRET_FILE_NAME_MAX])
{
	char path[TRUSTED_FILE_PATH_MAX + SECRET_FILE_NAME_MAX + 2];
	unsigned n = added ? 1 : 0;

	for (; n <= SECRET_FILE_MORE; n++) {
		secret_file_name_nth(name, c->target.owner, n);
		PRINT_TO(path, "%s/%s", folder, name);
		if (!added || access(path, F_OK) != 0)
			break;
	}
	if (dry)
		secret_file_name(name, ".", c->target.owner, ".totp.new");
	return n <= SECRET_FILE_MORE ? 0 : -1;
}

/* Writes the secret to its file, in a dry run under a temporary name, which
 * shows that the folder can be written. */
static enum ctl_exit
place_secret_file(const struct command_user *c, struct record_file *record,
    const struct app_secret *app, int64_t step)
{
	char name[SECRET_FILE_NAME_MAX];
	const char *folder = secret_file_folder(c->run.conf);
	char path[TRUSTED_FILE_PATH_MAX + SECRET_FILE_NAME_MAX + 2];
	struct secret_file file;
	enum ctl_exit status;

	if (strlen(folder) > TRUSTED_FILE_PATH_MAX)
		return terminal_error_status(CTL_SETTINGS,
		    "%s: the path is too long for a folder of secrets next to "
		    "it",
		    c->run.conf);
	if (name_secret_file(c, folder, app->added, step < 0, name) != 0)
		return terminal_error_status(CTL_FAILED,
		    "%s/%s: there already; remove those that no record names",
		    folder, name);
	PRINT_TO(path, "%s/%s", folder, name);
	if (secret_file_put(&file, folder, name, &app->secret, record->owner) !=
	    0)
		return terminal_error_status(
		    CTL_FAILED, "%s", trusted_file_cause);
	status = place_record(c, record, path, app, step);
	secret_file_end(&file, status == CTL_DONE && step >= 0);
	return status;
}

static enum ctl_exit
check_secret_is(const struct command_user *c, const struct secret *before)
{
	struct user_record record OWNED(user_record_wipe);

	/* one that cannot be read has no secret */
	(void)command_user_record(c, NULL, &record);
	if (strcmp(record.app[0].secret.b, before->b) == 0)
		return CTL_DONE;
	return terminal_error_status(
	    CTL_NO, "another secret was put into use meanwhile");
}

/* Asks for two codes in a row of the token; *counter is that of the one after
 * them. */
static enum ctl_exit
token_counter_ask(
    const struct secret *secret, const struct totp_kind *kind, int64_t *counter)
{
	char code[2][ENROL_CODE_MAX] = { "", "" };
	int64_t at = -1, next;
	int found;

	if (enrol_read_code("Code that the token shows: ", code[0]) != 0 ||
	    enrol_read_code("Its next code: ", code[1]) != 0)
		return terminal_error_status(
		    CTL_NO, "no code: nothing was changed");
	do {
		found = hotp_match(secret, kind, code[0], at + 1,
		    ENROL_COUNTER_MAX - at - 1, &at);
	} while (found == 1 && at < ENROL_COUNTER_MAX - 1 &&
	    hotp_match(secret, kind, code[1], at + 1, 1, &next) != 1);
	explicit_bzero(code, sizeof(code));
	if (found != 1 || at >= ENROL_COUNTER_MAX - 1)
		return terminal_error_status(CTL_NO,
		    "these are not two of its codes in a row: nothing was "
		    "changed");
	*counter = at + 2;
	return CTL_DONE;
}

/* Sets the counter of the record's nth app or token, from 0. */
static enum ctl_exit
token_counter_set(const struct command_user *c, size_t n, int64_t counter)
{
	char number[24], text[24];
	const struct client_request call = { .purpose = PURPOSE_TOTP,
		.user = c->target.owner,
		.request = number,
		.answer = text };
	enum ctl_exit status;

	PRINT_TO(number, "%zu", n + 1);
	PRINT_TO(text, "%lld", (long long)counter);
	status = client_request(&c->run, &call);
	if (status == CTL_NO)
		return terminal_error_status(CTL_NO,
		    "a later code of this token was used already; its counter "
		    "stays");
	if (status != CTL_DONE)
		terminal_error(
		    "the counter of the token is not set, so no code of it is "
		    "right; run: twofactl totp %s --resync N",
		    command_target_arguments(&c->target));
	return status;
}

/* Sets the counter of a token that lost it, or is far ahead: by two typed
 * codes, or as --counter says. */
static enum ctl_exit
token_counter_resync(
    const struct command_user *c, const struct arguments *typed)
{
	const int64_t device =
	    decimal_read(typed->resync, USER_PHONES_MAX + USER_APPS_MAX);
	int64_t counter;
	enum ctl_exit status = CTL_DONE;
	struct user_record r OWNED(user_record_wipe);
	size_t n =
	    device > 0 ? (size_t)device - 1 : USER_PHONES_MAX + USER_APPS_MAX;

	(void)command_user_record(c, &complain_report, &r);
	for (size_t i = 0; user_record_phone(&r, i) != NULL; i++)
		n--;
	if (n >= user_record_apps(&r) || !r.app[n].kind.hotp)
		return terminal_error_status(CTL_NO,
		    "%s has no such token that counts; see: twofactl show %s",
		    command_target_text(&c->target),
		    command_target_arguments(&c->target));
	counter = decimal_read(typed->counter, ENROL_COUNTER_MAX);
	if (typed->counter == NULL)
		status = token_counter_ask(
		    &r.app[n].secret, &r.app[n].kind, &counter);
	else if (counter < 0)
		status = terminal_error_status(CTL_USAGE,
		    "--counter: expected at most %d", ENROL_COUNTER_MAX);
	user_record_wipe(&r);
	if (status == CTL_DONE)
		status = token_counter_set(c, n, counter);
	if (status == CTL_DONE)
		puts("The token is right from its next code on.");
	return status;
}

/* The counter is set once the record names the token: until then no code of it
 * is right. */
static enum ctl_exit
set_app_counter(const struct command_user *c, const struct app_secret *app)
{
	enum ctl_exit status;
	struct user_record r OWNED(user_record_wipe);
	size_t n;

	(void)command_user_record(c, &complain_report, &r);
	n = user_record_apps(&r);
	while (n > 0 && strcmp(r.app[n - 1].secret.b, app->secret.b) != 0)
		n--;
	if (n == 0)
		return CTL_FAILED;
	status = token_counter_set(c, n - 1, app->counter);
	/* used by another before: said already, and its later codes are right
	 */
	return status == CTL_NO ? CTL_DONE : status;
}

/* The secret is in the record, sealed, if hosts share it; else in a file. */
enum ctl_exit
enrol_app(const struct command_user *c, const struct secret *before,
    const struct app_secret *app, int64_t step)
{
	static struct record_file record;
	const struct record_place *place =
	    record_place_of(c->conf, c->target.account);
	char text[FLEET_SEAL_TEXT_MAX];
	enum ctl_exit status = record_file_lock(&record, c->conf);

	if (status == CTL_DONE && !app->added)
		status = check_secret_is(c, before);
	if (status == CTL_DONE && place->within == NULL)
		status = place_secret_file(c, &record, app, step);
	else if (status == CTL_DONE &&
	    fleet_seal_secret(c->conf->store.fleet_key, c->target.owner,
		&app->secret, text) == 0)
		status = place_record(c, &record, text, app, step);
	else if (status == CTL_DONE)
		status = terminal_error_status(CTL_FAILED,
		    "the secret cannot be encrypted: check libcrypto");
	record_file_drop(&record);
	if (status != CTL_DONE)
		terminal_error("nothing was changed%s",
		    step < 0 ? "" : ": do not use the new secret");
	else if (step >= 0 && app->kind.hotp)
		status = set_app_counter(c, app);
	return status;
}

/* Writes what a person sets in the app who types the secret by hand. */
static void
write_kind(const struct app_secret *app, char out[KIND_MAX])
{
	const struct totp_kind *kind = &app->kind;

	if (kind->hotp)
		snprintf(out, KIND_MAX,
		    "counter-based, %u digits, counter %lld", totp_digits(kind),
		    (long long)app->counter);
	else
		snprintf(out, KIND_MAX, "time-based, %s, %u digits, %u s",
		    totp_hash_name(kind), totp_digits(kind),
		    totp_period_s(kind));
}

static int
show_secret(const struct target *target, const struct settings *conf,
    const struct app_secret *app)
{
	char host[HOST_MAX] = "", account[HOST_MAX], uri[TOTP_URI_MAX];
	char groups[TOTP_FOURS_MAX], by[KIND_MAX];
	int rc;

	/* for the app's list */
	if (gethostname(host, sizeof(host) - 1) != 0 || host[0] == '\0')
		PRINT_TO(account, "%s", target->owner);
	else
		PRINT_TO(account, "%s@%.64s", target->owner, host);
	rc = totp_uri_write(
	    &app->secret, &app->kind, app->counter, conf->brand, account, uri);
	if (rc == 0) {
		text_in_fours(groups, sizeof(groups), app->secret.b, ' ');
		write_kind(app, by);
		printf("For %s's authenticator app, this once:\n\n  %s\n\n"
		       "or by hand: %s (%s)\n\n",
		    command_target_text(target), uri, groups, by);
		explicit_bzero(groups, sizeof(groups));
		qr_text_show(uri);
	} else {
		terminal_error("%s: %s", account, strerror(errno));
	}
	explicit_bzero(uri, sizeof(uri));
	if (rc == 0 && fflush(stdout) != 0)
		return terminal_error(
		    "standard output cannot be written: nothing was changed");
	return rc;
}

/* Returns the step of a right code, 0 for a wrong code, -1 at the end of input.
 * Apps show "123 456". */
static int64_t
ask_code(const struct app_secret *app, int left)
{
	char prompt[64], code[ENROL_CODE_MAX];
	int64_t step = 0;

	PRINT_TO(prompt, "Code that the app shows (%d %s left): ", left,
	    left == 1 ? "try" : "tries");
	if (enrol_read_code(prompt, code) != 0)
		return -1;
	if (totp_match(&app->secret, &app->kind, code, clock_wall_s(), &step) !=
	    1)
		step = 0;
	explicit_bzero(code, sizeof(code));
	return step;
}

/* Checks that the app has the secret and the time. */
static enum ctl_exit
verify_app(struct app_secret *app, int64_t *step)
{
	*step = 0;
	if (app->kind.hotp)
		return token_counter_ask(
		    &app->secret, &app->kind, &app->counter);
	for (int left = TRIES; left > 0; left--) {
		*step = ask_code(app, left);
		if (*step > 0)
			return CTL_DONE;
		if (*step < 0)
			break;
		if (left > 1)
			terminal_error(
			    "that is not the current code; are the clocks of "
			    "the phone and this host right?");
	}
	return terminal_error_status(CTL_NO,
	    "no right code: nothing was changed, do not use the new secret");
}

/* True if a record of the account has it. */
static bool
has_secret(const struct settings *conf, const char *account,
    const struct secret *secret)
{
	struct record_walk w OWNED(
	    record_walk_end) = { .conf = conf, .account = account };
	bool has = false;

	while (!has && record_walk_next(&w))
		has = strncasecmp(w.record.app[0].secret.b, secret->b,
			  secret->len) == 0;
	return has;
}

static void
warn_of_secret(const struct command_user *c, const struct secret *secret)
{
	struct name_list users OWNED(name_list_free) = { .count = 0 };

	(void)name_list_enrolled(&users, c->conf, NULL);
	for (size_t i = 0; i < users.count; i++)
		if (strcmp(users.name[i], c->target.account) != 0 &&
		    has_secret(c->conf, users.name[i], secret))
			terminal_error("warning: %s has the same secret: each "
				       "code is for one of the two",
			    users.name[i]);
	if (secret->len <= TOTP_SECRET_OLD * 8 / 5)
		terminal_error(
		    "warning: the secret has 80 bits, and 128 are usual: make "
		    "a new one some day, with twofactl totp");
}

/* --token needs the secret that is in it. */
static enum ctl_exit
read_wish(const struct arguments *typed, struct app_secret *app)
{
	const char *serial = typed->token != NULL ? typed->token : "";

	app->added = typed->add || typed->token != NULL;
	PRINT_TO(app->serial, "%s", serial);
	if (typed->token != NULL && typed->secret_file == NULL)
		return terminal_error_status(CTL_USAGE,
		    "--token: add --secret-file FILE with the secret that is "
		    "in it");
	if (typed->counter != NULL)
		return terminal_error_status(
		    CTL_USAGE, "--counter belongs to --resync");
	if (typed->token == NULL || strcmp(app->serial, serial) == 0)
		return CTL_DONE;
	return terminal_error_status(CTL_USAGE,
	    "--token: expected 1 to %d letters, digits, blanks and -._",
	    USER_DEVICE_NAME_MAX);
}

static enum ctl_exit
read_secret_file(const char *path, struct app_secret *app)
{
	struct trusted_file file OWNED(trusted_file_free) = { .text = NULL };
	const char *cause;

	if (place_file_read_path_or_stdin(&file, path) != 0)
		return CTL_FAILED;
	cause = app_secret_read(
	    strlen(file.text) == file.len ? file.text : "", app);
	return cause == NULL
	    ? CTL_DONE
	    : terminal_error_status(CTL_USAGE, "%s: %s", path, cause);
}

/* A dry run finds problems before the secret is scanned. An imported one is in
 * an app already. */
enum ctl_exit
cmd_totp(struct command_user *c, const struct arguments *typed)
{
	const bool imported = typed->secret_file != NULL;
	struct app_secret app = { .kind = { 0 } };
	struct user_record before OWNED(user_record_wipe);
	enum ctl_exit status = client_admin_check(c->run.conf, c->conf);
	int64_t step = 0;

	if (status == CTL_DONE && typed->resync != NULL)
		return token_counter_resync(c, typed);
	if (status == CTL_DONE)
		status = read_wish(typed, &app);
	if (status != CTL_DONE)
		return status;
	(void)command_user_record(c, NULL, &before);
	if (imported)
		status = read_secret_file(typed->secret_file, &app);
	else if (app_secret_new(&app.secret) != 0)
		status = terminal_error_status(
		    CTL_FAILED, "no random bytes: %s", strerror(errno));
	if (status == CTL_DONE)
		status = enrol_app(c, &before.app[0].secret, &app, -1);
	if (status == CTL_DONE && imported)
		warn_of_secret(c, &app.secret);
	if (status == CTL_DONE && !(imported && typed->no_verify) &&
	    typed->token == NULL && show_secret(&c->target, c->conf, &app) != 0)
		status = CTL_FAILED;
	if (status == CTL_DONE && !typed->no_verify)
		status = verify_app(&app, &step);
	if (status == CTL_DONE)
		status = enrol_app(c, &before.app[0].secret, &app, step);
	if (status == CTL_DONE) {
		printf("%s can use the %s from the next login on.\n",
		    command_target_text(&c->target),
		    typed->token != NULL ? "token" : "app");
		record_shape_renew(&c->run, c->conf);
	}
	explicit_bzero(&app, sizeof(app));
	return status;
}
