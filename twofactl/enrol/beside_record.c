/* SPDX-License-Identifier: BSD-2-Clause */
/* What is removed together with a record. */
#include "twofactl/enrol/beside_record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "twofactl/link/link.h"
#include "twofactl/records/records.h"
#include "twofactl/terminal/terminal.h"

static int
take_left(void *ctx, const struct record *r)
{
	int64_t *left = ctx;

	if (r->kind != ADMIN_LEFT)
		return -1;
	*left = r->number[1];
	return 0;
}

static int
take_forgot(void *ctx, const struct record *r)
{
	int64_t *forgot = ctx;

	if (r->kind != ADMIN_FORGOT)
		return -1;
	*forgot = r->number[1];
	return 0;
}

enum ctl_exit
beside_record_forget(const struct ctl *ctl, int64_t *forgot)
{
	struct facts facts = helper_link_facts(ctl, PURPOSE_FORGET);
	const struct helper_request call = {
		.facts = &facts, .ctx = forgot, .record = take_forgot
	};

	*forgot = 0;
	if (ctl->factors_of[0] != '\0') {
		facts.user = ctl->factors_of;
		facts.request = ctl->of_account;
	}
	return helper_request(ctl, &call);
}

/* If the user is enrolled again later, codes on an old sheet must not let in.
 * left: how many there were. */
enum ctl_exit
beside_record_codes(const struct ctl *ctl, int64_t *left)
{
	const struct helper_request call = { .purpose = PURPOSE_RECOVERY_CODES,
		.answer = "0",
		.ctx = left,
		.record = take_left };

	*left = 0;
	return helper_request(ctl, &call);
}

/* No server knows of them: they would let in at the next outage. */
enum ctl_exit
beside_record_local(
    const struct ctl *ctl, const struct settings *conf, int64_t *left)
{
	struct facts facts = helper_link_facts(ctl, PURPOSE_RECOVERY_CODES);
	const struct helper_request call = {
		.facts = &facts, .answer = "0", .ctx = left, .record = take_left
	};
	enum ctl_exit status;

	*left = 0;
	if (!settings_outage_file(conf))
		return CTL_DONE;
	facts.request = RECOVERY_LOCAL;
	status = helper_request(ctl, &call);
	if (status == CTL_DONE && *left > 0)
		printf("The break-glass codes of %s on this host (%s) have "
		       "ended.\n",
		    ctl->shown, conf->store.host);
	return status;
}

/* Remove what `totp` wrote, and the leftovers of a killed one. True when there
 * was something. */
static bool
secrets_unlink(const struct ctl *ctl, int folder, const char *path)
{
	static const struct {
		const char *before, *behind;
	} form[] = { { "", ".totp" }, { ".", ".totp.old" },
		{ ".", ".totp.new" } };
	char name[SECRET_FILE_NAME_MAX];
	bool any = false;

	for (size_t i = 0; i < sizeof(form) / sizeof(form[0]); i++) {
		secret_file_name(
		    name, form[i].before, ctl->kept, form[i].behind);
		if (unlinkat(folder, name, 0) == 0)
			any = true;
		else if (errno != ENOENT)
			complain("%s/%s: %s; remove it by hand", path, name,
			    strerror(errno));
	}
	return any;
}

void
beside_record_secret(const struct ctl *ctl)
{
	const char *slash = strrchr(ctl->conf, '/');
	char path[CTL_PATH_MAX + 16];
	int folder;

	snprintf(path, sizeof(path), "%.*s/secrets", (int)(slash - ctl->conf),
	    ctl->conf);
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0) {
		if (errno != ENOENT)
			complain("%s: %s; remove the secret of %s there by "
				 "hand",
			    path, strerror(errno), ctl->shown);
		return;
	}
	if (secrets_unlink(ctl, folder, path) && fsync(folder) != 0)
		complain("%s: %s; a power cut may bring the secret back: check "
			 "its disk, then run once more: twofactl remove %s",
		    path, strerror(errno), command_person_words(ctl));
	close(folder);
}

enum ctl_exit
beside_record_stays(const struct ctl *ctl)
{
	complain("the recovery codes of %s are still in the state and would be "
		 "valid with the next record of that name; fix that, then run "
		 "once more: twofactl remove %s",
	    ctl->shown, command_person_words(ctl));
	return CTL_FAILED;
}

enum ctl_exit
beside_record_person(const struct ctl *ctl, const struct settings *conf)
{
	enum ctl_exit status, here;
	int64_t left, forgot;

	beside_record_secret(ctl);
	status = beside_record_forget(ctl, &forgot);
	if (status == CTL_DONE || status == CTL_NO)
		status = beside_record_codes(ctl, &left);
	here = beside_record_local(ctl, conf, &left);
	if (status == CTL_DONE)
		status = here;
	return status == CTL_DONE ? CTL_DONE : beside_record_stays(ctl);
}
