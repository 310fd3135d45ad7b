/* SPDX-License-Identifier: BSD-2-Clause */
/* The present and the new files. */
#include "twofactl/init/first_files.h"

#include <errno.h>
#include <string.h>

#include "twofactl/etc/etc.h"
#include "twofactl/init/settings_text.h"
#include "twofactl/records/records.h"
#include "twofactl/terminal/terminal.h"

#define NAMES_MAX 9 /* for one key's secrets: -2 to -9 */

static int
find_paths(struct first_files *f, const struct ctl *ctl)
{
	const int len = (int)(strrchr(ctl->conf, '/') - ctl->conf);
	/* the settings contain users_dir and a secret's path */
	const int longest = TRUSTED_FILE_PATH_MAX - ANSWERS_FILE_MAX - 16;

	f->conf_path = ctl->conf;
	if (len == 0 || len > longest) {
		complain("--config %.60s: its folder's path has more than %d "
			 "bytes, or none",
		    ctl->conf, longest);
		return -1;
	}
	snprintf(f->home, sizeof(f->home), "%.*s", len, ctl->conf);
	snprintf(
	    f->secrets, sizeof(f->secrets), "%.*s/secrets", len, ctl->conf);
	snprintf(f->users, sizeof(f->users), "%.*s/users.d", len, ctl->conf);
	return 0;
}

/* A missing file is fine. 0, or -1 after complaining. */
static int
read_file(const struct first_files *f, const char *path,
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
		snprintf(cause, sizeof(cause), "has a NUL byte");
		break;
	case TRUSTED_FILE_AWAY:
	case TRUSTED_FILE_REFUSED:
		break;
	}
	complain("%s: %s", shell_word(path), cause);
	return -1;
}

/* True for make install's sample. As long as it is unchanged, its made-up names
 * and numbers are no settings, and no question is needed. */
static bool
is_sample(const struct first_files *f)
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
first_files_read(struct first_files *f, const struct ctl *ctl)
{
	f->folder = (struct init_folder){ .home = -1, .fd = -1 };
	if (find_paths(f, ctl) != 0 || record_file_owner(&f->owner) != 0 ||
	    read_file(f, ctl->conf, TRUSTED_FILE_SETTINGS, &f->conf) != 0)
		return -1;
	f->old_conf = is_sample(f) ? NULL : f->conf.text;
	return 0;
}

/* The number in a record, if it can be read. */
static enum ctl_exit
read_phone(const struct first_files *f, const struct ctl *ctl,
    const struct settings *old, char phone[PHONE_MAX + 1])
{
	struct user_record record;
	const enum user_result found = user_record_read(
	    old, ctl->name, f->owner.uid, &record, &settings_report_none);

	if (found == USER_FOUND)
		snprintf(phone, PHONE_MAX + 1, "%s", record.phone);
	user_record_wipe(&record);
	if (found != USER_PEOPLE)
		return CTL_DONE;
	complain("several people share %s; name an account of your own by "
		 "--user",
	    ctl->name);
	return CTL_USAGE;
}

enum ctl_exit
first_files_known(struct first_files *f, const struct ctl *ctl,
    const struct settings *old, char phone[PHONE_MAX + 1])
{
	char path[INIT_FOLDER_PATH_MAX + RECORD_FILE_NAME_MAX];

	phone[0] = '\0';
	if (old != NULL)
		snprintf(f->users, sizeof(f->users), "%s", old->users_dir);
	snprintf(f->record_name, sizeof(f->record_name),
	    "%s" RECORD_FILE_SUFFIX, ctl->name);
	snprintf(path, sizeof(path), "%s/%s", f->users, f->record_name);
	if (read_file(f, path, TRUSTED_FILE_USER, &f->record) != 0)
		return CTL_SETTINGS;
	return old != NULL ? read_phone(f, ctl, old, phone) : CTL_DONE;
}

