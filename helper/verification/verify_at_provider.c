/* SPDX-License-Identifier: BSD-2-Clause */
/* A verification at its provider: the claim, joining, taking over, the message
 * and its result; codes of our own. */
#include "helper/verification/verification.h"

#include <errno.h>
#include <sys/random.h>

#include "helper/verification/verification_inside.h"

/* Codes that we make and check ourselves, and codes that were used. What is
 * kept of them is made by store_mac: by the state keeper where there is one,
 * because a process that a stranger types to may not read the key. */

/* The largest multiple of ten in a byte: using higher values would make some
 * digits likelier. */
#define BYTE_LIMIT 250

static int
digit(char *out)
{
	unsigned char byte;

	do {
		if (getrandom(&byte, sizeof(byte), 0) != 1)
			return -1;
	} while (byte >= BYTE_LIMIT);
	*out = (char)('0' + byte % 10);
	explicit_bzero(&byte, sizeof(byte));
	return 0;
}

int
own_code_make(unsigned digits, char *out)
{
	unsigned i;

	for (i = 0; i < digits; i++)
		if (digit(&out[i]) != 0) {
			explicit_bzero(out, digits);
			return -1;
		}
	out[digits] = '\0';
	return 0;
}

/* Of the code that is on its way. 0, or -1 after a log line. */
static int
own_code_verifier(struct verify *v)
{
	/* a longer one is refused, since shortened texts could be equal */
	char text[STORE_MAC_TEXT_MAX + 2];
	int rc;

	PRINT_TO(text, "%s\n%s\n%s", v->login->user, v->own_id, v->x.ctx.code);
	rc = store_mac(v->login->store, v->login->env->conf, STORE_MAC_OWN_CODE,
	    text, v->own_verifier);
	explicit_bzero(text, sizeof(text));
	return rc;
}

/* A verification with our own code: the provider only carries the message. */

static int
own_code_new(struct verify *v)
{
	v->own_code_of = false;
	if (v->x.p->code_length > PROVIDER_CODE_MAX ||
	    system_random_name(v->own_id) != 0 ||
	    own_code_make(v->x.p->code_length, v->x.ctx.code) != 0) {
		log_problem(
		    "no random code could be made: %s", strerror(errno));
		return -1;
	}
	return own_code_verifier(v);
}

/* A new message's fate is unknown: the row's code stays valid under its id. */
static int
own_code_of(struct verify *v)
{
	memcpy(v->own_id, v->row.request_id, sizeof(v->own_id));
	v->own_id[RANDOM_NAME_LEN] = '\0';
	v->own_code_of = own_code_verifier(v) == 0;
	return v->own_code_of ? 0 : -1;
}

static void
own_code_wipe(struct verify *v)
{
	explicit_bzero(v->x.ctx.code, sizeof(v->x.ctx.code));
	explicit_bzero(v->own_verifier, sizeof(v->own_verifier));
}

/* The try is counted and the code has not expired. DENY: there is nothing to
 * compare with. */
enum outcome
own_code_check(const struct verify *v, const char *code)
{
	const struct login *l = v->login;
	/* no code is empty */
	const bool fits = strlen(code) == v->x.p->code_length;
	const int right = store_own_code_check(
	    l->store, l->env->conf, l->user, &v->row, fits ? code : "");

	if (right < 0)
		log_problem("%s", store_cause(l->store));
	if (right < 0 || right == STORE_CODE_GONE)
		return OUTCOME_DENY;
	return right == 1 ? OUTCOME_OK : OUTCOME_WRONG;
}

/* How a used code of an app is stored. */

_Static_assert(STORE_OWNER_MAX > 32 + TWILIO_SID_LEN &&
	STORE_OWNER_MAX > 32 + AUTHY_ID_MAX,
    "an owner fits");

/* What a secret of an app is known by. */
int
used_code_secret_key(const struct login *l, const struct secret *secret,
    unsigned char digest[STORE_CODE_DIGEST])
{
	return store_mac(
	    l->store, l->env->conf, STORE_MAC_APP_SECRET, secret->b, digest);
}

int
used_code_key(const struct login *login, const struct provider_type *type,
    const char *code, struct store_code *out)
{
	const struct user_record *r = login->record;
	char text[STORE_OWNER_MAX + 32];
	int known;

	out->seconds = USED_CODE_S;
	PRINT_TO(out->owner, "%s:%s", type->name,
	    type->by_authy_id ? r->authy_id : r->totp_factor);
	snprintf(text, sizeof(text), "%s:%s", out->owner, code);
	known = store_mac(login->store, login->env->conf, STORE_MAC_APP_CODE,
	    text, out->digest);
	explicit_bzero(text, sizeof(text));
	return known;
}

