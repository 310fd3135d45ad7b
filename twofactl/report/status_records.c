/* SPDX-License-Identifier: BSD-2-Clause */
/* Turns the helper's records into a status. */
#include "twofactl/report/status_records.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_FIRST 64

struct status_row *
status_records_row(struct status *s)
{
	size_t cap = s->cap == 0 ? ROWS_FIRST : 2 * s->cap;
	struct status_row *rows;

	if (s->count < s->cap)
		return &s->row[s->count++];
	if (s->count >= STATUS_RECORDS_ROWS)
		return NULL;
	rows = realloc(s->row, cap * sizeof(*rows));
	if (rows == NULL)
		return NULL;
	s->row = rows;
	s->cap = cap;
	return &s->row[s->count++];
}

static int
take_row(struct status *s, const struct record *r)
{
	struct status_row *row;
	size_t first = r->kind == ADMIN_USER ? 2 : 3;
	struct kept_name name;

	if (strchr(r->text[1], '/') != NULL &&
	    !kept_name_read(&name, r->text[1]))
		return 0; /* of an enrolment, or an unknown name */
	row = status_records_row(s);
	if (row == NULL)
		return -1;
	*row = (struct status_row){ .of_user = r->kind == ADMIN_USER };
	snprintf(row->user, sizeof(row->user), "%s", r->text[1]);
	if (!row->of_user)
		snprintf(row->source, sizeof(row->source), "%s", r->text[2]);
	for (size_t i = first; i < RECORD_FIELDS; i++)
		row->number[i - first] = r->number[i];
	return 0;
}

int
status_records_provider(
    struct status_provider *list, size_t *count, const struct record *r)
{
	struct status_provider *p = &list[*count];

	if (*count == CONFIG_PROVIDERS_MAX)
		return -1;
	++*count;
	p->passed_s = r->number[2];
	return record_copy(r, 1, p->name, sizeof(p->name));
}

static int
take_success(struct status *s, const struct record *r)
{
	struct status_success *t = &s->success[s->successes];

	if (s->successes == STATUS_SUCCESSES)
		return 0; /* of a provider that was removed */
	s->successes++;
	t->at = r->number[3];
	if (record_copy(r, 1, t->provider, sizeof(t->provider)) != 0)
		return -1;
	return record_copy(r, 2, t->method, sizeof(t->method));
}

static int
take_totals(struct status *s, const struct record *r)
{
	if (s->totals_known)
		return -1;
	s->totals_known = true;
	for (size_t i = 0; i < STATUS_TOTALS; i++)
		s->total[i] = r->number[i + 1];
	return 0;
}

static int
take_wait(struct status *s, const struct record *r)
{
	if (s->wait_known)
		return -1;
	s->wait_known = true;
	s->wait_s = r->number[1];
	return record_copy(r, 2, s->wait_limit, sizeof(s->wait_limit));
}

int
status_records_store(struct status_store *s, const struct record *r)
{
	if (s->host[0] != '\0')
		return -1;
	s->shown = r->number[3] != 0;
	if (record_copy(r, 1, s->host, sizeof(s->host)) != 0)
		return -1;
	return record_copy(r, 2, s->server, sizeof(s->server));
}

static int
take_host(struct status *s, const struct record *r)
{
	struct status_host *more;

	if (s->hosts >= STATUS_RECORDS_ROWS)
		return -1;
	more = realloc(s->host, (s->hosts + 1) * sizeof(*more));
	if (more == NULL)
		return -1;
	s->host = more;
	more += s->hosts++;
	more->hour = r->number[2];
	more->day = r->number[3];
	return record_copy(r, 1, more->name, sizeof(more->name));
}

int
status_records(void *ctx, const struct record *r)
{
	struct status *s = ctx;

	if (r->kind == ADMIN_USER || r->kind == ADMIN_SOURCE)
		return take_row(s, r);
	if (r->kind == ADMIN_TOTALS)
		return take_totals(s, r);
	if (r->kind == ADMIN_STORE)
		return status_records_store(&s->store, r);
	if (r->kind == ADMIN_HOST)
		return take_host(s, r);
	if (r->kind == ADMIN_PASSED)
		return status_records_provider(s->provider, &s->providers, r);
	if (r->kind == ADMIN_WAIT)
		return take_wait(s, r);
	return r->kind == ADMIN_SUCCESS ? take_success(s, r) : -1;
}
