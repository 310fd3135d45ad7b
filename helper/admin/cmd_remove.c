/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl remove */
#include "helper/admin/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "helper/admin/audit.h"
#include "helper/admin/complain.h"
#include "helper/admin/helpercall.h"
#include "helper/admin/placefile.h"
#include "helper/admin/recordfile.h"
#include "helper/admin/rootaccess.h"
#include "helper/admin/target.h"
#include "helper/admin/terminal.h"

#define QUESTION_MAX 320

static int
ignore(void *ctx, const struct adminrecord *r)
{
	(void)ctx;
	return r->kind == ADMIN_LEFT ? 0 : -1;
}

/* Nobody but a password would be left between the world and root, or nobody
 * could become root at all. */
static enum ctl_exit
confirm(const struct ctl *ctl, const struct config *conf,
    const struct namelist *enrolled)
{
	char question[QUESTION_MAX];

	if (ctl->yes || !rootaccess_last(enrolled, ctl->name))
		return CTL_DONE;
	snprintf(question, sizeof(question),
	    "%s is the only one enrolled who can become root. After that %s.",
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

/* Enrolled again later, codes on an old sheet must not let in. */
static enum ctl_exit
end_codes(const struct ctl *ctl)
{
	const struct helpercall call = { .purpose = PURPOSE_RECOVERY_CODES,
		.answer = "0",
		.record = ignore };

	return helpercall(ctl, &call);
}

/* What `totp` wrote. */
static void
remove_secret(const struct ctl *ctl)
{
	const char *slash = strrchr(ctl->conf, '/');
	char path[CTL_PATH_MAX + 2 * ACCOUNT_NAME_MAX];

	snprintf(path, sizeof(path), "%.*s/secrets/%s.totp",
	    (int)(slash - ctl->conf), ctl->conf, ctl->name);
	if (unlink(path) != 0 && errno != ENOENT)
		complain("%s: %s; remove it by hand", path, strerror(errno));
}

static enum ctl_exit
remove_record(const struct ctl *ctl, const struct config *conf)
{
	char cause[CONFFILE_CAUSE_MAX], name[RECORDFILE_NAME_MAX];
	int folder = placefile_folder(conf->users_dir, 0, cause), rc;

	if (folder < 0) {
		complain("%s", cause);
		return CTL_SETTINGS;
	}
	snprintf(name, sizeof(name), "%s.conf", ctl->name);
	rc = unlinkat(folder, name, 0);
	if (rc == 0)
		rc = fsync(folder);
	if (rc != 0)
		complain("%s/%s: %s", conf->users_dir, name, strerror(errno));
	close(folder);
	return rc == 0 ? CTL_DONE : CTL_FAILED;
}

static enum ctl_exit
remove_user(const struct ctl *ctl, const struct config *conf)
{
	struct namelist enrolled;
	enum ctl_exit status;

	if (namelist_enrolled(&enrolled, conf, 0, &complain_report) != 0)
		return CTL_SETTINGS;
	if (namelist_has(&enrolled, ctl->name)) {
		status = confirm(ctl, conf, &enrolled);
	} else {
		printf("%s is not enrolled.\n", ctl->name);
		status = CTL_NO;
	}
	namelist_free(&enrolled);
	if (status == CTL_DONE)
		status = end_codes(ctl);
	if (status == CTL_DONE)
		status = remove_record(ctl, conf);
	if (status != CTL_DONE)
		return status;
	remove_secret(ctl);
	audit(ctl, "remove", ctl->name);
	printf("%s is not enrolled any more; %s.\n", ctl->name,
	    conf->unenrolled_allow ? "the password alone lets in"
				   : "logins are denied");
	return CTL_DONE;
}

enum ctl_exit
cmd_remove(struct ctl *ctl)
{
	enum ctl_exit status = target_find(ctl, false);
	struct config *conf;

	if (status != CTL_DONE)
		return status;
	conf = config_load(ctl->conf, 0, &complain_report);
	if (conf == NULL)
		return CTL_SETTINGS;
	status = remove_user(ctl, conf);
	config_free(conf);
	return status;
}
