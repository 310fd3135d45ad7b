/* SPDX-License-Identifier: BSD-2-Clause */
/* users_dir as the place of users' records, and the choice between it and the
 * state that hosts share. */
#include "twofactl/records/records.h"

#include <errno.h>
#include <unistd.h>

#define APP_KEY "totp_secret_file"

static const char *
user_file_path(const struct settings *conf, const char *user)
{
	static char path[TRUSTED_FILE_PATH_MAX + RECORD_FILE_NAME_MAX + 1];

	PRINT_TO(path, "%s/%s" RECORD_FILE_SUFFIX, conf->users_dir, user);
	return path;
}

const struct record_place *
record_place_of(const struct settings *conf, const char *user)
{
	return conf->users_state &&
		access(user_file_path(conf, user), F_OK) != 0
	    ? &record_place_state
	    : &record_place_files;
}

const char *
record_place_describe(const struct settings *conf, const char *user)
{
	const char *within = record_place_of(conf, user)->within;

	return within != NULL ? within : user_file_path(conf, user);
}

/* Removes the lines that twofactl self has added to a fleet's record: of
 * phones; apps: also of apps. */
static enum ctl_exit
cut_change(const struct settings *conf, const char *user, bool apps)
{
	static char text[RECORD_FILE_TEXT_MAX];
	const char *old;

	text[0] = '\0';
	if (conf->records->text(conf->records, user, &old) ==
	    RECORD_SOURCE_THERE)
		PRINT_TO(text, "%s", old);
	user_change_cut(text, true, apps);
	return text[0] != '\0' && record_state_put(user, text) == 0
	    ? CTL_DONE
	    : CTL_FAILED;
}

/* On a single host a user's changes of phones and apps are one row of the
 * state. Removes it, and says so. */
static enum ctl_exit
remove_change(const struct settings *conf, const char *user)
{
	const enum ctl_exit status = record_place_state.remove(conf, user, -1);

	if (status == CTL_DONE)
		fprintf(stderr,
		    "What %s has changed by twofactl self has ended.\n", user);
	return status;
}

enum ctl_exit
record_place_end_change(
    const struct settings *conf, const char *user, bool counts)
{
	const bool shared = settings_is_fleet(conf);
	struct user_record now OWNED(user_record_wipe) = { .overruled = false };
	bool changed, stays;

	/* in a fleet, record_file.c ends what is overruled */
	if ((shared && !counts) ||
	    user_record_read(conf, user, &now, NULL) != USER_FOUND)
		return CTL_DONE;
	/* else the app that it replaced, which may be lost, counted again */
	stays = now.app_changed_at > 0 && strcmp(now.app_base, now.base) != 0;
	changed = now.changed_at > 0 || (now.app_changed_at > 0 && !stays);
	if (shared && changed)
		return cut_change(conf, user, !stays);
	if (stays && changed && counts)
		return terminal_error_status(CTL_FAILED,
		    "%s has changed phone and app by twofactl self, which both "
		    "stay; to end that, enrol again after: twofactl remove %s",
		    user, terminal_shell_quote(user));
	if (!shared && !stays && (changed ? counts : now.overruled))
		return remove_change(conf, user);
	return CTL_DONE;
}

const char *
record_place_enrolled_by(const struct settings *conf, const char *user,
    char out[RECORD_ENROLLED_MAX])
{
	char when[DAY_TIME_MAX];
	const char *host = "";
	int64_t at = 0;

	if (record_place_of(conf, user)->within != NULL)
		host = record_state_enrolled_by(user, &at);
	day_time_text(at, when);
	out[0] = '\0';
	if (host[0] != '\0')
		snprintf(out, RECORD_ENROLLED_MAX, " at %s, %s", host, when);
	return host;
}

static int
add_file_users(struct name_list *list, const char *users_dir)
{
	DIR *dir OWNED(owned_folder) = opendir(users_dir);
	char name[USER_NAME_MAX + 1];
	const struct dirent *entry;
	int rc = dir != NULL ? 0 : -1;

	if (rc == 0)
		errno = 0;
	while (rc == 0 && (entry = readdir(dir)) != NULL)
		if (name_list_user_of_file(entry->d_name, name))
			rc = name_list_add(list, name);
	return rc == 0 && errno == 0 ? 0 : -1;
}

/* Adds users with a record in the state, some of whom have a file as well.
 * Returns NULL, or why it failed. */
static const char *
add_state_users(struct name_list *list, const struct settings *conf)
{
	if (conf->records == NULL)
		return conf->users_state ? "the state is not asked here" : NULL;
	return conf->users_state || settings_has_enrolments(conf)
	    ? record_state_list(list)
	    : NULL;
}

int
name_list_enrolled(struct name_list *list, const struct settings *conf,
    const struct settings_report *report)
{
	const char *cause = trusted_file_cause;

	*list = (struct name_list){ .count = 0 };
	if (trusted_file_check_folder(conf->users_dir, conf->owner) == 0) {
		if (add_file_users(list, conf->users_dir) == 0)
			cause = add_state_users(list, conf);
		else
			PRINT_TO(trusted_file_cause, "%.200s: %s",
			    conf->users_dir, strerror(errno));
	}
	if (cause != NULL) {
		settings_report_line(report, cause);
		name_list_free(list);
	}
	name_list_sort(list);
	return cause == NULL ? 0 : -1;
}

bool
record_place_can_list(const struct settings *conf)
{
	return !conf->users_state || record_state_unlisted() == NULL;
}

bool
record_place_can_list_or_report(const struct settings *conf)
{
	if (record_place_can_list(conf))
		return true;
	terminal_error("users = \"state\": users with a record in the state "
		       "can be listed %s; here %s has the files of this host",
	    record_state_unlisted(), conf->users_dir);
	return false;
}

