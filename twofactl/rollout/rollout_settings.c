/* SPDX-License-Identifier: BSD-2-Clause */
/* The settings of each stage, as text. */
#include "twofactl/rollout/rollout.h"

#include <stdlib.h>

#include "twofactl/etc/etc.h"

#define MORE_BYTES 256 /* of two short settings */

static char *
put_rules(const struct rollout *r, const char *rules)
{
	char *out = rule_edit_put_last(r->text.text, rules);

	if (out == NULL)
		terminal_error("%s: \"rules\" is not a list, or one of the two "
			       "marks of twofactl rollout is missing; correct "
			       "it: twofactl edit",
		    r->c->run.conf);
	return out;
}

char *
rollout_settings_admins(const struct rollout *r)
{
	struct name_list admins OWNED(name_list_free) = { .count = 0 };
	char *rules = NULL, *out = NULL;
	size_t len, found = 0;
	FILE *stream = open_memstream(&rules, &len);

	if (stream == NULL)
		return NULL;
	/* root, members of sudo, wheel and admin, and those in sudoers; where
	 * sudoers allows everybody, the former alone */
	if (lockout_root_list_accounts(&admins) == 0)
		(void)lockout_root_add_sudoers(&admins);
	name_list_sort(&admins);
	fputs("  { users = [", stream);
	for (size_t i = 0; i < r->table.count; i++) {
		const struct lockout_row *row = &r->table.row[i];

		if (row->plan[1].end != ADMISSION_ON ||
		    !name_list_has(&admins, row->name))
			continue;
		fputs(found++ > 0 ? ", \"" : "\"", stream);
		for (const char *p = row->name; *p != '\0'; p++)
			fprintf(stream, "%s%c", *p == '\\' ? "\\" : "", *p);
		fputc('"', stream);
	}
	fputs(
	    "]; action = \"require\"; },\n  { action = \"observe\"; }", stream);
	rules = text_stream_end(stream, &rules);
	if (found == 0)
		terminal_error("no admin of this host is enrolled, so none "
			       "would be asked; run: twofactl init, or %s",
		    settings_enrol_command(r->c->conf, "USER"));
	else if (rules != NULL)
		out = put_rules(r, rules);
	free(rules);
	return out;
}

/* Frees text; returns it with that key. */
static char *
with_setting(char *text, const char *key, const char *value)
{
	const struct record_text_change change = { .key = key, .value = value };
	const size_t cap = text != NULL ? strlen(text) + MORE_BYTES : 0;
	char *out = text != NULL ? malloc(cap) : NULL;
	size_t len;

	if (out != NULL &&
	    record_text_put_key(text, NULL, &change, out, cap, &len) != 0) {
		free(out);
		out = NULL;
		terminal_error("%s cannot be written; set it yourself: "
			       "twofactl edit",
		    key);
	}
	free(text);
	return out;
}

char *
rollout_settings_everybody(const struct rollout *r, const char *until)
{
	char *out = with_setting(
	    put_rules(r, NULL), "unenrolled", until != NULL ? "allow" : "deny");

	return until != NULL ? with_setting(out, "unenrolled_until", until)
			     : out;
}
