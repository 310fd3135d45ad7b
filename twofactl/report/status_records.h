/* SPDX-License-Identifier: BSD-2-Clause */
/* Turns the helper's records into a status. */
#ifndef TWOFA_STATUS_RECORDS_H
#define TWOFA_STATUS_RECORDS_H

#include <stddef.h>

#include "lib/items/items.h"
#include "twofactl/report/status_table.h"
#define STATUS_RECORDS_ROWS (1 << 20) /* against a flood */

/* Takes a struct status and a record for it. 0, or -1 when it is not a status
 * record, comes twice, or is one too many. */
int status_records(void *status, const struct record *);

/* Add a provider that is passed over to a list of CONFIG_PROVIDERS_MAX. 0, or
 * -1 when it is one too many, or its name too long. */
int status_records_provider(
    struct status_provider *list, size_t *count, const struct record *);

/* Which host asked which server. 0, or -1 when it comes twice or is too long.
 */
int status_records_store(struct status_store *, const struct record *);

/* One more row, whose bytes are anything. NULL: no memory, or too many. */
struct status_row *status_records_row(struct status *);

#endif
