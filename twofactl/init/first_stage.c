/* SPDX-License-Identifier: BSD-2-Clause */
/* The staged files. */
#include "twofactl/init/first_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/rules/rules.h"
#include "twofactl/init/settings_text.h"
#include "twofactl/link/link.h"
#include "twofactl/records/records.h"
#include "twofactl/terminal/terminal.h"

#define STAGED "twofa.conf" /* for the helper, with the staged secrets */
#define CONF "placed.conf"  /* the same with secrets in their final places */

static struct record_file record;

static enum ctl_exit
stage_settings(struct first_files *f, const struct answers *answers)
{
	char *text =
	    settings_text(answers, f->old_conf, f->home, f->folder.path);
	enum ctl_exit status = CTL_FAILED;

	if (text == NULL) {
		complain("%s", strerror(errno));
		return CTL_FAILED;
	}
	snprintf(f->staged, sizeof(f->staged), "%s/" STAGED, f->folder.path);
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

static enum ctl_exit
check_number(const struct first_files *f)
{
	if (policy_number_allowed(f->settings, f->phone))
		return CTL_DONE;
	complain("%s begins with none of the allowed_prefixes; add its country "
		 "by --allowed-prefixes",
	    f->phone);
	return CTL_SETTINGS;
}

enum ctl_exit
first_files_stage(struct first_files *f, const struct answers *answers)
{
	enum ctl_exit status = CTL_DONE;

	if (init_folder_make(&f->folder, f->home, &f->owner) != 0)
		return CTL_FAILED;
	for (size_t i = 0; status == CTL_DONE && i < answers->count; i++) {
		const struct answer *own = &answers->own[i];

		if (own->secret.len > 0 &&
		    init_folder_put(&f->folder, own->file, own->secret.b,
			own->secret.len) != 0)
			status = CTL_FAILED;
	}
	if (status == CTL_DONE)
		status = stage_settings(f, answers);
	return status == CTL_DONE ? check_number(f) : status;
}

/* Everyone who changes it holds the lock meanwhile. */
static bool
conf_unchanged(const void *ctx)
{
	const struct first_files *f = ctx;
	char cause[TRUSTED_FILE_CAUSE_MAX] = "";
	struct trusted_file now = { .text = NULL };
	const enum trusted_file_result found = trusted_file_read(
	    f->conf_path, TRUSTED_FILE_SETTINGS, f->owner.uid, &now, cause);
	bool same = found == TRUSTED_FILE_ABSENT && f->conf.text == NULL;

	if (found == TRUSTED_FILE_OK) {
		same = f->conf.text != NULL && now.len == f->conf.len &&
		    memcmp(now.text, f->conf.text, now.len) == 0;
		trusted_file_free(&now);
	}
	if (!same)
		complain("%s has been changed by somebody else meanwhile; run "
			 "this once more",
		    shell_word(f->conf_path));
	return same;
}

/* The name was free when it was chosen. */
static bool
is_free(const void *ctx)
{
	const struct first_file *file = ctx;

	if (access(file->path, F_OK) != 0 && errno == ENOENT)
		return true;
	complain("%s has come there meanwhile; run this once more",
	    shell_word(file->path));
	return false;
}

static enum ctl_exit
place_record(const struct ctl *ctl, const struct first_files *f)
{
	const struct record_text_change change = { .key = "phone",
		.value = f->phone };
	enum ctl_exit status = record_file_exit(record_file_prepare_all(&record,
	    f->settings, ctl->kept, &f->owner, &change, 1, &complain_report));

	if (status != CTL_DONE)
		return status;
	/* it must be the record whose code was sent */
	if (strcmp(record.text, f->new_record) == 0)
		return record_file_exit(record_file_commit(&record));
	record_file_drop(&record);
	complain("the record of %s was changed meanwhile; run this once more",
	    ctl->shown);
	return CTL_NO;
}

static int
place_one(const struct first_files *f, const struct first_file *file)
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
take_back(const struct first_files *f, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (f->of[i].secret && !f->of[i].same)
			(void)unlink(f->of[i].path);
}

enum ctl_exit
first_files_place(const struct ctl *ctl, struct first_files *f)
{
	const size_t last = f->count - 1; /* the record comes last */
	enum ctl_exit status = CTL_DONE;

	for (size_t i = 0; i < last; i++)
		if (place_one(f, &f->of[i]) != 0) {
			take_back(f, i);
			return CTL_FAILED;
		}
	if (!f->of[last].same)
		status = place_record(ctl, f);
	if (status != CTL_DONE) {
		complain("the settings are in place, and %s is not enrolled; "
			 "run this once more",
		    ctl->shown);
		return status;
	}
	audit(ctl, "init", ctl->kept);
	host_shape_renew(ctl, f->settings);
	return CTL_DONE;
}

void
first_files_unstage(struct first_files *f)
{
	init_folder_remove(&f->folder);
}

void
first_files_free(struct first_files *f)
{
	settings_free(f->settings);
	trusted_file_free(&f->conf);
	trusted_file_free(&f->record);
	free(f->new_conf);
}
