/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl rollout: a second factor for everybody on this host, in stages: who
 * is ready, the settings of each stage, mail to the people. The stage is in
 * twofa.conf and nowhere else. */
#include "twofactl/check/check.h"

#include <stdlib.h>
#include <unistd.h>

#include "twofactl/etc/etc.h"
#include "twofactl/report/report.h"

#define BACK_DAYS 14   /* for those who turned out not to be ready */
#define MORE_BYTES 256 /* of two short settings */
#define ADMINS_RULES 2 /* of ROLLOUT_ADMINS */

enum rollout_stage {
	/* unenrolled = "deny": users without a record are denied */
	ROLLOUT_ALL = 0,
	/* unenrolled = "allow": they log in without a code, up to the day of
	 * unenrolled_until if that is set */
	ROLLOUT_UNTIL,
	/* two rules at the end of the list: the enrolled admins are asked, all
	 * others log in without a code */
	ROLLOUT_ADMINS,
};

struct rollout {
	const struct command_user *c;
	const struct arguments *typed;
	enum rollout_stage stage;
	bool asks;                  /* the service of the table asks */
	struct trusted_file text;   /* of twofa.conf */
	struct lockout_table table; /* by report_accounts_read */
	struct name_list named;     /* on the command line, sorted */
};

static const char template[] =
    "To: %user%\n"
    "Subject: A code when you log in to %host%\n"
    "Auto-Submitted: auto-generated\n"
    "MIME-Version: 1.0\n"
    "Content-Type: text/plain; charset=UTF-8\n"
    "\n"
    "Hello %name%,\n"
    "\n"
    "%host% asks for a code after your password: %day%.\n"
    "%what%\n"
    "\n"
    "Do not give such a code to anybody who asks for it, by phone or by mail.\n"
    "If one comes that you did not ask for, somebody has your password.\n\n";

enum { USER, NAME, HOST, DAY, WHAT, WORDS };
static const char *const placeholders[WORDS] = { "%user%", "%name%", "%host%",
	"%day%", "%what%" };

/* The text of twofa.conf with these last rules, for free(); NULL after
 * reporting. */
static char *
put_rules(const struct rollout *r, const char *rules)
{
	char *out = rule_edit_put_last(r->text.text, rules);

	if (out == NULL)
		terminal_error(
		    "%s: \"rules\" is not a list, or one of the two marks of "
		    "twofactl rollout is missing; correct it: twofactl edit",
		    r->c->run.conf);
	return out;
}

/* Asks the admins that the table has as enrolled, and no others. */
static char *
admins_asked(const struct rollout *r)
{
	struct name_list admins OWNED(name_list_free) = { .count = 0 };
	char *rules OWNED(owned_text) = NULL;
	size_t len, found = 0;
	FILE *stream = open_memstream(&rules, &len);

	if (stream == NULL)
		return NULL;
	/* root, members of sudo, wheel and admin, and those in sudoers; where
	 * sudoers allows everybody, the former alone */
	if (lockout_root_list_accounts(&admins) == 0)
		(void)lockout_root_add_sudoers(&admins);
	name_list_sort(&admins);
	fputs("  { users = [", stream);
	for (size_t i = 0; i < r->table.count; i++) {
		const struct lockout_row *row = &r->table.row[i];

		if (row->plan[1].end != ADMISSION_ON ||
		    !name_list_has(&admins, row->name))
			continue;
		fputs(found++ > 0 ? ", \"" : "\"", stream);
		for (const char *p = row->name; *p != '\0'; p++)
			fprintf(stream, "%s%c", *p == '\\' ? "\\" : "", *p);
		fputc('"', stream);
	}
	fputs(
	    "]; action = \"require\"; },\n  { action = \"observe\"; }", stream);
	rules = text_stream_end(stream, &rules);
	if (found == 0)
		terminal_error("no admin of this host is enrolled, so none "
			       "would be asked; run: twofactl init, or %s",
		    settings_enrol_command(r->c->conf, "USER"));
	return found > 0 && rules != NULL ? put_rules(r, rules) : NULL;
}

