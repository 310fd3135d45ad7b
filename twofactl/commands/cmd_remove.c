/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl remove */
#include "twofactl/arguments/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "twofactl/doctor/root_access.h"
#include "twofactl/link/audit.h"
#include "twofactl/link/helper_request.h"
#include "twofactl/records/command_user.h"
#include "twofactl/records/host_shape.h"
#include "twofactl/records/place_file.h"
#include "twofactl/records/record_file.h"
#include "twofactl/terminal/complain.h"
#include "twofactl/terminal/shell_word.h"
#include "twofactl/terminal/terminal.h"

#define QUESTION_MAX 320

static void
ignore_line(void *ctx, const char *line)
{
	(void)ctx;
	(void)line;
}

static int
take_left(void *ctx, const struct record *r)
{
	int64_t *left = ctx;

	if (r->kind != ADMIN_LEFT)
		return -1;
	*left = r->number[1];
	return 0;
}

/* Whom a login would ask for a code: another's broken or disabled record lets
 * nobody become root. */
static int
usable(const struct ctl *ctl, const struct settings *conf,
    const struct name_list *enrolled, struct name_list *out)
{
	static const struct settings_report quiet = { .line = ignore_line };
	struct user_record record;
	enum user_result found;
	int rc = 0;

	*out = (struct name_list){ .count = 0 };
	for (size_t i = 0; rc == 0 && i < enrolled->count; i++) {
		const char *name = enrolled->name[i];

		found = user_record_read(conf, name, 0, &record, &quiet);
		if ((found == USER_FOUND && record.enabled) ||
		    strcmp(name, ctl->name) == 0)
			rc = name_list_add(out, name);
		user_record_wipe(&record);
	}
	if (rc != 0) {
		complain("%s", strerror(errno));
		name_list_free(out);
	}
	return rc;
}

static bool
last_one(const struct ctl *ctl, const struct settings *conf,
    const struct name_list *enrolled)
{
	struct name_list others;
	bool last;

	if (!root_access_has(ctl->name))
		return false;
	if (usable(ctl, conf, enrolled, &others) != 0)
		return true;
	last = root_access_last(&others, ctl->name);
	name_list_free(&others);
	return last;
}

/* Nobody but a password would be left between the world and root, or nobody
 * could become root at all. */
static enum ctl_exit
confirm(const struct ctl *ctl, const struct settings *conf,
    const struct name_list *enrolled)
{
	char question[QUESTION_MAX];

	if (ctl->yes || !last_one(ctl, conf, enrolled))
		return CTL_DONE;
	snprintf(question, sizeof(question),
	    "%s is the only one enrolled who can become root. After "
	    "that %s.",
	    ctl->name,
	    conf->unenrolled_allow
		? "root is behind a password alone (unenrolled = \"allow\")"
		: "nobody may be able to (unenrolled = \"deny\")");
	if (!terminal_is_there()) {
		complain("%s To do it all the same add --yes", question);
		return CTL_USAGE;
	}
	puts(question);
	if (terminal_yes("Remove it? [y/N] "))
		return CTL_DONE;
	puts("Nothing was changed.");
	return CTL_NO;
}

/* Enrolled again later, codes on an old sheet must not let in. left: how many
 * there were. */
static enum ctl_exit
end_codes(const struct ctl *ctl, int64_t *left)
{
	struct helper_request call = { .purpose = PURPOSE_RECOVERY_CODES,
		.ctx = left,
		.record = take_left };
	enum ctl_exit status;

	*left = 0;
	status = helper_request(ctl, &call); /* only looks */
	if (status != CTL_DONE || *left == 0)
		return status;
	call.answer = "0";
	return helper_request(ctl, &call);
}

/* What `totp` wrote, and what one that was killed has left. True when there was
 * something. */
static bool
secrets_unlink(const struct ctl *ctl, int folder, const char *path)
{
	static const struct {
		const char *before, *behind;
	} form[] = { { "", ".totp" }, { ".", ".totp.old" },
		{ ".", ".totp.new" } };
	char name[USER_NAME_MAX + 16];
	bool any = false;

	for (size_t i = 0; i < sizeof(form) / sizeof(form[0]); i++) {
		snprintf(name, sizeof(name), "%s%s%s", form[i].before,
		    ctl->name, form[i].behind);
		if (unlinkat(folder, name, 0) == 0)
			any = true;
		else if (errno != ENOENT)
			complain("%s/%s: %s; remove it by hand", path, name,
			    strerror(errno));
	}
	return any;
}