#define CLAIM_POLL_MS 100

void
verify_set_provider(struct verify *v, const struct provider_conf *p)
{
	const struct login *l = v->login;

	provider_call_init(&v->x, l->env, p, l->record, l->decision);
	strncpy(l->result->provider, p->name, sizeof(l->result->provider) - 1);
}

enum store_claim
verify_claim(
    struct verify *v, unsigned methods, enum method receiver, enum method begin)
{
	const struct login *l = v->login;
	const struct store_key key = verify_key(l, v->x.p, receiver);
	const int64_t limit_ms = verify_start_limit_ms(v->x.p);
	int64_t start_ms = limit_ms, dead = 0;
	enum store_claim c;

	for (;;) {
		c = l->steps->claim(l, &key, methods, begin, start_ms, &v->row);
		verify_load_times(v);
		if (c == CLAIM_JOINED &&
		    verify_key_is_foreign(v->x.p->type, &v->row))
			return CLAIM_UNFIT;
		if (c != CLAIM_WAIT)
			return c;
		/* Its session was killed during the start: its fate is unknown
		 * right away. It is claimed once more before: a session that
		 * has ended may have ended its row, too, and this be
		 * another's. */
		start_ms = dead != 0 && v->row.holder == dead ? 0 : limit_ms;
		dead =
		    login_session_is_dead(l, v->row.holder) ? v->row.holder : 0;
		if (frame_clock_ms() >= l->env->deadline ||
		    !login_pause(l, dead != 0 ? 0 : CLAIM_POLL_MS))
			return CLAIM_WAIT;
	}
}

void
verify_show_joined(struct verify *v)
{
	const int64_t age = v->row.age_ms;

	v->age_s = age < 0 ? 0 : age / 1000;
	v->login->result->method = v->row.method;
	memcpy(v->login->result->request, v->row.request_id,
	    sizeof(v->row.request_id));
}

/* Using a running verification where none may be started or ended. */

/* Join at one provider. *there: where it runs instead, else NULL. */
static enum store_claim
claim_at(struct verify *v, const struct provider_conf *p,
    const struct provider_conf **there)
{
	const struct login *l = v->login;
	const unsigned methods = verify_methods(v, p);
	enum store_claim c;

	*there = NULL;
	verify_set_provider(v, p);
	c = verify_claim(v, methods, verify_preferred(v, methods), METHOD_NONE);
	if (c == CLAIM_ELSEWHERE &&
	    verify_key_may_join(
		l->env->conf, l->record, l->decision->methods, &v->row))
		*there = verify_key_provider(l->env->conf, &v->row);
	return c;
}

enum challenge_step
verify_join(struct verify *v)
{
	const struct login *l = v->login;
	const struct provider_conf *order[SETTINGS_PROVIDERS_MAX], *there;
	enum store_claim c;

	if (reach_order(l->env->conf, l->record, l->decision->methods, order) ==
	    0)
		return STEP_WAIT;
	c = claim_at(v, order[0], &there);
	if (there != NULL)
		c = claim_at(v, there, &there);
	if (c == CLAIM_ERROR)
		return verify_state_failed(v, END_NOT_SENT);
	if (c != CLAIM_JOINED || !verify_may_check(v)) {
		l->result->provider[0] = '\0';
		return STEP_WAIT;
	}
	verify_show_joined(v);
	return STEP_ASK;
}

/* Ending a user's own verification that this login cannot join. */

/* Aim at the present provider again, without values of the other one. */
static void
at_provider_aim(struct verify *v, const struct provider_conf *p)
{
	const struct login *l = v->login;

	provider_call_init(&v->x, l->env, p, l->record, l->decision);
}

/* Too early or too late to cancel; for "too early" the end is known. */
static void
note_busy(struct verify *v, const struct provider_conf *there)
{
	const long after_s = there->type->cancel_after_s;

	v->busy_until = 0;
	if (after_s > 0)
		v->busy_until = v->sent_at + after_s * 1000 + VERIFY_MARGIN_MS;
	if (verify_busy_s(v) > 0)
		log_notice("%s has a code by other means than this login may "
			   "use, and provider %s lets go of it in %lld s: "
			   "until then it sends no other",
		    login_display_name(v->login), there->name,
		    (long long)verify_busy_s(v));
}

