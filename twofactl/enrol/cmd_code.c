/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl code: a bypass code for a user, or an invitation. */
#include "twofactl/enrol/enrol_inside.h"

#include <stdlib.h>
#include <unistd.h>

#define NEXT_MAX 256
#define CODE_DIGITS 7 /* of a code's number */

static enum ctl_exit
code_check_user(const struct command_user *c, bool invite, bool *enrolled)
{
	struct user_record record OWNED(user_record_wipe);
	const enum user_result found =
	    command_user_record(c, &complain_report, &record);

	*enrolled = found == USER_FOUND;
	/* an invitation admits the present user of the name */
	if (!invite &&
	    record_owner_refuse(c->conf, c->target.account, NULL) != CTL_DONE)
		return CTL_NO;
	if (found == USER_FOUND ? record.enabled
				: found == USER_ABSENT && invite)
		return CTL_DONE;
	if (found != USER_FOUND && found != USER_ABSENT)
		return CTL_SETTINGS;
	return terminal_error_status(CTL_NO,
	    found == USER_FOUND ? "%s is disabled: no code is accepted"
				: "%s is not enrolled: only an invitation is "
				  "accepted; add --invite",
	    command_target_text(&c->target));
}

/* Ends the code with this number, or all codes if it is 0. Returns CTL_NO if no
 * such code was open. */
static enum ctl_exit
request_end(const struct command_user *c, int64_t number)
{
	char request[sizeof("-9223372036854775808") + 1];
	struct new_codes none;

	PRINT_TO(request, "-%lld", (long long)number);
	return recovery_codes_request(
	    &c->run, c->target.owner, request, NULL, 0, &none);
}

static enum ctl_exit
end_bypass_codes(const struct command_user *c, const char *number)
{
	const bool all = strcmp(number, "all") == 0;
	const int64_t one = strtoll(number, NULL, 10); /* 0 would be all */
	enum ctl_exit status;

	if (!all &&
	    (one == 0 || strlen(number) != CODE_DIGITS ||
		strspn(number, TEXT_DIGITS) != CODE_DIGITS))
		return terminal_error_status(CTL_USAGE,
		    "\"%s\": expected a code's number or all; see: twofactl "
		    "code %s --list",
		    number, terminal_shell_quote(c->target.account));
	status = request_end(c, all ? 0 : one);
	if (c->run.json && (status == CTL_DONE || status == CTL_NO))
		terminal_json("{ended:%d}\n", status == CTL_DONE);
	else if (status == CTL_DONE || status == CTL_NO)
		printf("%s: %s.\n", command_target_text(&c->target),
		    status == CTL_DONE ? "ended" : "no such code is open");
	return status;
}

static void
write_next(const struct command_user *c, bool enrolled, char out[NEXT_MAX])
{
	static const struct module_arguments usual = { .socket = NULL };
	const char *user = command_target_text(&c->target);

	if (enrolled && (c->conf->users_state || !settings_is_fleet(c->conf)) &&
	    access(module_arguments_socket_path(&usual, false), F_OK) == 0)
		snprintf(out, NEXT_MAX,
		    "%s logs in with it once, and types it again within the "
		    "hour at: twofactl self --phone",
		    user);
	else
		snprintf(out, NEXT_MAX,
		    "%s logs in with it once; then an administrator runs: %s%s",
		    user,
		    settings_enrol_command(
			c->conf, terminal_shell_quote(c->target.account)),
		    enrolled && settings_sends_codes(c->conf) ? " --replace"
							      : "");
}

/* False if the code may not have been seen. csv: a row alone. */
static bool
print_new_bypass_code(const struct command_user *c,
    const struct new_codes *codes, const char *next, bool enrolled, bool csv)
{
	char text[RECOVERY_TEXT + 1];

	text_in_fours(text, sizeof(text), codes->code[0], '-');
	if (csv)
		printf("%s,%s\n", c->target.account, text);
	else if (c->run.json)
		terminal_json(
		    "{code:%s,id:%jd,next:%s}\n", text, codes->number, next);
	else
		printf("%s\n\nTyped like a recovery code, it is valid for one "
		       "login of %s. It is not shown again.\n%s%s%s",
		    text, command_target_text(&c->target), next,
		    next[0] != '\0' ? "\n" : "",
		    next[0] != '\0' && enrolled
			? "Until then no message goes to a phone.\n"
			: "");
	explicit_bzero(text, sizeof(text));
	if (fflush(stdout) != 0 || ferror(stdout))
		return false;
	for (size_t i = 0; !csv && i < c->conf->rule_count; i++)
		if ((c->conf->rule[i].methods & METHOD_BIT(METHOD_BYPASS)) == 0)
			terminal_error("warning: rule %zu refuses it, since "
				       "\"bypass\" is not among its methods",
			    i + 1);
	return true;
}

/* Ends a new code of which only a part was printed. Its user is told, because
 * somebody may have logged in by it before. */
static enum ctl_exit
end_unprinted_code(const struct command_user *c, int64_t number)
{
	return terminal_error_status(CTL_FAILED,
	    "the code could not be printed, and %s",
	    request_end(c, number) == CTL_DONE
		? "was ended"
		: "may be open; see: twofactl list --codes");
}

enum ctl_exit
cmd_code(struct command_user *c, const struct arguments *typed)
{
	const char *why = typed->why != NULL ? typed->why : "";
	const int64_t hours =
	    typed->hours != NULL ? options_span(typed->hours) : 0;
	char request[FRAME_WHY_MAX + 8], next[NEXT_MAX] = "";
	struct new_codes codes;
	enum ctl_exit status;
	bool enrolled;

	if (typed->end != NULL)
		return end_bypass_codes(c, typed->end);
	if (typed->list)
		return list_bypass_codes(&c->run, c->target.owner, "\n");
	if (hours < 1 || hours > RECOVERY_BYPASS_HOURS || why[0] == '\0' ||
	    strlen(why) > FRAME_WHY_MAX || strchr(why, '"') != NULL ||
	    !setting_text_is_printable_utf8(why))
		return terminal_error_status(CTL_USAGE,
		    "a code needs --hours, 1 to %d, and --why, 1 to %d bytes "
		    "of UTF-8 without quotes and control characters",
		    RECOVERY_BYPASS_HOURS, FRAME_WHY_MAX);
	status = code_check_user(c, typed->invite, &enrolled);
	if (status != CTL_DONE)
		return status;
	PRINT_TO(request, "%d%s %s", (int)hours, typed->invite ? "+" : "", why);
	if (typed->invite)
		write_next(c, enrolled, next);
	status = recovery_codes_request(
	    &c->run, c->target.owner, request, NULL, 1, &codes);
	if (status == CTL_DONE) {
		/* first: a help desk could stop this, by Ctrl-C or a pipe that
		 * is full, once the code can be read */
		if (enrolled)
			enrol_alert(&c->run, c->conf, c->target.owner,
			    EVENT_BYPASS_MADE, NULL);
		if (!print_new_bypass_code(
			c, &codes, next, enrolled, typed->csv))
			status = end_unprinted_code(c, codes.number);
	} else if (status == CTL_NO)
		terminal_error(
		    "%s has %d bypass codes; see: twofactl list --codes",
		    command_target_text(&c->target), RECOVERY_BYPASS_MAX);
	explicit_bzero(&codes, sizeof(codes));
	return status;
}
