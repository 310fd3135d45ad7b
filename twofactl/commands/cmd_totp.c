/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl totp */
#include "twofactl/terminal/terminal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/system/system.h"
#include "lib/values/values.h"
#include "twofactl/enrol/app_secret.h"
#include "twofactl/enrol/enrol_app.h"
#include "twofactl/records/records.h"

#define TRIES 3
#define HOST_MAX 256
#define TYPED_MAX 32

/* The name for the app's list: user@host. */
static void
account_name(const struct ctl *ctl, char *out, size_t cap)
{
	char host[HOST_MAX] = "";

	if (gethostname(host, sizeof(host) - 1) != 0 || host[0] == '\0')
		snprintf(out, cap, "%s", ctl->kept);
	else
		snprintf(out, cap, "%s@%.64s", ctl->kept, host);
}

static int
show(const struct ctl *ctl, const struct settings *conf,
    const struct secret *secret)
{
	char account[HOST_MAX], uri[APP_SECRET_URI_MAX];
	char groups[APP_SECRET_GROUPS_MAX];
	int rc;

	account_name(ctl, account, sizeof(account));
	rc = app_secret_uri(secret, conf->brand, account, uri);
	if (rc == 0) {
		app_secret_groups(secret, groups);
		printf("For %s's authenticator app, this once:\n\n  %s\n\n"
		       "or by hand: %s (time-based, SHA1, %d digits, %d s)\n\n",
		    ctl->shown, uri, groups, TOTP_DIGITS, TOTP_STEP_S);
		explicit_bzero(groups, sizeof(groups));
		qr_text_show(uri);
	} else {
		complain("%s: %s", account, strerror(errno));
	}
	explicit_bzero(uri, sizeof(uri));
	if (rc == 0 && fflush(stdout) != 0) {
		complain("standard output cannot be written: nothing was "
			 "changed");
		return -1;
	}
	return rc;
}

/* Apps show "123 456". -1: too many digits. */
static int
digits_of(const char *typed, char code[TOTP_DIGITS + 1])
{
	size_t n = 0;

	for (; *typed != '\0'; typed++) {
		if (*typed == ' ' || *typed == '\r')
			continue;
		if (n == TOTP_DIGITS || *typed < '0' || *typed > '9')
			return -1;
		code[n++] = *typed;
	}
	code[n] = '\0';
	return n == TOTP_DIGITS ? 0 : -1;
}

/* The step of a right code, 0 when it is wrong, -1 without another answer. */
static int64_t
ask_code(const struct secret *secret, int left)
{
	char prompt[64], typed[TYPED_MAX] = "", code[TOTP_DIGITS + 1] = "";
	int64_t step = 0;

	snprintf(prompt, sizeof(prompt),
	    "Code that the app shows (%d %s left): ", left,
	    left == 1 ? "try" : "tries");
	if (terminal_line(prompt, typed, sizeof(typed)) != 0)
		return -1;
	if (digits_of(typed, code) != 0 ||
	    totp_match(secret, code, clock_wall_s(), &step) != 1)
		step = 0;
	explicit_bzero(typed, sizeof(typed));
	explicit_bzero(code, sizeof(code));
	return step;
}

/* Check that the app knows the secret and the time. */
static enum ctl_exit
verify(const struct ctl *ctl, const struct secret *secret, int64_t *step)
{
	*step = 0;
	if (ctl->no_verify)
		return CTL_DONE;
	for (int left = TRIES; left > 0; left--) {
		*step = ask_code(secret, left);
		if (*step > 0)
			return CTL_DONE;
		if (*step < 0)
			break;
		if (left > 1)
			complain("that is not its code now; are the clocks of "
				 "phone and host right?");
	}
	complain("no right code: nothing was changed, the new secret is of no "
		 "use");
	return CTL_NO;
}

static enum ctl_exit
renew(const struct ctl *ctl, const struct settings *conf)
{
	struct secret secret = { .len = 0 };
	enum ctl_exit status = CTL_FAILED;
	int64_t step = 0;

	if (app_secret_new(&secret) != 0)
		complain("no random bytes: %s", strerror(errno));
	else
		status = enrol_app_look(ctl, conf, &secret);
	if (status == CTL_DONE && show(ctl, conf, &secret) != 0)
		status = CTL_FAILED;
	if (status == CTL_DONE)
		status = verify(ctl, &secret, &step);
	if (status == CTL_DONE)
		status = enrol_app(ctl, conf, &secret, step);
	if (status == CTL_DONE) {
		printf(
		    "%s can use the app from the next login on.\n", ctl->shown);
		host_shape_renew(ctl, conf);
	}
	explicit_bzero(&secret, sizeof(secret));
	return status;
}

enum ctl_exit
cmd_totp(struct ctl *ctl)
{
	return command_user_run(ctl, true, 0, renew);
}
