/* SPDX-License-Identifier: BSD-2-Clause */
/* The present and the new files of init, staged and put in their place. */
#include "twofactl/init/init.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "twofactl/etc/etc.h"
#include "twofactl/client/client.h"

#define BEFORE ".init-"
#define MODE 0750

/* Without a lock it is from a run that was killed. True: it is locked. */
static bool
sweep_one(int home, const char *name)
{
	int fd =
	    openat(home, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bool held;

	if (fd < 0)
		return false;
	held = flock(fd, LOCK_EX | LOCK_NB) != 0;
	if (!held) {
		place_file_sweep(fd, "", "");
		(void)unlinkat(home, name, AT_REMOVEDIR);
	}
	close(fd);
	return held;
}

bool
init_files_sweep(const char *home, const char *own)
{
	DIR *dir = opendir(home);
	const struct dirent *entry;
	bool held = false;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (strncmp(entry->d_name, BEFORE, sizeof(BEFORE) - 1) == 0 &&
		    strcmp(entry->d_name, own) != 0)
			held = sweep_one(dirfd(dir), entry->d_name) || held;
	if (dir != NULL)
		closedir(dir);
	return held;
}

/* Another run may remove it before it is locked; then no file can be put there,
 * which is reported. */
static int
init_files_mkdir(struct init_files_folder *f)
{
	if (mkdirat(f->home, f->name, 0700) != 0)
		return -1;
	f->fd = openat(
	    f->home, f->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (f->fd >= 0 && flock(f->fd, LOCK_EX | LOCK_NB) == 0 &&
	    fchown(f->fd, f->owner.uid, f->owner.gid) == 0 &&
	    fchmod(f->fd, MODE) == 0)
		return 0;
	return -1;
}

void
init_files_unstage(struct init_files_folder *f)
{
	if (f->fd >= 0)
		place_file_sweep(f->fd, "", "");
	if (f->home >= 0 && f->name[0] != '\0')
		(void)unlinkat(f->home, f->name, AT_REMOVEDIR);
	if (f->fd >= 0)
		close(f->fd);
	if (f->home >= 0)
		close(f->home);
	f->fd = f->home = -1;
}

/* home: the folder of twofa.conf. Removes leftovers of earlier runs; refuses
 * while another run is active. 0, or -1 after complaining, and nothing is
 * left. */
static int
init_folder_make(struct init_files_folder *f, const char *home,
    const struct place_file_owner *owner)
{
	char cause[TRUSTED_FILE_CAUSE_MAX], random[RANDOM_NAME_LEN + 1];

	*f =
	    (struct init_files_folder){ .owner = *owner, .home = -1, .fd = -1 };
	if (trusted_file_check_folder(home, owner->uid, cause) != 0)
		return terminal_error("%s", cause);
	f->home = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->home < 0 || system_random_name(random) != 0)
		goto fail;
	PRINT_TO(f->name, BEFORE "%s", random);
	PRINT_TO(f->path, "%.400s/%s", home, f->name);
	if (init_files_mkdir(f) != 0)
		goto fail;
	if (!init_files_sweep(home, f->name))
		return 0;
	terminal_error("another twofactl init is running on this machine; wait "
		       "until it has ended");
	init_files_unstage(f);
	return -1;
fail:
	terminal_error_file(f->path[0] != '\0' ? f->path : home);
	init_files_unstage(f);
	return -1;
}

/* Make a new file in it: 0, or -1 after complaining. */
static int
init_folder_put(const struct init_files_folder *f, const char *name,
    const void *bytes, size_t len)
{
	if (place_file_write(f->fd, name, &f->owner, bytes, len) == 0)
		return 0;
	return terminal_error_file(f->path);
}

/* Move its file to its final place, under that folder's lock. unchanged, if not
 * NULL, is called before, with ctx. 0, or -1 after complaining. */
static int
init_folder_place(const struct init_files_folder *f, const char *name,
    const char *folder, const char *place, bool (*unchanged)(const void *),
    const void *ctx)
{
	char cause[TRUSTED_FILE_CAUSE_MAX] = "";
	struct place_file_folder to;
	int moved = -1;

	if (place_file_open(&to, folder, f->owner.uid, cause) != 0)
		return terminal_error("%s", cause);
	if (unchanged == NULL || unchanged(ctx)) {
		moved = place_file_move(f->fd, name, to.fd, place);
		if (moved != 0)
			terminal_error(
			    "%s/%s: %s", folder, place, strerror(errno));
	}
	place_file_close(&to);
	return moved < 0 ? -1 : 0;
}

#define STAGED "twofa.conf" /* for the helper, with the staged secrets */
#define CONF "placed.conf"  /* the same with secrets in their final places */

static struct record_file first_stage_record;

static enum ctl_exit
stage_settings(struct init_files *f, const struct init_answers *answers)
{
	char *text =
	    init_settings(answers, f->old_conf, f->home, f->folder.path);
	enum ctl_exit status = CTL_FAILED;

	if (text == NULL)
		return terminal_error_exit(CTL_FAILED, "%s", strerror(errno));
	PRINT_TO(f->staged, "%s/" STAGED, f->folder.path);
	if (init_folder_put(&f->folder, STAGED, text, strlen(text)) == 0 &&
	    init_folder_put(
		&f->folder, CONF, f->new_conf, strlen(f->new_conf)) == 0) {
		f->settings = settings_parse(f->conf_path, text, strlen(text),
		    f->owner.uid, &complain_report);
		status = f->settings != NULL ? CTL_DONE : CTL_SETTINGS;
	}
	free(text);
	return status;
}

enum ctl_exit
init_files_stage(struct init_files *f, const struct init_answers *answers)
{
	enum ctl_exit status = CTL_DONE;

	if (init_folder_make(&f->folder, f->home, &f->owner) != 0)
		return CTL_FAILED;
	for (size_t i = 0; status == CTL_DONE && i < answers->count; i++) {
		const struct init_answer *own = &answers->own[i];

		if (own->secret.len > 0 &&
		    init_folder_put(&f->folder, own->file, own->secret.b,
			own->secret.len) != 0)
			status = CTL_FAILED;
	}
	if (status == CTL_DONE)
		status = stage_settings(f, answers);
	if (status != CTL_DONE || reach_number_allowed(f->settings, f->phone))
		return status;
	return terminal_error_exit(CTL_SETTINGS,
	    "%s begins with none of the allowed_prefixes; add its country "
	    "by --allowed-prefixes",
	    f->phone);
}

/* Everyone who changes it holds the lock meanwhile. */
static bool
conf_unchanged(const void *ctx)
{
	const struct init_files *f = ctx;
	const bool same = place_file_is(
	    f->conf_path, TRUSTED_FILE_SETTINGS, f->owner.uid, &f->conf);

	if (!same)
		terminal_error(
		    "%s has been changed by somebody else meanwhile; "
		    "run this again",
		    terminal_shell_quote(f->conf_path));
	return same;
}

/* The name was free when it was chosen. */
static bool
is_free(const void *ctx)
{
	const struct init_file *file = ctx;

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
	enum ctl_exit status =
	    record_file_prepare(&first_stage_record, f->settings, target->owner,
		&f->owner, &change, 1, &complain_report);

	if (status != CTL_DONE)
		return status;
	/* it must be the record whose code was sent */
	if (strcmp(first_stage_record.text, f->new_record) == 0)
		return record_file_commit(&first_stage_record);
	record_file_drop(&first_stage_record);
	return terminal_error_exit(CTL_NO,
	    "the record of %s was changed meanwhile; run this again",
	    command_target_text(target));
}

static int
place_one(const struct init_files *f, const struct init_file *file)
{
	if (file->same)
		return 0;
	if (file->secret)
		return init_folder_place(&f->folder, file->place, f->secrets,
		    file->place, is_free, file);
	return init_folder_place(
	    &f->folder, CONF, f->home, file->place, conf_unchanged, f);
}

/* Remove secrets that no settings name. */
static void
take_back(const struct init_files *f, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (f->of[i].secret && !f->of[i].same)
			(void)unlink(f->of[i].path);
}

enum ctl_exit
init_files_place(
    const struct run *run, const struct target *target, struct init_files *f)
{
	const size_t last = f->count - 1; /* the record comes last */
	enum ctl_exit status = CTL_DONE;

	for (size_t i = 0; i < last; i++)
		if (place_one(f, &f->of[i]) != 0) {
			take_back(f, i);
			return CTL_FAILED;
		}
	if (!f->of[last].same)
		status = init_files_place_record(target, f);
	if (status != CTL_DONE)
		return terminal_error_exit(status,
		    "the settings are in place, and %s is not "
		    "enrolled; run this again",
		    command_target_text(target));
	client_audit(EVENT_ENROLLED, target->owner, "init");
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

#define NAMES_MAX 9 /* for one key's secrets: -2 to -9 */

static int
find_paths(struct init_files *f, const char *conf)
{
	const int len = (int)(strrchr(conf, '/') - conf);
	/* the settings contain users_dir and a secret's path */
	const int longest = TRUSTED_FILE_PATH_MAX - INIT_ANSWERS_FILE_MAX - 16;

	f->conf_path = conf;
	if (len == 0 || len > longest)
		return terminal_error(
		    "--config %.60s: its folder's path has more than %d "
		    "bytes, or none",
		    conf, longest);
	PRINT_TO(f->home, "%.*s", len, conf);
	PRINT_TO(f->secrets, "%.*s/secrets", len, conf);
	PRINT_TO(f->users, "%.*s/users.d", len, conf);
	return 0;
}

/* A missing file is fine. 0, or -1 after complaining. */
static int
init_files_read_file(const struct init_files *f, const char *path,
    enum trusted_file_kind kind, struct trusted_file *out)
{
	char cause[TRUSTED_FILE_CAUSE_MAX] = "";

	*out = (struct trusted_file){ .text = NULL };
	switch (trusted_file_read(path, kind, f->owner.uid, out, cause)) {
	case TRUSTED_FILE_ABSENT:
		out->text = NULL;
		return 0;
	case TRUSTED_FILE_OK:
		if (strlen(out->text) == out->len)
			return 0;
		trusted_file_free(out);
		out->text = NULL;
		PRINT_TO(cause, "has a NUL byte");
		break;
	case TRUSTED_FILE_AWAY:
	case TRUSTED_FILE_REFUSED:
		break;
	}
	return terminal_error("%s: %s", terminal_shell_quote(path), cause);
}

/* True for make install's sample. As long as it is unchanged, its made-up names
 * and numbers are no settings, and no question is needed. */
static bool
is_sample(const struct init_files *f)
{
	char cause[TRUSTED_FILE_CAUSE_MAX];
	struct trusted_file sample;
	bool same;

	if (f->conf.text == NULL ||
	    trusted_file_read(TWOFA_SAMPLE, TRUSTED_FILE_SETTINGS, f->owner.uid,
		&sample, cause) != TRUSTED_FILE_OK)
		return false;
	same = strcmp(f->conf.text, sample.text) == 0;
	trusted_file_free(&sample);
	return same;
}

int
init_files_read(struct init_files *f, const char *conf)
{
	f->folder = (struct init_files_folder){ .home = -1, .fd = -1 };
	if (find_paths(f, conf) != 0 || record_file_owner(&f->owner) != 0 ||
	    init_files_read_file(f, conf, TRUSTED_FILE_SETTINGS, &f->conf) != 0)
		return -1;
	f->old_conf = is_sample(f) ? NULL : f->conf.text;
	return 0;
}

/* The number in a record, if it can be read. */
static enum ctl_exit
read_phone(const struct init_files *f, const struct target *target,
    const struct settings *old, char phone[PHONE_MAX + 1])
{
	struct user_record record;
	const enum user_result found = user_record_read(
	    old, target->account, f->owner.uid, &record, &settings_report_none);

	if (found == USER_FOUND)
		snprintf(phone, PHONE_MAX + 1, "%s", record.phone);
	user_record_wipe(&record);
	if (found != USER_PEOPLE)
		return CTL_DONE;
	return terminal_error_exit(CTL_USAGE,
	    "several people share %s; name an account of your own by --user",
	    target->account);
}

enum ctl_exit
init_files_known(struct init_files *f, const struct target *target,
    const struct settings *old, char phone[PHONE_MAX + 1])
{
	char path[INIT_FILES_FOLDER_PATH_MAX + RECORD_FILE_NAME_MAX];

	phone[0] = '\0';
	if (old != NULL)
		PRINT_TO(f->users, "%s", old->users_dir);
	PRINT_TO(f->record_name, "%s" RECORD_FILE_SUFFIX, target->account);
	PRINT_TO(path, "%s/%s", f->users, f->record_name);
	if (init_files_read_file(f, path, TRUSTED_FILE_USER, &f->record) != 0)
		return CTL_SETTINGS;
	return old != NULL ? read_phone(f, target, old, phone) : CTL_DONE;
}

static bool
holds(const struct init_files *f, const char *path, const struct pem *bytes,
    bool *there)
{
	char cause[TRUSTED_FILE_CAUSE_MAX];
	struct trusted_file is;
	const enum trusted_file_result found = trusted_file_read(
	    path, TRUSTED_FILE_SECRET, f->owner.uid, &is, cause);
	bool same;

	*there = found != TRUSTED_FILE_ABSENT;
	if (found != TRUSTED_FILE_OK)
		return false;
	while (is.len > 0 && is.text[is.len - 1] == '\n')
		is.len--;
	same = (is.len == bytes->len ||
		   (is.len + 1 == bytes->len && bytes->b[is.len] == '\n')) &&
	    memcmp(is.text, bytes->b, is.len) == 0;
	is.len = strlen(is.text);
	trusted_file_free(&is);
	return same;
}

static struct init_file *
init_files_add(struct init_files *f, const char *folder, const char *place)
{
	struct init_file *file = &f->of[f->count++];

	*file = (struct init_file){ .place = place };
	PRINT_TO(file->path, "%.400s/%s", folder, place);
	return file;
}

/* The settings switch to a new secret in one step, so it replaces no other
 * file. */
static int
make_secret(struct init_files *f, struct init_answer *own)
{
	char first[INIT_ANSWERS_FILE_MAX];
	struct init_file *file;
	bool there = false;

	if (own->text[0] != '\0' && holds(f, own->text, &own->secret, &there)) {
		explicit_bzero(&own->secret, sizeof(own->secret));
		return 0; /* it stays */
	}
	file = init_files_add(f, f->secrets, own->file);
	file->secret = true;
	file->new = "";
	PRINT_TO(first, "%s", own->file);
	for (int n = 2; n <= NAMES_MAX + 1; n++) {
		PRINT_TO(file->path, "%.400s/%s", f->secrets, own->file);
		file->same = holds(f, file->path, &own->secret, &there);
		if (file->same || !there)
			return 0;
		PRINT_TO(own->file, "%.80s-%d", first, n);
	}
	return terminal_error(
	    "%s/%s: this one and -2 to -9 are there already; remove those "
	    "that no settings name",
	    f->secrets, first);
}

/* Write the new record with this number; all other bytes stay. */
static int
make_record(struct init_files *f, const char *phone)
{
	const struct record_text_change change = { .key = "phone",
		.value = phone };
	struct init_file *file = init_files_add(f, f->users, f->record_name);
	size_t len;

	file->old = f->record.text;
	file->new = f->new_record;
	if (record_text_put(f->record.text != NULL ? f->record.text : "", NULL,
		&change, f->new_record, sizeof(f->new_record), &len) != 0)
		return terminal_error(
		    "%s: does not have the form of a user's file; "
		    "correct it: twofactl edit",
		    file->path);
	file->same = file->old != NULL && strcmp(file->old, file->new) == 0;
	return 0;
}

static enum ctl_exit
make_conf(struct init_files *f, const struct init_answers *answers)
{
	struct init_file *file =
	    init_files_add(f, f->home, strrchr(f->conf_path, '/') + 1);

	f->new_conf = init_settings(answers, f->old_conf, f->home, f->secrets);
	if (f->new_conf == NULL) {
		terminal_error("%s: %s", f->conf_path,
		    errno == EINVAL
			? "does not have the form of settings; correct it: "
			  "twofactl edit, or move it away"
			: strerror(errno));
		return errno == EINVAL ? CTL_SETTINGS : CTL_FAILED;
	}
	file->old = f->old_conf;
	file->new = f->new_conf;
	file->same = file->old != NULL && strcmp(file->old, file->new) == 0;
	return CTL_DONE;
}

enum ctl_exit
init_files_make(
    struct init_files *f, struct init_answers *answers, const char *phone)
{
	enum ctl_exit status;

	PRINT_TO(f->phone, "%s", phone);
	for (size_t i = 0; i < answers->count; i++)
		if (answers->own[i].secret.len > 0 &&
		    make_secret(f, &answers->own[i]) != 0)
			return CTL_NO;
	status = make_conf(f, answers);
	if (status == CTL_DONE && make_record(f, phone) != 0)
		return CTL_SETTINGS;
	return status;
}

bool
init_files_would_change(const struct init_files *f, bool existing)
{
	for (size_t i = 0; i < f->count; i++)
		if (!f->of[i].same && (!existing || f->of[i].old != NULL))
			return true;
	return false;
}

void
init_files_show(const struct init_files *f, FILE *out)
{
	for (size_t i = 0; i < f->count; i++) {
		const struct init_file *file = &f->of[i];

		if (file->same)
			continue;
		if (file->secret)
			fprintf(out, "%s (new): what it holds is not shown\n",
			    file->path);
		else
			text_change_print(
			    out, file->path, file->old, file->new);
	}
}
