/* SPDX-License-Identifier: BSD-2-Clause */
/* The order of providers and methods for a user, the store's keys, the limits
 * on messages, denials, and the results of store_begin(). */
#include "helper/verification/verification_inside.h"

#include "helper/dialogue/dialogue.h"

unsigned
verify_methods(const struct verify *v, const struct provider_conf *p)
{
	const struct login *l = v->login;

	return reach_methods(l->env->conf, l->record, l->decision->methods, p);
}

void
verify_pass_over(const struct login *l, const struct provider_conf *p)
{
	if (store_provider_pass_over(l->store, p->name, STORE_PASSED_MS) != 0)
		log_problem("%s", store_cause(l->store));
}

void
verify_move_passed_last(const struct login *l,
    const struct provider_conf *order[SETTINGS_PROVIDERS_MAX], size_t count)
{
	bool passed[SETTINGS_PROVIDERS_MAX] = { false };

	for (size_t n = 0; n < count; n++)
		passed[n] = l->steps->passed(l, order[n]);
	reach_move_passed_last(passed, order, count);
}

size_t
verify_order(const struct verify *v,
    const struct provider_conf *order[SETTINGS_PROVIDERS_MAX])
{
	const struct login *l = v->login;
	const struct settings *conf = l->env->conf;
	const size_t count =
	    reach_order(conf, l->record, l->decision->methods, order);

	verify_move_passed_last(l, order, count);
	return count;
}

/* A decoy person has no number: its phones differ by this. */
static const char *
decoy_receiver(const struct login *l)
{
	static char name[USER_PHONES_MAX][OWNER_STATE_MAX + 2];
	const size_t at = l->record->phone_at;

	PRINT_TO(name[at], "%s%.*s", l->user, (int)at, "++");
	return name[at];
}

struct store_key
verify_claim_key(
    const struct login *l, const struct provider_conf *p, enum method method)
{
	const struct user_record *r = l->record;
	const char *const all[] = { r->phone[0] != '\0' ? r->phone
							: r->receiver,
		r->email, r->authy_id };
	struct store_key key = { .user = l->user,
		.receiver = reach_receiver(r, p, method),
		.provider = p->name,
		.type = p->type->name };
	size_t others = 0;

	if (l->env->decoy_person != NULL) {
		key.receiver = decoy_receiver(l);
		return key;
	}

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i][0] != '\0' && strcmp(all[i], key.receiver) != 0 &&
		    others < STORE_OTHERS)
			key.other[others++] = all[i];
	return key;
}

const struct provider_conf *
verify_row_provider(const struct settings *conf, const struct store_row *row)
{
	const struct provider_conf *p = settings_provider(conf, row->provider);

	if (p == NULL || row->type[0] == '\0')
		return p;
	return strcmp(p->type->name, row->type) == 0 ? p : NULL;
}

bool
verify_row_is_foreign(
    const struct provider_type *type, const struct store_row *row)
{
	return row->foreign && !type->names_receiver;
}

bool
verify_row_may_be_joined(const struct settings *conf,
    const struct user_record *r, unsigned allowed, const struct store_row *row)
{
	const struct provider_conf *p = verify_row_provider(conf, row);

	return p != NULL && row->left_ms > 0 && !row->apart &&
	    !verify_row_is_foreign(p->type, row) &&
	    (reach_methods(conf, r, allowed, p) & METHOD_BIT(row->method)) != 0;
}

struct store_send_key
verify_message_limit_key(const struct login *l)
{
	return (struct store_send_key){ .user = l->user,
		.counted_as = l->env->decoy_person != NULL
		    ? decoy_receiver(l)
		    : reach_counting_receiver(l->record),
		.source = login_counting_source(l),
		.office = l->office };
}

bool
verify_budget_take(struct verify *v)
{
	const struct login *l = v->login;
	struct store_send_key key = verify_message_limit_key(l);
	const char *which = "";
	enum store_send sent;

	key.carried = v->carried;
	key.alert = v->x.ctx.event != EVENT_NONE;
	if (v->counted)
		return true;
	v->wait_s = 0;
	v->send_id = 0;
	sent = l->steps->take(l, &key, &v->send_id, &v->wait_s, &which);
	v->counted = sent == SEND_TAKEN;
	v->invited = sent == SEND_WAIT && strcmp(which, ITEM_INVITED) == 0;
	if (sent == SEND_WAIT)
		login_log_limit(l, "codes", v->wait_s, which);
	return v->counted;
}

void
verify_budget_refund(struct verify *v)
{
	if (v->send_id != 0)
		store_send_refund(v->login->store, v->send_id);
	v->send_id = 0;
	v->counted = false;
}

/* Until the provider drops it: until then it would refuse another verification
 * or send the same code. */
int64_t
verify_spent_wait_ms(const struct verify *v)
{
	const int64_t over =
	    v->ends_at > v->expires_at ? v->ends_at : v->expires_at;
	const int64_t open_ms = over - login_now_ms(v->login);

	if (v->x.ctx.desk) /* keeps no login waiting */
		return VERIFY_USED_MS;
	return v->x.p->type->own_code || open_ms < STORE_SPENT_MS
	    ? STORE_SPENT_MS
	    : open_ms;
}

