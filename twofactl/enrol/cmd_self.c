/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl self: users enrol themselves, by the one command that everybody may
 * run as root. */
#include "twofactl/enrol/enrol.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "twofactl/client/client.h"
#include "twofactl/etc/etc.h"
#include "twofactl/fleet/fleet.h"

#define TYPED_MAX 64
/* sudo ignores a name with a dot */
#define SUDOERS_NEW ETC_SELF_SUDOERS ".new"
#define VISUDO "/usr/sbin/visudo"
#define VISUDO_S 10

/* No pattern matches --on or --off. Without a time stamp the password counts
 * for no other command, and codes are kept out of sudo's session logs. */
#define COMMANDS "%1$s self, %1$s self --app, %1$s self [+0-9]*"
static const char sudoers_text[] =
    "# twofactl self --off removes this file\n"
    "Cmnd_Alias TWOFA_SELF = " COMMANDS "\n"
    "Defaults!TWOFA_SELF pam_service=" FACTS_SELF_SERVICE
    ", timestamp_timeout=0, "
    "use_pty, !rootpw, !targetpw, !runaspw, !log_input, !log_output\n"
    "ALL ALL=(root) PASSWD: " COMMANDS "\n";
static char pam_text[] = "# twofactl self --off removes this file\n"
			 "auth include sudo\n"
			 "account include sudo\n"
			 "session include sudo\n";

/* Writes a file, or removes it if text is NULL. */
static enum ctl_exit
write_self_file(const char *path, char *text, mode_t mode)
{
	const struct etc_file file = {
		.there = text != NULL, .text = text, .mode = mode
	};

	if (etc_file_write(path, &file) == 0)
		return CTL_DONE;
	return terminal_error_status(CTL_FAILED, "%s", etc_cause);
}

static enum ctl_exit
switch_self(bool on)
{
	const char *const argv[] = { VISUDO, "-cqf", SUDOERS_NEW, NULL };
	char program[CTL_PATH_MAX] = "", out[256] = "", *rules = NULL;
	enum ctl_exit status = CTL_DONE;

	/* everybody will run this program as root */
	if (on &&
	    (readlink("/proc/self/exe", program, sizeof(program) - 1) < 0 ||
		program[strspn(program, USER_NAME_BYTES "/")] != '\0' ||
		client_check_helper(program) != 0 ||
		asprintf(&rules, sudoers_text, program) < 0))
		return terminal_error_status(CTL_FAILED,
		    "%s: install it where only root can change it", program);
	if (on &&
	    (write_self_file(SUDOERS_NEW, rules, 0440) != CTL_DONE ||
		run_program_status(argv, VISUDO_S, out, sizeof(out)) != 0))
		status = terminal_error_status(CTL_FAILED, VISUDO ": %s", out);
	if (status == CTL_DONE)
		status =
		    write_self_file(ETC_SELF_PAM, on ? pam_text : NULL, 0644);
	if (status == CTL_DONE)
		status = write_self_file(ETC_SELF_SUDOERS, rules, 0440);
	(void)write_self_file(SUDOERS_NEW, NULL, 0);
	if (status == CTL_DONE)
		client_audit(EVENT_NONE, NULL, "self --%s", on ? "on" : "off");
	free(rules);
	return status;
}

/* Checks that this user can enrol here, and sets c->enrolled. app: an app. */
static enum ctl_exit
check_self(struct command_user *c, bool app)
{
	struct user_record record;
	enum user_result found;
	struct record_owner who;
	const char *no = NULL;

	if (c->conf == NULL)
		no = "the settings are broken";
	else if (!app && c->conf->allowed_prefixes.count == 0)
		no = "any number is allowed here (allowed_prefixes)";
	else if (c->conf->users_state)
		no = "hosts share your record";
	else if (!terminal_is_open())
		no = "there is no terminal";
	if (no != NULL)
		return terminal_error_status(
		    CTL_NO, "%s: ask your administrator", no);
	if (app && fleet_admin_check(c->run.conf, c->conf) != CTL_DONE)
		return CTL_NO;
	record_place_use(&c->run, c->conf);
	found = record_owner_read(c->conf, c->target.account, NULL, 0, &who,
	    &record, &settings_report_log);
	c->enrolled = found == USER_FOUND && record.enabled;
	user_record_wipe(&record);
	if ((found == USER_ABSENT || c->enrolled) && who.is < USER_LEFT)
		return CTL_DONE;
	return terminal_error_status(CTL_NO,
	    "your record is shared, disabled, broken or another's: ask your "
	    "administrator");
}

