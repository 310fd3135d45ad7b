/* SPDX-License-Identifier: BSD-2-Clause */
/* Load twofa.conf into a struct settings, check it as a whole, free it. */
#include "lib/settings/settings.h"

#include <libconfig.h>
#include <stdlib.h>
#include <string.h>

#include "helper/providers/provider.h"
#include "lib/settings/setting_keys.h"
#include "lib/settings/settings_document.h"

/* What every provider takes, since each may be asked in the brand's name. */
static void
check_brand(struct setting_scope *scope, const struct settings *c,
    const struct config_setting_t *group, const char *brand)
{
	unsigned line;

	if (brand == NULL)
		return;
	line = setting_line(config_setting_get_member(group, "brand"));
	for (size_t i = 0; i < c->provider_count; i++) {
		const struct provider_ops *ops = c->provider[i].ops;

		if (ops == NULL || ops->methods == 0)
			continue; /* a look-up says nobody's name */
		if (strlen(brand) > ops->brand_max)
			settings_error(scope, line, "brand",
			    "has %zu bytes, allowed by %s: 1 to %u",
			    strlen(brand), ops->type, ops->brand_max);
		if (brand[strcspn(brand, ops->brand_refused)] != '\0')
			settings_error(scope, line, "brand",
			    "has a character that %s refuses, allowed: all "
			    "but %s",
			    ops->type, ops->brand_refused);
	}
}

static void
check_brands(struct setting_scope *scope, const struct settings *c,
    const struct config_setting_t *root)
{
	const config_setting_t *rules =
	    config_setting_get_member(root, "rules");

	check_brand(scope, c, root, c->brand);
	for (size_t i = 0; i < c->rule_count; i++)
		check_brand(scope, c,
		    config_setting_get_elem(rules, (unsigned)i),
		    c->rule[i].brand);
}

static void
check_users_dir(struct setting_scope *scope, const struct settings *c,
    const struct config_setting_t *root)
{
	char cause[TRUSTED_FILE_CAUSE_MAX];

	if (c->users_dir == NULL ||
	    trusted_file_folder(c->users_dir, scope->owner, cause) == 0)
		return;
	settings_error(scope,
	    setting_line(config_setting_get_member(root, "users_dir")),
	    "users_dir", "%s: %s", c->users_dir, cause);
}

static void
read_document(struct setting_scope *scope, struct settings *c)
{
	const config_setting_t *root = config_root_setting((config_t *)c->doc);
	const struct setting_entry *entry;
	size_t n;

	setting_known(scope, root, CONF_SETTINGS, NULL);
	entry = setting_section(CONF_SETTINGS, &n);
	setting_group_read(scope, entry, n, root, c);
	check_brands(scope, c, root);
	check_users_dir(scope, c, root);
}

struct settings *
settings_load(
    const char *path, uid_t owner, const struct settings_report *report)
{
	struct setting_scope scope = {
		.file = path, .owner = owner, .report = report
	};
	struct settings *c = calloc(1, sizeof(*c));
	config_t *doc = calloc(1, sizeof(*doc));

	if (c == NULL || doc == NULL) {
		settings_error(&scope, 0, NULL, "out of memory");
		goto fail;
	}
	if (settings_document_read(&scope, TRUSTED_FILE_SETTINGS, doc, NULL) !=
	    TRUSTED_FILE_OK)
		goto fail;
	c->doc = doc;
	doc = NULL;
	read_document(&scope, c);
	if (scope.errors == 0)
		return c;
fail:
	free(doc);
	settings_free(c);
	return NULL;
}

static void
free_rule(struct rule *rule)
{
	free(rule->users.item);
	free(rule->groups.item);
	free(rule->services.item);
	free(rule->from.item);
}

void
settings_free(struct settings *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->rule_count; i++)
		free_rule(&c->rule[i]);
	free(c->rule);
	free(c->allowed_prefixes.item);
	if (c->doc != NULL)
		config_destroy(c->doc);
	free(c->doc);
	explicit_bzero(c, sizeof(*c)); /* the secrets stand in it */
	free(c);
}

/* An item that could not be read is NULL. */
bool
settings_list_has(const struct text_list *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->item[i] != NULL && strcmp(list->item[i], text) == 0)
			return true;
	return false;
}

const struct provider_conf *
settings_provider(const struct settings *c, const char *name)
{
	for (size_t i = 0; i < c->provider_count; i++)
		if (c->provider[i].name != NULL &&
		    strcmp(c->provider[i].name, name) == 0)
			return &c->provider[i];
	return NULL;
}

bool
settings_rehearsal(const struct settings *c)
{
	for (size_t i = 0; i < c->provider_count; i++)
		if (strcmp(c->provider[i].scheme, "https") != 0)
			return true;
	return false;
}

unsigned
settings_methods(const struct settings *c)
{
	unsigned methods = 0;

	for (size_t i = 0; i < c->provider_count; i++)
		methods |= provider_methods(&c->provider[i]);
	return methods;
}