/* The wait runs from the provider's reply to the newest message. */
int64_t
verify_resend_wait_ms(const struct verify *v)
{
	const int64_t now = login_now_ms(v->login);
	int64_t resend = v->sent_at + VERIFY_MARGIN_MS +
	    reach_wait_after_send_s(v->login->env->conf, v->row.sends) * 1000 -
	    now;

	if (v->taken)
		return v->again_at - now;
	return v->retry_at - now > resend ? v->retry_at - now : resend;
}

void
verify_set_busy(struct verify *v, const struct provider_type *type)
{
	v->busy_until = type->cancel_after_s > 0
	    ? v->sent_at + type->cancel_after_s * 1000 + VERIFY_MARGIN_MS
	    : 0;
}

int64_t
verify_number_busy_left_s(const struct verify *v)
{
	const int64_t left = v->busy_until - login_now_ms(v->login);

	return v->busy_until != 0 && left > 0 ? (left + 999) / 1000 : 0;
}

enum challenge_step
verify_deny(struct verify *v, enum reason why, enum ending end)
{
	v->end = end;
	if (end != END_SPENT)
		return ending_deny(v->login, end, why);
	ending_show_text(
	    v->login, words_spent(v->wait_s, v->login->env->facts->service));
	return login_deny(v->login, ending_verdict(end), why);
}

enum challenge_step
verify_deny_store_failure(struct verify *v, enum ending end)
{
	const enum reason why = login_store_failure_reason(v->login->store);

	log_problem("%s", store_cause(v->login->store));
	/* app and recovery codes work without a number */
	if (end == END_NOT_SENT && store_is_keyless(v->login->store))
		return verify_give_up(v, why, end);
	return verify_deny(v, why, end);
}

void
verify_show_limit(const struct verify *v)
{
	ending_show_prompt(
	    v->login, words_limit(v->wait_s, login_env_is_sshd(v->login->env)));
}

enum challenge_step
verify_give_up(struct verify *v, enum reason why, enum ending end)
{
	const int64_t busy_s = verify_number_busy_left_s(v);

	if (v->offline) {
		v->end = end;
		return STEP_INSTEAD;
	}
	if (end == END_LIMIT)
		verify_show_limit(v);
	else if (end == END_BUSY && busy_s > 0)
		ending_show_prompt(v->login,
		    words_busy(busy_s, v->login->env->facts->service));
	else
		return verify_deny(v, why, end);
	return login_deny(v->login, ending_verdict(end), why);
}

int
verify_batch_run(struct verify_batch *b, struct store *store,
    int (*begin)(
	struct store *, const struct store_begin *, struct store_begun *))
{
	const int result = begin(store, &b->ask, &b->found);

	for (size_t i = 0; i < b->ask.count; i++)
		b->passed[i] = b->found.chosen;
	b->claim = b->found.chosen;
	b->take = b->found.chosen && b->found.claim == CLAIM_NEW;
	return result;
}

bool
verify_batch_passed(struct verify_batch *b, const char *provider, bool *passed)
{
	for (size_t i = 0; b != NULL && i < b->ask.count; i++)
		if (b->passed[i] &&
		    strcmp(b->ask.candidate[i].key.provider, provider) == 0) {
			b->passed[i] = false;
			*passed = b->found.passed[i];
			return true;
		}
	return false;
}

bool
verify_batch_claim(struct verify_batch *b, const struct store_key *key,
    unsigned methods, enum method method, enum store_claim *claim,
    struct store_row *row)
{
	const struct store_candidate *c;

	if (b == NULL || !b->claim)
		return false;
	c = &b->ask.candidate[b->found.at];
	if (strcmp(c->key.provider, key->provider) != 0 ||
	    strcmp(c->key.receiver, key->receiver) != 0 ||
	    c->methods != methods || c->method != method)
		return false;
	b->claim = false;
	*claim = b->found.claim;
	*row = b->found.row;
	return true;
}

bool
verify_batch_send(struct verify_batch *b, const struct store_send_key *key,
    enum store_send *sent, int64_t *id, int64_t *wait_s, const char **which)
{
	if (b == NULL || b->claim || !b->take ||
	    key->push != b->ask.message.push ||
	    key->carried != b->ask.message.carried ||
	    strcmp(key->counted_as, b->ask.message.counted_as) != 0)
		return false;
	b->take = false;
	*sent = b->found.sent;
	*id = b->found.send;
	*wait_s = b->found.wait_s;
	*which = b->found.which;
	return true;
}

void
verify_batch_leftover(struct verify_batch *b, int64_t *row, int64_t *send)
{
	*row = *send = 0;
	if (b == NULL)
		return;
	if (b->claim && b->take)
		*row = b->found.row.id;
	if (b->take)
		*send = b->found.send;
	b->claim = b->take = false;
}
