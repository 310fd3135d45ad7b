/* SPDX-License-Identifier: BSD-2-Clause */

#include "lib/rules/rules.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

struct factor_choice
factor_choice(const struct settings *conf, const struct user_record *r,
    const struct decision *d, unsigned recovery_left)
{
	const struct provider_conf *push_at[SETTINGS_PROVIDERS_MAX], *app_at;
	struct factor_choice c = { .record = r, .allowed = d->methods };

	c.phone = reach_by_code(conf, r, d->methods);
	c.app = reach_app(conf, r, d->methods, &app_at);
	c.push = reach_push(conf, r, d->methods, push_at) > 0;
	c.recovery = recovery_left > 0 && (d->methods & METHODS_TYPED) != 0;
	return c;
}

enum method
factor_choice_next(const struct factor_choice *c)
{
	for (size_t i = 0; i < c->record->channels; i++) {
		const enum method m = c->record->channel[i];

		if ((m == METHOD_PUSH && c->push) ||
		    (m == METHOD_TOTP && c->app))
			return m;
		if (m != METHOD_PUSH && m != METHOD_TOTP && c->phone &&
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
factor_choice_others(const struct factor_choice *c)
{
	return c->phone || c->app || c->recovery;
}
