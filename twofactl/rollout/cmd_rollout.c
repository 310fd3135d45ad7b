/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl rollout: goes from one stage to the next, and back. */
#include "twofactl/rollout/rollout.h"

#include <stdlib.h>

#include "twofactl/check/check.h"
#include "twofactl/etc/etc.h"

#define BACK_DAYS 14 /* for those who turned out not to be ready */

/* Frees text, which is NULL after an error. */
static enum ctl_exit
change_to(const struct rollout *r, char *text)
{
	enum ctl_exit status = CTL_SETTINGS;

	if (text != NULL && strcmp(text, r->text.text) == 0) {
		puts("It is so already; nothing was changed.");
		return free(text), CTL_DONE;
	}
	if (text != NULL) {
		text_change_print(stdout, r->c->run.conf, r->text.text, text);
		(void)fflush(stdout);
		status = check_change_settings(
		    &r->c->run, r->text.text, text, &r->named);
	}
	free(text);
	return status;
}

static enum ctl_exit
rollout_start(const struct rollout *r)
{
	return change_to(r, rollout_settings_admins(r));
}

static enum ctl_exit
rollout_until(const struct rollout *r)
{
	const char *day = r->typed->operand[1];

	if (day_days_left(day != NULL ? day_read(day) : 0,
		admission_today(r->c->conf)) <= 0)
		return terminal_error_status(CTL_USAGE,
		    "until: expected a day to come, such as 2027-01-31");
	return change_to(r, rollout_settings_everybody(r, day));
}

static enum ctl_exit
rollout_enforce(const struct rollout *r)
{
	return change_to(r, rollout_settings_everybody(r, NULL));
}

static enum ctl_exit
rollout_back(const struct rollout *r)
{
	char day[DAY_TEXT_MAX];

	if (r->stage == ROLLOUT_UNTIL)
		return rollout_start(r);
	if (r->stage == ROLLOUT_ADMINS)
		return terminal_error_status(CTL_NO,
		    "this is the first stage; to end it: twofactl disable "
		    "--all");
	day_text(admission_today(r->c->conf) + BACK_DAYS, day);
	return change_to(r, rollout_settings_everybody(r, day));
}

/* Prints how many are ready, and with rows each account. */
static enum ctl_exit
print_ready(const struct rollout *r, bool rows)
{
	char factors[REPORT_FACTORS_MAX], now[DENIAL_WORD_MAX],
	    then[DENIAL_WORD_MAX];
	size_t denied = 0;

	for (size_t i = 0; i < r->table.count; i++) {
		const struct lockout_row *row = &r->table.row[i];

		denied += row->decided && denial_is_denied(&row->plan[1]);
		if (!rows)
			continue;
		report_accounts_factors(r->c->conf, &r->table, i, factors);
		denial_word(&row->plan[0], now);
		denial_word(&row->plan[1], then);
		printf("%-16s  %-20s  %-23s  %s\n",
		    terminal_shell_quote(row->name),
		    factors[0] != '\0' ? factors : "-",
		    row->decided ? now : "-", row->decided ? then : "-");
	}
	printf("%zu accounts: %zu ready, %zu would be denied on the day\n",
	    r->table.count, r->table.count - denied, denied);
	return denied > 0 ? CTL_NO : CTL_DONE;
}

static enum ctl_exit
rollout_who(const struct rollout *r)
{
	printf("%-16s  %-20s  %-23s  %s\n", "USER", "ENROLLED WITH", "NOW",
	    "ON THE DAY");
	return print_ready(r, true);
}