/* A vendor with one verification for each number must cancel it first. True: it
 * is gone, or does not stand in the way of a new one. */
static bool
let_go(struct verify *v, const struct provider_conf *there, bool same)
{
	enum outcome o;

	if (!provider_has_call(there->type, CALL_CANCEL) ||
	    (same && there->type->again == AGAIN_SAME && !v->row.apart))
		return true;
	at_provider_aim(v, there);
	memcpy(v->x.ctx.request_id, v->row.request_id,
	    sizeof(v->x.ctx.request_id));
	v->x.ctx.method = v->row.method;
	o = provider_call_run(&v->x, CALL_CANCEL, NULL, &(bool){ false });
	if (o == OUTCOME_LATER && same)
		note_busy(v, there);
	/* the vendor may not even know an id that another host has put there */
	return o == OUTCOME_OK ||
	    (o != OUTCOME_LATER && verify_key_is_foreign(there->type, &v->row));
}

static enum verify_takeover
take_over(struct verify *v, const struct provider_conf *there, bool same)
{
	const struct login *l = v->login;
	const bool gone = there == NULL || let_go(v, there, same);
	int dropped;

	if (!gone && same) {
		store_restore(l->store, v->row.id);
		return TAKEOVER_BUSY;
	}
	/* "gone" may also mean that another session's code was right */
	dropped = store_drop(l->store, v->row.id);
	if (dropped != 1)
		return dropped == 0 ? TAKEOVER_USED : TAKEOVER_FAILED;
	log_notice("%s has a code by other means than this login may use, of "
		   "twofactl enroll, or from a provider that is gone: it is "
		   "void, and another is sent",
	    login_display_name(l));
	return TAKEOVER_FREE;
}

enum verify_takeover
verify_take_over(struct verify *v, const struct provider_conf *there)
{
	const struct login *l = v->login;
	const struct provider_conf *here = v->x.p;
	const int ours =
	    store_replace(l->store, v->row.id, v->row.request_id, false);
	enum verify_takeover taken;

	if (ours != 1)
		return ours == 0 ? TAKEOVER_MOVED : TAKEOVER_FAILED;
	taken = take_over(v, there, there == here);
	at_provider_aim(v, here);
	return taken;
}

bool
verify_wait_until_free(const struct verify *v)
{
	const struct login *l = v->login;
	const int64_t wait_ms = verify_busy_s(v) * 1000;

	return wait_ms > 0 && frame_clock_ms() + wait_ms < l->env->deadline &&
	    login_pause(l, wait_ms);
}

/* The settings may have changed since it started. */
bool
verify_may_check(const struct verify *v)
{
	static const char zeros[] = "0000000000";
	const size_t digits = v->x.p->code_length;
	struct provider_ctx ctx = v->x.ctx;
	struct http_request req;
	bool built;

	if (v->x.p->type->own_code || digits >= sizeof(zeros))
		return v->x.p->type->own_code;
	memcpy(ctx.request_id, v->row.request_id, sizeof(ctx.request_id));
	ctx.method = v->row.method;
	ctx.nonce[0] = '\0'; /* it is not sent, and so not signed */
	memset(&req, 0, sizeof(req));
	built = provider_ops(v->x.p->type)
		    ->check_request(
			&ctx, zeros + sizeof(zeros) - 1 - digits, &req) == 0 &&
	    !req.failed;
	explicit_bzero(&req, sizeof(req));
	return built;
}

void
verify_candidates(const struct login *l, struct store_begin *ask)
{
	const struct settings *conf = l->env->conf;
	const unsigned allowed = l->decision->methods;
	const struct provider_conf *order[SETTINGS_PROVIDERS_MAX];

	ask->count = reach_order(conf, l->record, allowed, order);
	for (size_t n = 0; n < ask->count; n++) {
		const unsigned methods =
		    reach_methods(conf, l->record, allowed, order[n]);
		const enum method method = reach_preferred(l->record, methods);

		ask->candidate[n] =
		    (struct store_candidate){ verify_key(l, order[n], method),
			    methods, method, verify_start_limit_ms(order[n]) };
	}
	ask->message = verify_message_key(l);
}

int64_t
verify_start_limit_ms(const struct provider_conf *p)
{
	/* includes sending a throttled start once more */
	return p->timeout_ms * 2 + 35000;
}