static bool
holds(const struct first_files *f, const char *path, const struct pem *bytes,
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

static struct first_file *
add(struct first_files *f, const char *folder, const char *place)
{
	struct first_file *file = &f->of[f->count++];

	*file = (struct first_file){ .place = place };
	snprintf(file->path, sizeof(file->path), "%.400s/%s", folder, place);
	return file;
}

/* The settings switch to a new secret in one step, so it replaces no other
 * file. */
static int
make_secret(struct first_files *f, struct answer *own)
{
	char first[ANSWERS_FILE_MAX];
	struct first_file *file;
	bool there = false;

	if (own->text[0] != '\0' && holds(f, own->text, &own->secret, &there)) {
		explicit_bzero(&own->secret, sizeof(own->secret));
		return 0; /* it stays */
	}
	file = add(f, f->secrets, own->file);
	file->secret = true;
	file->new = "";
	snprintf(first, sizeof(first), "%s", own->file);
	for (int n = 2; n <= NAMES_MAX + 1; n++) {
		snprintf(file->path, sizeof(file->path), "%.400s/%s",
		    f->secrets, own->file);
		file->same = holds(f, file->path, &own->secret, &there);
		if (file->same || !there)
			return 0;
		snprintf(own->file, sizeof(own->file), "%.80s-%d", first, n);
	}
	complain("%s/%s: this one and -2 to -9 are there already; remove those "
		 "that no settings name",
	    f->secrets, first);
	return -1;
}

/* Write the new record with this number; all other bytes stay. */
static int
make_record(struct first_files *f, const char *phone)
{
	const struct record_text_change change = { .key = "phone",
		.value = phone };
	struct first_file *file = add(f, f->users, f->record_name);
	size_t len;

	file->old = f->record.text;
	file->new = f->new_record;
	if (record_text_put(f->record.text != NULL ? f->record.text : "", NULL,
		&change, f->new_record, sizeof(f->new_record), &len) != 0) {
		complain("%s: is not of the form of a user's file; correct it: "
			 "twofactl edit",
		    file->path);
		return -1;
	}
	file->same = file->old != NULL && strcmp(file->old, file->new) == 0;
	return 0;
}

static enum ctl_exit
make_conf(
    struct first_files *f, const struct ctl *ctl, const struct answers *answers)
{
	struct first_file *file = add(f, f->home, strrchr(ctl->conf, '/') + 1);

	f->new_conf = settings_text(answers, f->old_conf, f->home, f->secrets);
	if (f->new_conf == NULL) {
		complain("%s: %s", ctl->conf,
		    errno == EINVAL
			? "is not of the form of settings; correct it: "
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
first_files_make(struct first_files *f, const struct ctl *ctl,
    struct answers *answers, const char *phone)
{
	enum ctl_exit status;

	snprintf(f->phone, sizeof(f->phone), "%s", phone);
	for (size_t i = 0; i < answers->count; i++)
		if (answers->own[i].secret.len > 0 &&
		    make_secret(f, &answers->own[i]) != 0)
			return CTL_NO;
	status = make_conf(f, ctl, answers);
	if (status == CTL_DONE && make_record(f, phone) != 0)
		return CTL_SETTINGS;
	return status;
}

bool
first_files_change(const struct first_files *f)
{
	for (size_t i = 0; i < f->count; i++)
		if (!f->of[i].same)
			return true;
	return false;
}

bool
first_files_replace(const struct first_files *f)
{
	for (size_t i = 0; i < f->count; i++)
		if (!f->of[i].same && f->of[i].old != NULL)
			return true;
	return false;
}

void
first_files_show(const struct first_files *f, FILE *out)
{
	for (size_t i = 0; i < f->count; i++) {
		const struct first_file *file = &f->of[i];

		if (file->same)
			continue;
		fprintf(out, "%s%s%s\n", file->path,
		    file->old == NULL ? " (new)" : "",
		    file->secret ? ": what it holds is not shown" : ":");
		if (!file->secret)
			line_diff_print(out, file->old, file->new);
	}
}