static void
remove_secret(const struct ctl *ctl)
{
	const char *slash = strrchr(ctl->conf, '/');
	char path[CTL_PATH_MAX + 16];
	int folder;

	snprintf(path, sizeof(path), "%.*s/secrets", (int)(slash - ctl->conf),
	    ctl->conf);
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0) {
		if (errno != ENOENT)
			complain("%s: %s; remove %s.totp there by hand", path,
			    strerror(errno), ctl->name);
		return;
	}
	if (secrets_unlink(ctl, folder, path) && fsync(folder) != 0)
		complain("%s: %s; a power cut may bring the secret back: check "
			 "its disk, then run once more: twofactl remove %s",
		    path, strerror(errno), ctl->name);
	close(folder);
}

static enum ctl_exit
remove_record(const struct ctl *ctl, const struct settings *conf)
{
	char cause[TRUSTED_FILE_CAUSE_MAX], name[RECORD_FILE_NAME_MAX];
	struct place_file_folder folder;
	int rc;

	if (place_file_open(&folder, conf->users_dir, 0, cause) != 0) {
		complain("%s", cause);
		return CTL_SETTINGS;
	}
	snprintf(name, sizeof(name), "%s.conf", ctl->name);
	rc = unlinkat(folder.fd, name, 0);
	if (rc == 0)
		rc = fsync(folder.fd);
	if (rc != 0)
		complain("%s/%s: %s", conf->users_dir, name, strerror(errno));
	place_file_close(&folder);
	return rc == 0 ? CTL_DONE : CTL_FAILED;
}

/* The record is what lets in: it goes first, and without the state, too. */
static enum ctl_exit
remove_all(const struct ctl *ctl, const struct settings *conf)
{
	enum ctl_exit status = remove_record(ctl, conf);
	int64_t left;

	if (status != CTL_DONE) {
		complain(
		    "nothing was changed: %s is enrolled as before", ctl->name);
		return status;
	}
	remove_secret(ctl);
	audit(ctl, "remove", ctl->name);
	printf("%s is not enrolled any more; %s.\n", ctl->name,
	    conf->unenrolled_allow ? "the password alone lets in"
				   : "logins are denied");
	status = end_codes(ctl, &left);
	if (status != CTL_DONE)
		complain("the recovery codes are still in the state, of use "
			 "again once %s is enrolled anew; mend that, then run "
			 "once more: twofactl remove %s",
		    ctl->name, shell_word(ctl->name));
	host_shape_renew(ctl, conf); /* without those codes */
	return status;
}

/* What a remove that could not end, or was killed, has left. */
static enum ctl_exit
remove_rest(const struct ctl *ctl)
{
	enum ctl_exit status;
	int64_t left;

	remove_secret(ctl);
	status = end_codes(ctl, &left);
	if (status != CTL_DONE)
		return status;
	if (left == 0) {
		printf("%s is not enrolled.\n", ctl->name);
		return CTL_NO;
	}
	printf("%s is not enrolled; the recovery codes that were left have "
	       "ended.\n",
	    ctl->name);
	return CTL_DONE;
}

static enum ctl_exit
remove_user(const struct ctl *ctl, const struct settings *conf)
{
	enum ctl_exit status = CTL_NO;
	struct name_list enrolled;
	bool there;

	if (name_list_enrolled(&enrolled, conf, 0, &complain_report) != 0)
		return CTL_SETTINGS;
	there = name_list_has(&enrolled, ctl->name);
	if (there)
		status = confirm(ctl, conf, &enrolled);
	name_list_free(&enrolled);
	if (!there)
		return remove_rest(ctl);
	return status == CTL_DONE ? remove_all(ctl, conf) : status;
}

enum ctl_exit
cmd_remove(struct ctl *ctl)
{
	return command_user_run(ctl, false, remove_user);
}
