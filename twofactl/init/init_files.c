/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of init: read, made, staged and moved to their places. */
#include "twofactl/init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "twofactl/etc/etc.h"

#define STAGING ".init-staged" /* the folder */
#define MODE 0750
#define STAGED "twofa.conf" /* for the helper, with the staged secrets */
#define CONF "placed.conf"  /* the final text, with paths of final secrets */
#define NAMES_MAX 9         /* files for one key's secret: NAME-2 to NAME-9 */

static struct record_file staged_record;

void
init_files_unstage(struct init_files *f)
{
	place_file_close_private(AT_FDCWD, f->staging, f->fd, false);
	f->fd = -1;
}

/* Takes the folder with what a run that was killed has left. Returns 0, or -1
 * with errno. */
static int
take_staging(struct init_files *f)
{
	f->fd = place_file_open_private(AT_FDCWD, f->staging, geteuid(), MODE);
	return f->fd < 0 ? -1 : 0;
}

void
init_files_sweep(struct init_files *f)
{
	if (access(f->staging, F_OK) != 0)
		return; /* nothing is changed, the time of home included */
	(void)take_staging(f);
	init_files_unstage(f);
}

/* Makes the empty folder: 0, or -1 after an error message, also if another run
 * is active; then nothing is left. */
static int
init_folder_make(struct init_files *f)
{
	if (trusted_file_check_folder(f->home, f->owner.uid) != 0)
		return terminal_error("%s", trusted_file_cause);
	if (take_staging(f) == 0 &&
	    fchown(f->fd, f->owner.uid, f->owner.gid) == 0 &&
	    fchmod(f->fd, MODE) == 0) {
		place_file_sweep(f->fd, "", "");
		return 0;
	}
	if (errno == EAGAIN)
		terminal_error("another twofactl init is running on this "
			       "machine; wait until it has ended");
	else
		terminal_error_file(f->staging);
	init_files_unstage(f);
	return -1;
}

/* Makes a new file in the folder: 0, or -1 after an error message. */
static int
init_folder_put(
    const struct init_files *f, const char *name, const void *bytes, size_t len)
{
	if (place_file_write(f->fd, name, &f->owner, bytes, len) == 0)
		return 0;
	return terminal_error_file(f->staging);
}

static enum ctl_exit
stage_settings(struct init_files *f, const struct init_answers *answers)
{
	char *text OWNED(owned_text) =
	    init_settings_make_text(answers, f->old_conf, f->home, f->staging);

	if (text == NULL)
		return terminal_error_status(CTL_FAILED, "%s", strerror(errno));
	PRINT_TO(f->staged, "%s/" STAGED, f->staging);
	if (init_folder_put(f, STAGED, text, strlen(text)) != 0 ||
	    init_folder_put(f, CONF, f->new_conf, strlen(f->new_conf)) != 0)
		return CTL_FAILED;
	f->settings = settings_parse(
	    f->conf_path, text, strlen(text), f->owner.uid, &complain_report);
	return f->settings != NULL ? CTL_DONE : CTL_SETTINGS;
}

enum ctl_exit
init_files_stage(struct init_files *f, const struct init_answers *answers)
{
	enum ctl_exit status = CTL_DONE;

	if (init_folder_make(f) != 0)
		return CTL_FAILED;
	for (size_t i = 0; status == CTL_DONE && i < answers->count; i++) {
		const struct init_answer *own = &answers->own[i];

		if (own->secret.len > 0 &&
		    init_folder_put(
			f, own->file, own->secret.b, own->secret.len) != 0)
			status = CTL_FAILED;
	}
	if (status == CTL_DONE)
		status = stage_settings(f, answers);
	if (status != CTL_DONE || f->phone[0] == '\0' ||
	    reach_number_allowed(f->settings, f->phone))
		return status;
	return terminal_error_status(CTL_SETTINGS,
	    "%s begins with none of the allowed_prefixes; add its country "
	    "by --allowed-prefixes",
	    f->phone);
}

