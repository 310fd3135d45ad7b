/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl import: enrols the users of a table. */
#include "twofactl/enrol/enrol_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "twofactl/lockout/lockout.h"

#define GOOGLE_FILE ".google_authenticator"
#define GOOGLE_TEXT_MAX 16384
#define READ_S 10

struct import {
	const struct run *run;
	const struct arguments *typed;
	struct settings *conf;
	struct place_file_owner owner;
	struct import_table file;
	size_t made, changed, same, apps;
	/* the same of rows with only an app, whose records are not staged, and
	 * of records that change by the place of the app alone */
	size_t app_made, app_changed, app_same;
	bool failed, broken; /* an I/O error; an invalid user's file */
	/* in the round that registers users; else NULL */
	struct phone_owners *id_owners;
};

static struct record_file import_records;

static void
count_row(struct import *m, const struct import_row *row)
{
	if (import_records.same) {
		m->same += !row->app_first;
		m->app_changed += row->app_first && m->id_owners == NULL;
		return;
	}
	if (!import_records.existed) {
		m->made++;
		return;
	}
	m->changed++;
	if (!m->typed->replace)
		import_wrong(&m->file, row->line,
		    "is already enrolled differently; to change that, add "
		    "--replace");
}

/* A record exists once another row of this import has written it. */
static void
count_app_row(struct import *m, bool existed, bool same)
{
	m->app_made += !existed;
	m->app_changed += existed && !same;
	m->app_same += existed && same;
}

static void
set_row_groups(struct import *m, const struct import_row *row)
{
	struct owner name;

	(void)owner_read(&name, row->user);
	if (record_place_of(m->conf, name.account)->within != NULL)
		record_state_give(row->groups);
	else if (row->groups != NULL)
		import_wrong(&m->file, row->line,
		    "groups: is for a record in the state, and this user has a "
		    "file in users.d");
}

/* Registers the user, and tries the record again with the id. */
static void
register_row(struct import *m, struct import_row *row)
{
	const struct record_text_change id = { .key = "authy_id",
		.value = row->wanted.authy_id };
	const enum ctl_exit status = enrol_register(
	    m->run, row->user, import_records.text, m->id_owners, &row->wanted);

	m->failed = status != CTL_NO &&
	    (status != CTL_DONE ||
		record_file_stage(&import_records, row->user, &id, 1) !=
		    CTL_DONE);
	if (m->failed)
		import_wrong(
		    &m->file, row->line, "was not registered: see above");
}

static void
try_row(struct import *m, struct import_row *row)
{
	struct record_text_change change[WANTED_RECORD_KEYS + 1];
	size_t count = wanted_record_changes(&row->wanted, change);
	enum ctl_exit status;

	row->stays = row->no_record;
	if (row->no_record)
		return;
	wanted_record_old_number(m->conf, row->user, row->before);
	set_row_groups(m, row);
	change[count] = (struct record_text_change){
		.key = "accounts", .value = row->accounts, .literal = true
	};
	count += row->accounts != NULL;
	status = record_file_stage(&import_records, row->user, change, count);
	m->failed = status == CTL_FAILED;
	m->broken |= status == CTL_SETTINGS;
	if (status != CTL_DONE) {
		import_wrong(&m->file, row->line,
		    m->failed ? "its record cannot be tried"
			: status == CTL_NO
			? "another's record: see above"
			: "its record would not be valid: see above");
		return;
	}
	/* written with the row of another person of the account */
	row->stays = import_records.same || import_records.staged_before;
	row->event = import_records.same
	    ? EVENT_NONE
	    : wanted_record_event(row->before, &row->wanted);
	if (!import_records.same && row->text == NULL)
		row->text = strdup(import_records.text);
	/* for the admin to check: in a table from a directory, others may have
	 * written the number */
	if (m->typed->replace && row->event == EVENT_NUMBER_CHANGED &&
	    m->id_owners == NULL) {
		progress_clear();
		printf("%s: %s becomes %s\n", row->user, row->before,
		    row->wanted.phone);
	}
	count_row(m, row);
	if (m->id_owners != NULL && !import_records.same)
		register_row(m, row);
}

