/* SPDX-License-Identifier: BSD-2-Clause */
/* Help for who lost a phone: recovery codes, one with an end, locks, remembered
 * logins (twofactl recovery-codes, code, unlock, forget). */
#include "twofactl/enrol/enrol.h"

#include <stdlib.h>

#include "twofactl/enrol/enrol_inside.h"
#include "twofactl/client/client.h"

static enum ctl_exit
print_left(const struct command_user *c, int64_t left)
{
	if (c->run.json)
		terminal_json("{left:%jd}\n", left);
	else
		printf("%s: %lld recovery code%s left.\n",
		    command_target_text(&c->target), (long long)left,
		    left == 1 ? "" : "s");
	return left > 0 ? CTL_DONE : CTL_NO;
}

static enum ctl_exit
cmd_recovery_codes_confirm(const struct target *target, int64_t left)
{
	char question[320];

	if (left == 0)
		return CTL_DONE;
	if (!terminal_is_open())
		return terminal_error_exit(CTL_USAGE,
		    "%s has %lld recovery code%s left, which new ones "
		    "would replace; add --yes",
		    command_target_text(target), (long long)left,
		    left == 1 ? "" : "s");
	PRINT_TO(question,
	    "Replace the %lld recovery code%s that %s has left? [y/N] ",
	    (long long)left, left == 1 ? "" : "s", command_target_text(target));
	return terminal_confirm(question);
}

/* Codes that cannot be shown must not replace those on paper, so the text
 * before them is written first. */
static enum ctl_exit
print_head(const struct command_user *c, bool local)
{
	if (c->run.json)
		terminal_json("{codes:[");
	else
		printf("%s codes of %s:\n\n",
		    local ? "Break-glass" : "Recovery",
		    command_target_text(&c->target));
	if (fflush(stdout) == 0)
		return CTL_DONE;
	return terminal_error_exit(CTL_FAILED,
	    "standard output cannot be written: nothing was changed");
}

static void
print_codes(
    const struct command_user *c, bool local, const struct new_codes *codes)
{
	char text[RECOVERY_TEXT + 1];

	for (unsigned i = 0; i < codes->count; i++) {
		recovery_code_text(codes->code[i], text);
		if (c->run.json)
			terminal_json(",%s", text);
		else
			puts(text);
	}
	explicit_bzero(text, sizeof(text));
	if (c->run.json) {
		terminal_json("],replaced:%jd}\n", codes->left);
		return;
	}
	printf("\nEach of them lets %s in once, even without a phone. Keep "
	       "them on paper, in a\nsafe place: they are not shown again.\n",
	    command_target_text(&c->target));
	if (local)
		puts("They are valid only on this host, while no server of "
		     "the state can be reached.");
	if (codes->left > 0)
		printf("%lld older code%s replaced and no longer valid.\n",
		    (long long)codes->left,
		    codes->left == 1 ? " was" : "s were");
}

/* Only a state that can be away has any use for them. */
static bool
lost_phone_fits(const struct settings *conf)
{
	if (!settings_is_fleet(conf))
		terminal_error("--local is only for a state at postgresql://: "
			       "leave it out, since recovery codes are on this "
			       "host");
	else if (conf->store.on_outage != OUTAGE_OFFLINE)
		terminal_error(
		    "on_store_outage in store = { } is \"deny\", so "
		    "--local codes would let nobody in: set \"offline\" "
		    "first");
	else
		return true;
	return false;
}

static enum ctl_exit
lost_phone_renew(const struct command_user *c, bool local, unsigned count,
    struct new_codes *codes)
{
	enum ctl_exit status = print_head(c, local);

	if (status == CTL_DONE)
		status = recovery_codes_make(
		    &c->run, c->target.owner, local, count, codes);
	if (status == CTL_DONE)
		print_codes(c, local, codes);
	explicit_bzero(codes, sizeof(*codes));
	return status;
}

