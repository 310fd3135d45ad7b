/* SPDX-License-Identifier: BSD-2-Clause */
/* What makes the schema, as helper/state/postgresql/sql has it. */
#ifndef TWOFA_PG_SCHEMA_H
#define TWOFA_PG_SCHEMA_H

/* Roles, once for a server: on any of its databases. */
extern const char pg_schema_roles[];
/* The schema, in this order on the new database, in one transaction. NULL ends
 * them. */
extern const char *const pg_schema[];

#endif
