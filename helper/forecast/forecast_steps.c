/* SPDX-License-Identifier: BSD-2-Clause */
/* Steps for a login that only looks. */
#include "helper/forecast/forecast_steps.h"

#include <string.h>

#include "helper/factors/factors.h"
#include "helper/net/net.h"
#include "helper/store/store.h"
#include "helper/verification/verification.h"
#include "lib/system/system.h"

/* There is no prompt here that waits for a code, so there is always time for a
 * push. */
#define LOOKING_MS 3600000

static struct looking *
looking(const struct login *l)
{
	return l->env->ctx;
}

/* A login can go on without this advice, but an explanation would be wrong. */
static bool
look_passed(const struct login *l, const struct provider_conf *p)
{
	bool begun = false;
	int passed;

	if (login_begun_passed(l->begun, p->name, &begun))
		return begun;
	passed = store_passed_over(l->store, p->name);
	if (passed < 0)
		looking(l)->failed = true;
	return passed == 1;
}

static enum store_claim
look_claim(const struct login *l, const struct store_key *key, unsigned methods,
    enum method method, int64_t start_ms, struct store_row *row)
{
	struct looking *look = looking(l);
	enum store_claim claim;

	if (!login_begun_claim(l->begun, key, methods, method, &claim, row))
		claim = store_claim_look(l->store, key, methods, start_ms, row);
	if (claim == CLAIM_SPENT && method != METHOD_PUSH)
		look->wait_s = (row->over_ms + 999) / 1000;
	if (look->ended == 0 || row->id != look->ended)
		return claim;
	return row->shut ? CLAIM_UNKNOWN : CLAIM_NEW;
}

static enum takeover
look_end(struct verify *v, const struct provider_conf *there)
{
	(void)there;
	looking(v->login)->ended = v->row.id;
	return TAKEOVER_FREE;
}

static enum store_send
look_take(const struct login *l, const struct store_send_key *key, int64_t *id,
    int64_t *wait_s, const char **which)
{
	struct looking *look = looking(l);
	enum store_send sent;

	if (!login_begun_take(l->begun, key, &sent, id, wait_s, which))
		sent = store_send_look(
		    l->store, key, &l->env->conf->sends, wait_s, which);
	*id = 0;
	if (sent == SEND_WAIT) {
		look->wait_s = *wait_s;
		look->which = *which;
	}
	return sent;
}

static void
look_back(const struct login *l, const struct store_row *row)
{
	(void)l;
	(void)row;
}

/* The outcome of asking a provider. */
static enum outcome
look_call(const struct login *l, struct provider_call *x, bool *maybe_sent)
{
	*maybe_sent = false;
	x->reply.fate = HTTP_NOT_SENT;
	return looking(l)->outage && look_passed(l, x->p) ? OUTCOME_TRANSIENT
							  : OUTCOME_OK;
}

static enum outcome
look_send(struct verify *v, enum method method, bool *maybe_sent)
{
	v->counted = false;
	v->row.method = method;
	return look_call(v->login, &v->x, maybe_sent);
}

static enum outcome
look_push(struct push *p, bool *maybe_sent)
{
	return look_call(p->login, &p->x, maybe_sent);
}

static const struct login_steps steps = {
	.passed = look_passed,
	.claim = look_claim,
	.end = look_end,
	.take = look_take,
	.back = look_back,
	.send = look_send,
	.push = look_push,
};

static void
say_nothing(void *ctx, const char *text)
{
	(void)ctx;
	(void)text;
}

static enum ui_result
ask_nobody(void *ctx, const char *prompt, int64_t deadline,
    const struct ui_idle *idle, struct ui_answer *answer)
{
	(void)ctx;
	(void)prompt;
	(void)deadline;
	(void)idle;
	(void)answer;
	return UI_GONE;
}

/* Never called. */
static void
send_nothing(void *ctx, const struct provider_conf *p,
    const struct http_request *request, int64_t deadline,
    struct http_reply *reply)
{
	struct looking *look = ctx;

	(void)p;
	(void)request;
	(void)deadline;
	look->failed = true;
	reply->fate = HTTP_LOCAL;
}

static int64_t
look_now(void *ctx)
{
	(void)ctx;
	return clock_ms();
}

static int64_t
look_wall(void *ctx)
{
	(void)ctx;
	return clock_wall_s();
}

static bool
look_dead(void *ctx, int64_t number)
{
	const struct forecast_query *q = ((const struct looking *)ctx)->query;

	return q->dead != NULL && q->dead(number);
}

/* The only wait of a login before its first prompt. */
static bool
look_pause(void *ctx, int64_t ms)
{
	struct looking *look = ctx;

	look->waits = ms > 0;
	return !look->waits;
}

void
looking_init(struct looking *look, const struct forecast_query *q, bool outage)
{
	static const struct ui ui = { NULL, say_nothing, ask_nobody };

	*look = (struct looking){ .query = q,
		.outage = outage,
		.connection = { look, send_nothing },
		.which = "" };
	result_init(&look->result);
	look->env = (struct environment){ .facts = q->facts,
		.conf = q->conf,
		.ui = &ui,
		.connection = &look->connection,
		.deadline = frame_clock_ms() + LOOKING_MS,
		.ctx = look,
		.now = look_now,
		.wall = look_wall,
		.dead = look_dead,
		.pause = look_pause };
	look->login = (struct login){ .env = &look->env,
		.user = q->user,
		.record = q->record,
		.decision = q->decision,
		.source = q->source,
		.office =
		    settings_network_has(&q->conf->office_networks, q->address),
		.store = q->store,
		.steps = &steps,
		.result = &look->result };
}