/* Asks for the app before the channels that the record had. */
static enum ctl_exit
put_app_first(
    const struct import *m, const char *user, const struct user_record *old)
{
	char list[ENROL_CHANNELS_MAX];
	const struct record_text_change change = {
		.key = "channels", .value = list, .literal = true
	};

	enrol_write_channels(old, METHOD_TOTP, METHOD_TOTP, list);
	return strchr(list, ',') != NULL
	    ? record_file_change(m->conf, user, &change, 1)
	    : CTL_DONE;
}

/* True if --app-first changes the record of a user whose app is enrolled: it is
 * not first there, and the row names no channels. */
static bool
comes_first_now(const struct import *m, const struct import_row *row,
    const struct user_record *old)
{
	return m->typed->app_first && row->wanted.list[0] == '\0' &&
	    old->channels > 0 && old->channel[0] != METHOD_TOTP;
}

/* Puts an app into use, unless the user has it already; step -1 for a dry
 * run. */
static void
import_app(struct import *m, struct import_row *row, int64_t step)
{
	struct command_user c = { .run = *m->run, .conf = m->conf };
	struct app_secret *app = &row->app;
	struct user_record old OWNED(user_record_wipe);
	struct owner name;
	bool same, existed;

	if (app->secret.len == 0 && !row->app_first)
		return;
	(void)owner_read(&name, row->user);
	m->failed =
	    command_user_find(&c.target, name.account,
		name.person[0] != '\0' ? name.person : NULL, true) != CTL_DONE;
	existed = command_owner_record(m->conf, row->user, NULL, NULL, &old) ==
	    USER_FOUND;
	same = strncasecmp(
		   old.app[0].secret.b, app->secret.b, app->secret.len) == 0 &&
	    totp_kind_equals(&old.app[0].kind, &app->kind);
	if (step < 0)
		row->app_first =
		    existed && same && comes_first_now(m, row, &old);
	if (row->no_record && step < 0)
		count_app_row(m, existed, same && !row->app_first);
	if (same)
		app->secret.len = 0;
	if (row->app_first && step >= 0 &&
	    (m->failed || put_app_first(m, row->user, &old) != CTL_DONE))
		import_wrong(&m->file, row->line, "totp: see above");
	if (same)
		return;
	if (old.app[0].secret.len > 0 && !m->typed->replace)
		import_wrong(&m->file, row->line,
		    "totp: another app is enrolled; to change that, add "
		    "--replace");
	else if (m->failed ||
	    enrol_app(&c, &old.app[0].secret, app, step) != CTL_DONE ||
	    (step >= 0 && m->typed->app_first &&
		put_app_first(m, row->user, &old) != CTL_DONE))
		import_wrong(&m->file, row->line, "totp: see above");
}

/* Called before and after the records are staged, as the record with an app is
 * written by itself. */
static enum ctl_exit
import_apps(struct import *m, int64_t step)
{
	m->apps = 0;
	for (size_t i = 0; i < m->file.count && !m->failed; i++) {
		import_app(m, &m->file.row[i], step);
		m->apps += m->file.row[i].app.secret.len > 0;
	}
	return m->file.errors == 0 ? CTL_DONE : CTL_FAILED;
}

/* Tries every record as a login would read it, before any is written. */
static void
try_all(struct import *m)
{
	for (size_t i = 0; i < m->file.count && !m->failed; i++) {
		try_row(m, &m->file.row[i]);
		progress_show("Checking", i + 1, m->file.count);
	}
	progress_clear();
}

