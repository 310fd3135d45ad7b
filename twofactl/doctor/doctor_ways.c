/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports the errors that the walk through a stack finds, and paths to root
 * around the stacks: services in sudo's settings, another ssh server. */
#include "twofactl/doctor/doctor_inside.h"

#include <unistd.h>

/* of a version before */
#define SELF_SUDOERS "/etc/sudoers.d/zz-twofa-self"

/* ssh servers that do not use PAM as distributions build them. */
static const char *const other_sshd[] = { "/usr/sbin/dropbear",
	"/usr/local/sbin/dropbear", "/usr/sbin/tinysshd",
	"/usr/local/sbin/tinysshd" };

static void
note_sudoers(void *ctx, const struct sudoers_found *found)
{
	struct doctor *d = ctx;

	switch (found->kind) {
	case SUDOERS_SERVICE:
		if (strcmp(found->file, SELF_SUDOERS) == 0) {
			doctor_problem(d, "self-files",
			    SELF_SUDOERS
			    " lets everybody run twofactl as root, "
			    "which users need no longer; remove it");
			return;
		}
		doctor_note(d, "sudo-service",
		    "%s:%u: sudo asks PAM for the service %s instead of its "
		    "own, which is checked as sudo's",
		    found->file, found->line, found->text);
		(void)name_list_add(&d->sudo_services, found->text);
		return;
	case SUDOERS_NOPASSWD:
		doctor_note(d, "sudo-nopasswd",
		    "%s:%u: with this line sudo asks for no password, and "
		    "so for no code: %.120s",
		    found->file, found->line, found->text);
		return;
	case SUDOERS_OTHER:
		return; /* see doctor_pam() */
	case SUDOERS_UNREAD:
		doctor_note(d, "sudo-elsewhere",
		    "%s: sudo may have rules that were not read: %.120s",
		    found->file, found->text);
		return;
	}
}

void
doctor_report_root_bypasses(struct doctor *d)
{
	(void)sudoers_read(NULL, d, note_sudoers);
	name_list_sort(&d->sudo_services);
	for (size_t i = 0; i < COUNT_OF(other_sshd); i++)
		if (access(other_sshd[i], X_OK) == 0)
			doctor_note(d, "sshd-other",
			    "%s is installed: an ssh server that does not use "
			    "PAM; logins through it are not asked for a code",
			    other_sshd[i]);
}

static void
write_remedy(const struct doctor_stack *j, const struct pam_stack_line *line,
    char remedy[DOCTOR_REMEDY])
{
	const bool sshd = strcmp(j->service, "sshd") == 0;
	char text[PAM_REMEDY_TEXT];
	bool needs_rule;

	if (!pam_remedy(j->stack, &j->walk_service, &j->walk, line, !sshd, text,
		&needs_rule))
		snprintf(remedy, DOCTOR_REMEDY,
		    "no change to a few lines would allow the same users; "
		    "write its auth lines as docs/guide/by-hand.md has them");
	else if (needs_rule)
		snprintf(remedy, DOCTOR_REMEDY,
		    "%s, and into rules of twofa.conf: { services = [\"%s\"]; "
		    "action = \"require\"; first_factor = \"stack\"; }",
		    text, j->service);
	else
		snprintf(remedy, DOCTOR_REMEDY, "%s", text);
}

/* Reports the line with its remedy. */
static void __attribute__((format(printf, 5, 6)))
report_with_remedy(struct doctor *d, const struct doctor_stack *j,
    const char *name, const struct pam_stack_line *line, const char *fmt, ...)
{
	char text[DOCTOR_REMEDY], remedy[DOCTOR_REMEDY];

	PRINT_GIVEN(text, fmt);
	write_remedy(j, line, remedy);
	doctor_line_problem(d, name, j->service, line, "%s; %s", text, remedy);
}

static void
report_failed(struct doctor *d, const struct doctor_stack *j)
{
	const struct pam_stack_line *line =
	    j->walk.optional != NULL ? j->walk.optional : j->walk.failed;

	if (line == NULL || j->walk.unjudged != NULL)
		return;
	report_with_remedy(d, j,
	    j->walk.optional != NULL ? "pam-password-optional"
				     : "pam-after-failure",
	    line, "when %s fails pam_twofa still sends a code%s", line->module,
	    j->walk.optional != NULL ? ", and the right one is enough: the "
				       "first factor is not needed"
				     : "");
}

/* Returns the condition of a rule that exempts whom the line is for, or NULL:
 * the line is no condition, refuses others, or comes before the
 * password. */
