/* SPDX-License-Identifier: BSD-2-Clause */
/* Users who enrol at a login, or change their own devices or codes, by
 * functions of lib/fleet_records/sql/enrol.sql. */
#include "helper/store/postgresql/postgresql.h"

#include "helper/store/postgresql/postgresql_inside.h"
#include "lib/fleet_records/fleet_records.h"

int
pg_invitation_find(struct store *s, const char *user,
    const struct store_recovery *typed, int count, struct store_recovery *found)
{
	struct pg_call c;
	int64_t id;

	pg_call_open(&c, s, "?invitation_find(%s)", user);
	pg_put_typed(&c, typed, count);
	id = pg_run_value(&c);
	for (int i = 0; id > 0 && i < count; i++)
		if (typed[i].id == id) {
			*found = typed[i];
			return 1;
		}
	return id < 0 ? -1 : 0;
}

/* The server answers with the enum's values, or these. */
#define OTHER_KEY 6
#define ASK_AGAIN 7 /* it has noted that this host asks for the number */
_Static_assert(STORE_ENROLLED_REFUSED == 5, "as enrol() has it");

static enum store_enrolled
enrol_result(struct store *s, int64_t answer)
{
	if (answer == OTHER_KEY) {
		store_set_cause(s,
		    "it is of another fleet key: copy the file of "
		    "fleet_key_file from a host that works");
		s->failure = PG_SETTINGS;
	}
	return answer < 0 || answer > STORE_ENROLLED_REFUSED
	    ? STORE_ENROLLED_FAILED
	    : (enum store_enrolled)answer;
}

struct seals {
	unsigned char made[FLEET_SEAL_LEN], was[FLEET_SEAL_LEN],
	    key[FLEET_SEAL_LEN];
};

static bool
seals_make(struct seals *x, struct store *s, const struct store_enrolment *e)
{
	if (fleet_seal_key_fingerprint(s->fleet_key, x->key) == 0 &&
	    fleet_seal_make(s->fleet_key, e->user,
		e->text != NULL ? e->text : "", x->made) == 0 &&
	    fleet_seal_make(s->fleet_key, e->user, e->was != NULL ? e->was : "",
		x->was) == 0)
		return true;
	store_set_cause(s, "out of memory: free some");
	return false;
}

static int64_t
ask_enrol(struct store *s, const struct store_enrolment *e,
    const struct seals *x, const struct store_recovery *codes)
{
	const struct store_recovery *with = e->invitation;
	struct pg_call c;

	pg_call_open(&c, s, "?enrol(%s", e->user);
	pg_put_long_text(&c, e->text);
	pg_put(&c, "%.*s, %.*s, %jd, %.*s, %.*s", FLEET_SEAL_LEN,
	    e->text != NULL ? x->made : NULL, FLEET_SEAL_LEN, x->key,
	    with != NULL ? with->id : INT64_C(0), RECOVERY_HASH,
	    with != NULL ? with->hash : NULL, FLEET_SEAL_LEN,
	    e->was != NULL ? x->was : NULL);
	if (e->codes != NULL)
		pg_put_made(&c, codes, RECOVERY_SELF);
	return pg_run_value(&c);
}

/* The same request may be repeated, as the answer to the first one may have
 * been lost. */
enum store_enrolled
pg_enrol(struct store *s, const struct store_enrolment *e)
{
	struct store_recovery made[RECOVERY_MAX];
	struct seals seals;
	int64_t answer;

	if (!seals_make(&seals, s, e) ||
	    (e->codes != NULL &&
		store_recovery_hash(s, e->codes, RECOVERY_SELF, made) != 0))
		return STORE_ENROLLED_FAILED;
	answer = ask_enrol(s, e, &seals, made);
	if (answer == ASK_AGAIN)
		answer = ask_enrol(s, e, &seals, made);
	return enrol_result(s, answer);
}
