/* SPDX-License-Identifier: BSD-2-Clause */
/* The line of pam_twofa in a stack. */
#include "helper/admin/doctor_module.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SSHD_DEADLINE_S 90 /* pam_twofa(8) */

/* Where PAM keeps its modules, by distribution. */
static const char *const folders[] = { "/usr/lib/*-linux-gnu*/security",
	"/lib/*-linux-gnu*/security", "/usr/lib64/security", "/lib64/security",
	"/usr/lib/security", "/lib/security" };

static const char *const arguments[] = { "conf=/", "helper=/", "socket=/",
	"deadline=", "transport=auto", "transport=spawn", "transport=socket" };

static bool
argument_known(const char *arg)
{
	for (size_t i = 0; i < sizeof(arguments) / sizeof(arguments[0]); i++)
		if (strncmp(arg, arguments[i], strlen(arguments[i])) == 0)
			return true;
	return strcmp(arg, "debug") == 0;
}

static void
check_arguments(
    struct doctor *d, const char *service, const struct pamstack_line *line)
{
	char args[PAMSTACK_ARGS];
	char *rest = args;

	snprintf(args, sizeof(args), "%s", line->args);
	for (const char *word = pamstack_word(&rest); word != NULL;
	     word = pamstack_word(&rest))
		if (!argument_known(word))
			doctor_problem(d, "pam-arguments",
			    "%s: %s:%u: pam_twofa does not know the argument "
			    "\"%.60s\", and denies; see pam_twofa(8)",
			    service, line->file, line->number, word);
}

/* The first of the module's name in PAM's folders. */
static bool
module_path(const char *name, char *out, size_t cap)
{
	char pattern[PAMSTACK_WORD + 64];
	glob_t found = { 0 };
	bool there = false;

	for (size_t i = 0; !there && i < sizeof(folders) / sizeof(folders[0]);
	     i++) {
		snprintf(pattern, sizeof(pattern), "%s/%s", folders[i], name);
		if (glob(pattern, 0, NULL, &found) == 0 && found.gl_pathc > 0) {
			snprintf(out, cap, "%s", found.gl_pathv[0]);
			there = true;
		}
		globfree(&found);
	}
	return there;
}

static void
check_file(
    struct doctor *d, const char *service, const struct pamstack_line *line)
{
	char path[CTL_PATH_MAX];

	snprintf(path, sizeof(path), "%s", line->module);
	if (path[0] != '/' && !module_path(line->module, path, sizeof(path)))
		doctor_problem(d, "pam-module",
		    "%s: %s:%u: there is no %s, and so every login is denied; "
		    "run make install, or name its whole path",
		    service, line->file, line->number, line->module);
	else
		(void)doctor_trusts(d, "pam-module", path);
}

static void
note_helper(struct doctor *d, const struct pamstack_line *line)
{
	char path[CTL_PATH_MAX];

	if (pamstack_arg(line, "helper", path, sizeof(path)) != 0)
		snprintf(path, sizeof(path), "%s", TWOFA_HELPER);
	for (size_t i = 0; i < d->helpers; i++)
		if (strcmp(d->helper[i], path) == 0)
			return;
	if (d->helpers < DOCTOR_HELPERS)
		snprintf(d->helper[d->helpers++], CTL_PATH_MAX, "%s", path);
}

void
doctor_module(
    struct doctor *d, const char *service, const struct pamstack_line *line)
{
	char value[CTL_PATH_MAX];

	check_arguments(d, service, line);
	check_file(d, service, line);
	note_helper(d, line);
	if (pamstack_arg(line, "conf", value, sizeof(value)) != 0)
		snprintf(value, sizeof(value), "%s", CONFIG_DEFAULT_PATH);
	if (strcmp(value, d->ctl->conf) != 0)
		doctor_note(d, "settings",
		    "%s uses %s; run: twofactl -c %s doctor", service, value,
		    value);
	if (strcmp(service, "sshd") != 0)
		return;
	d->sshd = true;
	d->sshd_deadline_s = SSHD_DEADLINE_S;
	if (pamstack_arg(line, "deadline", value, sizeof(value)) == 0)
		d->sshd_deadline_s = strtol(value, NULL, 10);
}
