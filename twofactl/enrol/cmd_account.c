/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl account: a user's account at an identity provider, proved there and
 * put into use, or removed. */
#include "twofactl/enrol/enrol_inside.h"

#define DEADLINE_MS 330000 /* longer than codes of most providers are valid */

struct account_proof {
	const struct command_user *c;
	const struct provider_conf *p;
	bool json;
	char sub[USER_SUBJECT_MAX + 1];
	char name[256], email[256]; /* printable ASCII */
};

/* The texts come from the provider. */
static int
take_account_item(void *ctx, const struct item *r)
{
	struct account_proof *a = ctx;

	if (r->kind == ITEM_PAGE) {
		char page[256], code[256];

		text_copy_ascii(page, sizeof(page), r->text[1]);
		text_copy_ascii(code, sizeof(code), r->text[2]);
		if (a->json)
			terminal_json("{page:%s,code:%s}\n", page, code);
		else
			printf("For %s, in a browser:\n\n  open:  %s\n  enter: "
			       "%s\n\nWaiting for the approval there; Ctrl-C "
			       "stops this and changes nothing.\n",
			    command_target_text(&a->c->target), page, code);
		return fflush(stdout) == 0 ? 0 : -1;
	}
	if (r->kind != ITEM_ACCOUNT || a->sub[0] != '\0' ||
	    !user_subject_is_valid(r->text[1]))
		return -1;
	PRINT_TO(a->sub, "%s", r->text[1]);
	text_copy_ascii(a->name, sizeof(a->name), r->text[2]);
	text_copy_ascii(a->email, sizeof(a->email), r->text[3]);
	return 0;
}

/* Anybody who was shown the page could have approved. */
static enum ctl_exit
confirm_account(const struct account_proof *a, const char *expected)
{
	const char *const names[] = { a->sub, a->name, a->email, NULL };
	char question[OWNER_MAX + 16];

	if (!a->json)
		printf("Approved by\n\n  name:  %s\n  mail:  %s\n  sub:   %s\n",
		    a->name, a->email, a->sub);
	PRINT_TO(
	    question, "Is this %s? [y/N] ", command_target_text(&a->c->target));
	if (expected == NULL)
		return terminal_confirm(question);
	return expected[0] != '\0' && text_is_one_of(expected, names)
	    ? CTL_DONE
	    : terminal_error_status(
		  CTL_NO, "nothing was changed: that is not %s", expected);
}

static enum ctl_exit
prove_account_of(struct account_proof *a, const char *expected)
{
	const struct client_request call = { .purpose = PURPOSE_PUSH,
		.user = a->c->target.owner,
		.request = a->p->name,
		.deadline_ms = DEADLINE_MS,
		.answer = "shown",
		.ctx = a,
		.record = take_account_item };
	enum ctl_exit status = client_request(&a->c->run, &call);

	if (status == CTL_DONE && a->sub[0] == '\0')
		return terminal_error_status(CTL_FAILED,
		    "the helper named no account; install the same version of "
		    "twofactl and twofa-helper");
	if (status == CTL_DONE)
		status = confirm_account(a, expected);
	else if (status == CTL_NO)
		terminal_error("nothing was changed: no approval came in time");
	return status;
}

void
enrol_write_accounts(
    const struct user_subject *all, size_t count, char out[ENROL_ACCOUNTS_MAX])
{
	snprintf(out, ENROL_ACCOUNTS_MAX, "(");
	for (size_t i = 0; i < count; i++)
		PRINT_BEHIND(out, ENROL_ACCOUNTS_MAX,
		    "%s { provider = \"%s\"; issuer = \"%s\"; sub = \"%s\"; }",
		    i > 0 ? "," : "", all[i].provider, all[i].issuer,
		    all[i].sub);
	PRINT_BEHIND(out, ENROL_ACCOUNTS_MAX, " )");
}

