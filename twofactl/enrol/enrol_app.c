/* SPDX-License-Identifier: BSD-2-Clause */
/* An app's secret on its way into force. */
#include "twofactl/enrol/enrol_app.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "twofactl/link/helper_request.h"
#include "twofactl/records/record_file.h"
#include "twofactl/records/recordexit.h"
#include "twofactl/records/recordowner.h"
#include "twofactl/records/secret_file.h"
#include "twofactl/terminal/complain.h"

#define KEY "totp_secret_file"
#define STEP_TEXT 24

/* secrets, beside twofa.conf. */
static int
secrets_folder(const struct ctl *ctl, char out[CONFFILE_PATH_MAX + 1])
{
	const char *slash = strrchr(ctl->conf, '/');
	int n = snprintf(out, CONFFILE_PATH_MAX + 1, "%.*s/secrets",
	    (int)(slash - ctl->conf), ctl->conf);

	if (n > 0 && n <= CONFFILE_PATH_MAX)
		return 0;
	complain("%s: the path is too long for a folder of secrets beside it",
	    ctl->conf);
	return -1;
}

static enum ctl_exit
tell_state(const struct ctl *ctl, int64_t step)
{
	char text[STEP_TEXT];
	const struct helpercall call = { .purpose = PURPOSE_TOTP,
		.answer = text };

	snprintf(text, sizeof(text), "%lld", (long long)step);
	return helpercall(ctl, &call);
}

/* The record, tried with the secret in its place; the state; the record. Only
 * the last step cannot be taken back. */
static enum ctl_exit
place_record(const struct ctl *ctl, const struct config *conf, const char *path,
    const struct placefile_owner *owner, int64_t step)
{
	static struct recordfile record;
	enum ctl_exit status = recordexit_of(recordfile_prepare(
	    &record, conf, ctl->name, owner, KEY, path, &complain_report));

	if (status != CTL_DONE)
		return status;
	status = tell_state(ctl, step);
	if (status != CTL_DONE) {
		recordfile_drop(&record);
		return status;
	}
	return recordfile_commit(&record) == RECORDFILE_DONE ? CTL_DONE
							     : CTL_FAILED;
}

/* The record as it would be, with the secret under a name for the moment:
 * neither it nor a folder may be in the way later. */
static enum ctl_exit
try_record(const struct ctl *ctl, const struct config *conf, const char *path,
    const struct placefile_owner *owner)
{
	static struct recordfile record;
	const enum ctl_exit status = recordexit_of(recordfile_prepare(
	    &record, conf, ctl->name, owner, KEY, path, &complain_report));

	if (status == CTL_DONE)
		recordfile_drop(&record);
	return status;
}

static enum ctl_exit
look(const struct ctl *ctl, const struct config *conf, const char *folder,
    const struct secret *secret)
{
	char name[SECRETFILE_NAME_MAX], cause[CONFFILE_CAUSE_MAX];
	char path[CONFFILE_PATH_MAX + SECRETFILE_NAME_MAX + 2];
	struct placefile_owner owner;
	struct placefile_folder f;
	enum ctl_exit status;

	if (recordowner_find(&owner) != 0)
		return CTL_FAILED;
	if (placefile_open(&f, folder, owner.uid, cause) != 0) {
		complain("%s", cause);
		return CTL_FAILED;
	}
	snprintf(name, sizeof(name), ".%s.totp.new", ctl->name);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (secretfile_try(f.fd, name, secret, &owner) == 0) {
		status = try_record(ctl, conf, path, &owner);
		(void)unlinkat(f.fd, name, 0);
	} else {
		complain("%s: %s", path, strerror(errno));
		status = CTL_FAILED;
	}
	placefile_close(&f);
	return status;
}

enum ctl_exit
enrolapp_look(const struct ctl *ctl, const struct config *conf,
    const struct secret *secret)
{
	char folder[CONFFILE_PATH_MAX + 1];
	enum ctl_exit status = CTL_SETTINGS;

	if (secrets_folder(ctl, folder) == 0)
		status = look(ctl, conf, folder, secret);
	if (status != CTL_DONE)
		complain("nothing was changed");
	return status;
}

static enum ctl_exit
place(const struct ctl *ctl, const struct config *conf, const char *folder,
    const struct secret *secret, int64_t step)
{
	char name[SECRETFILE_NAME_MAX], cause[CONFFILE_CAUSE_MAX];
	char path[CONFFILE_PATH_MAX + SECRETFILE_NAME_MAX + 2];
	struct placefile_owner owner;
	struct secretfile file;
	enum ctl_exit status;

	if (recordowner_find(&owner) != 0)
		return CTL_FAILED;
	snprintf(name, sizeof(name), "%s.totp", ctl->name);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (secretfile_put(&file, folder, name, secret, &owner, cause) != 0) {
		complain("%s", cause);
		return CTL_FAILED;
	}
	status = place_record(ctl, conf, path, &owner, step);
	if (status == CTL_DONE)
		secretfile_keep(&file);
	else
		secretfile_undo(&file);
	return status;
}

enum ctl_exit
enrolapp(const struct ctl *ctl, const struct config *conf,
    const struct secret *secret, int64_t step)
{
	char folder[CONFFILE_PATH_MAX + 1];
	enum ctl_exit status = CTL_SETTINGS;

	if (secrets_folder(ctl, folder) == 0)
		status = place(ctl, conf, folder, secret, step);
	if (status != CTL_DONE)
		complain("nothing was changed: the new secret is of no use");
	return status;
}
