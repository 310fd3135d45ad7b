/* SPDX-License-Identifier: BSD-2-Clause */
/* A challenge that itself accepts no answer, and the login around it: steps,
 * waits and counts are like those of a real login. Its record is invented, with
 * the shape that most users of the host have. No record is read, and nothing is
 * stored. */
#include "helper/factors/factors_inside.h"

#include <stdlib.h>
#include <unistd.h>

#include "helper/dialogue/dialogue.h"

#define HOST_MAX 65 /* Linux HOST_NAME_MAX and the NUL */
#define DOMAIN "example.com"
/* if no provider delivers codes */
#define DECOY_CODE_LENGTH 6
#define DECOY_LIFE_MS 300000

/* Writes an address in this host's domain, as most of its users have one. */
static void
made_up_address(const struct decoy *d, char *out, size_t cap)
{
	const char *phone = d->phone[0];
	const size_t len = strlen(phone);
	const int pair = (phone[len - 2] - '0') * 10 + phone[len - 1];
	char host[HOST_MAX] = "";
	const char *dot;

	if (gethostname(host, sizeof(host) - 1) != 0)
		host[0] = '\0';
	dot = strchr(host, '.');
	snprintf(out, cap, "%c.@%s", 'a' + (pair - '0') % 26,
	    dot != NULL && dot[1] != '\0' ? dot + 1 : DOMAIN);
}

struct made_up {
	struct login login;
	struct factors factors;
	struct decoy decoy;
	struct user_record record;
	struct decision decision;
};

/* An account at the first provider that has some: the shape does not say which.
 */
static void
decoy_set_account(const struct settings *conf, struct user_record *r)
{
	struct user_subject *s = &r->subject[0];

	for (size_t i = 0; i < conf->provider_count && s->provider[0] == '\0';
	     i++)
		if (conf->provider[i].type->account != NULL) {
			PRINT_TO(s->provider, "%s", conf->provider[i].name);
			PRINT_TO(s->issuer, "%s", conf->provider[i].base_url);
		}
}

static int
decoy_prepare(struct made_up *m, struct challenge *c)
{
	struct factors *f = &m->factors;
	const struct settings *conf = m->login.env->conf;
	const struct provider_conf *order[SETTINGS_PROVIDERS_MAX];
	char shape[DECOY_SHAPE_MAX];
	const bool known = decoy_shape_read(conf->state_dir, shape) == 0;
	bool recovery = false;
	struct challenge phone;

	(void)decoy_shape_to_record(shape, &m->record, &recovery);
	decoy_set_account(conf, &m->record);
	if (decoy_init(&m->decoy, &m->login, &phone) != 0)
		return -1;
	if (m->record.phone[0] != '\0')
		PRINT_TO(m->record.phone, "%s", m->decoy.phone[0]);
	for (size_t i = 0; i < m->record.phone_count; i++)
		PRINT_TO(m->record.phones[i].number, "%s", m->decoy.phone[i]);
	if (m->record.email[0] != '\0')
		made_up_address(
		    &m->decoy, m->record.email, sizeof(m->record.email));
	/* break-glass codes are rare */
	factors_init_decoy(f, recovery && !m->login.offline, c);
	/* without the state's server, users in it have no app's secret */
	if (m->login.offline && conf->users_state)
		f->ways.app = false;
	f->phone = phone;
	if (reach_order(conf, &m->record, m->decision.methods, order) > 0)
		decoy_set_prompts(&m->decoy, &m->record, order[0],
		    reach_methods(
			conf, &m->record, m->decision.methods, order[0]));
	else /* even without a known shape, a prompt is shown */
		m->decoy.unreachable = known;
	m->decoy.twin = &f->verify;
	/* see decoy_init(); here for the prompts of all factors */
	c->standin = phone.standin;
	/* without a known shape: the phone, whatever the rule allows */
	f->ways.phone = f->ways.phone || (!known && !m->login.offline);
	return 0;
}

void
decoy_login(const struct login *of, const struct decision *decision)
{
	struct made_up *m = calloc(1, sizeof(*m));
	struct challenge challenge;

	if (m == NULL) {
		log_problem("out of memory: free some");
		login_deny(of, VERDICT_DENY, REASON_STATE);
		return;
	}
	m->decision = *decision;
	m->login = (struct login){ .env = of->env,
		.user = of->unenrolled ? of->user : of->env->facts->user,
		.service = of->service,
		.unenrolled = of->unenrolled,
		.enrol = of->enrol,
		.steps = of->steps,
		.record = &m->record,
		.decision = &m->decision,
		.source = of->unenrolled ? of->source : "",
		.decoy_store = of->decoy_store,
		.offline = of->offline,
		.result = of->result };
	m->factors.login = &m->login;
	if (decoy_prepare(m, &challenge) == 0) {
		factors_run(&m->factors, &challenge);
	} else {
		of->result->reason = REASON_NONE;
		login_deny(of, VERDICT_DENY, REASON_STATE);
	}
	free(m);
}