enum ctl_exit
cmd_recovery_codes(struct command_user *c, const struct arguments *typed)
{
	struct new_codes codes;
	enum ctl_exit status;

	if (typed->local && !lost_phone_fits(c->conf))
		return CTL_USAGE;
	status = recovery_codes_left(
	    &c->run, c->target.owner, typed->local, &codes.left);
	if (status == CTL_DONE && typed->left)
		return print_left(c, codes.left);
	if (status == CTL_DONE && !typed->yes)
		status = cmd_recovery_codes_confirm(&c->target, codes.left);
	return status == CTL_DONE
	    ? lost_phone_renew(c, typed->local, typed->count, &codes)
	    : status;
}

static int
new_codes_take(void *ctx, const struct item *r)
{
	struct new_codes *codes = ctx;

	if (r->kind == ITEM_CODE && codes->count < RECOVERY_MAX &&
	    recovery_code_normalise(r->text[1], codes->code[codes->count])) {
		codes->count++;
		return 0;
	}
	if (r->kind != ITEM_LEFT || codes->left >= 0)
		return -1;
	codes->left = r->number[1];
	return 0;
}

/* answer NULL: only find out how many are left, or as the request says. */
static enum ctl_exit
recovery_codes_call(const struct run *run, const char *owner,
    const char *request, const char *answer, unsigned wanted,
    struct new_codes *codes)
{
	const struct client_request call = { .purpose = PURPOSE_RECOVERY_CODES,
		.user = owner,
		.request = request,
		.answer = answer,
		.ctx = codes,
		.record = new_codes_take };
	enum ctl_exit status;

	*codes = (struct new_codes){ .left = -1 };
	status = client_request(run, &call);
	if (status != CTL_DONE)
		return status;
	if (codes->left >= 0 && codes->count == wanted)
		return CTL_DONE;
	return terminal_error_exit(CTL_FAILED,
	    "the helper left codes out; install the same version of "
	    "twofactl and twofa-helper");
}

enum ctl_exit
recovery_codes_left(
    const struct run *run, const char *owner, bool local, int64_t *left)
{
	struct new_codes codes;
	const enum ctl_exit status = recovery_codes_call(
	    run, owner, local ? PURPOSE_RECOVERY_LOCAL : NULL, NULL, 0, &codes);

	*left = codes.left;
	return status;
}

enum ctl_exit
recovery_codes_make(const struct run *run, const char *owner, bool local,
    unsigned count, struct new_codes *codes)
{
	char text[8];

	PRINT_TO(text, "%u", count);
	return recovery_codes_call(run, owner,
	    local ? PURPOSE_RECOVERY_LOCAL : NULL, text, count, codes);
}

/* May this user have a code with an end? */
static enum ctl_exit
code_fits(const struct command_user *c, bool invite, bool *enrolled)
{
	struct user_record record;
	struct user_person who;
	const enum user_result found = command_person_record(
	    &c->target, c->conf, &complain_report, &who, &record);
	const bool enabled = record.enabled;

	*enrolled = found == USER_FOUND;
	user_record_wipe(&record);
	if (found == USER_FOUND ? enabled : found == USER_ABSENT && invite)
		return CTL_DONE;
	if (found != USER_FOUND && found != USER_ABSENT)
		return CTL_SETTINGS;
	return terminal_error_exit(CTL_NO,
	    found == USER_FOUND ? "%s is disabled, and let in by no code"
				: "%s is not enrolled, and let in by a code "
				  "with --invite alone",
	    command_target_text(&c->target));
}

static void
code_print(const struct command_user *c, const char *code)
{
	char text[RECOVERY_TEXT + 1];

	recovery_code_text(code, text);
	if (c->run.json)
		terminal_json("{code:%s}\n", text);
	else
		printf("%s\n\nTyped where a recovery code is, it lets %s in "
		       "once. It is not shown again.\n",
		    text, command_target_text(&c->target));
	explicit_bzero(text, sizeof(text));
	for (size_t i = 0; i < c->conf->rule_count; i++)
		if ((c->conf->rule[i].methods & METHOD_BIT(METHOD_BYPASS)) == 0)
			terminal_error("warning: rule %zu refuses it, since "
				       "\"bypass\" is not among its methods",
			    i + 1);
}

