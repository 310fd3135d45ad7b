/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of sql/, as they are. */
#include "tests/support/state/pg_schema.h"

#include <stddef.h>

#define SQL(name)                                                              \
	extern const char pg_schema_##name[];                                  \
	__asm__(".section .rodata\n.globl pg_schema_" #name                    \
		"\n.hidden pg_schema_" #name "\npg_schema_" #name ":\n"        \
		".incbin \"helper/state/postgresql/sql/" #name ".sql\"\n"      \
		".byte 0\n.previous")

SQL(roles);
SQL(tables);
SQL(guesses);
SQL(messages);
SQL(claims);
SQL(login);
SQL(steps);
SQL(counts);
SQL(admin);
SQL(rights);

const char *const pg_schema[] = { pg_schema_tables, pg_schema_guesses,
	pg_schema_messages, pg_schema_claims, pg_schema_login, pg_schema_steps,
	pg_schema_counts, pg_schema_admin, pg_schema_rights, NULL };
