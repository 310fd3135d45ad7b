/* SPDX-License-Identifier: BSD-2-Clause */
/* The text of twofa.conf by the answers of init: a new text, or an existing one
 * in which values are replaced and keys added. It is parsed as settings before
 * it is used, so errors here do no damage. */
#include "twofactl/init/init.h"

#include <errno.h>

#include "twofactl/trial/trial.h"

#define SETTINGS_TEXT_MAX (TRUSTED_FILE_SETTINGS_MAX + 64 * 1024)
#define HOME "/etc/twofa" /* folder of the default users_dir */

/* A new twofa.conf before the answers of init are put into it, as they are put
 * into a present one. It is short: the settings that an admin changes first.
 * Settings without an answer begin with #, as examples. */
static const char new_conf[] =
    "# Rules and providers of the second factor. Made by `twofactl init`; "
    "change it\n"
    "# by `twofactl edit`, which checks it before it counts. Every key is "
    "described\n"
    "# in twofa.conf(5). A line that begins with '#' and a key shows the "
    "default,\n"
    "# or an example where the text says so.\n"
    "\n"
    "# The sender, as the message on the phone names it.\n"
    "brand = \"\";\n"
    "%s"
    "\n"
    "# A user without a file in users.d: \"deny\", or \"allow\" with a line in "
    "the log\n"
    "# each time. Enrol users by `twofactl enroll` (a phone) or `twofactl "
    "totp` (an\n# app), many by `twofactl import`.\n"
    "#unenrolled = \"deny\";\n"
    "\n"
    "# When no provider can be reached: \"offline\" (app and recovery codes), "
    "\"deny\",\n"
    "# or \"allow\".\n"
    "#on_outage = \"offline\";\n"
    "\n"
    "# Who is told of locks and outages: root by mail, or a command's path.\n"
    "%snotify = \"" SETTINGS_NOTIFY_MAIL "\";\n"
    "\n"
    "# Providers in the order of use; one that is out of reach is passed "
    "over.\n"
    "%s"
    "\n"
    "# The first rule whose conditions all hold decides; without one a code "
    "is\n"
    "# required. Example: no code for logins from the office network.\n"
    "rules = (\n"
    "#  {\n"
    "#    from = [\"10.0.0.0/8\"];\n"
    "#    action = \"skip\";\n"
    "#  }\n"
    ");\n"
    "\n"
    "limits = {\n"
    "  # Numbers that begin otherwise get no message: else somebody could run "
    "up a\n"
    "  # bill abroad. Add the countries that your users have their phones "
    "from.\n"
    "  %sallowed_prefixes = [\"+1\", \"+44\"];\n"
    "\n"
    "  # Networks from which many people log in by one address: they get 200\n"
    "  # messages an hour that are not answered, others 30.\n"
    "  %soffice_networks = [\"192.0.2.0/24\"];\n"
    "\n"
    "  # Examples: a limit of money a day, and the price of a message.\n"
    "  #spend_per_day = \"20\";\n"
    "  #price_per_send = \"0.05\";\n"
    "};\n";

static const char no_providers[] =
    "# Without any there are authenticator apps and recovery codes; to send "
    "codes as\n# well: twofactl init.\n";

static char text_bytes[2][SETTINGS_TEXT_MAX];

/* Adds the line of one setting of a provider, unless its value is empty. */
static void
put_value_line(
    struct record_text *t, const char *key, const char *value, bool literal)
{
	const struct record_text_change change = {
		.key = key, .value = value, .literal = literal
	};

	if (value[0] == '\0')
		return;
	record_text_add(t, "    ");
	record_text_add_setting(t, &change);
	record_text_add(t, "\n");
}

/* The begin of the list of providers, with this provider. */
static void
put_providers(
    struct record_text *t, const struct init_answers *a, const char *secrets)
{
	char value[2 * INIT_ANSWERS_TEXT_MAX + 2];

	record_text_add(t, "(\n  {\n");
	put_value_line(t, "name", a->name, false);
	put_value_line(t, "type", a->type->name, false);
	put_value_line(t, "base_url", a->base_url, false);
	put_value_line(t, "ca_file", a->ca_file, false);
	put_value_line(t, "rehearsal", a->rehearsal ? "true" : "", true);
	for (size_t i = 0; i < a->count; i++) {
		init_answer_value(&a->own[i], secrets, value);
		put_value_line(t, a->own[i].key->key, value,
		    a->own[i].key->kind == CONF_NUMBER);
	}
	record_text_add(t, "  }");
}

/* The present text, and a buffer for the next one. */
struct merge {
	struct record_text now, next;
	bool failed;
};

/* Finds the value of key in the group that starts at from and ends at the byte
 * last, to which *end then points. */
static bool
find_setting(struct merge *m, const char *from, char last, const char *key,
    struct record_span *at, const char **end)
{
	if (m->failed ||
	    record_reader_find_value(from, last, key, at, end) != 0) {
		m->failed = true;
		at->begin = NULL;
	}
	return !m->failed;
}

static void
put_setting(struct merge *m, const char *from, char last,
    const struct record_text_change *change)
{
	struct record_text done;

	m->failed = m->failed ||
	    record_text_put(&m->next, m->now.out, from, last, change) != 0;
	if (m->failed)
		return;
	done = m->next;
	m->next = m->now;
	m->next.len = 0;
	m->now = done;
}

/* The text after the opening brace of the first provider of this type, or NULL.
 */