enum ctl_exit
cmd_code(struct command_user *c, const struct arguments *typed)
{
	const char *why = typed->why != NULL ? typed->why : "";
	const int64_t hours =
	    typed->hours != NULL ? options_span(typed->hours) : 0;
	char request[FRAME_WHY_MAX + 8];
	struct new_codes codes;
	enum ctl_exit status;
	bool enrolled;

	if (hours < 1 || hours > RECOVERY_BYPASS_HOURS || why[0] == '\0' ||
	    strlen(why) > FRAME_WHY_MAX || strchr(why, '"') != NULL ||
	    !setting_text_utf8(why))
		return terminal_error_exit(CTL_USAGE,
		    "a code needs --hours, 1 to %d, and --why, 1 to %d bytes "
		    "of UTF-8 without quotes and control characters",
		    RECOVERY_BYPASS_HOURS, FRAME_WHY_MAX);
	status = code_fits(c, typed->invite, &enrolled);
	if (status != CTL_DONE)
		return status;
	PRINT_TO(request, "%d%s %s", (int)hours, typed->invite ? "+" : "", why);
	status = recovery_codes_call(
	    &c->run, c->target.owner, request, NULL, 1, &codes);
	if (status == CTL_DONE) {
		code_print(c, codes.code[0]);
		if (enrolled)
			enrol_alert(&c->run, c->conf, c->target.owner,
			    EVENT_BYPASS_MADE, NULL);
	} else if (status == CTL_NO)
		terminal_error(
		    "%s has %d codes with an end; see: twofactl list "
		    "--codes",
		    command_target_text(&c->target), RECOVERY_BYPASS_MAX);
	explicit_bzero(&codes, sizeof(codes));
	return status;
}

enum ctl_exit
forget_remembered(const struct command_user *c, int64_t *forgot)
{
	const bool other = c->target.factors_of[0] != '\0';
	const struct client_request call = { .purpose = PURPOSE_FORGET,
		.user = other ? c->target.factors_of : c->target.owner,
		.request = other ? c->target.of_account : NULL,
		.count = forgot,
		.counts = ITEM_FORGOT };

	*forgot = 0;
	return client_request(&c->run, &call);
}

enum ctl_exit
cmd_forget(struct command_user *c, const struct arguments *typed)
{
	enum ctl_exit status = CTL_DONE;
	int64_t forgot;

	/* for all users: a typing error would cost many people a code */
	if (typed->user == NULL && !typed->yes)
		status = terminal_is_open()
		    ? terminal_confirm(
			  "End the remembered logins of everybody? [y/N] ")
		    : terminal_error_exit(CTL_USAGE,
			  "without a user, forget ends the remembered logins "
			  "of all users; name one, or add --yes");
	if (status != CTL_DONE)
		return status;
	status = forget_remembered(c, &forgot);
	if (status == CTL_NO)
		command_user_warn(&c->target);
	if (status == CTL_DONE)
		printf("Forgotten: %lld remembered login%s%s.\n",
		    (long long)forgot, forgot == 1 ? "" : "s",
		    settings_fleet_words(c->conf));
	else if (status == CTL_NO)
		puts("No login was remembered.");
	return status;
}

/* The account's total over all people: seconds until its lock ends. */
struct account_lock {
	const char *account;
	int64_t wait_s;
	bool shut;
};

static int
cmd_unlock_take(void *ctx, const struct item *r)
{
	struct account_lock *lock = ctx;

	if (r->kind == ITEM_USER && strcmp(r->text[1], lock->account) == 0) {
		lock->wait_s = r->number[3];
		lock->shut = r->number[4] != 0;
	}
	return r->kind == ITEM_USER || r->kind == ITEM_SOURCE ||
		r->kind == ITEM_WAIT || r->kind == ITEM_STORE
	    ? 0
	    : -1;
}