/* Requires a day of self-enrolment, an invitation or the old factor. */
static enum ctl_exit
authorize_self(const struct command_user *c, bool app)
{
	struct facts facts =
	    client_facts(&c->run, c->target.owner, PURPOSE_PROVE);
	const struct client_request call = { .facts = &facts,
		.dialogue = true };

	/* with enrolments in the state the helper knows if it has lost some */
	if (!c->enrolled && !settings_has_enrolments(c->conf) &&
	    admission_allows_self(c->conf, admission_today(c->conf)))
		return CTL_DONE;
	facts.deadline_ms =
	    module_arguments_default_deadline(facts.service) * 1000;
	facts.conversation = true;
	facts.first_factor = FIRST_PASSWORD_SEEN;
	facts.request = app ? PURPOSE_PROVE_APP : "";
	if (client_request(&c->run, &call) == CTL_DONE)
		return CTL_DONE;
	return terminal_error_status(CTL_NO,
	    "nothing was changed: that takes a factor that all rules accept, "
	    "or an invitation");
}

/* Reads the number, before an invitation is spent. */
static enum ctl_exit
read_self_number(
    const struct command_user *c, const char *typed, char number[PHONE_MAX + 1])
{
	char line[TYPED_MAX] = "", country[TYPED_MAX] = "";
	const char *wrong;

	if (typed == NULL) {
		(void)terminal_read_line(
		    "Phone number, such as +44 7700 900123: ", line,
		    sizeof(line));
		typed = line;
	}
	wrong = typed_number_read(typed, NULL, number);
	if (wrong == typed_number_no_country &&
	    terminal_read_line("Calling code of its country, such as 44: ",
		country, sizeof(country)) == 0 &&
	    typed_number_country_check(country) == 0)
		wrong = typed_number_read(typed, country, number);
	if (wrong == NULL && !reach_number_allowed(c->conf, number))
		wrong = "is of a country that is not allowed here";
	if (wrong == NULL)
		return CTL_DONE;
	return terminal_error_status(CTL_NO, "the number %s", wrong);
}

enum ctl_exit
cmd_self(const struct arguments *typed)
{
	const char *phone = typed->operand[0];
	struct command_user c = { .run = options_shared_arguments(typed) };
	char number[PHONE_MAX + 1] = "";
	struct arguments as = *typed;
	struct account who;
	enum ctl_exit status;
	bool app;

	if (typed->on + typed->off + typed->app + (phone != NULL) > 1 ||
	    strcmp(typed->conf, MODULE_ARGUMENTS_CONF) != 0 ||
	    strcmp(typed->helper, TWOFA_HELPER) != 0)
		return terminal_error_status(CTL_USAGE, "self takes one word");
	if (typed->on || typed->off)
		return switch_self(typed->on);
	/* stopped with a lock held, it would block all others */
	(void)signal(SIGTSTP, SIG_IGN);
	client_self_uid = client_sudo_caller(&who);
	if (client_self_uid == 0)
		return terminal_error_status(CTL_USAGE,
		    "the user to be enrolled runs it: sudo twofactl self; "
		    "root has: twofactl enroll");
	status = command_user_find(&c.target, who.name, NULL, true);
	if (status != CTL_DONE)
		return status;
	c.conf = settings_load(c.run.conf, 0, &settings_report_log);
	app = typed->app ||
	    (phone == NULL && c.conf != NULL && !settings_sends_codes(c.conf));
	status = check_self(&c, app);
	if (status == CTL_DONE && !app)
		status = read_self_number(&c, phone, number);
	if (status == CTL_DONE)
		status = authorize_self(&c, app);
	as.operand[1] = number;
	as.replace = c.enrolled;
	if (status == CTL_DONE)
		status = app ? cmd_totp(&c, typed) : cmd_enroll(&c, &as);
	if (status != CTL_DONE)
		client_audit(EVENT_NONE, c.target.owner, "self was refused");
	settings_free(c.conf);
	return status;
}
