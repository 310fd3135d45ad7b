/* SPDX-License-Identifier: BSD-2-Clause */
/* What makes the schema, as helper/state/postgresql/sql has it. Each of these
 * files is named here alone. */
#ifndef TWOFA_FLEET_SCHEMA_H
#define TWOFA_FLEET_SCHEMA_H

#define FLEET_SCHEMA 1 /* of twofa.meta, as tables.sql writes it */

/* Roles, once for a server: on any of its databases. */
extern const char fleet_schema_roles[];
/* The schema, in this order on the new database, in one transaction: the first
 * makes schemas, tables and types. NULL ends them. */
extern const char *const fleet_schema[];

#endif