static enum ctl_exit
place_all(struct import *m)
{
	if (record_file_sync(&import_records) != CTL_DONE)
		return CTL_FAILED;
	for (size_t i = 0; i < m->file.count; i++) {
		const struct import_row *row = &m->file.row[i];

		if (!row->stays &&
		    record_file_move(&import_records, row->user) != CTL_DONE) {
			import_wrong(&m->file, row->line,
			    "the lines before this one are enrolled, this and "
			    "the others not; correct it and import again");
			return CTL_FAILED;
		}
		if (row->event != EVENT_NONE)
			client_audit(row->event, row->user, "import");
		if (row->event == EVENT_NUMBER_CHANGED)
			enrol_alert(m->run, m->conf, row->user, row->event,
			    row->before);
		progress_show("Writing", i + 1, m->file.count);
	}
	progress_clear();
	return CTL_DONE;
}

static enum ctl_exit
import_give_up(const struct import *m, enum ctl_exit status)
{
	if (m->failed)
		terminal_error("nothing was changed: the records cannot be "
			       "written, for the reason above");
	else
		terminal_error(
		    "nothing was changed: correct the %zu error%s of %s first",
		    m->file.errors, m->file.errors == 1 ? "" : "s",
		    m->file.name);
	return status;
}

static void
import_warn_shared(struct import *m)
{
	/* users in the file get another number, which is checked there */
	struct name_list names OWNED(name_list_free) = { .count = 0 };
	const struct phone_owner *owner;
	struct phone_owners all OWNED(phone_owners_free) = { .count = 0 };
	int rc = phone_owners_read(&all, m->conf);

	for (size_t i = 0; rc == 0 && i < m->file.count; i++)
		rc = name_list_add(&names, m->file.row[i].user);
	name_list_sort(&names);
	for (size_t i = 0; rc == 0 && i < m->file.count; i++) {
		const struct import_row *row = &m->file.row[i];
		size_t count;

		owner = phone_owners_find(&all, row->wanted.phone, &count);
		for (; count > 0; owner++, count--) {
			if (name_list_has(&names, owner->user))
				continue;
			terminal_error(
			    "warning: %s:%u: phone: %s, who is enrolled, has "
			    "the number of %s as well: they cannot log in at "
			    "the same time",
			    m->file.name, row->line, owner->user, row->user);
		}
	}
}

/* Warns of the first number that no provider sends codes to. */
static void
import_warn_unreached(struct import *m)
{
	struct user_record record = { .channels = 3,
		.channel = { METHOD_SMS, METHOD_VOICE, METHOD_WHATSAPP },
		.authy_id = "1" };
	const struct import_row *row = m->file.row;
	const struct import_row *end = row + m->file.count;

	for (; row < end; row++) {
		PRINT_TO(record.phone, "%s", row->wanted.phone);
		if (record.phone[0] != '\0' &&
		    !reach_has_code_provider(m->conf, &record, METHODS_PHONE))
			break;
	}
	if (row < end)
		terminal_error(
		    "warning: %s:%u: phone: no provider in the settings sends "
		    "codes to it, and such numbers; run: twofactl init, or "
		    "give apps: totp",
		    m->file.name, row->line);
}

/* Tries the rows again, now that none is wrong: only then does a vendor learn
 * of users. */
static enum ctl_exit
register_all(struct import *m)
{
	enum ctl_exit status = CTL_FAILED;
	struct phone_owners all OWNED(phone_owners_free) = { .count = 0 };

	record_file_drop(&import_records);
	m->made = m->changed = m->same = 0;
	m->id_owners = &all;
	if (phone_owners_read(&all, m->conf) == 0)
		status = record_file_open(
		    &import_records, m->conf, &m->owner, &complain_report);
	if (status == CTL_DONE)
		try_all(m);
	m->id_owners = NULL;
	return status;
}