/* Called with the lock of the folder, which excludes changes by twofactl. */
static bool
conf_unchanged(const struct init_files *f)
{
	const bool same = place_file_is_unchanged(
	    f->conf_path, TRUSTED_FILE_SETTINGS, f->owner.uid, &f->conf);

	if (!same)
		terminal_error(
		    "%s has been changed by somebody else meanwhile; "
		    "run this again",
		    terminal_shell_quote(f->conf_path));
	return same;
}

/* Like conf_unchanged, for a new secret: its name was unused when chosen. */
static bool
is_unused(const struct init_file *file)
{
	if (access(file->path, F_OK) != 0 && errno == ENOENT)
		return true;
	terminal_error("%s has appeared meanwhile; run this again",
	    terminal_shell_quote(file->path));
	return false;
}

static enum ctl_exit
init_files_place_record(const struct target *target, const struct init_files *f)
{
	const struct record_text_change change = { .key = "phone",
		.value = f->phone };
	enum ctl_exit status = record_file_lock(&staged_record, f->settings);

	if (status == CTL_DONE)
		status = record_file_stage(
		    &staged_record, target->owner, &change, 1);
	/* place only the record whose number was proven */
	if (status == CTL_DONE &&
	    strcmp(staged_record.text, f->new_record) != 0)
		status = terminal_error_status(CTL_NO,
		    "the record of %s was changed meanwhile; run this again",
		    command_target_text(target));
	if (status == CTL_DONE)
		status = record_file_commit(&staged_record);
	record_file_drop(&staged_record);
	return status;
}

/* Moves a staged file to its place. 0, or -1 after an error message. */
static int
place_file(const struct init_files *f, const struct init_file *file)
{
	const char *folder = file->secret ? f->secrets : f->home;
	struct place_file_folder to;
	int moved = -1;

	if (file->unchanged)
		return 0;
	if (place_file_open_folder(&to, folder, f->owner.uid) != 0)
		return terminal_error("%s", trusted_file_cause);
	if (file->secret ? is_unused(file) : conf_unchanged(f)) {
		moved = place_file_move(f->fd,
		    file->secret ? file->place : CONF, to.fd, file->place);
		if (moved != 0)
			terminal_error_file(file->path);
	}
	place_file_close_folder(&to);
	return moved < 0 ? -1 : 0;
}

enum ctl_exit
init_files_place(
    const struct run *run, const struct target *target, struct init_files *f)
{
	/* the record comes last, if there is a number */
	const size_t last = f->count - (f->phone[0] != '\0' ? 1 : 0);
	enum ctl_exit status = CTL_DONE;

	for (size_t i = 0; i < last; i++) {
		if (place_file(f, &f->file[i]) == 0)
			continue;
		while (i-- > 0) /* new secrets, which no settings name */
			if (f->file[i].secret && !f->file[i].unchanged)
				(void)unlink(f->file[i].path);
		return CTL_FAILED;
	}
	if (last < f->count && !f->file[last].unchanged)
		status = init_files_place_record(target, f);
	if (status != CTL_DONE)
		return terminal_error_status(status,
		    "the settings are in place, and %s is not "
		    "enrolled; run this again",
		    command_target_text(target));
	client_audit(last < f->count ? EVENT_ENROLLED : EVENT_NONE,
	    target->owner, "init");
	record_shape_renew(run, f->settings);
	return CTL_DONE;
}

void
init_files_free(struct init_files *f)
{
	settings_free(f->settings);
	trusted_file_free(&f->conf);
	trusted_file_free(&f->record);
	free(f->new_conf);
}

static int
find_paths(struct init_files *f, const char *conf)
{
	const int len = (int)(strrchr(conf, '/') - conf);
	/* paths in users.d and secrets/ must fit, too */
	const int longest = TRUSTED_FILE_PATH_MAX - INIT_ANSWERS_FILE_MAX - 16;

	f->conf_path = conf;
	if (len == 0 || len > longest)
		return terminal_error(
		    "--config %.60s: its folder's path has more than %d "
		    "bytes, or none",
		    conf, longest);
	PRINT_TO(f->home, "%.*s", len, conf);
	PRINT_TO(f->secrets, "%s", secret_file_folder(conf));
	PRINT_TO(f->users, "%.*s/users.d", len, conf);
	PRINT_TO(f->staging, "%.*s/" STAGING, len, conf);
	return 0;
}

