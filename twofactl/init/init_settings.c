/* SPDX-License-Identifier: BSD-2-Clause */
/* The text of twofa.conf by the answers of init: a new text, or an existing one
 * in which values are replaced and keys added. It is parsed as settings before
 * it is used, so errors here do no damage. */
#include "twofactl/init/init.h"

#include <errno.h>
#include <stdlib.h>

#include "twofactl/trial/trial.h"

#define SETTINGS_TEXT_MAX (TRUSTED_FILE_SETTINGS_MAX + 64 * 1024)
#define HOME "/etc/twofa" /* folder of the default users_dir */

/* A new twofa.conf is short: the settings that an admin changes first. */
static const char conf_head[] =
    "# Rules and providers of the second factor. Made by `twofactl init`; "
    "change it\n"
    "# by `twofactl edit`, which checks it before it counts. Every key is "
    "described\n"
    "# in twofa.conf(5). A line that begins with '#' and a key shows the "
    "default,\n"
    "# or an example where the text says so.\n"
    "\n"
    "# The sender, as the message on the phone names it.\n";

static const char after_brand[] =
    "\n"
    "# A user without a file in users.d: \"deny\", or \"allow\" with a line in "
    "the log\n"
    "# each time. Enrol users by `twofactl enroll`, many by `twofactl "
    "import`.\n"
    "#unenrolled = \"deny\";\n"
    "\n"
    "# When no provider can be reached: \"offline\" (app and recovery codes), "
    "\"deny\",\n"
    "# or \"allow\".\n"
    "#on_outage = \"offline\";\n"
    "\n"
    "# Providers in the order of use; one that is out of reach is passed "
    "over.\n";

static const char after_providers[] =
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
    "from.\n";

static const char conf_tail[] =
    "\n"
    "  # Examples: a limit of money a day, and the price of a message.\n"
    "  #spend_per_day = \"20\";\n"
    "  #price_per_send = \"0.05\";\n"
    "};\n";

static void
put_quoted(FILE *out, const char *key, const char *value)
{
	if (value[0] == '\0')
		return;
	fprintf(out, "%s = \"", key);
	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\')
			fputc('\\', out);
		fputc(*value, out);
	}
	fputs("\";\n", out);
}

static void
put_own(FILE *out, const struct init_answer *own, const char *secrets)
{
	char value[2 * INIT_ANSWERS_TEXT_MAX + 2], key[64];

	if (!init_answer_is_set(own))
		return;
	init_answer_value(own, secrets, value);
	if (own->key->kind == CONF_NUMBER) {
		fprintf(out, "    %s = %s;\n", own->key->key, value);
		return;
	}
	PRINT_TO(key, "    %s", own->key->key);
	put_quoted(out, key, value);
}

static void
put_providers(FILE *out, const struct init_answers *a, const char *secrets)
{
	fputs("(\n  {\n", out);
	put_quoted(out, "    name", a->name);
	put_quoted(out, "    type", a->type->name);
	put_quoted(out, "    base_url", a->base_url);
	put_quoted(out, "    ca_file", a->ca_file);
	if (a->rehearsal)
		fputs("    rehearsal = true;\n", out);
	for (size_t i = 0; i < a->count; i++)
		put_own(out, &a->own[i], secrets);
	fputs("  }\n)", out);
}

/* The list of providers with only this provider; the caller frees. */
static char *
settings_text_providers(const struct init_answers *a, const char *secrets)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		return NULL;
	put_providers(out, a, secrets);
	return text_stream_end(out, &text);
}

static char *
settings_text_new(
    const struct init_answers *a, const char *home, const char *secrets)
{
	char users[INIT_ANSWERS_TEXT_MAX + 1], *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		return NULL;
	fputs(conf_head, out);
	put_quoted(out, "brand", a->brand);
	if (strcmp(home, HOME) != 0) {
		PRINT_TO(users, "%s/users.d", home);
		put_quoted(out, "\n# One file a user.\nusers_dir", users);
	}
	fputs(after_brand, out);
	fputs("providers = ", out);
	put_providers(out, a, secrets);
	fputs(";\n", out);
	fputs(after_providers, out);
	fprintf(out, "  %sallowed_prefixes = %s;\n",
	    a->prefixes[0] != '\0' ? "" : "#",
	    a->prefixes[0] != '\0' ? a->prefixes : "[\"+1\", \"+44\"]");
	fprintf(out,
	    "\n  # Networks from which many people log in by one "
	    "address: they get 200\n  # messages an hour that are not "
	    "answered, others 30.\n"
	    "  %soffice_networks = %s;\n",
	    a->office[0] != '\0' ? "" : "#",
	    a->office[0] != '\0' ? a->office : "[\"192.0.2.0/24\"]");
	fputs(conf_tail, out);
	return text_stream_end(out, &text);
}

