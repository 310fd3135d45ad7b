/* SPDX-License-Identifier: BSD-2-Clause */
/* Proves a number by a code, and alerts; ids of users at a provider, and advice
 * about numbers. */
#include "twofactl/enrol/enrol_inside.h"

enum ctl_exit
enrol_ask_code(
    const struct run *run, struct facts *facts, struct client_request call)
{
	enum ctl_exit status;
	bool own;

	facts->deadline_ms =
	    module_arguments_default_deadline(facts->service) * 1000;
	facts->conversation = true;
	call.facts = facts;
	call.dialogue = true;
	/* Ctrl-C also ends the code, which would keep the number busy */
	own = terminal_signal_fd() < 0 && terminal_hold_signals() == 0;
	status = client_request(run, &call);
	if (own)
		terminal_release_signals();
	return status;
}

int
enrol_read_code(const char *prompt, char code[ENROL_CODE_MAX])
{
	char typed[ENROL_CODE_MAX] = "";
	size_t n = 0;

	if (terminal_read_line(prompt, typed, sizeof(typed)) != 0)
		return -1;
	for (size_t i = 0; typed[i] != '\0'; i++)
		if (typed[i] != ' ' && typed[i] != '\r')
			code[n++] = typed[i];
	code[n] = '\0';
	explicit_bzero(typed, sizeof(typed));
	return 0;
}

enum ctl_exit
enrol_prove_delivery(const struct run *run, const struct target *target,
    const char *record, const char *phone)
{
	struct facts facts = client_facts(run, target->owner, PURPOSE_ENROL);

	if (strlen(record) > FRAME_RECORD_MAX)
		return terminal_error_status(CTL_SETTINGS,
		    "the record of %s has more than %d bytes, too many for a "
		    "code to be tried; shorten its comments, or add "
		    "--no-verify",
		    command_target_text(target), FRAME_RECORD_MAX);
	facts.record = record;
	facts.request = phone;
	return enrol_ask_code(run, &facts, (struct client_request){ 0 });
}

static const char *const line_advice[NUMBER_COUNT] = {
	[NUMBER_TOLL_FREE] = "this is a toll-free number, which cannot get "
			     "codes: give the person's own phone",
	[NUMBER_PREMIUM] = "this is a premium-rate number, which costs money "
			   "with each code: give the person's own phone",
	[NUMBER_PAGER] =
	    "this is a pager, which cannot get codes: give a phone",
	[NUMBER_LANDLINE] = "this is a landline, which takes no messages: use "
			    "the channel \"voice\", or a mobile phone",
};

const char *
enrol_number_advice(const struct number_facts *lookup, enum method method)
{
	if (lookup->valid == LOOKUP_NO)
		return "this is not a phone number that exists: check it, with "
		       "+ and the country code";
	return lookup->line == NUMBER_LANDLINE && method != METHOD_SMS &&
		method != METHOD_WHATSAPP
	    ? NULL
	    : line_advice[lookup->line];
}

bool
enrol_needs_registration(const struct settings *conf)
{
	for (size_t i = 0; i < conf->provider_count; i++)
		if (conf->provider[i].type->by_authy_id)
			return true;
	return false;
}

static int
take_authy_id(void *ctx, const struct item *r)
{
	struct wanted_record *wanted = ctx;

	return r->kind == ITEM_FACTOR && text_has_only(r->text[1], TEXT_DIGITS)
	    ? item_copy_text(r, 1, wanted->authy_id, sizeof(wanted->authy_id))
	    : -1;
}

/* Returns another user with this id and another number, or NULL. */
static const char *
other_id_owner(const struct phone_owners *all, const char *owner,
    const struct wanted_record *wanted)
{
	const char *phone = wanted->phone, *other = NULL;

	for (size_t i = 0; phone[0] == '\0' && i < all->count; i++)
		if (strcmp(all->of[i].user, owner) == 0)
			phone = all->of[i].phone;
	for (size_t i = 0; i < all->count; i++)
		if (strcmp(all->of[i].authy_id, wanted->authy_id) == 0 &&
		    strcmp(all->of[i].phone, phone) != 0 &&
		    strcmp(all->of[i].user, owner) != 0)
			other = all->of[i].user;
	return other;
}

enum ctl_exit
enrol_register(const struct run *run, const char *owner, const char *record,
    struct phone_owners *all, struct wanted_record *wanted)
{
	const struct client_request call = { .purpose = PURPOSE_REGISTER,
		.user = owner,
		.request = wanted->phone[0] != '\0' ? "new" : "",
		.text = record,
		.ctx = wanted,
		.record = take_authy_id };
	const enum ctl_exit status = client_request(run, &call);
	const char *other;

	if (status != CTL_DONE)
		return status;
	other = wanted->authy_id[0] != '\0' ? other_id_owner(all, owner, wanted)
					    : "?";
	if (other == NULL)
		return phone_owners_add(
			   all, owner, wanted->phone, wanted->authy_id) == 0
		    ? CTL_DONE
		    : CTL_FAILED;
	return terminal_error_status(CTL_FAILED,
	    "the provider gives %s the id of %s, so codes would reach another "
	    "phone: ask the vendor",
	    owner, other);
}

void
enrol_alert(const struct run *run, const struct settings *conf,
    const char *owner, enum event event, const char *before)
{
	char request[PHONE_MAX + 32];
	struct client_request call = {
		.purpose = PURPOSE_ALERT, .user = owner, .request = request
	};

	if (!conf->alert_owner)
		return;
	for (int old = 0; old < (before != NULL ? 2 : 1); old++) {
		PRINT_TO(request, "%s%s%s", logline_event_word(event),
		    old ? " " : "", old ? before : "");
		if (client_request(run, &call) != CTL_DONE)
			terminal_error("warning: %s may not have been notified "
				       "at the %s number (alert_owner)",
			    owner, old ? "old" : "present");
	}
}
