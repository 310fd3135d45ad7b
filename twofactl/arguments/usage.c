/* SPDX-License-Identifier: BSD-2-Clause */
/* What --help prints. */
#include "twofactl/arguments/usage.h"

#include <stdio.h>

#include "twofactl/arguments/provider_keys.h"

/* Options of every command, and of one. */
static void
print_options(uint64_t options, const struct option_row *row, size_t rows)
{
	char head[32];

	for (size_t i = 0; i < rows; i++) {
		if (((OPTIONS_COMMON | options) & row[i].option) == 0)
			continue;
		snprintf(head, sizeof(head), "--%s%s%s", row[i].name,
		    row[i].argument != NULL ? " " : "",
		    row[i].argument != NULL ? row[i].argument : "");
		printf("  %-16s %s\n", head, row[i].help);
	}
}

/* Options for provider types' keys. */
static void
print_own(void)
{
	const struct provider_key *row;
	char head[48];

	for (size_t i = 0; (row = provider_key_nth(i)) != NULL; i++) {
		const bool file = row->key->kind == CONF_SECRET_FILE ||
		    row->key->kind == CONF_KEY_FILE;

		snprintf(head, sizeof(head), "--%s %s", row->option,
		    file ? "FILE" : "TEXT");
		printf("  %s\n%20sof %s\n", head, "", row->types);
	}
}

void
usage_all(const struct command *commands, size_t count,
    const struct option_row *row, size_t rows)
{
	char head[40];

	puts("usage: twofactl [OPTION...] COMMAND [OPERAND...]\n\n"
	     "Manage the second factors of pam_twofa. Root's.\n\ncommands:");
	for (size_t i = 0; i < count; i++) {
		snprintf(head, sizeof(head), "%s %s", commands[i].name,
		    commands[i].operands);
		printf("  %-28s %s\n", head, commands[i].summary);
	}
	puts("\noptions of all commands:");
	print_options(0, row, rows);
	puts("\nexit status: 0 done, 1 the answer is no, 2 usage, 3 settings "
	     "wrong,\n4 provider or I/O failure\n\n"
	     "twofactl COMMAND --help tells more; so does twofactl(8).");
}

void
usage_one(const struct command *c, const struct option_row *row, size_t rows)
{
	printf("usage: twofactl %s [OPTION...]%s%s\n\n%s.\n%s\noptions:\n",
	    c->name, c->operands[0] != '\0' ? " " : "", c->operands, c->summary,
	    c->details);
	print_options(c->options, row, rows);
	if ((c->options & OPTION_OWN) != 0)
		print_own();
}
