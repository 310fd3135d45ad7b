/* SPDX-License-Identifier: BSD-2-Clause */
/* The state as it concerns one login. */
#include "helper/service/forecast_state.h"

#include <stdio.h>

#include "helper/factors/push.h"
#include "helper/login/remembered_login.h"
#include "helper/state/store_providers.h"
#include "helper/verification/claim_key.h"
#include "helper/verification/verify.h"
#include "lib/rules/reach.h"

static int
read_lock(
    struct store *s, const struct forecast_query *q, struct forecast_state *out)
{
	const int left = store_recovery_left(s, q->user);
	const int refused = store_guess_refused(s, q->user, q->source);

	out->lock = store_guess_look(s, q->user, q->source, &out->locked_s);
	out->refused = refused == 1;
	out->recovery_left = left > 0 ? (unsigned)left : 0;
	return left < 0 || refused < 0 || out->lock == GUESS_ERROR ? -1 : 0;
}

static int
read_grace(
    struct store *s, const struct forecast_query *q, struct forecast_state *out)
{
	unsigned char binding[STORE_GRACE_LEN];
	int found;

	if (q->decision->remember_minutes == 0 ||
	    !remembered_login_binding(
		q->facts, q->user, q->address, q->record, binding))
		return 0;
	found = store_remembered_get(s, q->user, binding);
	out->remembered = found == 1;
	return found < 0 ? -1 : 0;
}

static int
read_claim(struct store *s, const struct forecast_query *q,
    const struct store_key *key, unsigned methods, int64_t start_ms,
    enum store_claim *claim, struct store_row *row)
{
	*claim = store_claim_look(s, key, methods, start_ms, row);
	if (*claim == CLAIM_WAIT && q->dead != NULL && q->dead(row->holder))
		*claim = store_claim_look(s, key, methods, 0, row);
	return *claim == CLAIM_ERROR ? -1 : 0;
}

static int
read_provider(struct store *s, const struct forecast_query *q, size_t i,
    struct forecast_state *out)
{
	const struct provider_conf *p = &q->conf->provider[i];
	const unsigned methods =
	    reach_methods(q->conf, q->record, q->decision->methods, p);
	const struct store_key key = claim_key(
	    q->user, q->record, p, reach_preferred(q->record, methods));
	const int passed = store_passed_over(s, p->name);

	out->passed[i] = passed == 1;
	if (passed < 0 || methods == 0)
		return passed < 0 ? -1 : 0;
	return read_claim(s, q, &key, methods, verify_start_limit_ms(p),
	    &out->claim[i], &out->row[i]);
}

/* What such a message is counted by. counted_as: room for that of a push. */
static struct store_send_key
send_key(const struct forecast_query *q, bool push,
    char counted_as[PUSH_COUNTED_MAX])
{
	if (push)
		push_counted_as(q->user, counted_as);
	return (struct store_send_key){ .user = q->user,
		.counted_as = push ? counted_as : verify_counted_as(q->record),
		.source = q->source,
		.push = push };
}

static int
read_send(struct store *s, const struct forecast_query *q, bool push,
    struct forecast_send *out)
{
	char counted_as[PUSH_COUNTED_MAX];
	const struct store_send_key key = send_key(q, push, counted_as);

	out->answer = store_send_look(
	    s, &key, &q->conf->sends, &out->wait_s, &out->which);
	return out->answer == SEND_ERROR ? -1 : 0;
}

/* After read_provider: who is passed over is known. */
static int
read_push(
    struct store *s, const struct forecast_query *q, struct forecast_state *out)
{
	const struct provider_conf *order[CONFIG_PROVIDERS_MAX];
	const size_t count = reach_push(
	    q->conf, q->record, q->decision->methods, out->passed, order);
	char counted_as[PUSH_COUNTED_MAX];
	struct store_key key = { .user = q->user, .receiver = counted_as };
	struct store_row row;

	if (count == 0)
		return 0;
	push_counted_as(q->user, counted_as);
	for (size_t n = 0; n < count; n++) {
		key.provider = order[n]->name;
		key.type = order[n]->type->name;
		if (read_claim(s, q, &key, 0, verify_start_limit_ms(order[n]),
			&out->push_claim[order[n] - q->conf->provider],
			&row) != 0)
			return -1;
	}
	return read_send(s, q, true, &out->push);
}

int
forecast_state_read(
    struct store *s, const struct forecast_query *q, struct forecast_state *out)
{
	*out = (struct forecast_state){ 0 };
	if (read_lock(s, q, out) != 0 || read_grace(s, q, out) != 0)
		return -1;
	for (size_t i = 0; i < q->conf->provider_count; i++)
		if (read_provider(s, q, i, out) != 0)
			return -1;
	if (reach_by_code(q->conf, q->record, q->decision->methods) &&
	    read_send(s, q, false, &out->code) != 0)
		return -1;
	return read_push(s, q, out);
}

int
forecast_state_windows(struct store *s, const struct forecast_query *q,
    bool push, void *ctx, void (*row)(void *ctx, const struct store_window *))
{
	char counted_as[PUSH_COUNTED_MAX];
	const struct store_send_key key = send_key(q, push, counted_as);

	return store_send_windows(s, &key, &q->conf->sends, ctx, row);
}
