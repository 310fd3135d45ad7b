/* SPDX-License-Identifier: BSD-2-Clause */
/* The methods and providers that can reach a user, and their order. Pure. */
#include "lib/rules/rules.h"

/* The methods by which the provider can deliver a code to this record, of its
 * phones to number; allowed_prefixes only affects phones. */
static unsigned
deliverable(const struct settings *conf, const struct user_record *r,
    const char *number, bool voice, const struct provider_conf *p)
{
	const bool phone = number[0] != '\0';
	const bool allowed = reach_number_allowed(conf, number);
	unsigned methods = 0;

	if (provider_by_receiver(p))
		return r->receiver[0] != '\0' ? METHODS_PHONE : 0;
	if (p->type->by_authy_id)
		return r->authy_id[0] != '\0' && (allowed || !phone)
		    ? METHODS_PHONE
		    : 0;
	if (phone && allowed)
		methods |= voice ? METHOD_BIT(METHOD_VOICE) : METHODS_PHONE;
	if (r->email[0] != '\0')
		methods |= METHOD_BIT(METHOD_EMAIL);
	return methods;
}

/* Like reach_methods(), of the record's phones to number. */
static unsigned
methods_to(const struct settings *conf, const struct user_record *r,
    const char *number, bool voice, unsigned allowed,
    const struct provider_conf *p)
{
	unsigned listed = 0;

	if ((allowed & METHODS_DESK) != 0 && !p->type->own_code)
		return 0;
	for (size_t i = 0; i < r->channels; i++)
		listed |= METHOD_BIT(r->channel[i]);
	return listed & allowed & provider_methods(p) &
	    deliverable(conf, r, number, voice, p);
}

unsigned
reach_methods(const struct settings *conf, const struct user_record *r,
    unsigned allowed, const struct provider_conf *p)
{
	return methods_to(
	    conf, r, r->phone, r->phones[r->phone_at].voice, allowed, p);
}

/* The same for the nth phone of the record's list. */
static unsigned
methods_to_phone(const struct settings *conf, const struct user_record *r,
    size_t n, unsigned allowed, const struct provider_conf *p)
{
	return methods_to(
	    conf, r, r->phones[n].number, r->phones[n].voice, allowed, p);
}

unsigned
reach_phone_methods(const struct settings *conf, const struct user_record *r,
    size_t n, unsigned allowed)
{
	unsigned methods = 0;

	for (size_t k = 0; k < conf->provider_count; k++)
		if (!conf->provider[k].type->by_authy_id)
			methods |= methods_to_phone(
			    conf, r, n, allowed, &conf->provider[k]);
	return methods;
}

size_t
reach_phone(const struct settings *conf, const struct user_record *r,
    unsigned allowed, size_t n)
{
	for (size_t i = 0; i < r->phone_count; i++) {
		const size_t at = (n + i) % r->phone_count;

		if (reach_phone_methods(conf, r, at, allowed & METHODS_PHONE) !=
		    0)
			return at;
	}
	return r->phone_at;
}

enum method
reach_preferred(const struct user_record *r, unsigned methods)
{
	for (size_t i = 0; i < r->channels; i++)
		if ((methods & METHOD_BIT(r->channel[i])) != 0)
			return r->channel[i];
	return METHOD_NONE;
}

bool
reach_lists(const struct user_record *r, unsigned methods)
{
	return reach_preferred(r, methods) != METHOD_NONE;
}

size_t
reach_order(const struct settings *conf, const struct user_record *r,
    unsigned allowed, const struct provider_conf *order[SETTINGS_PROVIDERS_MAX])
{
	const struct provider_conf *p;
	size_t count = 0;

	for (size_t n = 0; (p = reach_provider(conf, r, n)) != NULL; n++)
		if (reach_methods(conf, r, allowed, p) != 0)
			order[count++] = p;
	return count;
}

bool
reach_has_code_provider(
    const struct settings *conf, const struct user_record *r, unsigned allowed)
{
	const struct provider_conf *order[SETTINGS_PROVIDERS_MAX];
	const unsigned phones = allowed & (METHODS_PHONE | METHODS_DESK);
	bool reached = reach_order(conf, r, allowed, order) > 0;

	for (size_t i = 0; i < r->phone_count && !reached; i++)
		reached = reach_phone_methods(conf, r, i, phones) != 0;
	return reached;
}

bool
reach_has_other_provider(const struct settings *conf,
    const struct user_record *r, unsigned allowed, unsigned asked)
{
	bool other = false;

	for (size_t k = 0; k < conf->provider_count; k++) {
		const struct provider_conf *p = &conf->provider[k];
		bool reaches = reach_methods(conf, r, allowed, p) != 0;
		const bool was_asked = reach_methods(conf, r, asked, p) != 0;

		for (size_t i = 0; i < r->phone_count; i++)
			reaches |=
			    methods_to_phone(conf, r, i, allowed, p) != 0;
		other |= reaches && !was_asked;
	}
	return other;
}

void
reach_move_passed_last(const bool passed[SETTINGS_PROVIDERS_MAX],
    const struct provider_conf *order[SETTINGS_PROVIDERS_MAX], size_t count)
{
	const struct provider_conf *before[SETTINGS_PROVIDERS_MAX];
	size_t places[SETTINGS_PROVIDERS_MAX];

	for (size_t n = 0; n < count; n++)
		before[n] = order[n];
	reach_order_indexes(passed, count, places);
	for (size_t n = 0; n < count; n++)
		order[n] = before[places[n]];
}