static const char *
exempting_condition(
    const struct doctor_stack *j, const struct pam_stack_line *line)
{
	static const char *const by_address[] = { "pam_access", "pam_geoip",
		"pam_geoip2", NULL };
	static const char *const by_user[] = { "pam_listfile", "pam_succeed_if",
		"pam_wheel", NULL };
	const struct pam_stack_line *first = j->stack->line;

	if (line->action[RETURN_PERM_DENIED] == CONTROL_BAD ||
	    line->action[RETURN_PERM_DENIED] == CONTROL_DIE)
		return NULL; /* it also refuses */
	while (first < line && first->factor != PAM_FACTOR_PASSWORD)
		first++;
	return first == line ? NULL
	    : pam_stack_line_has_any_module(line, by_address)
	    ? "from = [\"NETWORK\"]"
	    : pam_stack_line_has_any_module(line, by_user)
	    ? "groups = [\"GROUP\"]"
	    : NULL;
}

static void
report_bypass(struct doctor *d, const struct doctor_stack *j)
{
	const struct pam_stack_line *line = j->walk.bypass;
	char remedy[DOCTOR_REMEDY], rule[DOCTOR_REMEDY] = "";
	const char *exempts;

	if (pam_stack_line_asks(line)) {
		report_with_remedy(d, j, "pam-bypass", line,
		    "with the control value \"%s\" the login continues after "
		    "a wrong code",
		    line->control);
		return;
	}
	write_remedy(j, line, remedy);
	exempts = exempting_condition(j, line);
	if (exempts != NULL)
		PRINT_TO(rule,
		    "; or, if it should exempt some logins from the code, put "
		    "a rule in its place: { services = [\"%s\"]; %s; action = "
		    "\"skip\"; }",
		    j->service, exempts);
	doctor_line_problem(d, "pam-bypass", j->service, line,
	    "\"%s %s\" can succeed before pam_twofa is asked; %s%s",
	    line->control, line->module, remedy, rule);
}

/* Reports logins that are denied although others are allowed. */
static void
report_some_denied(struct doctor *d, const struct doctor_stack *j)
{
	const struct pam_walk *w = &j->walk;

	if (w->denies_valid != NULL || w->no_factor || w->unprompted != NULL ||
	    j->stack->fault[0] != '\0')
		return;
	if (w->stray != NULL)
		report_with_remedy(d, j, "pam-lockout", w->stray,
		    "\"%s %s\" leads past the last line, or to the end of the "
		    "stack although nothing has allowed the login, and so "
		    "denies users whose factors are right",
		    w->stray->control, w->stray->module);
	else if (w->locked_out != NULL)
		report_with_remedy(d, j, "pam-lockout", w->locked_out,
		    "users who have a password of %s only are denied even "
		    "with the code, because another line denies them",
		    w->locked_out->module);
}

static void
report_denied(struct doctor *d, const struct doctor_stack *j)
{
	const struct pam_stack_line *denies_valid = j->walk.denies_valid,
				    *unprompted = j->walk.unprompted;

	if (unprompted != NULL && j->walk.factor_after == NULL)
		report_with_remedy(d, j, "pam-lockout", unprompted,
		    "%s takes the password that another module asked for, and "
		    "none before it asks, so no password is right",
		    unprompted->module);
	else if (denies_valid == NULL || denies_valid->missing ||
	    j->stack->fault[0] != '\0')
		return; /* the cause is reported elsewhere */
	else if (pam_stack_line_asks(denies_valid))
		report_with_remedy(d, j, "pam-lockout", denies_valid,
		    "with the control value \"%s\" nobody gets in by password "
		    "and code",
		    denies_valid->control);
	else
		report_with_remedy(d, j, "pam-lockout", denies_valid,
		    "\"%s %s\" also denies users who have the password and "
		    "the code",
		    denies_valid->control, denies_valid->module);
}

static void
report_unreached(struct doctor *d, const struct doctor_stack *j)
{
	const struct pam_walk *w = &j->walk;
	char remedy[DOCTOR_REMEDY];

	write_remedy(j,
	    w->cut_off != NULL      ? w->cut_off
		: w->bypass != NULL ? w->bypass
				    : j->stack->line,
	    remedy);
	if (!w->reached)
		doctor_problem(d, "pam-unreached",
		    "%s: no path leads to %s:%u; %s", j->service,
		    w->twofa->file, w->twofa->number, remedy);
	else
		doctor_line_problem(d, "pam-unreached", j->service, w->cut_off,
		    "\"%s\" with the control value \"%s\" denies all logins "
		    "it applies to; %s",
		    w->cut_off->args, w->cut_off->control, remedy);
}

