/* SPDX-License-Identifier: BSD-2-Clause */
/* The apps and tokens of a user's record. */
#include "lib/settings/settings_inside.h"

#include <libconfig.h>

/* twofactl totp replaces the one app of a record; of a list nothing can be
 * changed while a group of it is broken. */
static const char *
remedy(const struct setting *v, char out[USER_NAME_MAX + 64])
{
	if (strcmp(v->e->key, "secret_file") == 0)
		return "take its group out of the record";
	(void)snprintf(
	    out, USER_NAME_MAX + 64, "run: twofactl totp %s", v->scope->user);
	return out;
}

bool
user_app_unseal(
    const struct setting_scope *scope, const char *text, struct secret *secret)
{
	const struct record_source *source = scope->settings->records;

	return source != NULL &&
	    source->unseal(scope->settings->store.fleet_key, scope->owner_name,
		text, secret) == 0;
}

/* Decrypts a secret that is in the state, for all hosts; one of this host's
 * state was encrypted with its row. */
static void
read_sealed(const struct setting *v, struct secret *secret)
{
	const bool shared = v->scope->settings->users_state;
	const char *text = config_setting_get_string(v->s);
	char by[USER_NAME_MAX + 64];

	if (text != NULL && !shared) {
		PRINT_TO(secret->b, "%s", text);
		secret->len = strlen(secret->b);
	}
	if (text == NULL ||
	    (shared &&
		strncmp(text, RECORD_SOURCE_SEALED,
		    strlen(RECORD_SOURCE_SEALED)) != 0))
		setting_reject(v,
		    "is on one host alone, but the record is for all hosts; "
		    "%s",
		    remedy(v, by));
	else if (v->scope->no_secrets)
		secret->len = 1;
	else if (shared && !user_app_unseal(v->scope, text, secret))
		setting_reject(v,
		    "cannot be opened: it has another user or fleet key, "
		    "or was changed; %s",
		    remedy(v, by));
	else if (!totp_secret_is_valid(secret))
		setting_reject(
		    v, "holds no secret of an app; %s", remedy(v, by));
}

void
user_app_read_secret(const struct setting *v, void *field)
{
	struct user_app *app = (struct user_app *)(void *)((char *)field -
	    offsetof(struct user_app, secret));
	struct secret *secret = &app->secret;
	char by[USER_NAME_MAX + 64];
	const char *path =
	    v->s != NULL ? config_setting_get_string(v->s) : NULL;

	/* a path: of what becomes a file */
	if (v->s != NULL && v->scope->in_state &&
	    (v->scope->settings->users_state || path == NULL ||
		path[0] != '/')) {
		read_sealed(v, secret);
		return;
	}
	setting_read_path(v, &path);
	if (path == NULL)
		return;
	if (v->scope->no_secrets)
		secret->len = 1; /* not read; any length marks it as set */
	else if (trusted_file_read_dated_secret(
		     path, v->scope->owner, secret, &app->changed_ns) != 0)
		setting_error(v, "%s: %s; or %s", path, trusted_file_cause,
		    remedy(v, by));
	else if (!totp_secret_is_valid(secret))
		setting_error(v,
		    "%s: holds no secret of %d bytes or more in base32; "
		    "expected A to Z and 2 to 7; %s",
		    path, TOTP_SECRET_MIN, remedy(v, by));
}

void
user_app_read_either(const struct setting *v, void *field)
{
	unsigned *n = field;

	setting_read_unsigned(v, n);
	if (*n > v->e->min && *n < v->e->max)
		setting_reject(v, "is %u", *n);
}

const struct setting_choice user_app_hashes[] = { { "SHA1", 0 },
	{ "SHA256", 1 }, { NULL, 0 } };
static const struct setting_choice token_types[] = { { "totp", 0 },
	{ "hotp", 1 }, { NULL, 0 } };

size_t
user_record_apps(const struct user_record *r)
{
	size_t n = 0;

	while (n < USER_APPS_MAX && r->app[n].secret.len > 0)
		n++;
	return n;
}

bool
user_record_app_is_admins(const struct user_record *r)
{
	return user_record_apps(r) > 1 || r->app[0].token ||
	    r->totp_factor[0] != '\0' || r->authy_id[0] != '\0' ||
	    r->subjects > 0;
}

