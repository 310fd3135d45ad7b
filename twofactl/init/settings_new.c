/* SPDX-License-Identifier: BSD-2-Clause */
/* A new twofa.conf: short, with the settings that an admin changes first. */
#include "twofactl/init/settings_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOME "/etc/twofa" /* the default of users_dir */

static const char head[] =
    "# Who is asked for a second factor, and through whom. Made by\n"
    "# `twofactl init`; change it by `twofactl edit`, which checks it before "
    "it\n"
    "# counts. Every key is described in twofa.conf(5). A line that begins "
    "with '#'\n"
    "# and a key shows the default, or an example where the text says so.\n"
    "\n"
    "# Who asks, as the message on the phone says it.\n";

static const char behind_brand[] =
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
    "# Asked in this order: one that is out of reach is passed over.\n";

static const char behind_providers[] =
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

static const char tail[] =
    "\n"
    "  # Examples: at most so much money a day, where a message costs this.\n"
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
put_own(FILE *out, const struct answer *own, const char *secrets)
{
	char value[2 * ANSWERS_TEXT_MAX + 2], key[64];

	if (!answer_is_set(own))
		return;
	answer_value(own, secrets, value);
	if (own->key->kind == CONF_NUMBER) {
		fprintf(out, "    %s = %s;\n", own->key->key, value);
		return;
	}
	snprintf(key, sizeof(key), "    %s", own->key->key);
	put_quoted(out, key, value);
}

static void
put_providers(FILE *out, const struct answers *a, const char *secrets)
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

/* The text that was written, or NULL: fclose reports earlier errors. */
static char *
closed(FILE *out, char **text)
{
	const bool failed = ferror(out) != 0;

	if (fclose(out) == 0 && !failed)
		return *text;
	free(*text);
	return NULL;
}

char *
settings_text_providers(const struct answers *a, const char *secrets)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		return NULL;
	put_providers(out, a, secrets);
	return closed(out, &text);
}

char *
settings_text_new(
    const struct answers *a, const char *home, const char *secrets)
{
	char users[ANSWERS_TEXT_MAX + 1], *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		return NULL;
	fputs(head, out);
	put_quoted(out, "brand", a->brand);
	if (strcmp(home, HOME) != 0) {
		snprintf(users, sizeof(users), "%s/users.d", home);
		put_quoted(out, "\n# One file a user.\nusers_dir", users);
	}
	fputs(behind_brand, out);
	fputs("providers = ", out);
	put_providers(out, a, secrets);
	fputs(";\n", out);
	fputs(behind_providers, out);
	fprintf(out, "  %sallowed_prefixes = %s;\n",
	    a->prefixes[0] != '\0' ? "" : "#",
	    a->prefixes[0] != '\0' ? a->prefixes : "[\"+1\", \"+44\"]");
	fprintf(out,
	    "\n  # Networks from which many people log in behind one "
	    "address: they get 200\n  # messages an hour that are not "
	    "answered, others 30.\n"
	    "  %soffice_networks = %s;\n",
	    a->office[0] != '\0' ? "" : "#",
	    a->office[0] != '\0' ? a->office : "[\"192.0.2.0/24\"]");
	fputs(tail, out);
	return closed(out, &text);
}
