/* SPDX-License-Identifier: BSD-2-Clause */
/* sshd's settings, as sshd itself reports them. */
#include "twofactl/doctor/doctor_sshd.h"

#include <stdio.h>
#include <string.h>

#include "twofactl/terminal/shell_word.h"

static void
tell_failed(const struct doctor_sshd *s)
{
	const char *folder = strstr(s->out, SSHD_ASK_NO_FOLDER);

	s->out[strcspn(s->out, "\r\n")] = '\0';
	if (folder == s->out)
		doctor_problem(s->doctor, "sshd-config",
		    "%s is missing, which sshd's start makes, and so its "
		    "settings cannot be looked at; start sshd, or run: mkdir "
		    "-m 0755 %s",
		    shell_word(folder + strlen(SSHD_ASK_NO_FOLDER)),
		    shell_word(folder + strlen(SSHD_ASK_NO_FOLDER)));
	else
		doctor_problem(s->doctor, "sshd-config",
		    "%s -T fails, and so may sshd at its next start: %.300s; "
		    "correct sshd_config",
		    s->path, s->out);
}

static int
take(const struct doctor_sshd *s, enum sshd_ask_result result)
{
	switch (result) {
	case SSHD_ASK_DONE:
		return 0;
	case SSHD_ASK_LESS:
		doctor_problem(s->doctor, "sshd-config",
		    "%s -T does not tell all that it should; OpenSSH 7.8 or "
		    "later is needed",
		    s->path);
		break;
	case SSHD_ASK_FAILED:
		tell_failed(s);
		break;
	}
	return -1;
}

/* A login without a key needs a password before pam_twofa. */
static void
judge_first(const struct doctor *d, const struct sshd_settings *conf,
    const struct sshd_settings_report *report)
{
	char text[DOCTOR_SSHD_TEXT];

	if (!sshd_settings_pam_first(conf) ||
	    (!d->sshd_no_factor && !d->sshd_silent))
		return;
	snprintf(text, sizeof(text),
	    "sshd: keyboard-interactive may come first, and %s; %.700s%sset "
	    "AuthenticationMethods publickey,keyboard-interactive",
	    d->sshd_no_factor
		? "nothing in sshd's stack asks for a password before "
		  "pam_twofa, so that who comes without a key is denied"
		: "a module before pam_twofa leaves no password, so that "
		  "pam_twofa denies whom it lets through (no-first-factor)",
	    d->sshd_first, d->sshd_first[0] != '\0' ? "; or " : "");
	report->problem(report->ctx,
	    d->sshd_no_factor ? "pam-no-password" : "pam-first-factor", text);
}

/* Findings about sshd's stack refer to /etc/pam.d/sshd. */
static void
judge_service(const struct doctor_sshd *s, const char *service,
    const struct sshd_settings_report *report)
{
	char text[DOCTOR_SSHD_TEXT];

	if (!doctor_pam_names(service)) {
		snprintf(text, sizeof(text),
		    "PAMServiceName %.100s: sshd asks PAM for that service, "
		    "whose stack has no pam_twofa, and not for sshd; take that "
		    "setting out, or copy the auth lines of "
		    "/etc/pam.d/sshd to /etc/pam.d/%.100s",
		    service, service);
		report->problem(report->ctx, "sshd-service", text);
	} else if (!s->found->service_told) {
		doctor_note(s->doctor, "sshd-service",
		    "PAMServiceName %s: sshd asks PAM for that service, whose "
		    "stack is judged as any program's, and not for sshd: what "
		    "is said here of sshd's stack does not hold for it, nor "
		    "what twofactl enable sshd does",
		    service);
		s->found->service_told = true;
	}
}

void
doctor_sshd_judge(const struct doctor_sshd *s, const struct sshd_settings *conf,
    const struct sshd_settings_report *report)
{
	const char *other = sshd_settings_other_service(conf);
	const char *skips = sshd_settings_skips(conf);
	char text[DOCTOR_SSHD_TEXT];

	sshd_settings_judge(conf, s->deadline_s, report);
	judge_first(s->doctor, conf, report);
	if (other != NULL)
		judge_service(s, other, report);
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

int
doctor_sshd_ask(const struct doctor_sshd *s, const char *user,
    const struct sshd_place *at, struct sshd_settings *conf)
{
	return take(s, sshd_ask(s->path, user, at, s->out, conf));
}
