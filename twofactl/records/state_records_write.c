/* SPDX-License-Identifier: BSD-2-Clause */
/* What becomes of the records in the state. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/values/values.h"
#include "twofactl/link/link.h"
#include "twofactl/records/state_records.h"
#include "twofactl/terminal/terminal.h"

#define WRITE_MS 120000 /* of one BEGIN's records */

#define own state_records_own

void
state_records_give(const char *groups)
{
	own.groups = groups;
}

bool
state_records_given(const char *user)
{
	return own.groups == NULL ||
	    strcmp(own.groups, state_records_groups(user)) == 0;
}

static void
unstage(struct state_record *e)
{
	free(e->staged);
	free(e->staged_groups);
	e->staged = e->staged_groups = NULL;
}

int
state_records_stage(const char *user, const char *text)
{
	struct state_record *e = state_record_add(user);

	if (e == NULL)
		return -1;
	unstage(e);
	e->staged = strdup(text);
	if (own.groups != NULL)
		e->staged_groups = strdup(own.groups);
	if (e->staged != NULL &&
	    (own.groups == NULL || e->staged_groups != NULL))
		return 0;
	complain("%s", strerror(errno));
	unstage(e);
	return -1;
}

const char *
state_records_staged(const char *user)
{
	const struct state_record *e = state_record_find(user);

	return e != NULL ? e->staged : NULL;
}

static int
take_count(void *ctx, const struct record *r)
{
	int64_t *count = ctx;

	if (r->kind != ADMIN_LEFT)
		return -1;
	*count = r->number[1];
	return 0;
}

static int
send(const char *text, int64_t *written)
{
	struct facts facts = helper_link_facts(own.ctl, PURPOSE_RECORD_PUT);
	int64_t count = 0;
	const struct helper_request call = {
		.facts = &facts, .ctx = &count, .record = take_count
	};
	enum ctl_exit status;

	facts.user = "";
	facts.record = text;
	facts.deadline_ms = WRITE_MS;
	status = helper_request(own.ctl, &call);
	*written += count;
	return status == CTL_DONE ? 0 : -1;
}

/* As many as have room. 0 or -1. */
static int
write_some(size_t *next, int64_t *written)
{
	static char text[FRAME_RECORD_MAX + 1];
	size_t used = 0, more;

	for (; *next < own.count; ++*next) {
		const struct state_record *e = &own.entry[*next];

		if (e->staged == NULL)
			continue;
		more = record_batch_add(text, used, e->user, e->staged_groups,
		    e->there ? e->seal : NULL, e->staged);
		if (more == 0 && used == 0) {
			complain("%s: the record is too long", e->user);
			return -1;
		}
		if (more == 0)
			break;
		used = more;
	}
	return used == 0 ? 0 : send(text, written);
}

int
state_records_write(void)
{
	int64_t written = 0;
	size_t next = 0;
	int rc = 0;

	while (rc == 0 && next < own.count)
		rc = write_some(&next, &written);
	if (rc != 0)
		complain("%lld record%s in the state changed, the others are "
			 "as before",
		    (long long)written, written == 1 ? " was" : "s were");
	state_records_unstage();
	state_records_forget(); /* they have other seals now */
	return rc;
}

void
state_records_unstage(void)
{
	for (size_t i = 0; i < own.count; i++)
		unstage(&own.entry[i]);
}

int
state_records_remove(const char *user)
{
	struct facts facts = helper_link_facts(own.ctl, PURPOSE_RECORD_REMOVE);
	const struct helper_request call = { .facts = &facts };
	char seal[2 * RECORD_SEAL_LEN + 1];
	const struct state_record *e = state_record_look(user);

	if (e == NULL || !e->there)
		return -1;
	hex_text(e->seal, RECORD_SEAL_LEN, seal);
	facts.user = user;
	facts.request = seal;
	if (helper_request(own.ctl, &call) != CTL_DONE)
		return -1;
	state_records_forget();
	return 0;
}
