/* SPDX-License-Identifier: BSD-2-Clause */
/* What a login may have changed at most, whatever its worker says: the
 * receivers that it may occupy, how long a row may stay, and which messages
 * count less than others. */
#include <string.h>

#include "helper/broker/broker_inside.h"

/* A row may end this much later than the settings say: the worker's clock ran
 * on while the request was on its way. */
#define LIFE_MARGIN_MS (60 * INT64_C(1000))

void
broker_bounds_set_receivers(
    struct broker_session *s, const char *const receiver[STORE_RECEIVERS])
{
	for (size_t i = 0; i < STORE_RECEIVERS; i++) {
		s->has_receiver[i] =
		    receiver[i] != NULL && *receiver[i] != '\0';
		if (s->has_receiver[i])
			host_key_hash_text_unkeyed(receiver[i], s->receiver[i]);
	}
}

/* What a push, or a decoy of a shared account, counts as in place of a
 * receiver. */
static bool
is_own_name(const struct broker_session *s, const char *text)
{
	char push[OWNER_STATE_MAX + 32];

	if (s->peer.uid == 0)
		PRINT_TO(push, "push:%s", s->bound_to.user);
	else
		PRINT_TO(push, "push:sock:%lld:%s", (long long)s->peer.uid,
		    s->bound_to.user);
	return strcmp(text, push) == 0 || strcmp(text, s->bound_to.user) == 0;
}

bool
broker_bounds_allow_receiver(
    const struct broker_session *s, const char *receiver)
{
	unsigned char digest[BROKER_MAC_LEN];

	if (receiver == NULL || *receiver == '\0' || is_own_name(s, receiver))
		return true;
	host_key_hash_text_unkeyed(receiver, digest);
	for (size_t i = 0; i < STORE_RECEIVERS; i++)
		if (s->has_receiver[i] &&
		    memcmp(digest, s->receiver[i], sizeof(digest)) == 0)
			return true;
	return false;
}

bool
broker_bounds_limit_candidate(
    const struct broker_session *s, struct store_candidate *c)
{
	if (c->start_ms > BROKER_LIFE_MS)
		c->start_ms = BROKER_LIFE_MS;
	for (size_t i = 0; i < STORE_OTHERS; i++)
		if (!broker_bounds_allow_receiver(s, c->key.other[i]))
			return false;
	return broker_bounds_allow_receiver(s, c->key.receiver);
}

/* The longest time that a verification of these settings is open. */
static int64_t
life_max_ms(const struct settings *conf)
{
	int64_t most = BROKER_LIFE_MS;

	for (size_t i = 0; i < conf->provider_count; i++) {
		const struct provider_conf *p = &conf->provider[i];

		if (p->expiry_ms > most)
			most = p->expiry_ms;
		for (int m = METHOD_NONE + 1;
		     p->type->life_ms != NULL && m < METHOD_COUNT; m++)
			if (p->type->life_ms(p, (enum method)m) > most)
				most = p->type->life_ms(p, (enum method)m);
	}
	return most + LIFE_MARGIN_MS;
}

bool
broker_bounds_limit_started(const struct broker_session *s,
    const struct settings *conf, struct store_started *t)
{
	const int64_t most = life_max_ms(conf);

	if (t->life_ms > most)
		t->life_ms = most;
	if (t->lasts_ms > most)
		t->lasts_ms = most;
	if (t->price > BROKER_PRICE_MAX)
		t->price = BROKER_PRICE_MAX;
	return broker_bounds_allow_receiver(s, t->number);
}

void
broker_bounds_note_receipt(struct broker_session *s, size_t provider)
{
	s->may_carry |= INT64_C(1) << provider;
}

enum store_carried
broker_bounds_carried(const struct broker_session *s,
    const struct settings *conf, enum store_carried said)
{
	size_t may = 0;

	for (size_t i = 0; i < conf->provider_count; i++)
		may += (s->may_carry >> i & 1) != 0 ||
		    (s->peer.asks >> i & 1) == 0;
	return s->carried < may ? said : CARRIED_NOT;
}