/* The present text, and a buffer for the next one. */
struct merge {
	struct record_text now, next;
	bool failed;
};

static void
swap_texts(struct merge *m)
{
	const struct record_text done = m->next;

	if (done.failed) {
		m->failed = true;
		return;
	}
	m->next = m->now;
	m->now = done;
	m->next.len = 0;
}

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

/* Adds the setting at the end of the group, on a line of its own. */
static void
append_setting(struct merge *m, const char *end, char last, const char *indent,
    const struct record_text_change *change)
{
	const char *line = end;

	while (last != '\0' && line > m->now.out &&
	    (line[-1] == ' ' || line[-1] == '\t'))
		line--;
	record_text_add(&m->next, m->now.out, (size_t)(line - m->now.out));
	if (line > m->now.out && line[-1] != '\n')
		record_text_add_string(&m->next, "\n");
	record_text_add_string(&m->next, indent);
	record_text_add_setting(&m->next, change);
	record_text_add_string(&m->next, "\n");
	record_text_add_string(&m->next, line);
}

static void
put_setting(struct merge *m, const char *from, char last, const char *indent,
    const struct record_text_change *change)
{
	struct record_span at;
	const char *end;

	if (!find_setting(m, from, last, change->key, &at, &end))
		return;
	if (at.begin != NULL)
		record_text_replace(&m->next, m->now.out, &at, change);
	else
		append_setting(m, end, last, indent, change);
	swap_texts(m);
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
		put_setting(m, group, '}', "    ", change);
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
 * begins or ends. */
static void
replace_providers(
    struct merge *m, const struct init_answers *a, const char *secrets)
{
	char *list = settings_text_providers(a, secrets);
	const struct record_text_change change = {
		.key = "providers", .value = list, .literal = true
	};

	if (list != NULL)
		put_setting(m, m->now.out, '\0', "", &change);
	else
		m->failed = true;
	free(list);
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
		put_setting(m, m->now.out, '\0', "", &group);
		if (!find_setting(m, m->now.out, '\0', "limits", &at, &end))
			return;
	}
	if (*at.begin == '{')
		put_setting(m, at.begin + 1, '}', "  ", &change);
	else
		m->failed = true;
}

bool
init_settings_is_rehearsal(const char *text)
{
	return strstr(text, REHEARSAL_CERTIFICATE) != NULL;
}

static void
merge(struct merge *m, const struct init_answers *a, const char *secrets)
{
	const struct record_text_change brand = { .key = "brand",
		.value = a->brand };
	const bool replace_list =
	    a->rehearsal || init_settings_is_rehearsal(m->now.out);

	put_setting(m, m->now.out, '\0', "", &brand);
	if (!replace_list && find_group(m, a->type->name) != NULL)
		merge_provider(m, a, secrets);
	else
		replace_providers(m, a, secrets);
	merge_limit(m, "allowed_prefixes", a->prefixes);
	merge_limit(m, "office_networks", a->office);
}

static char *
settings_text_merged(
    const struct init_answers *a, const char *old, const char *secrets)
{
	struct merge m = {
		.now = { .out = malloc(SETTINGS_TEXT_MAX),
		    .cap = SETTINGS_TEXT_MAX },
		.next = { .out = malloc(SETTINGS_TEXT_MAX),
		    .cap = SETTINGS_TEXT_MAX },
	};

	if (m.now.out != NULL && m.next.out != NULL) {
		record_text_add_string(&m.now, old);
		m.failed = m.now.failed;
		merge(&m, a, secrets);
		errno = EINVAL;
	} else {
		m.failed = true;
	}
	free(m.next.out);
	if (!m.failed)
		return m.now.out;
	free(m.now.out);
	return NULL;
}

char *
init_settings_make_text(const struct init_answers *a, const char *old,
    const char *home, const char *secrets)
{
	return old != NULL ? settings_text_merged(a, old, secrets)
			   : settings_text_new(a, home, secrets);
}
