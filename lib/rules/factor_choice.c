/* SPDX-License-Identifier: BSD-2-Clause */
/* The factors that a user can use, and the next one to ask for. Pure. */
#include "lib/rules/rules.h"

struct factor_choice
factor_choice(const struct settings *conf, const struct user_record *r,
    const struct decision *d, unsigned recovery_left)
{
	const struct provider_conf *push_order[SETTINGS_PROVIDERS_MAX],
	    *app_provider;
	struct factor_choice c = { .record = r, .allowed = d->methods };

	c.phone = reach_has_code_provider(conf, r, d->methods);
	c.app = reach_app(conf, r, d->methods, &app_provider);
	c.push = reach_push_order(conf, r, d->methods, push_order) > 0;
	c.recovery = recovery_left > 0 && (d->methods & METHODS_TYPED) != 0;
	return c;
}

enum method
factor_choice_next(const struct factor_choice *c)
{
	for (size_t i = 0; i < c->record->channels; i++) {
		const enum method m = c->record->channel[i];

		const bool push = (METHOD_BIT(m) & METHODS_APPROVED) != 0;

		if (push && c->push)
			return METHOD_PUSH;
		if (m == METHOD_TOTP && c->app)
			return m;
		if (!push && m != METHOD_TOTP && c->phone &&
		    (c->allowed & METHOD_BIT(m)) != 0)
			return METHOD_NONE;
	}
	if (c->phone)
		return METHOD_NONE;
	if (c->app)
		return METHOD_TOTP;
	if (c->push && !c->instead)
		return METHOD_PUSH;
	return c->recovery ? METHOD_RECOVERY : METHOD_NONE;
}

bool
factor_choice_has_code(const struct factor_choice *c)
{
	return c->phone || c->app || c->recovery;
}
