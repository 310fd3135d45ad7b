/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * twofactl self: people enrol themselves, by the one command that everybody may
 * run as root.
 */
#include "twofactl/enrol/enrol.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/rules/rules.h"
#include "lib/wire/wire.h"
#include "twofactl/enrol/enrol_inside.h"
#include "twofactl/etc/etc.h"
#include "twofactl/link/link.h"

#define TYPED_MAX 64
/* sudo reads no name with a dot */
#define BESIDE ETC_SELF_SUDOERS ".new"
#define VISUDO "/usr/sbin/visudo"
#define VISUDO_S 10

/* No pattern lets --on or --off through. Without a time stamp the password that
 * was typed here counts for no other command; and codes stay out of what sudo
 * records of a session. */
#define COMMANDS "%1$s self, %1$s self --app, %1$s self [+0-9]*"
static const char sudoers_text[] =
    "# twofactl self --off removes this file\n"
    "Cmnd_Alias TWOFA_SELF = " COMMANDS "\n"
    "Defaults!TWOFA_SELF pam_service=" SELF_SERVICE ", timestamp_timeout=0, "
    "use_pty, !rootpw, !targetpw, !runaspw, !log_input, !log_output\n"
    "ALL ALL=(root) PASSWD: " COMMANDS "\n";
static char pam_text[] = "# twofactl self --off removes this file\n"
			 "auth include sudo\n"
			 "account include sudo\n"
			 "session include sudo\n";

/* text NULL: remove it. */
static enum ctl_exit
self_put(const char *path, char *text, mode_t mode)
{
	const struct etc_file file = {
		.there = text != NULL, .text = text, .mode = mode
	};
	char cause[ETC_FILE_CAUSE];

	if (etc_file_write(path, &file, cause) == 0)
		return CTL_DONE;
	return complain_exit(CTL_FAILED, "%s", cause);
}

/* For this program, which everybody will run as root. To be freed; NULL after
 * complaining. */
static char *
self_rules(void)
{
	const char *const argv[] = { VISUDO, "-cqf", BESIDE, NULL };
	char program[CTL_PATH_MAX] = "", out[256] = "", *text = NULL;
	int rc = -1;

	if (readlink("/proc/self/exe", program, sizeof(program) - 1) < 0 ||
	    program[strspn(program, USER_NAME_BYTES "/")] != '\0' ||
	    link_path_check(program) != 0)
		complain(
		    "%s: install it where only root can change it", program);
	else if (asprintf(&text, sudoers_text, program) < 0)
		text = NULL;
	else if (self_put(BESIDE, text, 0440) == CTL_DONE)
		rc = run_program_status(argv, VISUDO_S, out, sizeof(out));
	(void)self_put(BESIDE, NULL, 0);
	if (rc == 0)
		return text;
	complain(VISUDO ": %s", out);
	free(text);
	return NULL;
}

static enum ctl_exit
self_switch(bool on)
{
	char *rules = on ? self_rules() : NULL;
	enum ctl_exit status = CTL_FAILED;

	if (rules != NULL || !on)
		status = self_put(ETC_SELF_PAM, on ? pam_text : NULL, 0644);
	if (status == CTL_DONE)
		status = self_put(ETC_SELF_SUDOERS, rules, 0440);
	if (status == CTL_DONE)
		audit(EVENT_NONE, NULL, "self --%s", on ? "on" : "off");
	free(rules);
	return status;
}

/* Who ran sudo. */
static enum ctl_exit
self_caller(struct command_user *c)
{
	const char *text = getenv("SUDO_UID");
	char *end = NULL;
	const unsigned long uid = text != NULL ? strtoul(text, &end, 10) : 0;
	struct account who;

	if (uid == 0 || uid >= UINT32_MAX || *end != '\0' ||
	    accounts_find_uid((uid_t)uid, &who) != ACCOUNT_FOUND)
		return complain_exit(CTL_USAGE,
		    "the user to be enrolled runs it: sudo twofactl self; "
		    "root has: twofactl enroll");
	link_uid = (uid_t)uid;
	(void)setenv("SUDO_USER", who.name, 1);
	return command_user_find(&c->target, who.name, NULL, true);
}

static enum ctl_exit
self_refuse(const char *why)
{
	return complain_exit(
	    CTL_NO, "not possible: %s; ask your administrator", why);
}

