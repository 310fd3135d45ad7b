/* SPDX-License-Identifier: BSD-2-Clause */
/* Which phone its user changes or removes by twofactl self. Pure. */
#include "lib/rules/rules.h"

/* True if each method that reaches this phone reaches another one, too. */
static bool
may_go(const struct settings *conf, const struct user_record *r, size_t at)
{
	unsigned left = 0;

	for (size_t i = 0; i < r->phone_count; i++)
		if (i != at)
			left |= reach_phone_methods(conf, r, i, METHODS_PHONE);
	return r->phone_count > 1 &&
	    (reach_phone_methods(conf, r, at, METHODS_PHONE) & ~left) == 0;
}

enum own_phone
own_phone_find(const struct settings *conf, const struct user_record *r,
    const char *request, size_t *at)
{
	const bool removes = text_take(&request, PURPOSE_SELF_REMOVE);
	const char which = request[removes ? 0 : strlen(PURPOSE_SELF_PHONE)];
	const bool more = which == PURPOSE_SELF_MORE[0];
	size_t count = 0;

	while (user_record_phone(r, count) != NULL)
		count++;
	*at = which == '\0' ? 0 : more ? count : (size_t)(which - '1');
	if (count == 0 || *at >= USER_PHONES_MAX || (*at >= count && !more))
		return OWN_PHONE_NONE;
	if (which == '\0' && count > 1)
		return OWN_PHONE_UNSAID;
	return removes && !may_go(conf, r, *at) ? OWN_PHONE_NEEDED
						: OWN_PHONE_FOUND;
}
