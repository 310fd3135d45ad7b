/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl status */
#include "helper/admin/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/admin/complain.h"
#include "helper/admin/helpercall.h"
#include "helper/admin/namelist.h"
#include "helper/admin/statustext.h"
#include "helper/admin/target.h"

#define ROWS_FIRST 64
#define ROWS_MAX 1000000 /* no helper may take all memory */

static struct status_row *
row_new(struct status *s)
{
	size_t cap = s->cap == 0 ? ROWS_FIRST : 2 * s->cap;
	struct status_row *rows;

	if (s->count < s->cap)
		return &s->row[s->count++];
	if (s->count >= ROWS_MAX)
		return NULL;
	rows = realloc(s->row, cap * sizeof(*rows));
	if (rows == NULL)
		return NULL;
	s->row = rows;
	s->cap = cap;
	return &s->row[s->count++];
}

static int
take_row(struct status *s, const struct adminrecord *r)
{
	struct status_row *row = row_new(s);
	size_t first = r->kind == ADMIN_USER ? 2 : 3;

	if (row == NULL)
		return -1;
	if (strchr(r->text[1], '/') != NULL) {
		s->count--; /* an enrolment's own: no user has such a name */
		return 0;
	}
	*row = (struct status_row){ .of_user = r->kind == ADMIN_USER };
	snprintf(row->user, sizeof(row->user), "%s", r->text[1]);
	if (!row->of_user)
		snprintf(row->source, sizeof(row->source), "%s", r->text[2]);
	for (size_t i = first; i < ADMINRECORD_FIELDS; i++)
		row->number[i - first] = r->number[i];
	return 0;
}

static int
take_provider(struct status *s, const struct adminrecord *r)
{
	struct status_provider *p = &s->provider[s->providers];

	if (s->providers == CONFIG_PROVIDERS_MAX)
		return -1;
	s->providers++;
	p->passed_s = r->number[2];
	return adminrecord_copy(r, 1, p->name, sizeof(p->name));
}

static int
take_success(struct status *s, const struct adminrecord *r)
{
	struct status_success *t = &s->success[s->successes];

	if (s->successes == STATUS_SUCCESSES)
		return 0; /* of providers that are gone long since */
	s->successes++;
	t->at = r->number[3];
	if (adminrecord_copy(r, 1, t->provider, sizeof(t->provider)) != 0)
		return -1;
	return adminrecord_copy(r, 2, t->method, sizeof(t->method));
}

static int
take_totals(struct status *s, const struct adminrecord *r)
{
	if (s->totals_known)
		return -1;
	s->totals_known = true;
	for (size_t i = 0; i < STATUS_TOTALS; i++)
		s->total[i] = r->number[i + 1];
	return 0;
}

static int
take(void *ctx, const struct adminrecord *r)
{
	struct status *s = ctx;

	if (r->kind == ADMIN_USER || r->kind == ADMIN_SOURCE)
		return take_row(s, r);
	if (r->kind == ADMIN_TOTALS)
		return take_totals(s, r);
	if (r->kind == ADMIN_PASSED)
		return take_provider(s, r);
	return r->kind == ADMIN_SUCCESS ? take_success(s, r) : -1;
}

/* By user, who over all sources comes first. */
static int
compare(const void *a, const void *b)
{
	const struct status_row *x = a, *y = b;
	int order = strcmp(x->user, y->user);

	if (order == 0 && x->of_user != y->of_user)
		return x->of_user ? -1 : 1;
	return order != 0 ? order : strcmp(x->source, y->source);
}

static int
add_user(struct status *s, const char *user)
{
	struct status_row *row;

	for (size_t i = 0; i < s->count; i++) {
		if (!s->row[i].of_user || strcmp(s->row[i].user, user) != 0)
			continue;
		s->row[i].enrolled = true;
		return 0;
	}
	row = row_new(s);
	if (row == NULL)
		return -1;
	*row = (struct status_row){ .of_user = true, .enrolled = true };
	snprintf(row->user, sizeof(row->user), "%s", user);
	return 0;
}

/* Who never had a recovery code is not in the state, and yet the first whom a
 * monitor should name. */
static enum ctl_exit
add_enrolled(const struct ctl *ctl, struct status *s)
{
	struct config *conf = config_load(ctl->conf, 0, &complain_report);
	struct namelist enrolled;
	int rc;

	if (conf == NULL)
		return CTL_SETTINGS;
	rc = namelist_enrolled(&enrolled, conf, 0, &complain_report);
	config_free(conf);
	if (rc != 0)
		return CTL_SETTINGS;
	for (size_t i = 0; rc == 0 && i < enrolled.count; i++)
		if (ctl->user == NULL ||
		    strcmp(enrolled.name[i], ctl->name) == 0)
			rc = add_user(s, enrolled.name[i]);
	namelist_free(&enrolled);
	if (rc != 0) {
		complain("%s", strerror(ENOMEM));
		return CTL_FAILED;
	}
	if (s->count > 0)
		qsort(s->row, s->count, sizeof(*s->row), compare);
	return CTL_DONE;
}

enum ctl_exit
cmd_status(struct ctl *ctl)
{
	static struct status s;
	const struct helpercall call = {
		.purpose = PURPOSE_STATUS, .ctx = &s, .record = take
	};
	enum ctl_exit status;

	if (ctl->json && ctl->prometheus) {
		complain("--json and --prometheus: give one of them");
		return CTL_USAGE;
	}
	status = target_find(ctl, false);
	if (status == CTL_DONE)
		status = helpercall(ctl, &call);
	if (status == CTL_DONE)
		status = add_enrolled(ctl, &s);
	if (status == CTL_DONE)
		target_warn(ctl);
	if (status == CTL_DONE && ctl->json)
		statustext_json(&s);
	else if (status == CTL_DONE && ctl->prometheus)
		statusprom_print(&s);
	else if (status == CTL_DONE)
		statustext_table(&s);
	free(s.row);
	return status;
}
