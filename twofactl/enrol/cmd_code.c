/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl code: a bypass code for a user, or an invitation. */
#include "twofactl/enrol/enrol.h"

#include "twofactl/client/client.h"
#include "twofactl/enrol/enrol_inside.h"

/* Checks that this user may have a bypass code; sets *enrolled. */
static enum ctl_exit
code_check_user(const struct command_user *c, bool invite, bool *enrolled)
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
	return terminal_error_status(CTL_NO,
	    found == USER_FOUND ? "%s is disabled: no code is accepted"
				: "%s is not enrolled: only an invitation is "
				  "accepted; add --invite",
	    command_target_text(&c->target));
}

static void
print_new_bypass_code(const struct command_user *c, const char *code)
{
	char text[RECOVERY_TEXT + 1];

	recovery_code_text(code, text);
	if (c->run.json)
		terminal_json("{code:%s}\n", text);
	else
		printf("%s\n\nTyped like a recovery code, it is valid for one "
		       "login of %s. It is not shown again.\n",
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
	    !setting_text_is_printable_utf8(why))
		return terminal_error_status(CTL_USAGE,
		    "a code needs --hours, 1 to %d, and --why, 1 to %d bytes "
		    "of UTF-8 without quotes and control characters",
		    RECOVERY_BYPASS_HOURS, FRAME_WHY_MAX);
	status = code_check_user(c, typed->invite, &enrolled);
	if (status != CTL_DONE)
		return status;
	PRINT_TO(request, "%d%s %s", (int)hours, typed->invite ? "+" : "", why);
	status = recovery_codes_request(
	    &c->run, c->target.owner, request, NULL, 1, &codes);
	if (status == CTL_DONE) {
		print_new_bypass_code(c, codes.code[0]);
		if (enrolled)
			enrol_alert(&c->run, c->conf, c->target.owner,
			    EVENT_BYPASS_MADE, NULL);
	} else if (status == CTL_NO)
		terminal_error(
		    "%s has %d bypass codes; see: twofactl list --codes",
		    command_target_text(&c->target), RECOVERY_BYPASS_MAX);
	explicit_bzero(&codes, sizeof(codes));
	return status;
}
