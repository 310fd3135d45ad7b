/* SPDX-License-Identifier: BSD-2-Clause */
/* Puts an app's secret into use. */
#include "twofactl/enrol/enrol_app.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/fleet_records/fleet_records.h"
#include "twofactl/fleet/fleet.h"
#include "twofactl/link/link.h"
#include "twofactl/records/records.h"
#include "twofactl/terminal/terminal.h"

#define KEY "totp_secret_file"
#define STEP_TEXT 24

/* The folder secrets, beside twofa.conf. */
static int
secrets_folder(const struct ctl *ctl, char out[TRUSTED_FILE_PATH_MAX + 1])
{
	const char *slash = strrchr(ctl->conf, '/');
	int n = snprintf(out, TRUSTED_FILE_PATH_MAX + 1, "%.*s/secrets",
	    (int)(slash - ctl->conf), ctl->conf);

	if (n > 0 && n <= TRUSTED_FILE_PATH_MAX)
		return 0;
	complain("%s: the path is too long for a folder of secrets beside it",
	    ctl->conf);
	return -1;
}

static enum ctl_exit
tell_state(const struct ctl *ctl, int64_t step)
{
	char text[STEP_TEXT];
	const struct helper_request call = { .purpose = PURPOSE_TOTP,
		.answer = text };

	snprintf(text, sizeof(text), "%lld", (long long)step);
	return helper_request(ctl, &call);
}

/* First the record is tried with the secret in its place, then the state, then
 * the record. Only the last step cannot be taken back. */
static enum ctl_exit
place_record(const struct ctl *ctl, const struct settings *conf,
    const char *path, const struct place_file_owner *owner, int64_t step)
{
	static struct record_file record;
	enum ctl_exit status = record_file_exit(record_file_prepare(
	    &record, conf, ctl->kept, owner, KEY, path, &complain_report));

	if (status != CTL_DONE)
		return status;
	status = tell_state(ctl, step);
	if (status != CTL_DONE) {
		record_file_drop(&record);
		return status;
	}
	return record_file_commit(&record) == RECORD_FILE_DONE ? CTL_DONE
							       : CTL_FAILED;
}

/* Try the future record, with the secret under a temporary name: so it is known
 * that neither the secret nor a folder will be in the way. */
static enum ctl_exit
try_record(const struct ctl *ctl, const struct settings *conf, const char *path,
    const struct place_file_owner *owner)
{
	static struct record_file record;
	const enum ctl_exit status = record_file_exit(record_file_prepare(
	    &record, conf, ctl->kept, owner, KEY, path, &complain_report));

	if (status == CTL_DONE)
		record_file_drop(&record);
	return status;
}

static enum ctl_exit
look(const struct ctl *ctl, const struct settings *conf, const char *folder,
    const struct secret *secret)
{
	char name[SECRET_FILE_NAME_MAX], cause[TRUSTED_FILE_CAUSE_MAX];
	char path[TRUSTED_FILE_PATH_MAX + SECRET_FILE_NAME_MAX + 2];
	struct place_file_owner owner;
	struct place_file_folder f;
	enum ctl_exit status;

	if (record_file_owner(&owner) != 0)
		return CTL_FAILED;
	if (place_file_open(&f, folder, owner.uid, cause) != 0) {
		complain("%s", cause);
		return CTL_FAILED;
	}
	secret_file_name(name, ".", ctl->kept, ".totp.new");
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (secret_file_try(f.fd, name, secret, &owner) == 0) {
		status = try_record(ctl, conf, path, &owner);
		(void)unlinkat(f.fd, name, 0);
	} else {
		complain("%s: %s", path, strerror(errno));
		status = CTL_FAILED;
	}
	place_file_close(&f);
	return status;
}

/* Of a record that hosts share: the secret stands in it, for them alone. step
 * < 0: only try it. */
static enum ctl_exit
place_sealed(const struct ctl *ctl, const struct settings *conf,
    const struct secret *secret, int64_t step)
{
	char text[RECORD_SEAL_TEXT_MAX];
	struct place_file_owner owner;

	if (record_file_owner(&owner) != 0)
		return CTL_FAILED;
	if (record_seal_secret(
		conf->store.fleet_key, ctl->kept, secret, text) != 0) {
		complain("the secret cannot be encrypted: check libcrypto");
		return CTL_FAILED;
	}
	return step < 0 ? try_record(ctl, conf, text, &owner)
			: place_record(ctl, conf, text, &owner, step);
}

enum ctl_exit
enrol_app_look(const struct ctl *ctl, const struct settings *conf,
    const struct secret *secret)
{
	char folder[TRUSTED_FILE_PATH_MAX + 1];
	enum ctl_exit status = CTL_SETTINGS;

	if (state_records_holds(conf, ctl->name))
		status = place_sealed(ctl, conf, secret, -1);
	else if (secrets_folder(ctl, folder) == 0)
		status = look(ctl, conf, folder, secret);
	if (status != CTL_DONE)
		complain("nothing was changed");
	return status;
}

static enum ctl_exit
place(const struct ctl *ctl, const struct settings *conf, const char *folder,
    const struct secret *secret, int64_t step)
{
	char name[SECRET_FILE_NAME_MAX], cause[TRUSTED_FILE_CAUSE_MAX];
	char path[TRUSTED_FILE_PATH_MAX + SECRET_FILE_NAME_MAX + 2];
	struct place_file_owner owner;
	struct secret_file file;
	enum ctl_exit status;

	if (record_file_owner(&owner) != 0)
		return CTL_FAILED;
	secret_file_name(name, "", ctl->kept, ".totp");
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (secret_file_put(&file, folder, name, secret, &owner, cause) != 0) {
		complain("%s", cause);
		return CTL_FAILED;
	}
	status = place_record(ctl, conf, path, &owner, step);
	if (status == CTL_DONE)
		secret_file_keep(&file);
	else
		secret_file_undo(&file);
	return status;
}

enum ctl_exit
enrol_app(const struct ctl *ctl, const struct settings *conf,
    const struct secret *secret, int64_t step)
{
	char folder[TRUSTED_FILE_PATH_MAX + 1];
	enum ctl_exit status = CTL_SETTINGS;

	if (state_records_holds(conf, ctl->name))
		status = place_sealed(ctl, conf, secret, step);
	else if (secrets_folder(ctl, folder) == 0)
		status = place(ctl, conf, folder, secret, step);
	if (status != CTL_DONE)
		complain("nothing was changed: the new secret is of no use");
	return status;
}