void
verify_add_latency(const struct verify *v, int64_t start_ms, int64_t check_ms)
{
	const char *dir = v->login->env->conf->state_dir;

	if (v->login->env->decoy_person != NULL)
		return; /* a made-up person's times come from these */
	if (start_ms > 0)
		latency_add(dir, LATENCY_START, start_ms);
	if (check_ms > 0)
		latency_add(dir, LATENCY_CHECK, check_ms);
}

/* How long the provider keeps open what this method sends now. */
static int64_t
lasts_ms(const struct verify *v, enum method method)
{
	const struct provider_conf *p = v->x.p;
	int64_t life_ms = p->expiry_ms;

	if (p->type->life_ms != NULL && p->type->life_ms(p, method) > life_ms)
		life_ms = p->type->life_ms(p, method);
	return life_ms;
}

void
verify_load_times(struct verify *v)
{
	const int64_t now = login_now_ms(v->login);

	v->sent_at = now - v->row.age_ms;
	v->expires_at = now + v->row.left_ms;
	v->ends_at = now + v->row.over_ms;
}

void
verify_load_request(struct verify *v)
{
	memcpy(v->x.ctx.request_id, v->row.request_id,
	    sizeof(v->x.ctx.request_id));
	v->x.ctx.method = v->row.method;
	v->x.ctx.past_deadline = login_now_ms(v->login) >= v->expires_at;
}

/* Store what other logins need to join. The number may have changed, and the
 * provider may keep it open longer than its code is valid. */
static int
row_keep(struct verify *v, enum method was)
{
	const struct login *l = v->login;
	const char *before = reach_receiver(l->record, v->x.p, was);
	const char *now = reach_receiver(l->record, v->x.p, v->row.method);
	const int64_t lasts = lasts_ms(v, v->row.method);
	struct store_started to = { .id = v->row.id,
		.request_id = v->row.request_id,
		.method = v->row.method,
		.life_ms = v->expires_at - v->sent_at,
		.send = v->row.send,
		.price = v->row.send != 0 ? v->x.ctx.told.price : 0 };

	if (strcmp(before, now) != 0 && l->env->decoy_person == NULL)
		to.number = now;
	/* further steps of a verification end when the first would have */
	if (v->row.sends == 1 && lasts > to.life_ms)
		to.lasts_ms = lasts;
	if (v->x.p->type->own_code) {
		to.verifier = v->own_verifier;
		to.beside = v->own_code_of;
	}
	return store_started(l->store, &to);
}

int
verify_save_sent(struct verify *v, enum method method, int64_t expires_at)
{
	const struct login *l = v->login;
	const enum method was = v->row.method;
	int rc;

	v->row.method = method;
	v->sent_at = login_now_ms(l);
	v->expires_at = expires_at;
	v->row.sends++;
	v->row.send = v->send_id;
	memcpy(v->row.request_id, v->x.ctx.request_id,
	    sizeof(v->x.ctx.request_id));
	memcpy(l->result->request, v->x.ctx.request_id,
	    sizeof(v->x.ctx.request_id));
	l->result->method = method;
	v->age_s = -1;
	rc = row_keep(v, was);
	if (rc != 0 && rc != STORE_JOIN)
		log_problem("a code was sent, but its id could not be kept: %s",
		    store_cause(l->store));
	v->clashed = rc == STORE_CLASH;
	v->joins = rc == STORE_JOIN;
	return rc;
}

/* The provider answered that it is out of order: most likely nothing was sent,
 * and another one can be asked. */
static bool
out_of_order(const struct verify *v)
{
	return v->x.reply.fate == HTTP_REPLIED &&
	    !provider_call_was_answered(&v->x) && v->others_left &&
	    v->login->env->conf->failover_after_unknown;
}

static void
log_id(const struct verify *v)
{
	struct logline id = { 0 };

	logline_quoted(&id, "vendor", v->x.ctx.request_id);
	log_debug("provider %s: message:%s", v->x.p->name, id.text);
}

/* We made the code, so the person can type it even when it is unknown whether
 * the message was sent; then the code before is valid too. */
static enum outcome
own_sent(struct verify *v, enum outcome o, bool *maybe_sent)
{
	if (o == OUTCOME_OK)
		log_id(v);
	else if (!*maybe_sent || out_of_order(v) ||
	    (v->row.request_id[0] != '\0' &&
		v->expires_at > login_now_ms(v->login) && own_code_of(v) != 0))
		return o;
	*maybe_sent = false;
	memcpy(v->x.ctx.request_id, v->own_id, sizeof(v->own_id));
	return OUTCOME_OK;
}