/* Asks before records that deny their users; a dry run only names them. */
static enum ctl_exit
import_confirm_denied(const struct import *m)
{
	struct lockout_record *new = calloc(m->file.count, sizeof(*new));
	struct lockout_source source = { .conf = m->conf, .changed = new };
	enum ctl_exit status = CTL_DONE;

	if (new == NULL)
		return terminal_error_status(CTL_FAILED, "no memory");
	for (size_t i = 0; i < m->file.count; i++)
		if (m->file.row[i].text != NULL)
			new[source.changes++] =
			    (struct lockout_record){ m->file.row[i].user,
				    m->file.row[i].text };
	qsort(new, source.changes, sizeof(*new), lockout_record_compare);
	if (source.changes > 0)
		status = lockout_confirm_denied(
		    &source, m->typed->yes || m->typed->dry_run);
	free(new);
	return status;
}

static enum ctl_exit
write_records(struct import *m)
{
	enum ctl_exit status;

	(void)import_apps(m, -1);
	status = record_file_open(
	    &import_records, m->conf, &m->owner, &complain_report);
	if (status != CTL_DONE)
		return status;
	import_warn_shared(m);
	import_warn_unreached(m);
	try_all(m);
	if (m->file.errors == 0 &&
	    (status = import_confirm_denied(m)) != CTL_DONE) {
		record_file_drop(&import_records);
		return status;
	}
	if (m->file.errors == 0 && !m->typed->dry_run &&
	    enrol_needs_registration(m->conf))
		status = register_all(m);
	if (status != CTL_DONE)
		return status;
	if (m->file.errors > 0)
		status = import_give_up(m,
		    m->failed       ? CTL_FAILED
			: m->broken ? CTL_SETTINGS
				    : CTL_USAGE);
	else if (!m->typed->dry_run && m->made + m->changed > 0)
		status = place_all(m);
	record_file_drop(&import_records);
	if (status == CTL_DONE && !m->typed->dry_run)
		status = import_apps(m, 0);
	if (status != CTL_DONE)
		return status;
	printf("%s%zu user%s: %zu new, %zu changed, %zu unchanged",
	    m->typed->dry_run ? "Nothing was changed. It would be " : "",
	    m->file.count, m->file.count == 1 ? "" : "s", m->made + m->app_made,
	    m->changed + m->app_changed, m->same + m->app_same);
	if (m->apps > 0)
		printf("; %zu app%s", m->apps, m->apps == 1 ? "" : "s");
	puts(".");
	if (m->typed->dry_run)
		return CTL_DONE;
	if (m->made + m->changed + m->app_changed + m->apps > 0)
		client_audit(EVENT_NONE, NULL, "import new=%zu changed=%zu",
		    m->made + m->app_made, m->changed + m->app_changed);
	record_shape_renew(m->run, m->conf);
	return CTL_DONE;
}

/* By the user's own rights: a link there may lead anywhere. Returns 0, also
 * without a file, when text is "". */
static int
read_home(const struct passwd *pw, char text[GOOGLE_TEXT_MAX])
{
	char path[PATH_MAX];
	const char *const argv[] = { "/usr/bin/head", "-c", "8192", path,
		NULL };
	const struct program p = { .argv = argv,
		.uid = pw->pw_uid,
		.gid = pw->pw_gid,
		.timeout_s = READ_S };
	struct stat st;

	text[0] = '\0';
	PRINT_TO(path, "%s/" GOOGLE_FILE, pw->pw_dir);
	if (pw->pw_dir[0] != '/' ||
	    (lstat(path, &st) != 0 && (errno == ENOENT || errno == ENOTDIR)))
		return 0;
	if (run_program(&p, text, GOOGLE_TEXT_MAX) == 0)
		return 0;
	text[0] = '\0';
	return terminal_error("%s: %s cannot be read by its user, and is left "
			      "out",
	    terminal_shell_quote(pw->pw_name), terminal_shell_quote(path));
}

