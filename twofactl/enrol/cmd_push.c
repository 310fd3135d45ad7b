/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl push: a phone's app, joined and put into use. */
#include "twofactl/enrol/enrol_inside.h"

#define DEADLINE_MS 330000 /* the token's life, and time to join */

void
enrol_write_channels(const struct user_record *r, enum method without,
    enum method first, char out[ENROL_CHANNELS_MAX])
{
	const bool added = first != METHOD_NONE &&
	    (first == without || !reach_lists(r, METHOD_BIT(first)));

	snprintf(out, ENROL_CHANNELS_MAX, added ? "[\"%s\"" : "[",
	    method_name(first));
	for (size_t i = 0; i < r->channels; i++)
		if (r->channel[i] != without)
			PRINT_BEHIND(out, ENROL_CHANNELS_MAX, "%s\"%s\"",
			    out[1] != '\0' ? ", " : "",
			    method_name(r->channel[i]));
	PRINT_BEHIND(out, ENROL_CHANNELS_MAX, "]");
}

enum ctl_exit
enrol_read_present(const struct command_user *c, struct user_record *record)
{
	const enum user_result found =
	    command_user_record(c, &complain_report, record);

	return found == USER_FOUND || found == USER_ABSENT ? CTL_DONE
							   : CTL_SETTINGS;
}

enum ctl_exit
enrol_push(const struct command_user *c, const char *before,
    const char *identity, const char *factor)
{
	static struct record_file file;
	char channels[ENROL_CHANNELS_MAX];
	struct user_record record OWNED(user_record_wipe) = { 0 };
	const struct record_text_change change[] = {
		{ .key = "push_identity", .value = identity },
		{ .key = "push_factor", .value = factor },
		{ .key = "channels", .value = channels, .literal = true },
	};
	enum ctl_exit status = record_file_lock(&file, c->conf);

	if (status == CTL_DONE)
		status = enrol_read_present(c, &record);
	if (status == CTL_DONE && strcmp(record.push_factor, before) != 0 &&
	    strcmp(record.push_factor, factor) != 0)
		status = terminal_error_status(
		    CTL_NO, "another app has joined meanwhile");
	enrol_write_channels(&record, METHOD_NONE, METHOD_PUSH, channels);
	status = record_file_end(
	    &file, status, c->target.owner, change, COUNT_OF(change));
	if (status != CTL_DONE)
		terminal_error("nothing was changed: the app that has joined "
			       "cannot be used");
	return status;
}

struct push {
	bool json;
	const char *user;
	char identity[PROVIDER_IDENTITY_MAX + 1];
	char factor[TWILIO_SID_LEN + 1];
	char token[ENROLMENT_TOKEN_MAX + 1];
};

/* The helper is not trusted. */
static int
take_push_item(void *ctx, const struct item *r)
{
	struct push *p = ctx;
	const size_t used = strlen(p->token);

	if (r->kind == ITEM_TOKEN)
		return text_has_only(r->text[1], TEXT_ALNUM "-") &&
			text_has_only(r->text[2], TEXT_ALNUM "-_.~+/=") &&
			(used == 0 || strcmp(r->text[1], p->identity) == 0) &&
			item_copy_text(
			    r, 1, p->identity, sizeof(p->identity)) == 0
		    ? item_copy_text(
			  r, 2, p->token + used, sizeof(p->token) - used)
		    : -1;
	return r->kind == ITEM_FACTOR && p->factor[0] == '\0' &&
		text_has_only(r->text[1], TEXT_ALNUM)
	    ? item_copy_text(r, 1, p->factor, sizeof(p->factor))
	    : -1;
}

/* Shows the token, with which the user continues on the phone. */
static int
show_token(void *ctx)
{
	const struct push *p = ctx;

	if (p->token[0] == '\0')
		return -1;
	if (p->json)
		terminal_json(
		    "{push_identity:%s,token:%s}\n", p->identity, p->token);
	else
		printf("For %s's app, within 5 minutes:\n\n  identity: %s\n  "
		       "token:    %s\n\nWaiting until the app has joined; "
		       "Ctrl-C stops this and changes nothing.\n",
		    p->user, p->identity, p->token);
	if (fflush(stdout) == 0)
		return 0;
	terminal_error(
	    "standard output cannot be written: nothing was changed");
	return 1;
}

static enum ctl_exit
join_app(const struct command_user *c, struct push *p)
{
	const struct client_request call = { .purpose = PURPOSE_PUSH,
		.user = c->target.owner,
		.deadline_ms = DEADLINE_MS,
		.answer = "shown",
		.ctx = p,
		.record = take_push_item,
		.asked = show_token };
	const enum ctl_exit status = client_request(&c->run, &call);

	if (status == CTL_DONE && p->factor[0] == '\0')
		return terminal_error_status(CTL_FAILED,
		    "the helper named no app; install the same version of "
		    "twofactl and twofa-helper");
	if (status == CTL_NO)
		terminal_error("no app joined in time: nothing was changed; "
			       "for a new token run: twofactl push %s",
		    command_target_arguments(&c->target));
	return status;
}

enum ctl_exit
cmd_push(struct command_user *c, const struct arguments *typed)
{
	struct push push = { .json = c->run.json,
		.user = command_target_text(&c->target) };
	char before[TWILIO_SID_LEN + 1];
	struct user_record record;
	enum ctl_exit status = enrol_read_present(c, &record);

	(void)typed;
	if (status == CTL_DONE)
		status = record_owner_refuse(c->conf, c->target.account, NULL);
	PRINT_TO(before, "%s", record.push_factor);
	user_record_wipe(&record);
	if (status == CTL_DONE)
		status = join_app(c, &push);
	if (status == CTL_DONE)
		status = enrol_push(c, before, push.identity, push.factor);
	if (status == CTL_DONE && c->run.json)
		terminal_json("{push_factor:%s}\n", push.factor);
	else if (status == CTL_DONE)
		printf("%s is asked by the app from the next login on.\n",
		    command_target_text(&c->target));
	if (status == CTL_DONE)
		record_shape_renew(&c->run, c->conf);
	explicit_bzero(&push, sizeof(push));
	return status;
}
