/* SPDX-License-Identifier: BSD-2-Clause */
/* Users' records from the state. */
#include "helper/login/login_records.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/dialogue/dialogue.h"
#include "helper/store/store_fleet.h"
#include "lib/fleet_records/fleet_records.h"

/* One user's record; text NULL: there is none. */
struct known_record {
	struct known_record *next;
	char *text;
	char user[];
};

static struct login_records *
of(const struct settings *conf)
{
	return (struct login_records *)(void *)conf->records;
}

static enum record_found
failed(struct login_records *r, const char *cause, enum reason why)
{
	snprintf(r->cause, sizeof(r->cause), "%s", cause);
	r->source.why = why;
	return why == REASON_STORE_OUTAGE ? RECORD_OUTAGE : RECORD_FAILED;
}

static enum record_found
keep(struct login_records *r, const char *user, char *text, const char **out)
{
	const size_t len = strlen(user) + 1;
	struct known_record *k = malloc(sizeof(*k) + len);

	if (k == NULL) {
		record_wipe_free(text);
		return failed(r, "out of memory: free some", REASON_STATE);
	}
	*k = (struct known_record){ .next = r->known, .text = text };
	memcpy(k->user, user, len);
	r->known = k;
	r->source.why = REASON_NONE;
	*out = text;
	return text != NULL ? RECORD_THERE : RECORD_NONE;
}

static enum record_found
ask(struct login_records *r, const char *user, const char **text)
{
	char *read = NULL;
	enum store_record found = store_record_read(r->store, user, &read);

	if (found == STORE_RECORD_OTHER_KEY &&
	    settings_fleet_key_change(r->conf))
		found = store_record_read(r->store, user, &read);
	switch (found) {
	case STORE_RECORD_THERE:
	case STORE_RECORD_NONE:
		return keep(r, user, read, text);
	case STORE_RECORD_REFUSED:
		return failed(r, store_cause(r->store), REASON_RECORD_REFUSED);
	case STORE_RECORD_OUTAGE:
		return failed(r, store_cause(r->store), REASON_STORE_OUTAGE);
	case STORE_RECORD_OTHER_KEY:
	case STORE_RECORD_ERROR:
		break;
	}
	return failed(r, store_cause(r->store), login_state_reason(r->store));
}

static enum record_found
read_text(struct record_source *source, const char *user, const char **text)
{
	struct login_records *r = (struct login_records *)(void *)source;
	char cause[STORE_CAUSE_MAX] = "";

	for (const struct known_record *k = r->known; k != NULL; k = k->next)
		if (strcmp(k->user, user) == 0) {
			r->source.why = REASON_NONE;
			*text = k->text;
			return k->text != NULL ? RECORD_THERE : RECORD_NONE;
		}
	if (r->store == NULL)
		r->store =
		    login_store_open(r->conf, r->facts, r->session, cause);
	if (r->store == NULL)
		return failed(r, cause, login_state_reason(NULL));
	return ask(r, user, text);
}

void
login_records_begin(struct login_records *r, struct settings *conf,
    const struct facts *facts, int64_t session)
{
	*r = (struct login_records){ .source = { .text = read_text,
					 .cause = r->cause },
		.conf = conf,
		.facts = facts,
		.session = session };
	if (conf->users_state)
		conf->records = &r->source;
}

void
login_records_end(struct login_records *r, struct settings *conf)
{
	struct known_record *next;

	conf->records = NULL;
	if (!r->lent)
		store_close(r->store);
	for (struct known_record *k = r->known; k != NULL; k = next) {
		next = k->next;
		record_wipe_free(k->text);
		free(k);
	}
	*r = (struct login_records){ .store = NULL };
}

struct store *
login_records_store(const struct settings *conf, const struct facts *facts,
    int64_t session, char cause[STORE_CAUSE_MAX])
{
	struct login_records *r = of(conf);
	struct store *s = NULL;

	if (r != NULL && !r->lent) {
		s = r->store;
		r->store = NULL;
	}
	return s != NULL ? s : login_store_open(conf, facts, session, cause);
}

void
login_records_lend(const struct settings *conf, struct store *store)
{
	struct login_records *r = of(conf);

	if (r == NULL)
		return;
	r->store = store;
	r->lent = store != NULL;
}

void
login_records_rest(const struct settings *conf)
{
	const struct login_records *r = of(conf);

	if (r != NULL)
		store_rest(r->store);
}