static const char *
find_group(struct merge *m, const char *type)
{
	const size_t len = strlen(type);
	struct record_span list, at;
	const char *p, *end;

	if (!find_setting(m, m->now.out, '\0', "providers", &list, &end) ||
	    list.begin == NULL || *list.begin != '(')
		return NULL;
	for (p = list.begin + 1;
	     (p = record_reader_skip_blanks(p, true)) != NULL && *p == '{';
	     p = end + 1) {
		if (!find_setting(m, p + 1, '}', "type", &at, &end))
			return NULL;
		/* in quotes */
		if (at.begin != NULL &&
		    (size_t)(at.end - at.begin) == len + 2 &&
		    strncmp(at.begin + 1, type, len) == 0)
			return p + 1;
	}
	return NULL;
}

static void
put_provider(
    struct merge *m, const char *type, const struct record_text_change *change)
{
	const char *group = find_group(m, type);

	if (group != NULL && change->value[0] != '\0')
		put_setting(m, group, '}', change);
}

static void
merge_provider(
    struct merge *m, const struct init_answers *a, const char *secrets)
{
	const struct record_text_change place[] = {
		{ .key = "base_url", .value = a->base_url },
		{ .key = "ca_file", .value = a->ca_file },
	};
	char value[2 * INIT_ANSWERS_TEXT_MAX + 2];

	for (size_t i = 0; i < COUNT_OF(place); i++)
		put_provider(m, a->type->name, &place[i]);
	for (size_t i = 0; i < a->count; i++) {
		const struct record_text_change change = {
			.key = a->own[i].key->key,
			.value = value,
			.literal = a->own[i].key->kind == CONF_NUMBER,
		};

		init_answer_value(&a->own[i], secrets, value);
		put_provider(m, a->type->name, &change);
	}
}

/* Replaces the whole list: for a type that is not in it, and where a rehearsal
 * begins or ends. An identity server is added: until users have accounts there,
 * they log in as before. */
static void
replace_providers(
    struct merge *m, const struct init_answers *a, const char *secrets)
{
	static char list[SETTINGS_TEXT_MAX];
	struct record_text t = { .out = list, .cap = sizeof(list) };
	const struct record_text_change change = {
		.key = "providers", .value = list, .literal = true
	};
	struct record_span old;
	const char *end, *first = NULL;

	if (a->type->account != NULL &&
	    !init_settings_is_rehearsal(m->now.out) &&
	    find_setting(m, m->now.out, '\0', "providers", &old, &end) &&
	    old.begin != NULL)
		first = record_reader_skip_blanks(old.begin + 1, true);
	put_providers(&t, a, secrets);
	if (first != NULL && *first == '{') {
		record_text_add(
		    &t, ",%.*s", (int)(old.end - old.begin - 1), old.begin + 1);
	} else {
		record_text_add(&t, "\n)");
	}
	m->failed = m->failed || t.failed;
	put_setting(m, m->now.out, '\0', &change);
}

static void
merge_limit(struct merge *m, const char *key, const char *list)
{
	const struct record_text_change change = {
		.key = key, .value = list, .literal = true
	};
	static const struct record_text_change group = {
		.key = "limits", .value = "{\n}", .literal = true
	};
	struct record_span at;
	const char *end;

	if (list[0] == '\0' ||
	    !find_setting(m, m->now.out, '\0', "limits", &at, &end))
		return;
	if (at.begin == NULL) {
		put_setting(m, m->now.out, '\0', &group);
		if (!find_setting(m, m->now.out, '\0', "limits", &at, &end))
			return;
	}
	if (*at.begin == '{')
		put_setting(m, at.begin + 1, '}', &change);
	else
		m->failed = true;
}

bool
init_settings_is_rehearsal(const char *text)
{
	return strstr(text, REHEARSAL_CERTIFICATE) != NULL;
}

/* For the app alone, a present text keeps its providers and limits. */
static void
merge(struct merge *m, const struct init_answers *a, const char *secrets,
    bool is_new)
{
	const struct record_text_change brand = { .key = "brand",
		.value = a->brand };
	const bool app = a->type == &init_answers_app;
	const bool replace_list =
	    a->rehearsal || init_settings_is_rehearsal(m->now.out);

	put_setting(m, m->now.out, '\0', &brand);
	if (app && !is_new)
		return;
	if (!app && !replace_list && find_group(m, a->type->name) != NULL)
		merge_provider(m, a, secrets);
	else if (!app)
		replace_providers(m, a, secrets);
	merge_limit(m, "allowed_prefixes", a->prefixes);
	merge_limit(m, "office_networks", a->office);
}

static void
begin_new(struct merge *m, const struct init_answers *a, const char *home)
{
	char path[INIT_ANSWERS_TEXT_MAX + 1];
	const struct record_text_change users = { .key = "users_dir",
		.value = path };
	const bool elsewhere = strcmp(home, HOME) != 0;

	PRINT_TO(path, "%s/users.d", home);
	record_text_add(&m->now, new_conf,
	    elsewhere ? "\n# One file a user.\nusers_dir = \"\";\n" : "",
	    a->notify ? "" : "#",
	    a->type == &init_answers_app ? no_providers : "providers = ();\n",
	    a->prefixes[0] != '\0' ? "" : "#", a->office[0] != '\0' ? "" : "#");
	if (elsewhere)
		put_setting(m, m->now.out, '\0', &users);
}

char *
init_settings_make_text(const struct init_answers *a, const char *old,
    const char *home, const char *secrets)
{
	struct merge m = {
		.now = { .out = text_bytes[0], .cap = SETTINGS_TEXT_MAX },
		.next = { .out = text_bytes[1], .cap = SETTINGS_TEXT_MAX },
	};

	if (old != NULL)
		record_text_add(&m.now, "%s", old);
	else
		begin_new(&m, a, home);
	m.failed = m.failed || m.now.failed;
	merge(&m, a, secrets, old == NULL);
	errno = EINVAL;
	return m.failed ? NULL : strdup(m.now.out);
}
