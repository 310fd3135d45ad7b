/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks the line of pam_twofa in a stack. */
#include "twofactl/doctor/doctor_module.h"

#include <stdio.h>
#include <string.h>

#include "twofactl/host/host.h"
#include "twofactl/terminal/terminal.h"

/* False after reporting an argument for which the module denies. args may be
 * cut to pieces; the parsed struct points into it. */
static bool
check_arguments(struct doctor *d, const char *service,
    const struct pam_stack_line *line, char args[PAM_STACK_ARGS],
    struct args *parsed)
{
	const char *bad = pam_stack_arguments(line, service, args, parsed);

	if (bad != NULL) {
		doctor_problem(d, "pam-arguments",
		    "%s: %s:%u: pam_twofa does not take the argument \"%.60s\" "
		    "(unknown, doubled or not allowed), and denies; see "
		    "pam_twofa(8)",
		    service, line->file, line->number, bad);
		return false;
	}
	return true;
}

static void
check_file(
    struct doctor *d, const char *service, const struct pam_stack_line *line)
{
	char path[CTL_PATH_MAX];

	if (!pam_folder_module(line->module, path, sizeof(path)))
		doctor_problem(d, "pam-module",
		    "%s: %s:%u: there is no %s, and so every login is denied; "
		    "install pam_twofa again (its package, or make install), "
		    "or write its whole path",
		    service, line->file, line->number, line->module);
	else
		(void)doctor_trusts(d, "pam-module", path);
}

static void
note_helper(struct doctor *d, const char *path)
{
	for (size_t i = 0; i < d->helpers; i++)
		if (strcmp(d->helper[i], path) == 0)
			return;
	if (d->helpers < DOCTOR_HELPERS)
		snprintf(d->helper[d->helpers++], CTL_PATH_MAX, "%s", path);
}

/* Another file of settings: an error there denies logins as well. */
static void
check_conf(struct doctor *d, const char *service, const char *path)
{
	if (strcmp(path, d->ctl->conf) == 0)
		return;
	doctor_note(d, "settings", "%s uses %s; run: twofactl -c %s doctor",
	    service, path, shell_word(path));
	for (size_t i = 0; i < d->other_confs; i++)
		if (strcmp(d->other_conf[i], path) == 0)
			return;
	if (d->other_confs == DOCTOR_CONFS)
		return; /* it is noted already */
	snprintf(d->other_conf[d->other_confs++], CTL_PATH_MAX, "%s", path);
	d->complaint = "settings";
	settings_free(settings_load(path, 0, &complain_report));
}

void
doctor_module(
    struct doctor *d, const char *service, const struct pam_stack_line *line)
{
	char text[PAM_STACK_ARGS];
	struct args args;

	check_file(d, service, line);
	if (strcmp(service, "sshd") == 0)
		d->sshd_deadline_s = (long)module_arguments_deadline(service);
	if (!check_arguments(d, service, line, text, &args) ||
	    args.task == TASK_SPLIT || args.task == TASK_WHEN)
		return;
	doctor_program(d, service, line, &args);
	note_helper(d, args.helper);
	check_conf(d, service, args.conf);
	if (strcmp(args.conf, d->ctl->conf) == 0)
		doctor_outage(d, service, args.deadline_ms);
	if (strcmp(service, "sshd") == 0)
		d->sshd_deadline_s = (long)(args.deadline_ms / 1000);
}