/* Wrong codes of people named at the prompt also count for the account, and its
 * lock concerns all of them. */
static void
tell_account(const struct command_user *c)
{
	struct account_lock lock = { .account = c->target.of_account };
	const struct client_request call = { .purpose = PURPOSE_STATUS,
		.user = c->target.of_account,
		.ctx = &lock,
		.record = cmd_unlock_take };

	if (c->target.of_account[0] != '\0' &&
	    client_request(&c->run, &call) == CTL_DONE &&
	    (lock.shut || lock.wait_s > 0))
		terminal_error(
		    "%s itself is locked for everybody who is named at "
		    "the prompt; to open that lock and those of all "
		    "its people run: twofactl unlock %s",
		    c->target.of_account,
		    terminal_shell_quote(c->target.of_account));
}

/* which: of the locks; NULL: the state's. */
static enum ctl_exit
lost_phone_open(const struct command_user *c, const char *which)
{
	const struct client_request call = { .purpose = PURPOSE_UNLOCK,
		.user = c->target.owner,
		.request = which };

	return client_request(&c->run, &call);
}

static enum ctl_exit
reset_sends(const struct command_user *c)
{
	const enum ctl_exit status = lost_phone_open(c, PURPOSE_UNLOCK_SENDS);

	if (status == CTL_NO)
		command_user_warn(&c->target);
	if (status == CTL_DONE)
		printf("%s can get messages again%s, within the limits of "
		       "source, host and money.\n",
		    command_target_text(&c->target),
		    settings_fleet_words(c->conf));
	else if (status == CTL_NO)
		printf("%s: no message was counted.\n",
		    command_target_text(&c->target));
	return status;
}

/* The lock of an outage, which no server knows. CTL_NO: there is none. */
static enum ctl_exit
unlock_here(const struct command_user *c)
{
	enum ctl_exit status;

	if (!settings_outage_file(c->conf))
		return CTL_NO;
	status = lost_phone_open(c, PURPOSE_UNLOCK_LOCAL);
	if (status == CTL_DONE)
		printf("%s is unlocked on this host (%s), for the time when "
		       "no server of the state can be\nreached.\n",
		    command_target_text(&c->target), c->conf->store.host);
	return status;
}

static void
tell_nothing(const struct target *target, bool local)
{
	command_user_warn(target);
	printf("%s: nothing was locked%s.\n", command_target_text(target),
	    local ? " on this host" : "");
}

static enum ctl_exit
unlock_local(const struct command_user *c)
{
	enum ctl_exit status;

	if (!settings_is_fleet(c->conf))
		return terminal_error_exit(CTL_USAGE,
		    "--local is only for a state at postgresql://: "
		    "leave it out, since all locks are this host's");
	status = unlock_here(c);
	if (status == CTL_NO)
		tell_nothing(&c->target, true);
	return status;
}

static enum ctl_exit
unlock(const struct command_user *c)
{
	/* also when no server answers */
	const enum ctl_exit here = unlock_here(c);
	enum ctl_exit status = lost_phone_open(c, NULL);

	if (status == CTL_DONE)
		printf("%s is unlocked%s.\n", command_target_text(&c->target),
		    settings_fleet_words(c->conf));
	else if (status == CTL_NO && here == CTL_NO)
		tell_nothing(&c->target, false);
	if (status == CTL_NO || (status == CTL_DONE && here != CTL_NO))
		status = here;
	if (status == CTL_DONE || status == CTL_NO)
		tell_account(c);
	return status;
}

enum ctl_exit
cmd_unlock(struct command_user *c, const struct arguments *typed)
{
	if (typed->local && typed->sends)
		return terminal_error_exit(
		    CTL_USAGE, "--local is for a lock: leave --sends out");
	return typed->local ? unlock_local(c)
	    : typed->sends  ? reset_sends(c)
			    : unlock(c);
}