/* Reads a file, which may be missing. 0, or -1 after an error message. */
static int
init_files_read_file(const struct init_files *f, const char *path,
    enum trusted_file_kind kind, struct trusted_file *out)
{
	const enum trusted_file_result found =
	    trusted_file_read(path, kind, f->owner.uid, out);

	if (found == TRUSTED_FILE_ABSENT ||
	    (found == TRUSTED_FILE_OK && strlen(out->text) == out->len))
		return 0;
	if (found == TRUSTED_FILE_OK) {
		trusted_file_free(out);
		PRINT_TO(trusted_file_cause, "has a NUL byte");
	}
	return terminal_error(
	    "%s: %s", terminal_shell_quote(path), trusted_file_cause);
}

/* True for the unchanged sample of make install: its example values are no
 * settings, and may be replaced without a question. */
static bool
is_sample(const struct init_files *f)
{
	struct trusted_file sample OWNED(trusted_file_free) = { .text = NULL };

	if (f->conf.text == NULL ||
	    trusted_file_read(TWOFA_SAMPLE, TRUSTED_FILE_SETTINGS, f->owner.uid,
		&sample) != TRUSTED_FILE_OK)
		return false;
	return strcmp(f->conf.text, sample.text) == 0;
}

int
init_files_read(struct init_files *f, const char *conf)
{
	f->fd = -1;
	if (find_paths(f, conf) != 0 ||
	    record_file_default_uid_gid(&f->owner) != 0 ||
	    init_files_read_file(f, conf, TRUSTED_FILE_SETTINGS, &f->conf) != 0)
		return -1;
	f->old_conf = is_sample(f) ? NULL : f->conf.text;
	return 0;
}

enum ctl_exit
init_files_read_record(struct init_files *f, const struct target *target,
    const struct settings *old, char phone[PHONE_MAX + 1])
{
	char path[INIT_FILES_FOLDER_PATH_MAX + RECORD_FILE_NAME_MAX];
	struct user_record record OWNED(user_record_wipe);
	enum user_result found;

	phone[0] = '\0';
	if (old != NULL)
		PRINT_TO(f->users, "%s", old->users_dir);
	PRINT_TO(f->record_name, "%s" RECORD_FILE_SUFFIX, target->account);
	PRINT_TO(path, "%s/%s", f->users, f->record_name);
	if (init_files_read_file(f, path, TRUSTED_FILE_USER, &f->record) != 0)
		return CTL_SETTINGS;
	if (old == NULL)
		return CTL_DONE;
	found = user_record_read(old, target->account, &record, NULL);
	if (found == USER_FOUND)
		snprintf(phone, PHONE_MAX + 1, "%s", record.phone);
	if (found != USER_PEOPLE)
		return CTL_DONE;
	return terminal_error_status(CTL_USAGE,
	    "several people share %s; name an account of your own by --user",
	    target->account);
}

static bool
file_has_secret(const struct init_files *f, const char *path,
    const struct pem *bytes, bool *exists)
{
	struct trusted_file file OWNED(trusted_file_free) = { .text = NULL };
	const enum trusted_file_result found =
	    trusted_file_read(path, TRUSTED_FILE_SECRET, f->owner.uid, &file);
	bool same;

	*exists = found != TRUSTED_FILE_ABSENT;
	if (found != TRUSTED_FILE_OK)
		return false;
	while (file.len > 0 && file.text[file.len - 1] == '\n')
		file.len--;
	same =
	    (file.len == bytes->len ||
		(file.len + 1 == bytes->len && bytes->b[file.len] == '\n')) &&
	    memcmp(file.text, bytes->b, file.len) == 0;
	file.len = strlen(file.text);
	return same;
}

