/* SPDX-License-Identifier: BSD-2-Clause */
/* The limits of a login, whatever its worker says: the receivers that it may
 * occupy, how long a row may stay, which messages count less than others, and
 * the times that decoys imitate. */
#include "helper/broker/broker_inside.h"

/* A row may end this much later than the settings say: the worker's clock ran
 * on while the request was on its way. */
#define LIFE_MARGIN_MS (60 * INT64_C(1000))

/* limit of start_ms, for which other logins wait; as at a server
 * (twofa.longest_start_ms) */
#define START_MAX_MS INT64_C(95000)

static const char other_receiver[] =
    "names a receiver that its login is not bound to";

bool
broker_bounds_is_receiver(const struct broker_session *s, const char *text)
{
	const struct user_record *r = &s->record;
	const char *const receiver[] = { r->phone, r->phones[1].number,
		r->phones[2].number, r->email, r->push_identity, r->push_factor,
		r->totp_factor, r->authy_id, r->receiver };

	if (text != NULL && s->enrol.gone[0] != '\0' &&
	    strcmp(text, s->enrol.gone) == 0)
		return false;
	for (size_t i = 0; i < COUNT_OF(receiver); i++)
		if (receiver[i][0] != '\0' &&
		    (text == NULL || strcmp(text, receiver[i]) == 0))
			return true;
	/* an account is no receiver of a verification */
	return text == NULL && r->subjects > 0;
}

size_t
broker_bounds_phone(const struct broker_session *s, const char *text)
{
	const char *phone;

	for (size_t i = 0; (phone = user_record_phone(&s->record, i)) != NULL;
	     i++)
		if (strcmp(phone, text) == 0)
			return i;
	return USER_PHONES_MAX;
}

