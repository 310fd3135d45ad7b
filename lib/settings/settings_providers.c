/* SPDX-License-Identifier: BSD-2-Clause */
/* The list providers = ( ) of twofa.conf. */
#include "lib/settings/settings_inside.h"

#include <errno.h>
#include <unistd.h>

static void
read_type(const struct setting *v, void *field)
{
	struct provider_conf *p = field;
	const char *name = setting_text(v);
	char types[SETTING_ALLOWED_MAX] = "";
	const struct provider_type *type;

	if (name == NULL)
		return;
	p->type = provider_type_find(name);
	if (p->type != NULL)
		return;
	for (unsigned i = 0; (type = provider_type_nth(i)) != NULL; i++)
		PRINT_APPEND(types, "%s\"%s\"", i > 0 ? ", " : "", type->name);
	setting_error(v, "\"%.40s\" is no type of this version; expected %s",
	    name, types);
}

static void
read_base_url(const struct setting *v, void *field)
{
	struct provider_conf *p = field;
	struct base_url url;
	const char *cause;
	bool own; /* another form than HTTP's */

	if (v->s != NULL)
		p->base_url = setting_text(v);
	else if (p->type != NULL)
		p->base_url = p->type->base_url;
	if (p->base_url == NULL)
		return;
	own = p->type != NULL && p->type->read_base_url != NULL;
	cause =
	    (own ? p->type->read_base_url : base_url_read)(p->base_url, &url);
	if (cause != NULL && own)
		setting_error(v, "%s; expected %s", cause, p->type->address);
	else if (cause != NULL)
		setting_reject(v, "%s", cause);
	memcpy(p->scheme, url.scheme, sizeof(p->scheme));
}

static void
read_roots(const struct setting *v, void *field)
{
	const bool folder = strcmp(v->e->key, "ca_path") == 0;
	const char *path;

	setting_read_path(v, field);
	path = *(const char *const *)field;
	if (path != NULL &&
	    (folder ? ca_roots_check_folder : ca_roots_check_file)(
		path, v->scope->owner) != 0)
		setting_error(v, "%s: %s", path, trusted_file_cause);
}

static void
read_code_length(const struct setting *v, void *field)
{
	struct provider_conf *p = field;
	char lengths[64] = "";
	long n;

	setting_read_long(v, &n);
	if (v->s == NULL && p->type != NULL && p->type->code_length != 0)
		n = (long)p->type->code_length;
	if (p->type != NULL && p->type->code_lengths != 0 &&
	    (p->type->code_lengths & 1u << n) == 0) {
		for (unsigned i = 1; i < 32; i++)
			if ((p->type->code_lengths & 1u << i) != 0)
				PRINT_APPEND(lengths, "%s%u",
				    lengths[0] != '\0' ? ", " : "", i);
		setting_error(v, "is %ld, which %s does not take; expected %s",
		    n, p->type->name, lengths);
	}
	p->code_length = (unsigned)n;
}

static void
read_expiry(const struct setting *v, void *field)
{
	struct provider_conf *p = field;
	long seconds;

	setting_read_long(v, &seconds);
	if (v->s == NULL && p->type != NULL && p->type->expiry_s != 0)
		seconds = p->type->expiry_s;
	if (p->type != NULL && p->type->expiry_max_s != 0 &&
	    (seconds < p->type->expiry_min_s ||
		seconds > p->type->expiry_max_s))
		setting_error(v,
		    "is %ld, which %s does not take; expected a number from "
		    "%ld to %ld",
		    seconds, p->type->name, p->type->expiry_min_s,
		    p->type->expiry_max_s);
	p->expiry_ms = (int64_t)seconds * 1000;
}

