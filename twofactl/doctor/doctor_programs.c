/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs that reach no helper, or cannot show its questions. */
#include "twofactl/doctor/doctor_module.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/wire/wire.h"
#include "twofactl/host/host.h"

/* The line with the question. */
struct asking {
	const struct asking_program *program;
	const struct pam_stack_line *line;
	const struct args *args;
};

bool
doctor_socket_on(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

/* An argument that a service must not have if it is not root's: the module
 * would then need a helper of its own, and deny. NULL: none. */
static const char *
needs_root(const struct args *args)
{
	if (args->transport == TRANSPORT_SPAWN)
		return "transport=spawn";
	if (args->deadline_ms > MODULE_ARGUMENTS_SOCKET_MAX * INT64_C(1000))
		return "a deadline= above 290";
	if (strcmp(args->conf, MODULE_ARGUMENTS_CONF) != 0)
		return "conf=";
	if (strcmp(args->helper, TWOFA_HELPER) != 0)
		return "helper=";
	return NULL;
}

/* The account that the program runs as; NULL: none exists here. */
static const struct passwd *
account_of(const struct asking_program *program)
{
	const struct passwd *found = NULL;

	for (size_t i = 0; found == NULL && i < ASKING_ACCOUNTS; i++)
		if (program->account[i] != NULL)
			found = getpwnam(program->account[i]);
	return found;
}

static bool
may_ask(const struct doctor *d, uid_t uid)
{
	for (size_t i = 0; i < d->conf->socket_uids; i++)
		if (d->conf->socket_uid[i] == uid)
			return true;
	return false;
}

static void
tell_uid(struct doctor *d, const struct asking *a)
{
	const struct passwd *pw = account_of(a->program);

	if (d->conf == NULL || pw == NULL || may_ask(d, pw->pw_uid))
		return;
	doctor_problem(d, "pam-not-root",
	    "%s: %s:%u: %s runs as %s and asks about other users, which only "
	    "some uids may, so that every login is denied; add %u to "
	    "socket_allow_uids in %s",
	    a->program->service, a->line->file, a->line->number,
	    a->program->program, pw->pw_name, pw->pw_uid, d->ctl->conf);
}

static void
tell_not_root(struct doctor *d, const struct asking *a)
{
	const struct asking_program *program = a->program;
	const char *path = module_arguments_socket(a->args, false);
	const char *bad = needs_root(a->args);

	if (bad != NULL)
		doctor_problem(d, "pam-not-root",
		    "%s: %s:%u: %s does not run as root, and %s takes a helper "
		    "that root starts, so that every login is denied; take it "
		    "out of the line",
		    program->service, a->line->file, a->line->number,
		    program->program, bad);
	else if (!doctor_socket_on(path))
		doctor_problem(d, "pam-not-root",
		    "%s: %s:%u: %s does not run as root and cannot start a "
		    "helper, and none listens at %s, so that every login is "
		    "denied; run: systemctl stop twofa-helper; systemctl "
		    "enable --now twofa-helper-user.socket",
		    program->service, a->line->file, a->line->number,
		    program->program, path);
	if (program->runs == ASKING_AS_ACCOUNT)
		tell_uid(d, a);
}

static void
tell_one_field(struct doctor *d, const struct asking *a)
{
	const struct asking_program *program = a->program;
	const bool crashes =
	    program->crashes != NULL && access(program->crashes, X_OK) == 0;
	const char *who = crashes ? program->crashes : program->program;
	const char *what = crashes
	    ? "crashes at the question for a code"
	    : "has one field and cannot show the question for a code";

	if (program->again)
		doctor_problem(d, "pam-one-field",
		    "%s: %s:%u: %s has one field, and it asks again for each "
		    "page, while a code is good for one login: there is no way "
		    "to ask for one here; take this line out, and if doctor "
		    "asks for it put first into rules of %s: { services = "
		    "[\"%s\"]; action = \"skip\"; }",
		    program->service, a->line->file, a->line->number, who,
		    d->ctl->conf, program->service);
	else if (a->line->part != 0)
		doctor_problem(d, "pam-one-field",
		    "%s: %s:%u: %s %s, so that every login is denied; in place "
		    "of what includes this line write into " PAM_FOLDER_FIRST
		    "/%s: auth [default=ignore] pam_twofa.so split, the "
		    "password's lines, auth required pam_twofa.so no_prompt",
		    program->service, a->line->file, a->line->number, who, what,
		    program->service);
	else
		doctor_problem(d, "pam-one-field",
		    "%s: %s:%u: %s %s, so that every login is denied; write "
		    "no_prompt at the end of this line, and before the "
		    "password's "
		    "lines: auth [default=ignore] pam_twofa.so split; or take "
		    "this line out",
		    program->service, a->line->file, a->line->number, who,
		    what);
}

/* saslauthd can cache logins, and does so on Debian. */
static void
tell_cache(struct doctor *d, const struct asking *a)
{
	static const char *const files[] = { "/etc/default/saslauthd",
		"/etc/sysconfig/saslauthd" };
	char line[512];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		FILE *f = fopen(files[i], "re");
		bool kept = false;

		while (f != NULL && fgets(line, sizeof(line), f) != NULL)
			kept |= line[0] != '#' &&
			    (strstr(line, " -c ") != NULL ||
				strstr(line, "\"-c") != NULL ||
				strstr(line, " -c\"") != NULL);
		if (f != NULL)
			(void)fclose(f);
		if (kept)
			doctor_problem(d, "field-cache",
			    "%s: by -c in %s saslauthd caches logins, so for "
			    "hours a used code lets in again; take -c out and "
			    "restart saslauthd",
			    a->program->service, files[i]);
	}
}

void
doctor_program(struct doctor *d, const char *service,
    const struct pam_stack_line *line, const struct args *args)
{
	const struct asking a = { .program = asking_program_find(service),
		.line = line,
		.args = args };

	if (a.program == NULL)
		return;
	if (a.program->runs != ASKING_AS_ROOT)
		tell_not_root(d, &a);
	if (a.program->one_field && args->task == TASK_ASK &&
	    doctor_skip_rule(d, service) == 0)
		tell_one_field(d, &a);
	if (a.program->crashes != NULL && args->task == TASK_NO_PROMPT &&
	    access(a.program->crashes, X_OK) == 0)
		tell_cache(d, &a);
}