void
user_apps_digest(struct setting_scope *scope, struct user_record *r)
{
	char text[2 * SETTINGS_DIGEST_LEN + USER_APPS_MAX * (SECRET_MAX + 22) +
	    1];
	const size_t n = user_record_apps(r);

	if (n == 0 || scope->settings->undigested)
		return;
	hex_text(r->digest, sizeof(r->digest), text);
	for (size_t i = 0; i < n; i++)
		PRINT_APPEND(text, "%s %lld\n", r->app[i].secret.b,
		    (long long)r->app[i].changed_ns);
	if (!sha256_of(text, strlen(text), r->digest))
		settings_error(
		    scope, 0, NULL, "SHA-256 failed; check libcrypto");
	explicit_bzero(text, sizeof(text));
}

void
user_record_drop_hotp(struct user_record *r)
{
	const size_t n = user_record_apps(r);
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (!r->app[i].kind.hotp)
			r->app[kept++] = r->app[i];
	explicit_bzero(&r->app[kept], (n - kept) * sizeof(r->app[0]));
}

void
user_record_wipe_secrets(struct user_record *r)
{
	for (size_t n = 0; n < USER_APPS_MAX; n++)
		explicit_bzero(r->app[n].secret.b, r->app[n].secret.len);
}

/* Appends what the list has to the record's apps. An item with an error may
 * have no secret: that counts as one, so that the others stay in order. */
static void
read_devices(const struct setting *v, struct user_record *r, bool token)
{
	const size_t n = setting_list_is_empty(v) /* by remove --device */
	    ? 0
	    : setting_list_len(v, USER_APPS_MAX, v->e->key);
	const size_t first = user_record_apps(r);

	if (first + n > USER_APPS_MAX) {
		setting_error(v,
		    "%zu apps and tokens; expected at most 4 of both: a guess "
		    "would be right too often",
		    first + n);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const struct setting one = setting_item(v, i);
		struct user_app *app = &r->app[first + i];

		if (setting_is_group(&one))
			(void)setting_section_read(&one, app);
		app->token = token;
		if (app->secret.len == 0)
			app->secret.len = 1;
		if (app->kind.hotp &&
		    (app->kind.sha256 || app->kind.period > TOTP_STEP_S))
			setting_error(v,
			    "hotp has no period, and no hash but SHA1; remove "
			    "these keys");
	}
}

void
user_apps_read(const struct setting *v, void *field)
{
	struct user_record *r = field;

	if (!setting_list_is_empty(v) &&
	    (r->app[0].secret.len > 0 || r->app[0].kind.sha256 ||
		r->app[0].kind.period > TOTP_STEP_S))
		setting_error(v,
		    "is set together with totp_secret_file, totp_period or "
		    "totp_hash; expected one of them; for another app: "
		    "twofactl totp %s --add",
		    v->scope->user);
	else
		read_devices(v, r, false);
}

void
user_tokens_read(const struct setting *v, void *field)
{
	read_devices(v, field, true);
}

/* clang-format off */
#define NAME(key)                                                              \
	{ key, setting_read_copy, SETTING_AT(user_app, name), .min = 1,        \
	    .max = USER_DEVICE_NAME_MAX,                                       \
	    .charset = TEXT_ALNUM " -._" }
#define FOR_BOTH                                                               \
	{ "secret_file", user_app_read_secret, SETTING_AT(user_app, secret),   \
	    USER_APP_SECRET, .required = true },                               \
	{ "digits", user_app_read_either, SETTING_AT(user_app, kind.digits),   \
	    .min = TOTP_DIGITS, .max = TOTP_DIGITS_LONG, .dflt = "6",          \
	    .allowed = "6 or 8" },                                             \
	{ "period", user_app_read_either, SETTING_AT(user_app, kind.period),   \
	    USER_APP_PERIOD },                                                 \
	{ "hash", setting_read_either, SETTING_AT(user_app, kind.sha256),      \
	    USER_APP_HASH }
static const struct setting_entry user_app_entries[] = { FOR_BOTH,
	NAME("name"),
};
static const struct setting_entry user_token_entries[] = { FOR_BOTH,
	NAME("serial"),
	{ "type", setting_read_either, SETTING_AT(user_app, kind.hotp),
	    .max = SETTING_TEXT_MAX, .choice = token_types, .required = true },
};

/* clang-format on */
const struct setting_section user_app_keys =
    SETTING_SECTION(user_app_entries, NULL);
const struct setting_section user_token_keys =
    SETTING_SECTION(user_token_entries, NULL);
