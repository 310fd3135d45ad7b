/* SPDX-License-Identifier: BSD-2-Clause */
/* Builds SQL text with quoting, and embeds the schema's files. */
#include "twofactl/fleet/fleet_inside.h"
#include <stdlib.h>

void
fleet_sql_add(struct fleet_sql *s, const char *fmt, ...)
{
	va_list ap;

	if (!s->begun)
		s->f = open_memstream(&s->text, &s->len);
	s->begun = true;
	if (s->f == NULL)
		return;
	va_start(ap, fmt);
	(void)vfprintf(s->f, fmt, ap);
	va_end(ap);
}

/* doubled: characters to double; the first one is the closing quote. */
static void
quoted(struct fleet_sql *s, const char *begin, const char *text,
    const char *doubled)
{
	fleet_sql_add(s, "%s", begin);
	for (; *text != '\0'; text++)
		for (int n = strchr(doubled, *text) != NULL ? 2 : 1; n > 0; n--)
			fleet_sql_add(s, "%c", *text);
	fleet_sql_add(s, "%c", doubled[0]);
}

void
fleet_sql_add_literal(struct fleet_sql *s, const char *text)
{
	/* E'' does not depend on standard_conforming_strings */
	if (strchr(text, '\\') == NULL)
		quoted(s, "'", text, "'");
	else
		quoted(s, "E'", text, "'\\");
}

void
fleet_sql_add_name(struct fleet_sql *s, const char *text)
{
	quoted(s, "\"", text, "\"");
}

void
fleet_sql_add_comment(struct fleet_sql *s, const char *text)
{
	while (*text != '\0') {
		const size_t len = strcspn(text, "\n");

		fleet_sql_add(
		    s, "--%s%.*s\n", len > 0 ? " " : "", (int)len, text);
		text += len + (text[len] == '\n');
	}
}

int
fleet_sql_close_text(struct fleet_sql *s)
{
	const int rc = s->f == NULL ? -1 : ferror(s->f) | fclose(s->f);

	s->f = NULL;
	if (rc != 0)
		terminal_error("out of memory");
	return rc != 0 ? -1 : 0;
}

void
fleet_sql_free(struct fleet_sql *s)
{
	if (s->f != NULL)
		(void)fclose(s->f);
	if (s->text != NULL)
		explicit_bzero(s->text, s->len);
	free(s->text);
	*s = (struct fleet_sql){ 0 };
}

#define TEXT(prefix, name, path)                                               \
	extern const char prefix##name[];                                      \
	__asm__(".section .rodata\n.globl " #prefix #name                      \
		"\n.hidden " #prefix #name "\n" #prefix #name                  \
		":\n.incbin \"" path "\"\n.byte 0\n.previous")
#define SQL(name)                                                              \
	TEXT(fleet_schema_, name, "lib/fleet_records/sql/" #name ".sql")

TEXT(fleet_text_, push, "twofactl/fleet/push.sh");
TEXT(fleet_text_, machine, "twofactl/fleet/machine.sh");
SQL(roles);
SQL(tables);
SQL(guesses);
SQL(verification);
SQL(login);
SQL(counts);
SQL(admin);
SQL(records);
SQL(enrol);
SQL(rights);

const char *const fleet_schema[] = { fleet_schema_tables, fleet_schema_guesses,
	fleet_schema_verification, fleet_schema_login, fleet_schema_counts,
	fleet_schema_admin, fleet_schema_records, fleet_schema_enrol,
	fleet_schema_rights, NULL };