/* Can this user enrol here? Then c->enrolled is set. */
static enum ctl_exit
self_fits(struct command_user *c)
{
	struct user_record record;
	enum user_result found;
	bool enabled;

	if (c->conf == NULL)
		return self_refuse("the settings are broken");
	if (c->conf->allowed_prefixes.count == 0)
		return self_refuse("any number is allowed (allowed_prefixes)");
	if (c->conf->users_state)
		return self_refuse("hosts share your record");
	if (!terminal_is_there())
		return self_refuse("there is no terminal");
	found = user_record_read(
	    c->conf, c->target.account, 0, &record, &settings_report_log);
	enabled = record.enabled;
	user_record_wipe(&record);
	c->enrolled = found == USER_FOUND;
	if (found == USER_ABSENT || (c->enrolled && enabled))
		return CTL_DONE;
	return self_refuse("your account is disabled or shared");
}

/* Its code ends here. CTL_USAGE: none was typed. */
static enum ctl_exit
self_invited(const struct command_user *c, const char *prompt)
{
	char typed[TYPED_MAX] = "";
	const struct link_request call = { .purpose = PURPOSE_BYPASS,
		.user = c->target.owner,
		.request = PURPOSE_BYPASS_ENROL,
		.answer = typed };
	enum ctl_exit status = CTL_USAGE;

	if (terminal_hidden(prompt, typed, sizeof(typed)) == 0 &&
	    typed[0] != '\0')
		status = link_request(&c->run, &call);
	explicit_bzero(typed, sizeof(typed));
	return status;
}

static enum ctl_exit
self_proven(const struct command_user *c, bool app)
{
	struct facts facts =
	    link_facts(&c->run, c->target.owner, PURPOSE_PROVE);
	const struct link_request call = { .facts = &facts, .dialogue = true };

	facts.deadline_ms = module_arguments_deadline(facts.service) * 1000;
	facts.conversation = true;
	facts.first_factor = FIRST_PASSWORD_SEEN;
	facts.request = app ? PURPOSE_PROVE_APP : "";
	return link_request(&c->run, &call);
}

static enum ctl_exit
self_allowed(const struct command_user *c, bool app)
{
	enum ctl_exit status;

	if (!c->enrolled && admission_self(c->conf, admission_today(c->conf)))
		return CTL_DONE;
	status = self_invited(c,
	    c->enrolled ? "Invitation, or Enter to prove your old factor: "
			: "Invitation: ");
	if (status == CTL_USAGE && c->enrolled)
		status = self_proven(c, app);
	return status == CTL_DONE
	    ? status
	    : self_refuse("no valid invitation, no factor that all rules "
			  "accept");
}

/* Read before an invitation is spent. */
static enum ctl_exit
self_number(
    const struct command_user *c, const char *typed, char number[PHONE_MAX + 1])
{
	char line[TYPED_MAX] = "", country[TYPED_MAX] = "";
	const char *wrong;

	if (typed == NULL) {
		(void)terminal_line("Phone number, such as +44 7700 900123: ",
		    line, sizeof(line));
		typed = line;
	}
	wrong = typed_number_read(typed, NULL, number);
	if (wrong == typed_number_no_country &&
	    terminal_line("Calling code of its country, such as 44: ", country,
		sizeof(country)) == 0 &&
	    typed_number_country_check(country) == 0)
		wrong = typed_number_read(typed, country, number);
	if (wrong == NULL && !reach_number_allowed(c->conf, number))
		wrong = "is of a country that is not allowed here";
	if (wrong == NULL)
		return CTL_DONE;
	return complain_exit(CTL_NO, "the number %s", wrong);
}

enum ctl_exit
cmd_self(const struct arguments *typed)
{
	const char *phone = typed->operand[0];
	struct command_user c = { .run = run_of(typed) };
	char number[PHONE_MAX + 1] = "";
	enum ctl_exit status;

	if (typed->on + typed->off + typed->app + (phone != NULL) > 1)
		return complain_exit(CTL_USAGE, "self takes one word");
	if (typed->on || typed->off)
		return self_switch(typed->on);
	/* stopped while it holds a lock, it would stop all others */
	(void)signal(SIGTSTP, SIG_IGN);
	status = self_caller(&c);
	if (status != CTL_DONE)
		return status;
	c.conf = settings_load(c.run.conf, 0, &settings_report_log);
	status = self_fits(&c);
	if (status == CTL_DONE)
		record_place_use(&c.run, c.conf);
	if (status == CTL_DONE && !typed->app)
		status = self_number(&c, phone, number);
	if (status == CTL_DONE)
		status = self_allowed(&c, typed->app);
	if (status == CTL_DONE)
		status = typed->app ? cmd_totp(&c, typed)
				    : enrol_self(&c, number, c.enrolled);
	if (status != CTL_DONE)
		audit(EVENT_NONE, c.target.owner, "self was refused");
	settings_free(c.conf);
	return status;
}
