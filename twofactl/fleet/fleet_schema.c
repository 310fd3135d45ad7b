/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of helper/state/postgresql/sql, as they are. */
#include "twofactl/fleet/fleet_schema.h"

#include <stddef.h>

#define SQL(name)                                                              \
	extern const char fleet_schema_##name[];                               \
	__asm__(".section .rodata\n.globl fleet_schema_" #name                 \
		"\n.hidden fleet_schema_" #name "\nfleet_schema_" #name ":\n"  \
		".incbin \"helper/state/postgresql/sql/" #name ".sql\"\n"      \
		".byte 0\n.previous")

SQL(roles);
SQL(tables);
SQL(hosts);
SQL(guesses);
SQL(messages);
SQL(claims);
SQL(login);
SQL(steps);
SQL(counts);
SQL(admin);
SQL(import);
SQL(records);
SQL(rekey);
SQL(outage);
SQL(health);
SQL(rights);

const char *const fleet_schema[] = { fleet_schema_tables, fleet_schema_hosts,
	fleet_schema_guesses, fleet_schema_messages, fleet_schema_claims,
	fleet_schema_login, fleet_schema_steps, fleet_schema_counts,
	fleet_schema_admin, fleet_schema_import, fleet_schema_records,
	fleet_schema_rekey, fleet_schema_outage, fleet_schema_health,
	fleet_schema_rights, NULL };
