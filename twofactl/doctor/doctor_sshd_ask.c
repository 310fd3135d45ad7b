/* SPDX-License-Identifier: BSD-2-Clause */
/* sshd's settings, as sshd itself sees them. */
#include "twofactl/doctor/doctor_sshd.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "twofactl/host/run_program.h"
#include "twofactl/terminal/shell_word.h"

#define TIMEOUT_S 10
#define SPEC_MAX (USER_NAME_MAX + 4 * SSHD_ADDRESS_MAX + 64)
#define NO_FOLDER "Missing privilege separation directory: "
#define RUN "/run/"
#define FOLDER_MAX 64
#define FOLDER_MODE 0755
#define NO_SUCH_SPEC "Invalid test mode specification"

static bool
run(const struct doctor_sshd *s, const char *spec)
{
	const char *const argv[] = { s->path, "-T", "-C", spec, NULL };
	const struct program sshd = { .argv = argv, .timeout_s = TIMEOUT_S };
	int status = 0;

	return run_program(&sshd, s->out, DOCTOR_SSHD_OUT, &status) ==
	    PROGRAM_ENDED &&
	    status == 0;
}

static void
tell_failed(const struct doctor_sshd *s)
{
	const char *folder = strstr(s->out, NO_FOLDER);

	s->out[strcspn(s->out, "\r\n")] = '\0';
	if (folder == s->out)
		doctor_problem(s->doctor, "sshd-config",
		    "%s is missing, which sshd's start makes, and so its "
		    "settings cannot be looked at; start sshd, or run: mkdir "
		    "-m 0755 %s",
		    shell_word(folder + strlen(NO_FOLDER)),
		    shell_word(folder + strlen(NO_FOLDER)));
	else
		doctor_problem(s->doctor, "sshd-config",
		    "%s -T fails, and so may sshd at its next start: %.300s; "
		    "correct sshd_config",
		    s->path, s->out);
}

/* sshd needs this folder even to print its settings. It is not there before
 * sshd's first start since the system's, as where ssh.socket waits for somebody
 * to come. It is made as that start makes it, and stays: an sshd that starts
 * meanwhile would lose it. */
static bool
make_folder(const struct doctor_sshd *s)
{
	const size_t name = strlen(NO_FOLDER);
	char path[FOLDER_MAX];

	if (strncmp(s->out, NO_FOLDER, name) != 0)
		return false;
	snprintf(path, sizeof(path), "%.*s",
	    (int)strcspn(s->out + name, "\r\n"), s->out + name);
	return strncmp(path, RUN, strlen(RUN)) == 0 &&
	    strchr(path + strlen(RUN), '/') == NULL &&
	    mkdir(path, FOLDER_MODE) == 0 && chmod(path, FOLDER_MODE) == 0;
}

static int
ask(const struct doctor_sshd *s, char *spec, struct sshd_settings *conf)
{
	bool good = run(s, spec) || (make_folder(s) && run(s, spec));

	if (!good && strstr(s->out, NO_SUCH_SPEC) != NULL) {
		/* before OpenSSH 7.7 and where rdomain is not built in */
		*strstr(spec, ",rdomain=") = '\0';
		good = run(s, spec);
	}
	if (!good) {
		tell_failed(s);
		return -1;
	}
	sshd_settings_read(conf, s->out);
	if (conf->read)
		return 0;
	doctor_problem(s->doctor, "sshd-config",
	    "%s -T does not tell all that it should; OpenSSH 7.8 or later is "
	    "needed",
	    s->path);
	return -1;
}

/* Who has shown no key has to leave a password before pam_twofa. */
static void
judge_first(const struct doctor *d, const struct sshd_settings *conf,
    const struct sshd_settings_report *report)
{
	if (!sshd_settings_pam_first(conf))
		return;
	if (d->sshd_no_factor)
		report->problem(report->ctx, "pam-no-password",
		    "sshd: keyboard-interactive may come first, and nothing "
		    "in sshd's stack asks for a password before pam_twofa, so "
		    "that who comes without a key is denied; put pam_twofa "
		    "behind the password's lines, or set AuthenticationMethods "
		    "publickey,keyboard-interactive");
	if (d->sshd_silent)
		report->problem(report->ctx, "pam-first-factor",
		    "sshd: keyboard-interactive may come first, and a module "
		    "before pam_twofa leaves no password, so that pam_twofa "
		    "denies whom it lets through (no-first-factor); ask for "
		    "the password there as well, or set AuthenticationMethods "
		    "publickey,keyboard-interactive");
}

void
doctor_sshd_judge(const struct doctor_sshd *s, const struct sshd_settings *conf,
    const struct sshd_settings_report *report)
{
	const char *skips = sshd_settings_skips(conf);
	char text[DOCTOR_SSHD_TEXT];

	sshd_settings_judge(conf, s->deadline_s, report);
	judge_first(s->doctor, conf, report);
	if (skips == NULL)
		return;
	snprintf(text, sizeof(text),
	    "%s gets %sin without a code, since it skips PAM; set "
	    "AuthenticationMethods publickey,keyboard-interactive "
	    "keyboard-interactive",
	    skips, conf == &s->general ? "everybody " : "");
	report->problem(report->ctx, "sshd-keys", text);
}

bool
doctor_sshd_general(const struct doctor_sshd *s, const char *name)
{
	for (size_t i = 0; i < s->found->count; i++)
		if (s->found->check[i].user[0] == '\0' &&
		    strcmp(s->found->check[i].name, name) == 0)
			return true;
	return false;
}

/* From an address that is nobody's (RFC 5737): a Match for one network is none
 * for everybody. All that conditions may ask for must be named. */
int
doctor_sshd_ask(
    const struct doctor_sshd *s, const char *user, struct sshd_settings *conf)
{
	char spec[SPEC_MAX];

	snprintf(spec, sizeof(spec),
	    "user=%s,host=192.0.2.1,addr=192.0.2.1,laddr=192.0.2.2,lport=22,"
	    "rdomain=",
	    user);
	return ask(s, spec, conf);
}

int
doctor_sshd_ask_from(const struct doctor_sshd *s, const char *user,
    const struct sshd_place *at, struct sshd_settings *conf)
{
	char spec[SPEC_MAX];

	snprintf(spec, sizeof(spec),
	    "user=%s,host=%s,addr=%s,laddr=%s,lport=%u,rdomain=", user,
	    at->address, at->address, at->address, at->port);
	return ask(s, spec, conf);
}