/* clang-format off */
static const struct setting_entry providers_entries[] = {
	{ "name", setting_read_text, SETTING_AT(provider_conf, name),
	    .required = true, .min = 1, .max = SETTINGS_NAME_MAX,
	    .charset = TEXT_ALNUM "_-",
	    .allowed = "1 to 32 letters, digits, _ and -" },
	{ "type", read_type, .required = true, .min = 1,
	    .max = SETTING_TEXT_MAX, .allowed = "a provider type" },
	{ "base_url", read_base_url, .min = 1, .max = SETTING_TEXT_MAX,
	    .allowed = "https://HOST[:PORT][/PREFIX]" },
	{ "ca_file", read_roots, SETTING_AT(provider_conf, ca_file),
	    .min = 2, .max = TRUSTED_FILE_PATH_MAX,
	    .allowed = "an absolute path of a PEM file" },
	{ "ca_path", read_roots, SETTING_AT(provider_conf, ca_path),
	    .min = 2, .max = TRUSTED_FILE_PATH_MAX,
	    .allowed = "an absolute path of a hashed directory" },
	{ "rehearsal", setting_read_bool, SETTING_AT(provider_conf, rehearsal),
	    .dflt = "false" },
	{ "proxy", setting_read_text, SETTING_AT(provider_conf, proxy),
	    .allowed = "\"\": past the proxy of the others" },
	{ "connect_timeout_ms", setting_read_long,
	    SETTING_AT(provider_conf, connect_timeout_ms), .min = 100,
	    .max = 30000, .dflt = "3000" },
	{ "timeout_ms", setting_read_long,
	    SETTING_AT(provider_conf, timeout_ms), .min = 500, .max = 30000,
	    .dflt = "10000" },
	{ "code_length", read_code_length, .min = 4, .max = 10, .dflt = "6",
	    .allowed = "a number of digits that the type takes" },
	{ "expiry", read_expiry, .min = 1, .max = 86400, .dflt = "300",
	    .allowed = "a number of seconds that the type takes" },
};

/* clang-format on */
const struct setting_section settings_provider_keys =
    SETTING_SECTION(providers_entries, NULL);

static void
read_own_key(struct setting_scope *scope, const struct setting_key *k,
    const struct config_setting_t *group, struct provider_conf *p)
{
	char number[SETTING_NUMBER_MAX];
	struct setting_entry e = setting_entry_from_key(k, number);
	const char *path;

	setting_group_read(scope, &e, 1, group, p);
	path = provider_key_file(p, k);
	if (path == NULL ||
	    (k->kind == CONF_KEY_FILE
		    ? private_key_read_file(
			  path, scope->owner, k->elliptic, &p->key)
		    : trusted_file_read_secret(
			  path, scope->owner, &p->secret[k->slot])) == 0)
		return;
	/* if the file is absent, the host may not be set up yet */
	setting_error_at(scope, group, k->key, "%s: %s%s", path,
	    trusted_file_cause,
	    access(path, F_OK) != 0 && errno == ENOENT
		? "; or, to set this host up from the start, run: twofactl init"
		: "");
}

static void
check_together(struct setting_scope *scope,
    const struct config_setting_t *group, const struct provider_conf *p)
{
	const char *key = NULL, *allowed;

	if (p->type->settings == NULL)
		return;
	allowed = p->type->settings(p, &key);
	if (allowed == NULL)
		return;
	setting_error_at(scope, group, key,
	    "does not fit %s with the other keys; expected %s", p->type->name,
	    allowed);
}

static void
read_one_provider(struct setting_scope *scope,
    const struct setting_section *keys, const struct config_setting_t *group,
    const struct settings *c, struct provider_conf *p)
{
	const unsigned errors = scope->errors;

	setting_group_read(scope, keys->entry, keys->n, group, p);
	if (p->name != NULL && settings_provider(c, p->name) != p)
		setting_error_at(scope, group, "name",
		    "\"%s\" is the name of another provider; expected a unique "
		    "name",
		    p->name);
	if (p->ca_file != NULL && p->ca_path != NULL)
		setting_error_at(scope, group, "ca_path",
		    "is set together with ca_file; expected one of them");
	if (p->ca_file == NULL && p->ca_path == NULL)
		p->ca_path = ca_roots_system();
	if (p->type == NULL)
		return; /* the keys are unknown without a type */
	setting_check_known(scope, group, keys, p->type->keys);
	for (const struct setting_key *k = p->type->keys; k->key != NULL; k++)
		read_own_key(scope, k, group, p);
	if (scope->errors == errors)
		check_together(scope, group, p);
}

void
settings_providers_read(const struct setting *v, void *field)
{
	struct settings *c = field;
	/* without a provider there are apps and recovery codes */
	const size_t n =
	    setting_list_len(v, SETTINGS_PROVIDERS_MAX, "providers");

	for (size_t i = 0; i < n; i++) {
		const struct setting one = setting_item(v, i);

		if (!setting_is_group(&one))
			continue;
		c->provider_count++;
		read_one_provider(v->scope, v->e->inside, one.s, c,
		    &c->provider[c->provider_count - 1]);
	}
}