void
record_place_report_problem(const struct record_file *e, const char *what)
{
	if (e->place->within != NULL)
		terminal_error_to(e->report, "%s in %s: %s", e->user.account,
		    e->place->within, what);
	else
		terminal_error_to(
		    e->report, "%s/%s: %s", e->conf->users_dir, e->name, what);
}

/* Reads the text with the staged change of another person, or of the file. */
static enum trusted_file_result
read_old_file(struct record_file *e)
{
	const char *const name[] = { e->staged, e->name };
	char path[TRUSTED_FILE_PATH_MAX + sizeof(e->staged) + 1];
	enum trusted_file_result found = TRUSTED_FILE_ABSENT;

	for (size_t i = 0; i < 2 && found == TRUSTED_FILE_ABSENT; i++) {
		PRINT_TO(path, "%s/%s", e->conf->users_dir, name[i]);
		found = trusted_file_read(
		    path, TRUSTED_FILE_USER, e->owner->uid, &e->old);
		e->staged_before = i == 0 && found == TRUSTED_FILE_OK;
	}
	return found;
}

/* The part of a record in this host's state that a file may have: no secret of
 * an app that its user enrolled. */
static const char *
text_for_file(const char *row)
{
	static char out[SECRET_MAX + 1];
	const bool app = strstr(row, APP_KEY) != NULL;

	out[0] = '\0';
	for (size_t len; *row != '\0'; row += len) {
		len = strcspn(row, "\n") + (strchr(row, '\n') != NULL);
		if (row[0] != '#' &&
		    (!app ||
			(strncmp(row, APP_KEY, strlen(APP_KEY)) != 0 &&
			    strncmp(row, "channels", 8) != 0)))
			PRINT_APPEND(out, "%.*s", (int)len, row);
	}
	return out;
}

static struct record_text_change
phones_key(const struct user_record *r)
{
	static char list[USER_PHONES_MAX *
		sizeof("{ number = \"+123456789012345\"; }, ") +
	    8];

	list[0] = '\0';
	for (size_t i = 0; i < r->phone_count; i++)
		PRINT_APPEND(list, "%s{ number = \"%s\"; }%s",
		    i > 0 ? ", " : "( ", r->phones[i].number,
		    i + 1 == r->phone_count ? " )" : "");
	return r->phone_count > 1
	    ? (struct record_text_change){ .key = "phones",
		      .value = list,
		      .literal = true,
		      .instead = "phone" }
	    : (struct record_text_change){ .key = "phone", .value = r->phone };
}

/* What an admin changes of a record in the state becomes a file, with the
 * phones that count, which are not yet those of a change that waits. */
static enum record_source_found
text_in_state(struct record_file *e, const char **text)
{
	static char counts[RECORD_FILE_TEXT_MAX];
	struct record_source *from = e->conf->records;
	const enum record_source_found found =
	    from->text(from, e->user.account, text);
	struct user_record now OWNED(user_record_wipe);
	struct record_text_change phone;
	size_t len;

	if (found != RECORD_SOURCE_THERE)
		return found;
	/* without the phone that counts, the text has the new one */
	if (user_record_read(e->conf, e->user.account, &now, NULL) !=
	    USER_FOUND)
		*text = NULL;
	phone = phones_key(&now);
	if (*text != NULL && now.phone[0] != '\0')
		*text = record_text_put_key(*text, NULL, &phone, counts,
			    sizeof(counts), &len) == 0
		    ? counts
		    : NULL;
	if (*text != NULL) {
		e->loses_app = strstr(*text, APP_KEY) != NULL;
		*text = text_for_file(*text);
	}
	return found;
}

static enum record_source_found
files_text(struct record_file *e, const char **text)
{
	struct record_source *from = e->conf->records;
	const enum trusted_file_result found = read_old_file(e);

	if (found == TRUSTED_FILE_OK) {
		*text = strlen(e->old.text) == e->old.len ? e->old.text : NULL;
		return RECORD_SOURCE_THERE;
	}
	if (found == TRUSTED_FILE_ABSENT)
		return from != NULL && settings_has_enrolments(e->conf)
		    ? text_in_state(e, text)
		    : RECORD_SOURCE_NONE;
	settings_report_line(e->report, trusted_file_cause);
	return RECORD_SOURCE_FAILED;
}

static int
files_stage(struct record_file *e)
{
	if (place_file_write(
		e->folder.fd, e->staged, e->owner, e->text, e->len) == 0)
		return 0;
	record_place_report_problem(e, strerror(errno));
	return -1;
}

static int
files_write(struct record_file *e)
{
	if (renameat(e->folder.fd, e->staged, e->folder.fd, e->name) != 0) {
		record_place_report_problem(e, strerror(errno));
		return -1;
	}
	e->moved = true;
	return 0;
}

static void
files_unstage(struct record_file *e)
{
	if (e->folder.lock >= 0)
		place_file_sweep(
		    e->folder.fd, RECORD_FILE_STAGED, RECORD_FILE_SUFFIX);
}

static enum ctl_exit
files_remove(const struct settings *conf, const char *user, int folder)
{
	char name[RECORD_FILE_NAME_MAX];

	PRINT_TO(name, "%s" RECORD_FILE_SUFFIX, user);
	if (unlinkat(folder, name, 0) == 0 && fsync(folder) == 0)
		return CTL_DONE;
	if (errno == ENOENT)
		return CTL_NO;
	return terminal_error_status(
	    CTL_FAILED, "%s/%s: %s", conf->users_dir, name, strerror(errno));
}

const struct record_place record_place_files = {
	.word = "file",
	.text = files_text,
	.stage = files_stage,
	.write = files_write,
	.unstage = files_unstage,
	.remove = files_remove,
};
