/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks users who approve logins at a provider: their accounts there, and
 * whether they have another factor where no page can be shown. */
#include "twofactl/doctor/doctor.h"

#include "twofactl/doctor/doctor_inside.h"

void
doctor_names_add(struct doctor_names *names, const char *user)
{
	if (names->count++ < DOCTOR_NAMES_SHOWN)
		PRINT_APPEND(
		    names->text, "%s%s", names->count > 1 ? ", " : "", user);
}

static bool
has_account_provider(const struct settings *conf, const struct user_record *r)
{
	for (size_t i = 0; i < conf->provider_count; i++) {
		const struct provider_conf *p = &conf->provider[i];

		if (p->type->account != NULL &&
		    reach_listed(r, reach_approval(p)))
			return true;
	}
	return false;
}

void
doctor_add_account_user(
    struct doctor *d, const char *user, const struct user_record *r)
{
	const struct provider_conf *order[SETTINGS_PROVIDERS_MAX];
	const struct decision field = { .methods = METHOD_ALL &
		    ~METHOD_BIT(METHOD_PAGE) };
	const struct factor_choice c = factor_choice(d->conf, r, &field, 0);

	if (!has_account_provider(d->conf, r))
		return;
	if (reach_push_order(d->conf, r, METHODS_APPROVED, order) == 0)
		doctor_names_add(&d->no_account, user);
	else if (!factor_choice_has_code(&c) && !c.push)
		doctor_names_add(&d->page_only, user);
}

void
doctor_report_accounts(struct doctor *d)
{
	const struct doctor_names *n = &d->no_account;

	if (n->count > 0)
		doctor_problem(d, "account-missing",
		    "%s%s: no account at the issuer that a provider of %s has "
		    "now, so no approval counts; run: twofactl account USER "
		    "PROVIDER",
		    n->text, n->count > DOCTOR_NAMES_SHOWN ? " and more" : "",
		    d->run->conf);
}

void
doctor_report_page_only(
    struct doctor *d, const char *service, const struct pam_stack_line *line)
{
	const struct doctor_names *n = &d->page_only;

	if (n->count > 0)
		doctor_problem(d, "page-one-field",
		    "%s: %s:%u: one field shows no page, and %s%s %s no other "
		    "factor, so such logins are denied; give them an app: "
		    "twofactl totp USER",
		    service, line->file, line->number, n->text,
		    n->count > DOCTOR_NAMES_SHOWN ? " and more" : "",
		    n->count == 1 ? "has" : "have");
}