/* old is NULL for a new file. */
static struct init_file *
init_files_add(struct init_files *f, const char *folder, const char *place,
    const char *old, const char *new)
{
	struct init_file *file = &f->file[f->count++];

	*file = (struct init_file){ .place = place,
		.old = old,
		.new = new,
		.unchanged = old != NULL &&strcmp(old, new) == 0 };
	PRINT_TO(file->path, "%.400s/%s", folder, place);
	return file;
}

/* Chooses the file for a new secret. It never replaces another one, so that the
 * settings switch to the new secret in one step. */
static int
make_secret(struct init_files *f, struct init_answer *own)
{
	char first[INIT_ANSWERS_FILE_MAX];
	struct init_file *file;
	bool exists = false;

	if (own->text[0] != '\0' &&
	    file_has_secret(f, own->text, &own->secret, &exists)) {
		explicit_bzero(&own->secret, sizeof(own->secret));
		return 0; /* the present file has this secret */
	}
	file = init_files_add(f, f->secrets, own->file, NULL, "");
	file->secret = true;
	PRINT_TO(first, "%s", own->file);
	for (int n = 2; n <= NAMES_MAX + 1; n++) {
		PRINT_TO(file->path, "%.400s/%s", f->secrets, own->file);
		file->unchanged =
		    file_has_secret(f, file->path, &own->secret, &exists);
		if (file->unchanged || !exists)
			return 0;
		PRINT_TO(own->file, "%.80s-%d", first, n);
	}
	return terminal_error(
	    "%s/%s: this file and -2 to -9 exist already; remove those "
	    "that no settings name",
	    f->secrets, first);
}

/* Makes the new record with the number; all other bytes stay. */
static int
make_record(struct init_files *f, const char *user)
{
	const struct record_text_change change = { .key = "phone",
		.value = f->phone };
	const char *old = f->record.text;
	const struct init_file *file;
	size_t len;
	const int rc = record_text_put_key(old != NULL ? old : "", NULL,
	    &change, f->new_record, sizeof(f->new_record), &len);

	file = init_files_add(f, f->users, f->record_name, old, f->new_record);
	if (rc != 0)
		return terminal_error(
		    "%s: does not have the form of a user's file; "
		    "correct it: twofactl edit",
		    file->path);
	return file->unchanged
	    ? 0
	    : record_owner_add_uid(user, f->new_record, &len);
}

static enum ctl_exit
make_conf(struct init_files *f, const struct init_answers *answers)
{
	f->new_conf =
	    init_settings_make_text(answers, f->old_conf, f->home, f->secrets);
	if (f->new_conf == NULL) {
		terminal_error("%s: %s", f->conf_path,
		    errno == EINVAL
			? "does not have the form of settings; correct it: "
			  "twofactl edit, or move it away"
			: strerror(errno));
		return errno == EINVAL ? CTL_SETTINGS : CTL_FAILED;
	}
	(void)init_files_add(f, f->home, strrchr(f->conf_path, '/') + 1,
	    f->old_conf, f->new_conf);
	return CTL_DONE;
}

enum ctl_exit
init_files_make(struct init_files *f, struct init_answers *answers,
    const struct target *target)
{
	enum ctl_exit status;

	for (size_t i = 0; i < answers->count; i++)
		if (answers->own[i].secret.len > 0 &&
		    make_secret(f, &answers->own[i]) != 0)
			return CTL_NO;
	status = make_conf(f, answers);
	if (status == CTL_DONE && f->phone[0] != '\0' &&
	    make_record(f, target->account) != 0)
		return CTL_SETTINGS;
	return status;
}

bool
init_files_would_change(const struct init_files *f, bool existing)
{
	for (size_t i = 0; i < f->count; i++)
		if (!f->file[i].unchanged &&
		    (!existing || f->file[i].old != NULL))
			return true;
	return false;
}

void
init_files_show(const struct init_files *f, FILE *out)
{
	for (size_t i = 0; i < f->count; i++) {
		const struct init_file *file = &f->file[i];

		if (file->unchanged)
			continue;
		if (file->secret)
			fprintf(out, "%s (new): its content is not shown\n",
			    file->path);
		else
			text_change_print(
			    out, file->path, file->old, file->new);
	}
}