static enum outcome
send_message(struct verify *v, enum method method, bool *maybe_sent)
{
	const bool own = v->x.p->type->own_code;
	enum outcome o;

	*maybe_sent = v->counted = false;
	v->x.ctx.method = method;
	v->x.ctx.sends = v->row.sends;
	v->x.ctx.request_id[0] = '\0';
	if (own && own_code_new(v) != 0)
		return OUTCOME_CONFIG;
	o = provider_call_run(&v->x, CALL_START, NULL, maybe_sent);
	if (provider_call_was_silent(&v->x, o))
		verify_pass_over(v);
	return own ? own_sent(v, o, maybe_sent) : o;
}

/* It was accepted. A further message does not make the code valid for longer.
 * But if the same code came again after our own time, the provider still
 * accepts it. */
static enum outcome
at_provider_accepted(struct verify *v, enum method method, bool *maybe_sent)
{
	const int64_t now = login_now_ms(v->login);
	int64_t expires_at = now + v->x.p->expiry_ms;

	v->same_code = strcmp(v->row.request_id, v->x.ctx.request_id) == 0;
	if (v->same_code && v->expires_at > now)
		expires_at = v->expires_at;
	if (verify_save_sent(v, method, expires_at) == 0)
		return OUTCOME_OK;
	*maybe_sent = true;
	return OUTCOME_DENY;
}

enum outcome
verify_send_next(struct verify *v, enum method method, bool *maybe_sent)
{
	int64_t before = frame_clock_ms();
	enum outcome o = send_message(v, method, maybe_sent);

	v->clashed = v->joins = false;
	v->login->result->start_ms = frame_clock_ms() - before;
	if (o == OUTCOME_OK) {
		verify_add_latency(v, v->login->result->start_ms, 0);
		o = at_provider_accepted(v, method, maybe_sent);
	}
	own_code_wipe(v);
	return o;
}

enum outcome
verify_start(struct verify *v, enum method method, bool *maybe_sent)
{
	const struct login *l = v->login;
	enum outcome o = verify_send_next(v, method, maybe_sent);

	if (o == OUTCOME_OK || v->joins)
		return o;
	if (*maybe_sent) {
		/* otherwise the next login would wait for this start */
		store_unknown(l->store, v->row.id);
		return o;
	}
	verify_budget_refund(v);
	store_unsent(l->store, v->row.id);
	return o;
}

/* An alert is no part of a login: it waits for none but the provider. */
#define ALERT_MS 5000

static enum outcome
send_alert(struct verify *v, const struct provider_conf *p, enum event event)
{
	struct environment env = *v->login->env;
	const int64_t most = frame_clock_ms() + ALERT_MS;
	bool maybe_sent = false;
	enum outcome o;

	if (env.deadline > most)
		env.deadline = most;
	provider_call_init(
	    &v->x, &env, p, v->login->record, v->login->decision);
	v->x.ctx.method = METHOD_SMS;
	v->x.ctx.event = event;
	v->x.ctx.user = v->login->user;
	o = provider_call_run(&v->x, CALL_START, NULL, &maybe_sent);
	if (o == OUTCOME_OK)
		log_notice("%s was told of %s, by provider %s",
		    login_display_name(v->login), event_word(event), p->name);
	return maybe_sent ? OUTCOME_STALLED : o;
}

bool
verify_alert(const struct login *l, enum event event)
{
	struct verify v = { .login = l };
	const struct provider_conf *order[SETTINGS_PROVIDERS_MAX];
	const size_t count =
	    reach_order(l->env->conf, l->record, METHOD_BIT(METHOD_SMS), order);
	enum outcome o = OUTCOME_CONFIG;

	for (size_t i = 0; i < count && o != OUTCOME_OK && o != OUTCOME_STALLED;
	     i++) {
		if (!order[i]->type->own_code)
			continue;
		if (!verify_budget_take(&v))
			break;
		o = send_alert(&v, order[i], event);
	}
	if (v.counted && o != OUTCOME_OK && o != OUTCOME_STALLED)
		verify_budget_refund(&v);
	if (o != OUTCOME_OK)
		log_problem("%s was not surely told of %s (alert_owner): that "
			    "needs a phone, and a provider that sends texts "
			    "of ours",
		    login_display_name(l), event_word(event));
	explicit_bzero(&v, sizeof(v));
	return o == OUTCOME_OK;
}
