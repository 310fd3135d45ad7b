/* SPDX-License-Identifier: BSD-2-Clause */
/* The group limits = { } of twofa.conf. */
#include "helper/confkeys.h"

#include <libconfig.h>
#include <string.h>

void
conf_read_limits(struct conf_scope *scope, const struct conf_entry *e,
    const struct config_setting_t *s, void *field)
{
	const struct conf_entry *entry;
	size_t n;

	if (s != NULL && !conf_is_group(scope, e, s))
		s = NULL;
	if (s != NULL)
		conf_known(scope, s, CONF_LIMITS, NULL);
	entry = conf_section(CONF_LIMITS, &n);
	conf_group_read(scope, entry, n, s, field);
}

void
conf_read_waits(struct conf_scope *scope, const struct conf_entry *e,
    const struct config_setting_t *s, void *field)
{
	static const long dflt[] = { 30, 60, 120 };
	struct config *c = field;
	size_t n;

	memcpy(c->resend_wait, dflt, sizeof(dflt));
	c->resend_waits = sizeof(dflt) / sizeof(dflt[0]);
	if (s == NULL)
		return;
	n = conf_list_len(scope, e, s);
	if (n > CONFIG_WAITS_MAX) {
		conf_wrong(scope, e, s, "has %zu numbers", n);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const config_setting_t *elem =
		    config_setting_get_elem(s, (unsigned)i);

		if (conf_number(scope, e, elem, &c->resend_wait[i]) != 0)
			return;
		if (i > 0 && c->resend_wait[i] < c->resend_wait[i - 1])
			conf_wrong(scope, e, elem, "%ld follows %ld",
			    c->resend_wait[i], c->resend_wait[i - 1]);
	}
	c->resend_waits = n;
}

static bool
is_prefix(const char *text)
{
	return text[0] == '+' && text[1] >= '1' && text[1] <= '9' &&
	    strchr(text + 1, '+') == NULL;
}

void
conf_read_prefixes(struct conf_scope *scope, const struct conf_entry *e,
    const struct config_setting_t *s, void *field)
{
	struct text_list *list = &((struct config *)field)->allowed_prefixes;

	conf_read_names(scope, e, s, list);
	for (size_t i = 0; i < list->count; i++)
		if (list->item[i] != NULL && !is_prefix(list->item[i]))
			conf_wrong(scope, e,
			    config_setting_get_elem(s, (unsigned)i),
			    "\"%s\" is no prefix", list->item[i]);
}