/* Writes the user's row, unless the app counts its codes. */
static void
write_secret_row(FILE *out, const char *user, const char *text)
{
	const char *step = strstr(text, "\n\" STEP_SIZE ");
	const size_t len = strcspn(text, "\r\n ");
	char secret[SECRET_MAX + 1];

	PRINT_TO(secret, "%.*s", (int)len, text);
	if (strstr(text, "\n\" HOTP_COUNTER") != NULL)
		terminal_error("%s: the app counts its codes, and is left out; "
			       "a new secret: twofactl totp %s",
		    user, terminal_shell_quote(user));
	else if (len > 0 && len <= SECRET_MAX &&
	    strspn(secret, TEXT_UPPER "234567=") == len)
		fprintf(out, "%s,otpauth://totp/x?secret=%s&period=%ld\n", user,
		    secret,
		    step != NULL
			? strtol(step + strlen("\n\" STEP_SIZE "), NULL, 10)
			: (long)TOTP_STEP_S);
	else
		terminal_error("%s: " GOOGLE_FILE
			       " does not begin with a secret, and is left out",
		    user);
	explicit_bzero(secret, sizeof(secret));
}

/* Makes a table of the files that pam_google_authenticator has in the homes:
 * the secret of each user who has one. Reports those that are left out. NULL
 * without memory. The caller wipes and frees. */
static char *
google_secrets_table(void)
{
	char *table = NULL, text[GOOGLE_TEXT_MAX];
	const struct passwd *pw;
	size_t size;
	FILE *out = open_memstream(&table, &size);

	if (out == NULL)
		return NULL;
	fputs("user,totp\n", out);
	setpwent();
	while ((pw = getpwent()) != NULL)
		if (user_name_is_valid(pw->pw_name) &&
		    read_home(pw, text) == 0 && text[0] != '\0')
			write_secret_row(out, pw->pw_name, text);
	endpwent();
	explicit_bzero(text, sizeof(text));
	return fclose(out) == 0 ? table : NULL;
}

static enum ctl_exit
import_table(struct import *m)
{
	struct name_list accounts OWNED(name_list_free) = { .count = 0 };
	struct trusted_file text OWNED(trusted_file_free) = { .text = NULL };
	const struct passwd *pw;
	int rc = 0;

	if (m->typed->google) {
		text.text = google_secrets_table();
		text.len = text.text != NULL ? strlen(text.text) : 0;
	} else {
		(void)place_file_read_path_or_stdin(&text, m->file.name);
	}
	if (text.text == NULL)
		return CTL_FAILED;
	setpwent();
	while ((pw = name_list_next_account(&rc)) != NULL)
		rc = name_list_add(&accounts, pw->pw_name);
	if (rc != 0)
		return terminal_error_status(CTL_FAILED,
		    "the accounts of this system cannot be listed: %s; "
		    "see: getent passwd",
		    strerror(errno));
	name_list_sort(&accounts);
	m->file.accounts = &accounts;
	rc = import_table_read(&m->file, text.text, text.len);
	return rc == 0 ? write_records(m) : import_give_up(m, CTL_USAGE);
}

enum ctl_exit
cmd_import(struct command_user *c, const struct arguments *typed)
{
	struct import m = { .run = &c->run, .typed = typed, .conf = c->conf };
	enum ctl_exit status;

	if ((typed->operand[0] != NULL) + typed->google +
		(typed->tokens != NULL) !=
	    1)
		return terminal_error_status(CTL_USAGE,
		    "import needs FILE, --tokens or "
		    "--from-google-authenticator");
	if (typed->tokens != NULL)
		return import_tokens(c, typed);

	if (record_file_default_uid_gid(&m.owner) != 0)
		return CTL_FAILED;
	m.owner.unsynced = true;
	m.file = (struct import_table){ .name = typed->google
		    ? "google-authenticator"
		    : typed->operand[0],
		.country = typed->country,
		.conf = m.conf,
		.unnumbered = typed->google };
	status = import_table(&m);
	import_table_free(&m.file);
	return status;
}