bool
broker_bounds_is_same_phone(
    const struct broker_session *s, size_t one, size_t other)
{
	const char *a = user_record_phone(&s->record, one);
	const char *b = user_record_phone(&s->record, other);

	return one == other || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool
broker_bounds_has_twice(const struct broker_session *s, size_t at)
{
	bool twice = false;

	for (size_t i = 0; i < USER_PHONES_MAX; i++)
		twice |= i != at && broker_bounds_is_same_phone(s, i, at);
	return twice;
}

const char *
broker_bounds_owner(const struct broker_session *s)
{
	return s->enrol.number[0] != '\0' ? s->enrol.owner : s->bound_to.user;
}

bool
broker_bounds_is_push(const struct broker_session *s, const char *counted_as)
{
	char push[OWNER_PUSH_MAX];

	owner_write_push(s->bound_to.user, s->peer.uid, push);
	return counted_as != NULL && strcmp(counted_as, push) == 0;
}

/* True for the names that replace a receiver: of a push, and of a decoy of a
 * shared account. A user's could be the receiver of another one. An enrolment
 * has no push: all enrolments of a user share that name, and would pass a
 * verification from one number to another. */
static bool
is_own_name(const struct broker_session *s, const char *text)
{
	const size_t len = strlen(s->bound_to.user);

	return s->bound_to.like[0] != '\0'
	    ? strncmp(text, s->bound_to.user, len) == 0 &&
		strspn(text + len, "+") == strlen(text + len) &&
		strlen(text + len) < USER_PHONES_MAX
	    : s->enrol.number[0] == '\0' && broker_bounds_is_push(s, text) &&
		broker_bounds_is_receiver(s, NULL);
}

bool
broker_bounds_allow_receiver(struct broker_op_call *p, const char *receiver)
{
	if (receiver == NULL ||
	    broker_bounds_is_receiver(p->session, receiver) ||
	    is_own_name(p->session, receiver))
		return true;
	p->why = other_receiver;
	return false;
}

bool
broker_bounds_allow_counting(struct broker_op_call *p, const char *counted_as)
{
	const struct broker_session *s = p->session;

	if (is_own_name(s, counted_as) ||
	    broker_bounds_phone(s, counted_as) < USER_PHONES_MAX ||
	    (broker_bounds_is_receiver(s, NULL) &&
		strcmp(counted_as, reach_counting_receiver(&s->record)) == 0))
		return true;
	p->why = other_receiver;
	return false;
}

bool
broker_bounds_accepts(
    const struct broker_session *s, enum method m, unsigned methods)
{
	return (s->methods & methods &
		   (m == METHOD_PUSH ? METHODS_APPROVED : METHOD_BIT(m))) != 0;
}

/* A number that enrols has no record yet: its rule and the settings decide. */
bool
broker_bounds_has_channel(const struct broker_session *s, enum method m)
{
	return (METHOD_BIT(m) & METHODS_CODE) == 0 ||
	    s->enrol.number[0] != '\0' ||
	    reach_lists(&s->record, METHOD_BIT(m));
}

bool
broker_bounds_counts(const struct broker_session *s, enum method m)
{
	return broker_bounds_accepts(s, m, METHOD_ALL) &&
	    broker_bounds_has_channel(s, m);
}

/* Else a provider broker that was taken over would admit who has no factor
 * there. */
bool
broker_bounds_has_app(const struct broker_session *s,
    const struct provider_conf *at, enum method m)
{
	return (m != METHOD_PUSH && m != METHOD_TOTP) ||
	    reach_has_app_at(
		at, &s->record, m == METHOD_PUSH ? reach_approval(at) : m);
}

/* By its rule, and by its user's record: a code counts for one that is enabled.
 * Without a record there may be old codes in the state, so only an invitation
 * counts then. No code counts for a disabled user, for a record that cannot be
 * read, or for a caller of su without a record. */
static bool
accepts_code(const struct broker_session *s, const struct store_recovery *r)
{
	const enum method m = r->use == 0 ? METHOD_RECOVERY : METHOD_BYPASS;

	return broker_bounds_accepts(s, m, METHOD_ALL) &&
	    (s->record.enabled ||
		(s->unrecorded && r->use == RECOVERY_USE_BOTH));
}

/* True for the id of such a code among these: a server may list one twice. */
static bool
accepts_id(const struct broker_session *s, int64_t id,
    const struct store_recovery *list, int known)
{
	bool accepted = false;

	for (int i = 0; i < known; i++)
		accepted |= list[i].id == id && accepts_code(s, &list[i]);
	return accepted;
}

int
broker_bounds_claim_code(
    struct broker_op_call *p, const struct store_right *right)
{
	const struct broker_request *a = p->request;
	struct store_recovery list[STORE_CODES_MAX], typed[STORE_CODES_MAX];
	const int known = store_recovery_list(p->s, right->user, list);
	int count = 0, result = -1;

	for (size_t n = 0; n < a->hashes; n++)
		if (accepts_id(p->session, a->hash[n].id, list, known))
			typed[count++] = a->hash[n];
	if (known >= 0)
		result = store_recovery_claim(p->s, typed, count, right,
		    &p->reply->recovery, &p->reply->left);
	explicit_bzero(typed, sizeof(typed));
	return result;
}

bool
broker_bounds_limit_candidate(
    struct broker_op_call *p, struct store_candidate *c)
{
	const struct provider_conf *at =
	    settings_provider(p->context->conf, c->key.provider);

	/* each name has rows of its own, and a host has a limit of rows; one
	 * whose type is not its provider's is removed by the number's owner
	 * without an end there, which a vendor may want first */
	c->key.provider = at != NULL ? at->name : "";
	c->key.type = at != NULL ? at->type->name : "";
	if (c->start_ms > START_MAX_MS)
		c->start_ms = START_MAX_MS;
	if (c->start_ms == 0) /* would end the starts of those who live */
		c->start_ms = 1;
	for (size_t i = 0; i < STORE_OTHERS; i++)
		if (!broker_bounds_allow_receiver(p, c->key.other[i]))
			return false;
	if (!broker_bounds_allow_receiver(p, c->key.receiver))
		return false;
	/* at a server the row of a BEGIN is the user's, which would keep out
	 * the owner of a number that is enrolled */
	if (p->op == BROKER_BEGIN && p->session->enrol.number[0] != '\0')
		p->why = "would begin with a verification that enrols";
	return p->why == NULL;
}

int64_t
broker_bounds_life_max_ms(const struct settings *conf)
{
	int64_t most = BROKER_LIFE_MS;

	for (size_t i = 0; i < conf->provider_count; i++)
		for (int m = METHOD_NONE + 1; m < METHOD_COUNT; m++) {
			const int64_t life = provider_life_ms(
			    &conf->provider[i], (enum method)m);

			most = life > most ? life : most;
		}
	return most + LIFE_MARGIN_MS;
}

void
broker_bounds_limit_started(
    const struct settings *conf, struct store_started *t)
{
	const int64_t most = broker_bounds_life_max_ms(conf);

	if (t->life_ms > most)
		t->life_ms = most;
	if (t->lasts_ms > most)
		t->lasts_ms = most;
}

enum store_carried
broker_bounds_carried(const struct broker_session *s, enum store_carried said)
{
	const size_t may = (size_t)__builtin_popcountll((uint64_t)s->may_carry);
	const size_t down = (size_t)__builtin_popcountll((uint64_t)s->down);

	/* an enrolment may name anybody's number: each message to it
	 * counts in full */
	if (s->carried >= may || s->enrol.number[0] != '\0')
		return CARRIED_NOT;
	return said == CARRIED_INSTEAD && s->carried >= down ? CARRIED_BESIDE
							     : said;
}

/* Adds 1 ms, because a duration of 0 is ignored, and decoys would be faster
 * than real logins. A decoy's own duration is not added: it imitates others. */
void
broker_bounds_note_duration(
    const struct broker_op_call *p, enum latency_kind kind, int64_t began)
{
	const char *dir = p->context->conf->state_dir;

	if (p->session->bound_to.like[0] != '\0')
		return;
	latency_keep_open(dir);
	latency_add(dir, kind, frame_clock_ms() - began + 1);
}
