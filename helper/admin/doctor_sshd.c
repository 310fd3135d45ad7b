/* SPDX-License-Identifier: BSD-2-Clause */
/* sshd's settings, as sshd itself sees them. */
#include "helper/admin/doctor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper/admin/complain.h"
#include "helper/admin/namelist.h"
#include "helper/admin/program.h"
#include "helper/admin/sshdconf.h"

#define OUT_MAX (256 * 1024)
#define TIMEOUT_S 10
#define USERS_MAX 20 /* a run of sshd for each */
#define SPEC_MAX (ACCOUNT_NAME_MAX + 64)

static const char *const programs[] = { "/usr/sbin/sshd",
	"/usr/local/sbin/sshd", "/usr/bin/sshd" };

static const char *
find_sshd(void)
{
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		if (access(programs[i], X_OK) == 0)
			return programs[i];
	return NULL;
}

/* What sshd -T says, for a user when there is one. 0, or -1 after telling. */
static int
ask_sshd(struct doctor *d, const char *path, const char *user, char *out,
    struct sshdconf *conf)
{
	char spec[SPEC_MAX];
	const char *argv[] = { path, "-T", user != NULL ? "-C" : NULL, spec,
		NULL };
	const struct program sshd = { .argv = argv, .timeout_s = TIMEOUT_S };
	int status = 0;

	snprintf(spec, sizeof(spec), "user=%s,host=localhost,addr=127.0.0.1",
	    user != NULL ? user : "");
	if (program_run(&sshd, out, OUT_MAX, &status) != PROGRAM_ENDED ||
	    status != 0) {
		out[strcspn(out, "\r\n")] = '\0';
		doctor_problem(d, "sshd-config",
		    "%s -T fails, and so may sshd at its next start: %.300s; "
		    "correct sshd_config",
		    path, out);
		return -1;
	}
	sshdconf_read(conf, out);
	if (conf->read)
		return 0;
	doctor_problem(d, "sshd-config",
	    "%s -T does not tell all that it should; OpenSSH 7.8 or later is "
	    "needed",
	    path);
	return -1;
}

static void
tell(void *ctx, const char *name, const char *text)
{
	doctor_problem(ctx, name, "%s", text);
}

static void
tell_skips(struct doctor *d, const char *who, const char *what)
{
	doctor_problem(d, "sshd-keys",
	    "%s gets %s in without a code, since it skips PAM; set "
	    "AuthenticationMethods publickey,keyboard-interactive "
	    "keyboard-interactive",
	    what, who);
}

/* Match blocks may let some of the enrolled skip it. */
static void
check_users(struct doctor *d, const char *path, char *out)
{
	struct namelist users = { .count = 0 };
	struct sshdconf conf;

	if (d->conf == NULL ||
	    namelist_enrolled(&users, d->conf, 0, &complain_report) != 0)
		return;
	for (size_t i = 0; i < users.count && i < USERS_MAX; i++) {
		if (ask_sshd(d, path, users.name[i], out, &conf) != 0)
			break;
		if (sshdconf_skips(&conf) == NULL)
			continue;
		tell_skips(d, users.name[i], sshdconf_skips(&conf));
		break;
	}
	namelist_free(&users);
}

void
doctor_sshd(struct doctor *d)
{
	const struct sshdconf_report report = { .ctx = d, .problem = tell };
	const char *path = find_sshd();
	struct sshdconf conf;
	char *out;

	if (path == NULL || !d->sshd)
		return; /* that it has no second factor is told */
	out = calloc(1, OUT_MAX);
	if (out != NULL && ask_sshd(d, path, NULL, out, &conf) == 0) {
		sshdconf_judge(&conf, d->sshd_deadline_s, &report);
		if (sshdconf_skips(&conf) != NULL)
			tell_skips(d, "everybody", sshdconf_skips(&conf));
		else
			check_users(d, path, out);
	}
	free(out);
}