/* Without a password pam_twofa denies. For sshd this depends on keys, so its
 * settings are checked later. */
static void
report_no_factor(struct doctor *d, const struct doctor_stack *j)
{
	const struct pam_walk *w = &j->walk;
	const struct pam_stack_line *silent = w->silent;
	const struct pam_stack_line *from = w->factor_after != NULL
	    ? w->factor_after
	    : w->no_factor ? w->twofa
			   : silent;
	struct doctor_stack typed = *j; /* without a key */
	char remedy[DOCTOR_REMEDY];

	if (strcmp(j->service, "sshd") == 0) {
		d->sshd_silent = silent != NULL;
		typed.walk_service.verified = false;
		/* else logins by key would need a password, too */
		if (w->factor_after != NULL)
			write_remedy(&typed, from, d->sshd_first_remedy);
		return;
	}
	if (w->no_factor &&
	    (w->unprompted == NULL || w->factor_after != NULL)) {
		write_remedy(j, from, remedy);
		doctor_problem(d, "pam-no-password",
		    "%s: nothing asks for a password before %s:%u, so that "
		    "everybody is denied; %s",
		    j->service, w->twofa->file, w->twofa->number, remedy);
	}
	if (silent == NULL || j->walk_service.verified)
		return;
	if (pam_proves_nothing(silent) ||
	    !pam_remedy_rule_is_safe(j->stack, &j->walk_service, silent))
		write_remedy(j, silent, remedy);
	else
		snprintf(remedy, DOCTOR_REMEDY,
		    "if it proves who they are, say so in a rule: { services = "
		    "[\"%s\"]; action = \"require\"; first_factor = "
		    "\"stack\"; }",
		    j->service);
	doctor_line_problem(d, "pam-first-factor", j->service, silent,
	    "%s leaves no password, so that pam_twofa denies users whom it "
	    "accepts (no-first-factor); %s",
	    silent->module, remedy);
}

void
doctor_report_stack(struct doctor *d, const struct doctor_stack *j)
{
	const struct pam_walk *w = &j->walk;

	if ((!w->reached && w->unprompted == NULL) || w->cut_off != NULL)
		report_unreached(d, j);
	else {
		report_denied(d, j);
		report_some_denied(d, j);
	}
	if (w->other_code != NULL)
		doctor_note(d, "pam-two-codes",
		    "%s: %s:%u: here the password with the code of another "
		    "module is enough, too; while users change from one to the "
		    "other, leave it as it is; if all are to be asked by "
		    "pam_twofa, remove the other module's line "
		    "(docs/guide/from-google-authenticator.md)",
		    j->service, w->other_code->file, w->other_code->number);
	if (w->bypass != NULL)
		report_bypass(d, j);
	report_failed(d, j);
	if (w->again != NULL)
		doctor_line_problem(d, "pam-twice", j->service, w->again,
		    "asks for another code after %s:%u has allowed the login; "
		    "remove one of the two lines",
		    w->twofa->file, w->twofa->number);
	report_no_factor(d, j);
}

void
doctor_report_unreachable(struct doctor *d, const struct doctor_stack *j)
{
	const struct pam_stack_line *line = j->walk.cut_off;
	struct doctor_stack asks = *j;
	static struct pam_stack stack;
	struct pam_stack_line *to;
	char remedy[DOCTOR_REMEDY] = "";

	if (line == NULL)
		return;
	stack = *j->stack;
	to = &stack.line[line - j->stack->line];
	to->task = TASK_ASK;
	to->when = 0;
	(void)pam_control_read("required", to->action);
	asks.stack = &stack;
	pam_walk_check_stack(&stack, &j->walk_service, &asks.walk);
	if (!asks.walk.reached || asks.walk.no_factor)
		write_remedy(&asks,
		    asks.walk.factor_after != NULL ? asks.walk.factor_after
						   : asks.walk.twofa,
		    remedy);
	doctor_line_problem(d, "pam-unreached", j->service, line,
	    "\"%s\" asks for no code, and with the control value \"%s\" it "
	    "denies every login; write in place of this line: auth required "
	    "%s%s%s",
	    line->args, line->control, line->module,
	    remedy[0] != '\0' ? "; then " : "", remedy);
}
