/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl test: a login at this terminal. */
#include "twofactl/report/report.h"

#define FIELD_TYPED_MAX 512

struct test {
	const char *user;
	const struct facts *facts;
	int64_t began; /* frame_clock_ms */
	/* a code was required, without a terminal */
	bool needs_terminal;
	struct logline line;
};

/* Writes the log line as the module would. */
static void
take_verdict(void *ctx, const struct frame *f)
{
	struct test *t = ctx;
	int64_t verdict = VERDICT_DENY;
	const bool allowed = frame_number(f, FIELD_VERDICT, &verdict) == 0 &&
	    verdict == VERDICT_ALLOW;

	t->needs_terminal = client_reason(f) == REASON_NO_CONVERSATION;
	logline_put_value(&t->line, "user", t->user);
	logline_put_value(&t->line, "service", t->facts->service);
	if (t->facts->rhost[0] != '\0')
		logline_put_value(&t->line, "rhost", t->facts->rhost);
	logline_put_verdict(
	    &t->line, f, allowed, REASON_NONE, frame_clock_ms() - t->began);
}

/* Sets part to what follows the password, as the module would pass it on; the
 * password is ignored. */
static enum ctl_exit
ask_field(struct facts *f, char part[ONE_FIELD_MAX + 1])
{
	char field[FIELD_TYPED_MAX + 1], prompt[OWNER_MAX + 64];
	const char *rest;

	PRINT_TO(prompt, "Input of %s (PASSWORD,CODE): ", f->user);
	if (terminal_read_hidden(prompt, field, sizeof(field)) != 0)
		return terminal_error_status(CTL_USAGE, "nothing was typed");
	(void)one_field_split(field, &rest);
	snprintf(part, ONE_FIELD_MAX + 1, "%s", rest);
	explicit_bzero(field, sizeof(field));
	f->one_field = part;
	f->deadline_ms = MODULE_ARGUMENTS_NO_PROMPT * INT64_C(1000);
	return CTL_DONE;
}

static enum ctl_exit
run_test(
    const struct run *run, const struct target *target, struct facts *facts)
{
	struct test test = { .user = target->account, .facts = facts };
	const struct client_request call = { .facts = facts,
		.dialogue = true,
		.ctx = &test,
		.verdict = take_verdict };
	enum ctl_exit status;

	test.began = frame_clock_ms();
	status = client_request(run, &call);
	if (test.needs_terminal)
		return terminal_error_status(CTL_USAGE,
		    "nothing was sent: there is no terminal to type "
		    "the code at; run this at one");
	if (test.line.len > 0)
		printf("%s %s. The log would say:\n  pam_twofa:%s\n",
		    command_target_text(target),
		    status == CTL_DONE ? "would be allowed" : "would be denied",
		    test.line.text);
	return status;
}

/* Without --person, the login asks for the name. */
enum ctl_exit
cmd_test(struct command_user *c, const struct arguments *typed)
{
	char part[ONE_FIELD_MAX + 1] = "";
	struct facts facts =
	    client_facts(&c->run, c->target.owner, PURPOSE_TEST);
	enum ctl_exit status;

	facts.request = facts.ruser; /* who runs the test */
	status = explain_fill_login_facts(&c->run, &c->target, typed->caller,
	    typed->service, typed->from, &facts);
	if (status == CTL_DONE && typed->ask_field)
		status = ask_field(&facts, part);
	/* no message is sent without a terminal for its code */
	facts.conversation = !typed->ask_field && terminal_is_open();
	if (status == CTL_DONE)
		status = run_test(&c->run, &c->target, &facts);
	explicit_bzero(part, sizeof(part));
	return status;
}