static void
decoy_number(
    const struct decoy *d, const unsigned char mac[32], char out[PHONE_MAX + 1])
{
	const struct text_list *prefixes =
	    &d->login->env->conf->allowed_prefixes;
	const char *prefix = "+1";
	size_t i, len;

	if (prefixes->count > 0)
		prefix = prefixes->item[mac[0] % prefixes->count];
	len = strnlen(prefix, PHONE_MAX - 4);
	memcpy(out, prefix, len);
	for (i = 1; len < 12 || i <= 4; i++)
		out[len++] = (char)('0' + mac[i] % 10);
	out[len] = '\0';
}

static bool
decoy_pause(const struct decoy *d, enum provider_call_kind kind)
{
	return login_env_imitate_call(d->login->env,
	    provider_call_sends(kind) ? LATENCY_START : LATENCY_CHECK,
	    verify_slow_line(kind, d->method));
}

/* Denies: the state failed, as it would have for a real login. */
static enum challenge_step
state_failed(const struct decoy *d, enum ending end)
{
	return ending_deny(
	    d->login, end, login_store_failure_reason(d->login->decoy_store));
}

static void
sent(struct decoy *d, bool same_code)
{
	int64_t life_ms = d->p == NULL ? DECOY_LIFE_MS : d->p->expiry_ms;

	/* a first message may have more steps */
	if (d->p != NULL && d->sends == 0 && d->p->type->life_ms != NULL)
		life_ms = d->p->type->life_ms(d->p, d->method);
	d->same_code = same_code;
	d->sent_at = login_now_ms(d->login);
	d->sends++;
	if (!same_code)
		d->expires_at = d->sent_at + life_ms;
}

/* Stops using the hidden challenge once it has ended, without showing that.
 * Returns true if the provider was asked, so that no pause is needed. */
static bool
asked_behind(struct decoy *d, enum challenge_step step)
{
	if (step == STEP_LOCKED)
		login_deny(d->login, VERDICT_DENY, REASON_LOCKED);
	if (step == STEP_DENY || step == STEP_INSTEAD || step == STEP_LOCKED)
		d->real.ctx = NULL;
	return (step == STEP_ASK && d->twin->age_s < 0) || step == STEP_SENT ||
	    step == STEP_WRONG || step == STEP_RENEWED;
}

/* Begins the hidden challenge. A joined verification is shown as a new one. */
static enum challenge_step
begin_behind(struct decoy *d)
{
	const enum challenge_step step = d->real.begin(d->real.ctx);
	const bool asked = asked_behind(d, step);

	if (step == STEP_ADMIT)
		return step;
	if (!asked && !decoy_pause(d, CALL_START))
		return login_deny(d->login, VERDICT_DENY, REASON_PEER_GONE);
	sent(d, false);
	return STEP_ASK;
}

static enum challenge_step
decoy_begin(void *ctx)
{
	struct decoy *d = ctx;

	if (d->real.ctx != NULL && !d->renewed)
		return begin_behind(d);

	if (d->unreachable)
		return ending_deny(d->login, END_NOT_SENT, REASON_DECOY);
	if (!decoy_pause(d, CALL_START))
		return login_deny(d->login, VERDICT_DENY, REASON_PEER_GONE);
	if (!login_decoy_imitate_store(d->login))
		return state_failed(d, END_NOT_SENT);
	sent(d, false);
	return STEP_ASK;
}

/* Renews an expired code, only once, as verification.c does. */
static enum challenge_step
decoy_expired(struct decoy *d)
{
	if (d->renewed && d->twin != NULL && d->twin->offline) {
		d->twin->end = END_TIMEOUT;
		return STEP_INSTEAD;
	}
	if (d->renewed)
		return ending_deny(d->login, END_TIMEOUT, REASON_DECOY);
	d->renewed = true;
	d->tries = d->there = d->sends = 0;
	return decoy_begin(d) == STEP_ASK ? STEP_RENEWED : STEP_DENY;
}

