/* SPDX-License-Identifier: BSD-2-Clause */
/* A service that can give root and has no pam_twofa, with the remedy. */
#include "twofactl/doctor/doctor_missing.h"

#include <stdlib.h>
#include <string.h>

#include "twofactl/doctor/doctor_sshd.h"
#include "twofactl/host/host.h"

#define COPY " (a copy of its file in another folder of PAM's)"
#define BY_HAND " (see docs/guide/by-hand.md)"

static void
tell_as_meant(struct doctor *d, const char *service, size_t rule)
{
	doctor_note(d, "pam-missing",
	    "%s has no second factor, as rule %zu wants it", service, rule);
	d->sshd_exempt |= strcmp(service, "sshd") == 0;
}

/* enable only changes the admin's own files. */
static const char *
enabled_by(const char *service)
{
	return pam_folder_ours(service) ? login_service_enable(service) : NULL;
}

/* Its stack includes that of from, which has no line either. */
static void
tell_missing_twice(struct doctor *d, const char *service, const char *from)
{
	const char *by = enabled_by(from);

	if (by != NULL)
		doctor_problem(d, "pam-missing",
		    "%s has no second factor, and it includes %s; run: "
		    "twofactl enable %s, whose line does for both: with one in "
		    "each it asks for two codes",
		    service, from, by);
	else
		doctor_problem(d, "pam-missing",
		    "%s has no second factor, and it includes %s; add \"auth "
		    "required pam_twofa.so\" to " PAM_FOLDER_FIRST
		    "/%s alone" BY_HAND ", which does for both: with a line in "
		    "each it asks for two codes",
		    service, from, from);
}

/* Where sshd takes keys alone, its login by password and code would be a new
 * way in. */
static bool
wants_key(void)
{
	const char *sshd = sshd_ask_path();
	char *out = calloc(1, SSHD_ASK_OUT);
	struct sshd_settings now;
	const bool key = sshd != NULL && out != NULL &&
	    sshd_ask(sshd, "", NULL, out, &now) == SSHD_ASK_DONE &&
	    strcmp(sshd_settings_login(&now, false), "key") == 0;

	free(out);
	return key;
}

/* The command that adds the line, or how the admin can. */
static void
tell_missing_line(struct doctor *d, const char *service)
{
	const char *by = enabled_by(service);
	const bool key = by != NULL && strcmp(by, "sshd") == 0 && wants_key();

	if (by != NULL)
		doctor_problem(d, "pam-missing",
		    "%s has no second factor; run: twofactl enable %s%s; or, "
		    "if that is meant so, put first into rules of %s: { "
		    "services = [\"%s\"]; action = \"skip\"; }",
		    service, by, key ? " --login key" : "", d->ctl->conf,
		    service);
	else
		doctor_problem(d, "pam-missing",
		    "%s has no second factor; add \"auth required "
		    "pam_twofa.so\" after the password's lines (such as "
		    "@include common-auth) of " PAM_FOLDER_FIRST "/%s%s" BY_HAND
		    "; or, if that is meant so, put first into "
		    "rules of %s: { services = [\"%s\"]; action = \"skip\"; "
		    "}",
		    service, service, pam_folder_ours(service) ? "" : COPY,
		    d->ctl->conf, service);
}

void
doctor_missing(struct doctor *d, const char *service, bool other,
    const struct login_service *from)
{
	const size_t rule = doctor_skip_rule(d, service);

	if (rule > 0)
		tell_as_meant(d, service, rule);
	else if (from != NULL)
		tell_missing_twice(d, service, from->name);
	else if (other)
		doctor_problem(d, "pam-missing",
		    "%s has no file in " PAM_FOLDER_FIRST ", and so PAM takes "
		    "\"other\", which has no second factor; "
		    "write " PAM_FOLDER_FIRST
		    "/%s, with \"auth required pam_twofa.so\" "
		    "after the password's lines" BY_HAND,
		    service, service);
	else if (strcmp(service, "polkit-1") == 0)
		/* some versions of polkit use PAM without being root */
		doctor_problem(d, "pam-missing",
		    "%s has no second factor; run: twofactl enable %s, by "
		    "which a rule in %s says that it is meant so: { services = "
		    "[\"%s\"]; action = \"skip\"; }; or, where polkit's "
		    "helper runs as root, add \"auth required pam_twofa.so\" "
		    "after the password's lines of " PAM_FOLDER_FIRST
		    "/%s%s" BY_HAND,
		    service, service, d->ctl->conf, service, service,
		    pam_folder_ours(service) ? "" : COPY);
	else
		tell_missing_line(d, service);
}

void
doctor_missing_other(struct doctor *d, const char *service)
{
	/* no one types there */
	static const char *const quiet[] = { "anacron", "atd", "cron", "crond",
		"gdm-autologin", "gdm-launch-environment", "greetd-greeter",
		"lightdm-autologin", "lightdm-greeter", "other",
		"sddm-autologin", "sddm-greeter", "sssd-shadowutils",
		"systemd-user" };
	const size_t rule = doctor_skip_rule(d, service);

	for (size_t i = 0; i < sizeof(quiet) / sizeof(quiet[0]); i++)
		if (strcmp(quiet[i], service) == 0)
			return;
	if (rule > 0)
		tell_as_meant(d, service, rule);
	else
		doctor_note(d, "pam-missing",
		    "%s lets in without a code; if people log in by it, add "
		    "\"auth required pam_twofa.so\" after the password's lines "
		    "of " PAM_FOLDER_FIRST "/%s" BY_HAND,
		    service, service);
}