/* Prints the stage, and what comes next. */
static enum ctl_exit
rollout_show(const struct rollout *r)
{
	static const char *const stage[] = {
		[ROLLOUT_ALL] = "Stage 3 of 3: everybody is asked for a code; "
				"users who are not enrolled are denied.\n"
				"Go back: twofactl rollout back",
		[ROLLOUT_UNTIL] = "Stage 2 of 3: enrolled users are asked "
				  "for a code; others log in without.\n"
				  "Next: twofactl rollout who, notify, "
				  "enforce",
		[ROLLOUT_ADMINS] = "Stage 1 of 3: only admins who are enrolled "
				   "are asked for a code.\n"
				   "Next: twofactl rollout who, notify, until "
				   "DATE",
	};
	_Static_assert(COUNT_OF(stage) == ROLLOUT_ADMINS + 1, "each is told");
	const struct settings *conf = r->c->conf;
	const char *service = report_accounts_service();
	char end[DAY_END_MAX];

	puts(r->asks || r->stage != ROLLOUT_ALL
		? stage[r->stage]
		: "Not begun: nobody is asked for a code.\n"
		  "Next: twofactl rollout start; without it enable asks "
		  "everybody, and users who\nare not enrolled are denied");
	day_end_text(conf->unenrolled_until, admission_today(conf), end);
	if (r->stage == ROLLOUT_UNTIL)
		printf("Without a code: %s\n", end);
	if (!r->asks)
		printf("%s asks for no code yet: twofactl enable %s\n", service,
		    service);
	(void)print_ready(r, false);
	return CTL_DONE;
}

static const struct {
	const char *word;
	enum ctl_exit (*run)(const struct rollout *);
} actions[] = {
	{ "", rollout_show },
	{ "start", rollout_start },
	{ "who", rollout_who },
	{ "notify", rollout_mail },
	{ "until", rollout_until },
	{ "enforce", rollout_enforce },
	{ "back", rollout_back },
};

/* Reads the accounts and the stage. */
static enum ctl_exit
begin(struct rollout *r)
{
	char cause[TRUSTED_FILE_CAUSE_MAX] = "";
	const bool mails = r->typed->operand[0] != NULL &&
	    strcmp(r->typed->operand[0], "notify") == 0;
	enum ctl_exit status;

	if (trusted_file_read(r->c->run.conf, TRUSTED_FILE_SETTINGS, 0,
		&r->text, cause) != TRUSTED_FILE_OK)
		return terminal_error_status(
		    CTL_SETTINGS, "%s: %s", r->c->run.conf, cause);
	if (rule_edit_has_last(r->text.text))
		r->stage = ROLLOUT_ADMINS;
	else if (r->c->conf->unenrolled_allow)
		r->stage = ROLLOUT_UNTIL;
	r->asks = lockout_host_asks(report_accounts_service());
	status = report_accounts_read(r->c, &r->table);
	/* until the service asks, as if it did */
	for (size_t i = 0; !r->asks && i < r->table.count; i++)
		r->table.row[i].decided = r->table.row[i].how == LOCKOUT_IN;
	if (status == CTL_DONE &&
	    name_list_take_accounts(&r->named,
		mails ? r->typed->operand[1] : r->typed->exempt) != 0)
		status = CTL_USAGE;
	return status;
}

enum ctl_exit
cmd_rollout(struct command_user *c, const struct arguments *typed)
{
	static struct rollout r;
	const char *word = typed->operand[0] != NULL ? typed->operand[0] : "";
	enum ctl_exit status;
	size_t n = 0;

	while (n < COUNT_OF(actions) && strcmp(word, actions[n].word) != 0)
		n++;
	if (n == COUNT_OF(actions) ||
	    (typed->operand[1] != NULL && actions[n].run != rollout_mail &&
		actions[n].run != rollout_until))
		return terminal_error_status(CTL_USAGE,
		    "rollout takes start, who, notify [USER,..], until DATE, "
		    "enforce or back");
	r = (struct rollout){ .c = c, .typed = typed };
	status = begin(&r);
	if (status == CTL_DONE)
		status = actions[n].run(&r);
	name_list_free(&r.named);
	lockout_table_free(&r.table);
	trusted_file_free(&r.text);
	return status;
}
