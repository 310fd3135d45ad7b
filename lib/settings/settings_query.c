/* SPDX-License-Identifier: BSD-2-Clause */
/* Predicates and look-ups on the settings. */
#include "lib/settings/settings.h"

#include <errno.h>
#include <unistd.h>

#define SCHEME "postgresql://"

static bool
names_servers(const char *where)
{
	return strncmp(where, SCHEME, strlen(SCHEME)) == 0;
}

bool
settings_is_fleet(const struct settings *c)
{
	return names_servers(c->state);
}

/* Copies text[len] to out[cap]. False if it has other characters than charset,
 * or does not fit. */
static bool
copy_checked(
    const char *text, size_t len, const char *charset, char *out, size_t cap)
{
	if (len == 0 || len >= cap || strspn(text, charset) < len)
		return false;
	memcpy(out, text, len);
	out[len] = '\0';
	return true;
}

static bool
read_port(const char *text, size_t len, unsigned *port)
{
	char digits[6];
	const int64_t n =
	    copy_checked(text, len, TEXT_DIGITS, digits, sizeof(digits))
	    ? decimal_read(digits, 65535)
	    : -1;

	*port = n > 0 ? (unsigned)n : 0;
	return n > 0;
}

static const char *
read_host(const char *text, size_t len, struct settings_url *u)
{
	const char *colon = memchr(text, ':', len);
	const char *end = text[0] == '[' ? memchr(text, ']', len) : NULL;
	size_t name = colon == NULL ? len : (size_t)(colon - text);
	char *out;

	if (u->hosts == SETTINGS_URL_HOSTS)
		return "has more than 8 hosts";
	out = u->host[u->hosts].name;
	u->host[u->hosts].port = SETTINGS_URL_PORT;
	if (end != NULL) {
		name = (size_t)(end - text) + 1;
		if (memchr(text, ':', name) == NULL ||
		    !copy_checked(text + 1, name - 2,
			TEXT_DIGITS "abcdefABCDEF:.", out,
			SETTINGS_URL_HOST_MAX + 1))
			return "has an invalid address in brackets";
	} else if (!copy_checked(text, name, TEXT_ALNUM ".-_", out,
		       SETTINGS_URL_HOST_MAX + 1)) {
		return "has a host that is no name";
	}
	if (name < len &&
	    (text[name] != ':' ||
		!read_port(
		    text + name + 1, len - name - 1, &u->host[u->hosts].port)))
		return "has a port that is not from 1 to 65535";
	u->hosts++;
	return NULL;
}

/* Does not use libpq's parser, which also accepts passwords, options and file
 * names. */
const char *
settings_fleet_url_parse(const char *where, struct settings_url *u)
{
	const char *at, *slash, *wrong = NULL;

	memset(u, 0, sizeof(*u));
	if (!names_servers(where))
		return "does not begin with / or " SCHEME;
	at = where + strlen(SCHEME);
	if (strchr(at, '@') != NULL)
		return "names a user or a password; set host and "
		       "password_file in store = { }";
	if (strpbrk(at, "?#") != NULL)
		return "has options, which are not allowed";
	slash = strchr(at, '/');
	if (slash == NULL ||
	    !copy_checked(slash + 1, strlen(slash + 1), TEXT_ALNUM "_-",
		u->database, sizeof(u->database)))
		return "names no database; end it with /twofa";
	while (wrong == NULL && at <= slash) {
		size_t len = strcspn(at, ",/");

		wrong = read_host(at, len, u);
		at += len + 1;
	}
	return wrong;
}

bool
settings_socket_allows(const struct settings *c, int64_t uid)
{
	for (size_t i = 0; i < c->socket_uids; i++)
		if (c->socket_uid[i] == uid)
			return true;
	return false;
}

/* An item that could not be read is NULL. */
bool
settings_list_has(const struct text_list *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->item[i] != NULL && list->item[i][0] == text[0] &&
		    strcmp(list->item[i], text) == 0)
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
settings_is_rehearsal(const struct settings *c)
{
	for (size_t i = 0; i < c->provider_count; i++)
		if (c->provider[i].rehearsal ||
		    strcmp(c->provider[i].scheme, "http") == 0)
			return true;
	return false;
}

bool
settings_state_dir_is_separate(const struct settings *c)
{
	char own[FOLDER_PATH_MAX];

	return folder_from_path(c->state, own) != 0 ||
	    strcmp(own, c->state_dir) != 0;
}

int
settings_state_dir_check(const struct settings *c, char cause[FOLDER_CAUSE_MAX])
{
	char name[128]; /* truncated, so that cause also holds the remedy */

	if (!settings_state_dir_is_separate(c))
		return 0;
	PRINT_TO(name, "state_dir %.100s", c->state_dir);
	return folder_check_private(c->state_dir, name, cause);
}