/* Frees text; returns it with that key. */
static char *
with_setting(char *text, const char *key, const char *value)
{
	const struct record_text_change change = { .key = key, .value = value };
	const size_t cap = text != NULL ? strlen(text) + MORE_BYTES : 0;
	char *out = text != NULL ? malloc(cap) : NULL;
	size_t len;

	if (out != NULL &&
	    record_text_put_key(text, NULL, &change, out, cap, &len) != 0) {
		free(out);
		out = NULL;
		terminal_error(
		    "%s cannot be written; set it yourself: twofactl edit",
		    key);
	}
	free(text);
	return out;
}

/* until: "2027-01-31", or NULL to deny. */
static char *
everybody_asked(const struct rollout *r, const char *until)
{
	char *out = with_setting(
	    put_rules(r, NULL), "unenrolled", until != NULL ? "allow" : "deny");

	return until != NULL ? with_setting(out, "unenrolled_until", until)
			     : out;
}

/* Frees text, which is NULL after an error. */
static enum ctl_exit
change_to(const struct rollout *r, char *given)
{
	char *text OWNED(owned_text) = given;

	if (text == NULL)
		return CTL_SETTINGS;
	if (strcmp(text, r->text.text) == 0) {
		puts("It is so already; nothing was changed.");
		return CTL_DONE;
	}
	text_change_print(stdout, r->c->run.conf, r->text.text, text);
	(void)fflush(stdout);
	return check_change_settings(&r->c->run, r->text.text, text, &r->named);
}

/* In stage 1: reports the first rule before our two that asks others, too. */
static void
report_own_rule(const struct rollout *r)
{
	const struct settings *conf = r->c->conf;
	const size_t ours = r->stage == ROLLOUT_ADMINS ? ADMINS_RULES : 0;

	for (size_t i = 0; i + ours < conf->rule_count; i++) {
		if (conf->rule[i].action != ACTION_REQUIRE)
			continue;
		printf("But rule %zu, your own, comes first: all whom it "
		       "matches are asked, too.\nWho is denied now: twofactl "
		       "rollout who\n",
		    i + 1);
		return;
	}
}

static enum ctl_exit
rollout_start(const struct rollout *r)
{
	const enum ctl_exit status = change_to(r, admins_asked(r));

	if (status == CTL_DONE)
		report_own_rule(r);
	return status;
}

static enum ctl_exit
rollout_until(const struct rollout *r)
{
	const char *day = r->typed->operand[1];

	if (day_days_left(day != NULL ? day_read(day) : 0,
		admission_today(r->c->conf)) <= 0)
		return terminal_error_status(CTL_USAGE,
		    "until: expected a day to come, such as 2027-01-31");
	return change_to(r, everybody_asked(r, day));
}

static enum ctl_exit
rollout_enforce(const struct rollout *r)
{
	return change_to(r, everybody_asked(r, NULL));
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
	return change_to(r, everybody_asked(r, day));
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
		[ROLLOUT_UNTIL] = "Stage 2 of 3: enrolled users are asked for "
				  "a code; others log in without.\n"
				  "Next: twofactl rollout who, notify, enforce",
		[ROLLOUT_ADMINS] =
		    "Stage 1 of 3: only admins who are enrolled are asked for "
		    "a code.\n"
		    "Next: twofactl rollout who, notify, until DATE",
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
	if (r->stage == ROLLOUT_ADMINS)
		report_own_rule(r);
	day_end_text(conf->unenrolled_until, admission_today(conf), end);
	if (r->stage == ROLLOUT_UNTIL)
		printf("Without a code: %s\n", end);
	if (!r->asks)
		printf("%s asks for no code yet: twofactl enable %s\n", service,
		    service);
	(void)print_ready(r, false);
	return CTL_DONE;
}

static void
write_mail(FILE *out, const char *text, const char *const value[WORDS])
{
	while (*text != '\0') {
		size_t n = 0;

		while (n < WORDS && !text_take(&text, placeholders[n]))
			n++;
		if (n < WORDS)
			fputs(value[n], out);
		else
			fputc(*text++, out);
	}
}

