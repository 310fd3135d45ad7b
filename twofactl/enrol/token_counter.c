/* SPDX-License-Identifier: BSD-2-Clause */
/* The counter of a token (HOTP): set when it is enrolled, or by --resync once
 * it was lost or the token is far ahead. */
#include "twofactl/enrol/enrol.h"

#include "twofactl/client/client.h"
#include "twofactl/enrol/enrol_inside.h"

enum ctl_exit
token_counter_ask(
    const struct secret *secret, const struct totp_kind *kind, int64_t *counter)
{
	char code[2][ENROL_CODE_MAX] = { "", "" };
	int64_t at = -1, next;
	int found;

	if (enrol_read_code("Code that the token shows: ", code[0]) != 0 ||
	    enrol_read_code("Its next code: ", code[1]) != 0)
		return terminal_error_status(
		    CTL_NO, "no code: nothing was changed");
	do {
		found = hotp_match(secret, kind, code[0], at + 1,
		    TOKEN_COUNTER_MAX - at - 1, &at);
	} while (found == 1 && at < TOKEN_COUNTER_MAX - 1 &&
	    hotp_match(secret, kind, code[1], at + 1, 1, &next) != 1);
	explicit_bzero(code, sizeof(code));
	if (found != 1 || at >= TOKEN_COUNTER_MAX - 1)
		return terminal_error_status(CTL_NO,
		    "these are not two of its codes in a row: nothing was "
		    "changed");
	*counter = at + 2;
	return CTL_DONE;
}

enum ctl_exit
token_counter_set(const struct command_user *c, size_t n, int64_t counter)
{
	char number[24], text[24];
	const struct client_request call = { .purpose = PURPOSE_TOTP,
		.user = c->target.owner,
		.request = number,
		.answer = text };
	enum ctl_exit status;

	PRINT_TO(number, "%zu", n + 1);
	PRINT_TO(text, "%lld", (long long)counter);
	status = client_request(&c->run, &call);
	if (status == CTL_NO)
		return terminal_error_status(CTL_NO,
		    "a later code of this token was used already; its counter "
		    "stays");
	if (status != CTL_DONE)
		terminal_error("the counter of the token is not set, so no "
			       "code of it is right; run: twofactl totp %s "
			       "--resync N",
		    command_target_arguments(&c->target));
	return status;
}

enum ctl_exit
token_counter_resync(
    const struct command_user *c, const struct arguments *typed)
{
	const int64_t device =
	    decimal_read(typed->resync, USER_PHONES_MAX + USER_APPS_MAX);
	int64_t counter = 0;
	enum ctl_exit status = CTL_DONE;
	struct user_record r;
	size_t n;

	(void)command_user_record(c, &complain_report, &r);
	n = device > 0 ? (size_t)device - 1 : USER_PHONES_MAX + USER_APPS_MAX;
	for (size_t i = 0; user_record_phone(&r, i) != NULL; i++)
		n--;
	if (n >= user_record_apps(&r) || !r.app[n].kind.hotp)
		status = terminal_error_status(CTL_NO,
		    "%s has no such token that counts; see: twofactl show %s",
		    command_target_text(&c->target),
		    command_target_arguments(&c->target));
	if (status == CTL_DONE && typed->counter != NULL) {
		counter = decimal_read(typed->counter, TOKEN_COUNTER_MAX);
		if (counter < 0)
			status = terminal_error_status(CTL_USAGE,
			    "--counter: expected at most %d",
			    TOKEN_COUNTER_MAX);
	} else if (status == CTL_DONE) {
		status = token_counter_ask(
		    &r.app[n].secret, &r.app[n].kind, &counter);
	}
	user_record_wipe(&r);
	if (status == CTL_DONE)
		status = token_counter_set(c, n, counter);
	if (status == CTL_DONE)
		puts("The token is right from its next code on.");
	return status;
}
