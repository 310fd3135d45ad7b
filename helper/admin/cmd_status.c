/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl status */
#include "helper/admin/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/admin/complain.h"
#include "helper/admin/helpercall.h"
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
	*row = (struct status_row){ .of_user = r->kind == ADMIN_USER };
	snprintf(row->user, sizeof(row->user), "%s", r->text[1]);
	if (!row->of_user)
		snprintf(row->source, sizeof(row->source), "%s", r->text[2]);
	for (size_t i = first; i < ADMINRECORD_FIELDS; i++)
		row->number[i - first] = r->number[i];
	return 0;
}

static int
take(void *ctx, const struct adminrecord *r)
{
	struct status *s = ctx;

	if (r->kind == ADMIN_USER || r->kind == ADMIN_SOURCE)
		return take_row(s, r);
	if (r->kind != ADMIN_TOTALS || s->totals_known)
		return -1;
	s->totals_known = true;
	for (size_t i = 0; i < STATUS_TOTALS; i++)
		s->total[i] = r->number[i + 1];
	return 0;
}

enum ctl_exit
cmd_status(struct ctl *ctl)
{
	struct status s = { 0 };
	const struct helpercall call = {
		.purpose = PURPOSE_STATUS, .ctx = &s, .record = take
	};
	enum ctl_exit status = target_find(ctl, false);

	if (status == CTL_DONE)
		status = helpercall(ctl, &call);
	if (status == CTL_DONE && ctl->json)
		statustext_json(&s);
	else if (status == CTL_DONE)
		statustext_table(&s);
	free(s.row);
	return status;
}