const char *
settings_on_all_hosts_text(const struct settings *c)
{
	return settings_is_fleet(c) ? " on all hosts" : "";
}

bool
settings_has_outage_file(const struct settings *c)
{
	char path[FOLDER_PATH_MAX + 16];

	PRINT_TO(path, "%s/" SETTINGS_OUTAGE_FILE, c->state_dir);
	return settings_is_fleet(c) && access(path, F_OK) == 0;
}

bool
settings_has_enrolments(const struct settings *c)
{
	char path[FOLDER_PATH_MAX + 16];

	PRINT_TO(path, "%s/" SETTINGS_ENROLLED_FILE, c->state_dir);
	return !settings_is_fleet(c) &&
	    (access(path, F_OK) == 0 || errno != ENOENT);
}

bool
settings_enrols_at(const struct settings *c, const char *service)
{
	return c->unenrolled_enrol &&
	    (c->self_enrol_services.count == 0
		    ? text_has_word("sshd login", service)
		    : settings_list_has(&c->self_enrol_services, service));
}

const unsigned char *
settings_fleet_key(const struct settings *c)
{
	return c->store.fleet_key_file != NULL ? c->store.fleet_key : NULL;
}

bool
settings_fleet_key_use_next(struct settings *c)
{
	if (c->store.next != SETTINGS_KEY_NEXT)
		return false;
	memcpy(
	    c->store.fleet_key, c->store.next_key, sizeof(c->store.fleet_key));
	c->store.next = SETTINGS_KEY_NONE;
	return true;
}

unsigned
settings_deliverable_methods(const struct settings *c)
{
	unsigned methods = 0;

	for (size_t i = 0; i < c->provider_count; i++)
		methods |= provider_methods(&c->provider[i]);
	return methods;
}

bool
settings_sends_codes(const struct settings *c)
{
	return (settings_deliverable_methods(c) & METHODS_CODE) != 0;
}

bool
settings_enrols_by(const struct settings *c, const char *kind)
{
	if (c->enrol_kinds.count > 0)
		return settings_list_has(&c->enrol_kinds, kind);
	return strcmp(kind,
		   settings_sends_codes(c) ? SETTINGS_ENROL_PHONE
					   : SETTINGS_ENROL_APP) == 0;
}

bool
settings_phone_suffices(const struct settings *c)
{
	for (size_t i = 0; i < c->rule_count; i++)
		if (c->rule[i].action == ACTION_REQUIRE &&
		    (c->rule[i].methods & METHODS_PHONE) == 0)
			return false;
	return true;
}

const char *
settings_enrol_command(const struct settings *c, const char *user)
{
	static char text[SETTINGS_ENROL_MAX];

	PRINT_TO(text,
	    settings_sends_codes(c) ? "twofactl enroll %s PHONE"
				    : "twofactl totp %s",
	    user);
	return text;
}

bool
settings_network_has(const struct network_list *list, const char *address)
{
	if (address == NULL || address[0] == '\0')
		return false;
	for (size_t i = 0; i < list->count; i++)
		if (network_contains(&list->item[i], address))
			return true;
	return false;
}

bool
settings_remembers_long(
    const struct settings *c, size_t i, char out[SETTINGS_REMEMBERS_MAX])
{
	const struct rule *r = &c->rule[i];

	snprintf(out, SETTINGS_REMEMBERS_MAX,
	    "rule %zu: logins are remembered for %u minutes, by the key %s",
	    i + 1, r->remember_minutes,
	    r->remember_key ? "from any address" : "and the address");
	return r->remember_minutes > SETTINGS_DAY_MINUTES;
}

bool
settings_rule_skips_code(const struct rule *r)
{
	return r->action == ACTION_SKIP || r->action == ACTION_OBSERVE;
}

static bool
outage_may_allow(const struct settings *c)
{
	for (size_t i = 0; i < c->rule_count; i++)
		if (c->rule[i].on_outage == OUTAGE_ALLOW)
			return true;
	return c->on_outage == OUTAGE_ALLOW;
}

bool
settings_exception_at(const struct settings *c, size_t n, struct exception *e)
{
	const struct rule *r = n < c->rule_count ? &c->rule[n] : NULL;
	const bool outage = n > c->rule_count;

	if (r == NULL && outage)
		*e = (struct exception){ "on_outage", "on_outage",
			"on_outage_until", c->on_outage_until, "" };
	else if (r == NULL)
		*e = (struct exception){ "unenrolled", "unenrolled",
			"unenrolled_until", c->unenrolled_until, "" };
	if (r == NULL)
		return outage ? outage_may_allow(c) : c->unenrolled_allow;
	*e = (struct exception){ "", "action", "until", r->until,
		r->why != NULL ? r->why : "" };
	PRINT_TO(e->name, "rule %zu", n + 1);
	return settings_rule_skips_code(r) &&
	    (r->keys[0] == '\0' || r->until != 0);
}