const char *
reach_receiver(const struct user_record *r, const struct provider_conf *p,
    enum method method)
{
	if (p->type->by_authy_id)
		return r->authy_id;
	if (method == METHOD_EMAIL)
		return r->email;
	return provider_by_receiver(p) ? r->receiver : r->phone;
}

const char *
reach_counting_receiver(const struct user_record *r)
{
	if (r->phone[0] != '\0')
		return r->phone;
	if (r->receiver[0] != '\0')
		return r->receiver;
	return r->email[0] != '\0' ? r->email : r->authy_id;
}

const char *
reach_account(const struct user_record *r, const struct provider_conf *p)
{
	if (p->type->by_authy_id)
		return r->authy_id;
	for (size_t i = 0; i < r->subjects && p->type->account != NULL; i++)
		if (strcmp(r->subject[i].provider, p->name) == 0 &&
		    strcmp(r->subject[i].issuer, p->base_url) == 0)
			return r->subject[i].sub;
	return "";
}

bool
reach_has_app_at(const struct provider_conf *p, const struct user_record *r,
    enum method method)
{
	const char *factor =
	    method == METHOD_TOTP ? r->totp_factor : r->push_factor;

	if ((provider_methods(p) & METHOD_BIT(method)) == 0)
		return false;
	if (p->type->by_authy_id || p->type->account != NULL)
		factor = reach_account(r, p);
	return factor[0] != '\0';
}

enum method
reach_approval(const struct provider_conf *p)
{
	const unsigned methods = provider_methods(p);

	return (methods & METHOD_BIT(METHOD_PAGE)) != 0 ? METHOD_PAGE
	    : (methods & METHOD_BIT(METHOD_PUSH)) != 0  ? METHOD_PUSH
							: METHOD_TOTP;
}

size_t
reach_push_order(const struct settings *conf, const struct user_record *r,
    unsigned allowed, const struct provider_conf *order[SETTINGS_PROVIDERS_MAX])
{
	const struct provider_conf *p;
	/* of the two, the one that channels names first comes first */
	enum method m = reach_preferred(r, METHODS_APPROVED) == METHOD_PAGE
	    ? METHOD_PAGE
	    : METHOD_PUSH;
	size_t count = 0;

	for (int turn = 0; turn < 2; turn++) {
		for (size_t n = 0; (allowed & METHOD_BIT(m)) != 0 &&
		     (p = reach_provider(conf, r, n)) != NULL;
		     n++)
			if (reach_has_app_at(p, r, m))
				order[count++] = p;
		m = m == METHOD_PUSH ? METHOD_PAGE : METHOD_PUSH;
	}
	return count;
}

bool
reach_app(const struct settings *conf, const struct user_record *r,
    unsigned allowed, const struct provider_conf **at)
{
	*at = NULL;
	if ((allowed & METHOD_BIT(METHOD_TOTP)) == 0)
		return false;
	if (user_record_apps(r) > 0)
		return true;
	for (size_t n = 0; (*at = reach_provider(conf, r, n)) != NULL; n++)
		if (reach_has_app_at(*at, r, METHOD_TOTP))
			return true;
	return false;
}

int64_t
reach_all_timeouts_ms(const struct settings *conf, unsigned allowed)
{
	const unsigned methods = allowed & (METHODS_CODE | METHODS_APPROVED);
	int64_t ms = 0;

	for (size_t i = 0; i < conf->provider_count; i++)
		if ((provider_methods(&conf->provider[i]) & methods) != 0)
			ms += conf->provider[i].timeout_ms;
	return ms;
}

void
reach_order_indexes(const bool passed[], size_t count, size_t order[])
{
	size_t n = 0;

	for (int last = false; last <= true; last++)
		for (size_t i = 0; i < count; i++)
			if (passed[i] == last)
				order[n++] = i;
}

const struct provider_conf *
reach_provider(
    const struct settings *cfg, const struct user_record *user, size_t n)
{
	const struct provider_conf *first = NULL;

	if (user->provider[0] != '\0')
		first = settings_provider(cfg, user->provider);
	if (first != NULL && n == 0)
		return first;
	if (first != NULL)
		n--;
	for (size_t i = 0; i < cfg->provider_count; i++) {
		if (&cfg->provider[i] == first)
			continue;
		if (n-- == 0)
			return &cfg->provider[i];
	}
	return NULL;
}

long
reach_wait_after_send_s(const struct settings *cfg, unsigned sends)
{
	size_t last = cfg->resend_waits;
	size_t i = sends > 0 ? sends - 1 : 0;

	if (last == 0 || last > SETTINGS_WAITS_MAX)
		return 30; /* Vonage accepts no earlier cancel */
	return cfg->resend_wait[i < last ? i : last - 1];
}

bool
reach_number_allowed(const struct settings *cfg, const char *number)
{
	const struct text_list *allowed = &cfg->allowed_prefixes;

	for (size_t i = 0; i < allowed->count; i++) {
		const char *prefix = allowed->item[i];

		if (strncmp(number, prefix, strlen(prefix)) == 0)
			return true;
	}
	return allowed->count == 0;
}