/* A full name is its user's (chfn), so sendmail does not run as root. */
static int
send_mail(const char *text, const char *const value[WORDS])
{
	static const char *const argv[] = { CLIENT_SENDMAIL, "-t", "-oi",
		NULL };
	char *mail OWNED(owned_text) = NULL;
	size_t len;
	FILE *stream = open_memstream(&mail, &len);
	int rc = -1;

	if (stream != NULL) {
		write_mail(stream, text, value);
		mail = text_stream_end(stream, &mail);
	}
	if (mail != NULL)
		rc = run_program_with_text(argv, mail);
	return rc == 0 ? 0
		       : terminal_error("%s gets no mail",
			     terminal_shell_quote(value[USER]));
}

/* The next step of this person. */
static const char *
what_to_do(const struct lockout_row *row)
{
	if (!denial_is_denied(&row->plan[1]))
		return "You are enrolled, and need to do nothing.";
	return "You are not ready for that, and cannot log in then: please ask "
	       "your\nadministrators before.";
}

/* Writes from when on this host asks. */
static void
write_day(const struct rollout *r, char out[64])
{
	char day[DAY_TEXT_MAX];

	day_text(r->c->conf->unenrolled_until, day);
	if (r->stage == ROLLOUT_UNTIL && day[0] != '\0')
		snprintf(out, 64, "of everybody after %s", day);
	else
		snprintf(out, 64, "%s",
		    r->stage == ROLLOUT_ALL ? "of everybody, now"
					    : "of everybody, soon");
}

/* True for one who will be asked for a code or denied, and is named. */
static bool
is_told(const struct rollout *r, const struct lockout_row *row)
{
	return row->decided && user_name_is_valid(row->name) &&
	    (row->plan[1].end == ADMISSION_ON ||
		denial_is_denied(&row->plan[1])) &&
	    (r->named.count == 0 || name_list_has(&r->named, row->name));
}

/* Prints the mail for each person, or for those named, or hands it to
 * sendmail. */
static enum ctl_exit
rollout_mail(const struct rollout *r)
{
	struct trusted_file own OWNED(trusted_file_free) = { .text = NULL };
	char host[HOST_NAME_MAX + 1] = "", day[64];
	const char *value[WORDS] = { [HOST] = host, [DAY] = day };
	enum ctl_exit status = CTL_DONE;
	size_t told = 0;

	if (r->typed->file != NULL &&
	    place_file_read_path_or_stdin(&own, r->typed->file) != 0)
		return CTL_FAILED;
	(void)gethostname(host, HOST_NAME_MAX);
	write_day(r, day);
	for (size_t i = 0; i < r->table.count; i++) {
		const struct lockout_row *row = &r->table.row[i];
		const char *text = own.text != NULL ? own.text : template;

		if (!is_told(r, row))
			continue;
		told++;
		value[USER] = value[NAME] = row->name;
		if (row->full_name[0] != '\0' &&
		    setting_text_is_printable_utf8(row->full_name))
			value[NAME] = row->full_name;
		value[WHAT] = what_to_do(row);
		if (!r->typed->send)
			write_mail(stdout, text, value);
		else if (send_mail(text, value) != 0)
			status = CTL_FAILED;
	}
	if (told == 0 || told < r->named.count)
		return terminal_error_status(CTL_NO,
		    "%zu mails: the others are not asked for a code, or cannot "
		    "log in; see: twofactl rollout who",
		    told);
	if (r->typed->send && status == CTL_DONE)
		printf("%zu mails were handed to " CLIENT_SENDMAIL ".\n", told);
	return status;
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
	const bool mails = r->typed->operand[0] != NULL &&
	    strcmp(r->typed->operand[0], "notify") == 0;
	enum ctl_exit status;

	if (trusted_file_read(r->c->run.conf, TRUSTED_FILE_SETTINGS, 0,
		&r->text) != TRUSTED_FILE_OK)
		return terminal_error_status(
		    CTL_SETTINGS, "%s: %s", r->c->run.conf, trusted_file_cause);
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