/* Returns how long no code is sent after the last wrong one: until the
 * expiry, but STORE_SPENT_MS at least, and only that if the vendor has no
 * running verification. */
static int64_t
spent_s(const struct decoy *d)
{
	int64_t left_ms = d->expires_at - login_now_ms(d->login);

	if (d->p == NULL || d->p->type->own_code || left_ms < STORE_SPENT_MS ||
	    (d->p->type->ends_itself && d->there >= d->p->type->wrong_codes))
		left_ms = STORE_SPENT_MS;
	return (left_ms + 999) / 1000;
}

static enum challenge_step
decoy_check(void *ctx, const char *code)
{
	struct decoy *d = ctx;
	bool asked = false;

	if (d->real.ctx != NULL) {
		const enum challenge_step step =
		    d->real.check(d->real.ctx, code);

		if (step == STEP_RIGHT)
			return step;
		asked = asked_behind(d, step);
	}
	if (login_now_ms(d->login) >= d->expires_at)
		return decoy_expired(d);
	if (!login_decoy_imitate_store(d->login))
		return state_failed(d, END_UNCHECKED);
	d->tries++;
	d->there++;
	if (!asked && !decoy_pause(d, CALL_CHECK))
		return login_deny(d->login, VERDICT_DENY, REASON_PEER_GONE);
	if (d->tries >= d->limit) {
		ending_show_text(d->login,
		    words_spent(spent_s(d), d->login->env->facts->service));
		return login_deny(d->login, VERDICT_MAXTRIES, REASON_DECOY);
	}
	return STEP_WRONG;
}

static int64_t
resend_ms(const struct decoy *d)
{
	return d->sent_at + 2000 +
	    reach_wait_after_send_s(d->login->env->conf, d->sends) * 1000 -
	    login_now_ms(d->login);
}

/* Without a provider of codes, as one that only replaces messages. */
static enum verify_resend_kind
decoy_how(const struct decoy *d, enum method m)
{
	return d->p == NULL ? VERIFY_RESEND_REPLACE
			    : verify_resend_how(d->p, d->sends, d->method, m);
}

static size_t
decoy_next_phone(const struct decoy *d)
{
	return reach_phone(d->login->env->conf, d->login->record,
	    d->login->decision->methods, d->phone_at + 1);
}

/* Shows the next phone, of which a new verification begins. Returns its method.
 */
static enum method
show_next_phone(struct decoy *d)
{
	const struct user_record *r = d->login->record;

	d->phone_at = decoy_next_phone(d);
	phone_mask(r->phones[d->phone_at].number, d->number);
	d->tries = d->there = d->sends = 0;
	return reach_preferred(r,
	    r->phones[d->phone_at].voice ? METHOD_BIT(METHOD_VOICE)
					 : d->methods);
}

static enum challenge_step
decoy_resend(void *ctx, enum method method)
{
	struct decoy *d = ctx;
	const bool next = method == CHALLENGE_NEXT_PHONE;
	const enum verify_resend_kind how =
	    next ? VERIFY_RESEND_REPLACE : decoy_how(d, method);
	const bool cancels = how == VERIFY_RESEND_REPLACE &&
	    (d->p == NULL || provider_has_call(d->p->type, CALL_CANCEL));
	bool same, asked = false;

	if (resend_ms(d) > 0)
		return STEP_WAIT;
	if (!login_decoy_imitate_store(d->login))
		return state_failed(d, END_NOT_SENT);
	if (d->real.ctx != NULL)
		asked =
		    asked_behind(d, d->real.send_another(d->real.ctx, method));
	/* a pause for each request of a real resend */
	if ((!asked && cancels && !decoy_pause(d, CALL_CANCEL)) ||
	    (!asked && !decoy_pause(d, CALL_START)))
		return login_deny(d->login, VERDICT_DENY, REASON_PEER_GONE);
	if (next)
		method = show_next_phone(d);
	/* text and email are separate verifications, with other codes */
	same = how == VERIFY_RESEND_START &&
	    (method == METHOD_EMAIL) == (d->method == METHOD_EMAIL);
	if (!same && how != VERIFY_RESEND_STEP)
		d->there = 0;
	sent(d, same);
	d->method = method;
	return STEP_SENT;
}

/* Cancels this login's hidden verification, or pauses as a cancel takes. */
static void
decoy_quit(void *ctx)
{
	const struct decoy *d = ctx;

	if (d->real.ctx != NULL && d->twin->row.mine &&
	    d->twin->row.joined == 0)
		d->real.quit(d->real.ctx);
	else if (d->p != NULL && provider_has_call(d->p->type, CALL_CANCEL))
		(void)decoy_pause(d, CALL_CANCEL);
}

