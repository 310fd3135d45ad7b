/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl test */
#include "twofactl/terminal/terminal.h"

#include <stdio.h>
#include <string.h>

#include "lib/wire/wire.h"
#include "twofactl/link/link.h"
#include "twofactl/link/made_up_login.h"
#include "twofactl/records/records.h"

#define FIELD_TYPED_MAX 512

struct test {
	const struct ctl *ctl;
	const struct facts *facts;
	int64_t began; /* frame_clock_ms */
	bool unasked;  /* a code was wanted, without a terminal */
	struct login_line line;
};

/* Show the line as the module would write it. */
static void
take_verdict(void *ctx, const struct frame *f)
{
	struct test *t = ctx;
	int64_t verdict = VERDICT_DENY;
	const bool allowed = frame_number(f, FIELD_VERDICT, &verdict) == 0 &&
	    verdict == VERDICT_ALLOW;

	t->unasked = helper_link_reason(f) == REASON_NO_CONVERSATION;
	login_line_text(&t->line, "user", t->ctl->name);
	login_line_text(&t->line, "service", t->facts->service);
	if (t->facts->rhost[0] != '\0')
		login_line_text(&t->line, "rhost", t->facts->rhost);
	login_line_verdict(
	    &t->line, f, allowed, REASON_NONE, frame_clock_ms() - t->began);
}

static void
print(const struct ctl *ctl, const struct test *t, bool allowed)
{
	printf("%s %s. The log would say:\n  pam_twofa:%s\n", ctl->shown,
	    allowed ? "would be let in" : "would not be let in", t->line.text);
}

/* The part behind the password, as the module would pass it on; the password
 * itself is ignored. */
static enum ctl_exit
ask_field(struct facts *f, char part[ONE_FIELD_MAX + 1])
{
	char field[FIELD_TYPED_MAX + 1], prompt[KEPT_NAME_MAX + 64];
	const char *behind;

	snprintf(
	    prompt, sizeof(prompt), "What %s types (PASSWORD,CODE): ", f->user);
	if (terminal_hidden(prompt, field, sizeof(field)) != 0) {
		complain("no field was typed");
		return CTL_USAGE;
	}
	(void)one_field_split(field, &behind);
	snprintf(part, ONE_FIELD_MAX + 1, "%s", behind);
	explicit_bzero(field, sizeof(field));
	f->one_field = part;
	f->deadline_ms = MODULE_ARGUMENTS_NO_PROMPT * INT64_C(1000);
	return CTL_DONE;
}

static enum ctl_exit
play(const struct ctl *ctl, const struct settings *conf)
{
	char part[ONE_FIELD_MAX + 1] = "";
	struct facts facts = helper_link_facts(ctl, PURPOSE_TEST);
	struct test test = { .ctl = ctl, .facts = &facts };
	const struct helper_dialogue talk = {
		.facts = &facts, .ctx = &test, .verdict = take_verdict
	};
	enum ctl_exit status;

	(void)conf;
	facts.request = facts.ruser; /* who tests */
	status = made_up_login(ctl, ctl->service, ctl->from, &facts);
	if (status == CTL_DONE && ctl->ask_field)
		status = ask_field(&facts, part);
	if (status != CTL_DONE)
		return status;
	/* without a terminal for the code no message is sent */
	facts.conversation = !ctl->ask_field && terminal_is_there();
	test.began = frame_clock_ms();
	status = helper_dialogue(ctl, &talk);
	explicit_bzero(part, sizeof(part));
	if (test.unasked) {
		complain("nothing was sent: there is no terminal to type the "
			 "code at; run it on one");
		return CTL_USAGE;
	}
	if (test.line.len > 0)
		print(ctl, &test, status == CTL_DONE);
	return status;
}

/* Without a person the login itself asks who it is. */
enum ctl_exit
cmd_test(struct ctl *ctl)
{
	return command_user_run(ctl, true, COMMAND_ENTRY | COMMAND_WHOLE, play);
}
