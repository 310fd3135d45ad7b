/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the records of the helper for twofactl status. */
#include "twofactl/report/report.h"

#include <stdlib.h>

struct status_row *
status_records_add_row(struct status *s)
{
	return s->count < STATUS_RECORDS_ROWS &&
		NAME_LIST_ROOM(s->row, s->cap, s->count)
	    ? &s->row[s->count++]
	    : NULL;
}

static int
take_row(struct status *s, const struct item *r)
{
	struct status_row *row;
	size_t first = r->kind == ITEM_USER ? 2 : 3;
	struct owner name;

	if (strchr(r->text[1], '/') != NULL && !owner_read(&name, r->text[1]))
		return 0; /* of an enrolment, or not an owner name */
	row = status_records_add_row(s);
	if (row == NULL)
		return -1;
	*row = (struct status_row){ .of_user = r->kind == ITEM_USER };
	PRINT_TO(row->user, "%s", r->text[1]);
	if (!row->of_user)
		PRINT_TO(row->source, "%s", r->text[2]);
	for (size_t i = first; i < ITEM_FIELDS; i++)
		row->number[i - first] = r->number[i];
	return 0;
}

static int
take_provider(struct status *s, const struct item *r)
{
	struct status_provider *p = &s->provider[s->providers];

	if (s->providers == SETTINGS_PROVIDERS_MAX)
		return -1;
	s->providers++;
	p->passed_s = r->number[2];
	return item_copy_text(r, 1, p->name, sizeof(p->name));
}

static int
take_store(struct status_store *s, const struct item *r)
{
	if (s->host[0] != '\0')
		return -1;
	s->shown = r->number[3] != 0;
	if (item_copy_text(r, 1, s->host, sizeof(s->host)) != 0)
		return -1;
	return item_copy_text(r, 2, s->server, sizeof(s->server));
}

static int
take_host(struct status *s, const struct item *r)
{
	struct status_host *more;

	if (s->hosts >= STATUS_RECORDS_ROWS ||
	    !NAME_LIST_ROOM(s->host, s->hosts_cap, s->hosts))
		return -1;
	more = &s->host[s->hosts++];
	more->hour = r->number[2];
	more->day = r->number[3];
	return item_copy_text(r, 1, more->name, sizeof(more->name));
}

static int
status_compare(const void *a, const void *b)
{
	const struct status_row *x = a, *y = b;
	int order = strcmp(x->user, y->user);

	if (order == 0 && x->of_user != y->of_user)
		return x->of_user ? -1 : 1;
	return order != 0 ? order : strcmp(x->source, y->source);
}

void
status_records_sort(struct status *s)
{
	if (s->count > 0)
		qsort(s->row, s->count, sizeof(*s->row), status_compare);
}

struct status_row *
status_records_find(const struct status *s, size_t sorted, const char *user)
{
	struct status_row wanted = { .of_user = true };

	PRINT_TO(wanted.user, "%s", user);
	return sorted == 0
	    ? NULL
	    : bsearch(&wanted, s->row, sorted, sizeof(wanted), status_compare);
}

/* Each user with a bypass code has a row. */
static int
take_bypass_code(struct status *s, const struct item *r)
{
	struct status_row *row = status_records_find(s, s->count, r->text[1]);

	if (row == NULL)
		return 0;
	denial_state_add_code(&row->codes, r->number[3]);
	row->open_codes++;
	return 0;
}

int
status_records_add_item(void *ctx, const struct item *r)
{
	struct status *s = ctx;
	struct status_success *t = &s->success[s->successes];

	if (r->kind == ITEM_USER || r->kind == ITEM_SOURCE)
		return take_row(s, r);
	if (r->kind == ITEM_TOTALS && !s->totals_known) {
		s->totals_known = true;
		memcpy(s->total, &r->number[1], sizeof(s->total));
		return 0;
	}
	if (r->kind == ITEM_STORE)
		return take_store(&s->store, r);
	if (r->kind == ITEM_HOST)
		return take_host(s, r);
	if (r->kind == ITEM_BROKER && s->broker_state[0] == '\0') {
		memcpy(s->broker, &r->number[2], sizeof(s->broker));
		return item_copy_text(
		    r, 1, s->broker_state, sizeof(s->broker_state));
	}
	if (r->kind == ITEM_PASSED)
		return take_provider(s, r);
	if (r->kind == ITEM_BYPASS)
		return take_bypass_code(s, r);
	if (r->kind == ITEM_WAIT && !s->wait_known) {
		s->wait_known = true;
		s->wait_s = r->number[1];
		return item_copy_text(
		    r, 2, s->wait_limit, sizeof(s->wait_limit));
	}
	if (r->kind != ITEM_SUCCESS)
		return -1;
	if (s->successes == STATUS_SUCCESSES)
		return 0; /* excess ones are of removed providers */
	s->successes++;
	t->at = r->number[3];
	if (item_copy_text(r, 1, t->provider, sizeof(t->provider)) != 0)
		return -1;
	return item_copy_text(r, 2, t->method, sizeof(t->method));
}

enum ctl_exit
status_records_read(const struct run *run, const char *user, struct status *s)
{
	struct client_request call = { .purpose = PURPOSE_STATUS,
		.user = user,
		.ctx = s,
		.record = status_records_add_item };
	enum ctl_exit status = client_request(run, &call);

	status_records_sort(s);
	call.request = PURPOSE_STATUS_CODES;
	return status == CTL_DONE ? client_request(run, &call) : status;
}