static void
decoy_view(void *ctx, struct challenge_view *v)
{
	const struct decoy *d = ctx;
	int64_t wait = resend_ms(d);
	bool in_time = frame_clock_ms() + wait < d->login->env->deadline;

	memset(v, 0, sizeof(*v));
	if (d->p == NULL || !provider_by_receiver(d->p))
		snprintf(v->receiver, sizeof(v->receiver), "%s",
		    d->method == METHOD_EMAIL ? d->address : d->number);
	v->method = d->method;
	v->says = d->p != NULL ? provider_prompt_words(d->p) : NULL;
	v->code_length = d->p == NULL ? DECOY_CODE_LENGTH : d->p->code_length;
	if (d->real.ctx != NULL)
		v->code_length = d->twin->x.p->code_length;
	v->age_s = -1;
	v->same_code = d->same_code;
	v->resend_s = wait > 0 ? (wait + 999) / 1000 : 0;
	v->can_resend =
	    in_time && decoy_how(d, d->method) != VERIFY_RESEND_NONE;
	if (in_time && d->p != NULL)
		v->keys =
		    verify_resend_keys(d->p, d->sends, d->method, d->methods);
	if (in_time && (METHODS_PHONE & METHOD_BIT(d->method)) != 0 &&
	    decoy_next_phone(d) != d->phone_at)
		v->keys |= METHOD_BIT(CHALLENGE_NEXT_PHONE);
	v->tries_left = d->limit - d->tries;
}

/* Sets the provider whose prompts are shown (or NULL), and the limit of tries.
 */
static void
decoy_aim(struct decoy *d, const struct provider_conf *p)
{
	d->p = p;
	d->limit = d->login->env->conf->wrong_codes_per_login;
	if (p != NULL && d->limit > p->type->wrong_codes)
		d->limit = p->type->wrong_codes;
}

void
decoy_set_prompts(struct decoy *d, const struct user_record *record,
    const struct provider_conf *p, unsigned methods)
{
	decoy_aim(d, p);
	d->phone_at = record->phone_at;
	if (record->phone[0] != '\0')
		phone_mask(record->phone, d->number);
	else
		snprintf(d->number, sizeof(d->number), "your phone");
	email_mask(record->email, d->address);
	d->method = reach_preferred(record, methods);
	d->methods = methods;
}

/* Returns the first provider that delivers codes. Those for pushes and look-ups
 * have no prompt for a code. */
static const struct provider_conf *
first_of_codes(const struct settings *conf)
{
	for (size_t i = 0; i < conf->provider_count; i++)
		if ((provider_methods(&conf->provider[i]) & METHODS_CODE) != 0)
			return &conf->provider[i];
	return NULL;
}

void
decoy_set_hidden(struct decoy *d, const struct challenge *real)
{
	d->quiet = *d->login;
	d->quiet.quiet = true;
	d->twin->login = &d->quiet;
	d->real = *real;
}

int
decoy_init(struct decoy *d, const struct login *login, struct challenge *c)
{
	const struct environment *env = login->env;
	unsigned char key[HOST_KEY_LEN], mac[32];

	memset(d, 0, sizeof(*d));
	d->login = login;
	d->method = METHOD_SMS;
	if (store_read_host_key(
		env->conf, settings_fleet_key(env->conf), key) != 0)
		return -1;
	for (size_t i = 0; i < USER_PHONES_MAX; i++) {
		char name[FRAME_MAX];

		/* the longest names could be a number's text (store_state.c) */
		PRINT_TO(name, "%s%.*s", env->facts->user,
		    (int)i + (strlen(env->facts->user) == USER_NAME_MAX),
		    "\n\n\n");
		host_key_hmac(key, name, mac);
		decoy_number(d, mac, d->phone[i]);
	}
	phone_mask(d->phone[0], d->number);
	explicit_bzero(key, sizeof(key));
	explicit_bzero(mac, sizeof(mac));
	decoy_aim(d, first_of_codes(env->conf));
	*c = (struct challenge){ .ctx = d,
		.begin = decoy_begin,
		.check = decoy_check,
		.send_another = decoy_resend,
		.quit = decoy_quit,
		.view = decoy_view,
		/* without a first factor, sshd may have replaced each answer
		 * by one of the same length */
		.standin = env->facts->first_factor == FIRST_NONE };
	return 0;
}