static void
write_accounts(const struct account_proof *a, const struct user_record *r,
    bool remove, char out[ENROL_ACCOUNTS_MAX])
{
	struct user_subject all[USER_SUBJECTS_MAX + 1];
	size_t n = 0;

	for (size_t i = 0; i < r->subjects; i++)
		if (strcmp(r->subject[i].provider, a->p->name) != 0)
			all[n++] = r->subject[i];
	if (!remove) {
		PRINT_TO(all[n].provider, "%s", a->p->name);
		PRINT_TO(all[n].issuer, "%s", a->p->base_url);
		PRINT_TO(all[n++].sub, "%s", a->sub);
	}
	enrol_write_accounts(all, n, out);
}

static enum ctl_exit
write_account(const struct account_proof *a, bool remove)
{
	static struct record_file file;
	static char accounts[ENROL_ACCOUNTS_MAX];
	const struct command_user *c = a->c;
	const enum method by = reach_approval(a->p);
	char channels[ENROL_CHANNELS_MAX];
	struct user_record r OWNED(user_record_wipe) = { .enabled = false };
	const struct record_text_change change[] = {
		{ .key = "accounts", .value = accounts, .literal = true },
		{ .key = "channels", .value = channels, .literal = true },
	};
	enum ctl_exit status = record_file_lock(&file, c->conf);
	bool last;

	if (status == CTL_DONE)
		status = enrol_read_present(c, &r);
	if (status == CTL_DONE && remove && reach_account(&r, a->p)[0] == '\0')
		status = terminal_error_status(CTL_NO,
		    "%s has no account at %s: nothing was changed",
		    command_target_text(&c->target), a->p->name);
	write_accounts(a, &r, remove, accounts);
	/* a new account is asked first; without any, it is no channel */
	last = remove && r.subjects == 1 &&
	    (by != METHOD_PUSH || r.push_factor[0] == '\0');
	enrol_write_channels(
	    &r, last ? by : METHOD_NONE, last ? METHOD_NONE : by, channels);
	return record_file_end(
	    &file, status, c->target.owner, change, COUNT_OF(change));
}

enum ctl_exit
cmd_account(struct command_user *c, const struct arguments *typed)
{
	struct account_proof a = { .c = c, .json = c->run.json };
	const char *unproven = typed->unproven;
	enum ctl_exit status = CTL_DONE;

	a.p = settings_provider(c->conf, typed->operand[1]);
	if (a.p == NULL || a.p->type->account == NULL)
		return terminal_error_status(CTL_USAGE,
		    "twofa.conf has no provider \"%.40s\" whose users have "
		    "accounts",
		    typed->operand[1]);
	if (unproven != NULL && !user_subject_is_valid(unproven))
		return terminal_error_status(CTL_USAGE,
		    "--unproven: expected 1 to 255 bytes of printable ASCII "
		    "without blanks, quotes and backslashes");
	if (unproven == NULL && !typed->remove &&
	    reach_approval(a.p) != METHOD_PAGE)
		return terminal_error_status(CTL_USAGE,
		    "%s shows no page: name the account by --unproven SUB, "
		    "then run: twofactl test USER",
		    a.p->name);
	if (!typed->remove)
		status = record_owner_refuse(c->conf, c->target.account, NULL);
	if (unproven != NULL)
		PRINT_TO(a.sub, "%s", unproven);
	else if (status == CTL_DONE && !typed->remove)
		status = prove_account_of(&a, typed->expect);
	if (status == CTL_DONE)
		status = write_account(&a, typed->remove);
	if (status != CTL_DONE)
		return status;
	record_shape_renew(&c->run, c->conf);
	client_audit(EVENT_NONE, c->target.owner, "account %s%s%s", a.p->name,
	    typed->remove ? " --remove" : "",
	    unproven != NULL ? " --unproven" : "");
	if (c->run.json)
		terminal_json("{account:%s,provider:%s}\n", a.sub, a.p->name);
	else
		printf("%s: account at %s %s.\n",
		    command_target_text(&c->target), a.p->name,
		    typed->remove ? "removed" : "recorded");
	return CTL_DONE;
}
