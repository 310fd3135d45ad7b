/* SPDX-License-Identifier: BSD-2-Clause */
/* All factors of a user as one challenge: chooses the factor to ask for and the
 * next one, and checks recovery codes. */
#include "helper/factors/factors_inside.h"

#include "helper/dialogue/dialogue.h"

static bool
can_push(const struct factors *f)
{
	return f->ways.push && !f->pushed &&
	    push_has_time(f->login->env, f->push.others);
}

enum challenge_step
factors_handle_lock(struct factors *f)
{
	const struct login *l = f->login;

	if (f->ways.recovery) {
		f->active = METHOD_RECOVERY;
		return STEP_LOCKED;
	}
	log_notice("%s is locked, and has no recovery code that the rule "
		   "allows: twofactl unlock %s",
	    login_display_name(l), login_display_name(l));
	ending_show_prompt(l, words_locked(f->locked_s, f->refused));
	return login_deny(l, VERDICT_MAXTRIES, REASON_LOCKED);
}

static enum challenge_step
factors_shut(struct factors *f, int64_t locked_s)
{
	const struct login *l = f->login;
	int64_t wait_s;

	f->locked = true;
	f->locked_s = locked_s;
	f->refused = false;
	(void)store_guess_look(
	    l->store, l->user, l->source, &wait_s, &f->refused);
	return factors_handle_lock(f);
}

enum method
factors_first_asked(const struct login *l, unsigned recovery_left)
{
	struct factor_choice ways =
	    factor_choice(l->env->conf, l->record, l->decision, recovery_left);

	ways.push =
	    ways.push && push_has_time(l->env, factor_choice_has_code(&ways));
	return factor_choice_next(&ways);
}

static enum method
factors_next_method(const struct factors *f)
{
	struct factor_choice ways = f->ways;

	ways.push = can_push(f);
	return factor_choice_next(&ways);
}

static enum challenge_step open_phone(struct factors *);
static enum challenge_step factors_open_push(struct factors *);

/* Asks for this factor. Returns ASK, INSTEAD, LOCKED, ADMIT or DENY. */
static enum challenge_step
take_up(struct factors *f, enum method method)
{
	if (method == METHOD_PUSH)
		return factors_open_push(f);
	if (method == METHOD_NONE)
		return open_phone(f);
	f->active = method;
	return f->ways.instead ? STEP_INSTEAD : STEP_ASK;
}

/* True if the user has a factor without messages. It works in an outage too, so
 * on_outage must not admit, even if the user chose the phone. */
static bool
has_own(const struct factors *f)
{
	return f->ways.app || f->ways.recovery;
}

/* Notes, before a step of the phone, whether another factor can follow it. */
static void
mark_offline(struct factors *f)
{
	f->verify.offline = has_own(f) || push_is_open(&f->push) ||
	    (reach_lists(f->login->record, METHODS_APPROVED) && can_push(f));
}

static enum challenge_step
open_phone(struct factors *f)
{
	enum challenge_step step = STEP_ASK;

	mark_offline(f);
	if (!f->phone_open)
		step = f->phone.begin(f->phone.ctx);
	f->phone_open = step == STEP_ASK;
	if (step == STEP_ASK)
		f->active = METHOD_NONE;
	return factors_phone_step(f, step);
}

static enum challenge_step push_step(struct factors *, enum challenge_step);

static enum challenge_step
factors_open_push(struct factors *f)
{
	enum challenge_step step;

	f->pushed = true;
	if (!login_decoy_imitate_store(f->login))
		return login_deny(f->login, VERDICT_DENY,
		    login_store_failure_reason(f->login->decoy_store));
	step = f->untold ? push_begin_decoy(&f->push) : push_begin(&f->push);
	if (step == STEP_ASK) {
		f->active = METHOD_PUSH;
		f->reached = true;
	}
	return push_step(f, step);
}

static enum challenge_step
admit(const struct factors *f)
{
	log_problem("all providers are unreachable: %s admitted without a "
		    "code (on_outage = allow)",
	    login_display_name(f->login));
	return STEP_ADMIT;
}

static enum challenge_step
no_push_left(struct factors *f)
{
	const struct login *l = f->login;
	enum reason why = f->push.why;

	if (f->push.wait_s > 0 && why == REASON_LIMIT && !f->push.invited) {
		ending_show_prompt(l, words_push_limit(f->push.wait_s));
		return login_deny(l, VERDICT_MAXTRIES, why);
	}
	/* push_expired() has shown it if text can appear without a prompt */
	if (f->push.invited) {
		ending_show_text(l, words_from_ending(END_INVITED));
	} else if (why != REASON_EXPIRED) {
		ending_show_prompt(l, words_push_none(why));
	} else if (!login_env_text_is_immediate(l->env)) {
		ending_show_text(l, words_push_expired);
	}
	return login_deny(l, VERDICT_DENY, why);
}

/* Continues after a push that was not sent or not answered. on_outage decides
 * if all providers are out of reach and the user has no phone. */
static enum challenge_step
after_push(struct factors *f)
{
	const struct login *l = f->login;
	const bool all = f->push.outage && !f->ways.phone && !f->reached;
	enum method next;

	if (!f->push.outage || f->push.unasked)
		f->reached = true;
	if (f->push.invited) {
		f->why = END_INVITED;
		f->ways.instead = true;
	}
	if (f->by_key) {
		f->active = f->from;
		return f->push.invited ? STEP_INSTEAD : STEP_ASK;
	}
	if (all && !f->push.unasked && l->decision->on_outage == OUTAGE_ALLOW &&
	    !has_own(f))
		return admit(f);
	if (all && l->decision->on_outage == OUTAGE_DENY)
		return no_push_left(f);
	next = factors_next_method(f);
	if (next == METHOD_NONE && !f->ways.phone)
		return no_push_left(f);
	return take_up(f, next);
}

static enum challenge_step
push_step(struct factors *f, enum challenge_step step)
{
	if (step == STEP_INSTEAD)
		return after_push(f);
	if (step == STEP_LOCKED)
		return factors_shut(f, f->push.wait_s);
	return step;
}

/* Continues after the phone has failed. A push that can still be approved goes
 * on. After too many wrong codes no new push is sent to the user. */
static enum challenge_step
factors_instead(struct factors *f, enum ending why)
{
	const struct login *l = f->login;
	enum method next;

	f->why = why;
	f->ways.instead = true;
	f->phone_open = false;
	f->ways.phone = false;
	if (push_is_open(&f->push)) {
		f->by_key =
		    false; /* the phone's prompt cannot be returned to */
		f->active = METHOD_PUSH;
		return STEP_INSTEAD;
	}
	if (why != END_SPENT && reach_lists(l->record, METHODS_APPROVED) &&
	    can_push(f))
		return factors_open_push(f);
	f->pushed = true;
	next = factors_next_method(f);
	if (next != METHOD_NONE)
		return take_up(f, next);
	if (why != END_LIMIT)
		return ending_deny(l, why, words_reason_of_ending(why));
	verify_show_limit(&f->verify);
	return login_deny(l, ending_verdict(why), REASON_LIMIT);
}

/* True if a provider that was not asked may be in reach: of pushes, for which
 * no time is left, or of another phone. */
static bool
is_one_unasked(const struct factors *f)
{
	const struct login *l = f->login;
	const unsigned allowed = l->decision->methods;

	if ((!f->ways.push || f->pushed || can_push(f)) &&
	    !reach_has_other_provider(
		l->env->conf, l->record, allowed, allowed))
		return false;
	log_notice("%s is not admitted by on_outage: a provider of pushes or "
		   "of another phone was not asked",
	    login_display_name(l));
	return true;
}

/* Every provider of codes is out of reach: tries any push before it admits. */
static enum challenge_step
phone_out(struct factors *f)
{
	if (f->reached || has_own(f))
		return factors_instead(f, END_NOT_SENT);
	f->push.others = false; /* no code follows, so a push has its time */
	if (is_one_unasked(f)) {
		f->reached = true;
		return factors_instead(f, END_NOT_SENT);
	}
	if (!can_push(f))
		return admit(f);
	f->ways.phone = false;
	return factors_open_push(f);
}

enum challenge_step
factors_phone_step(struct factors *f, enum challenge_step step)
{
	if (step == STEP_ADMIT)
		return phone_out(f);
	if (step == STEP_INSTEAD) {
		f->reached = true;
		return factors_instead(f, f->verify.end);
	}
	if (step == STEP_LOCKED)
		return factors_shut(f, f->verify.wait_s);
	return step;
}

/* True if the rule accepts this kind of code, of an invitation once. A user
 * without a record may have old codes, so only an invitation counts then. */
static bool
is_accepted(const struct login *l, const struct store_recovery *r)
{
	const enum method m = r->use == 0 ? METHOD_RECOVERY : METHOD_BYPASS;

	return (l->decision->methods & METHOD_BIT(m)) != 0 &&
	    (l->unenrolled ? r->use == RECOVERY_USE_BOTH
			   : r->use != RECOVERY_USE_ENROL);
}

/* Hashes code with each salt, and keeps the entries that the rule accepts.
 * Returns their number, or -1. */
static int
hash_all(const struct login *l, struct store_recovery *list, int count,
    const char *code)
{
	int n = 0;

	for (int i = 0; i < count; i++) {
		if (recovery_code_hash(list[i].salt, code, list[i].hash) != 0)
			return -1;
		if (is_accepted(l, &list[i]))
			list[n++] = list[i];
	}
	return n;
}

static int
factors_failed(const char *cause)
{
	log_problem("%s", cause);
	return -1;
}

/* Asks the store even for an empty list, so that all users take the same time.
 */
static int
factors_claim(const struct login *l, const struct store_recovery *list,
    int count, struct store_recovery *used, unsigned *left)
{
	const struct store_right right =
	    login_right_code_effects(l, METHOD_RECOVERY, "");
	const int claimed =
	    store_recovery_claim(l->store, list, count, &right, used, left);

	return claimed < 0 ? factors_failed(store_cause(l->store)) : claimed;
}

int
factors_use_recovery_code(const struct login *l, const char *code,
    struct store_recovery *used, unsigned *left)
{
	struct store_recovery list[STORE_CODES_MAX];
	int count, result;

	*left = 0;
	/* recovery_code_hash reads this many bytes */
	if (strlen(code) != RECOVERY_LEN)
		return 0;
	count = store_recovery_list(l->store, l->user, list);
	if (count < 0)
		return factors_failed(store_cause(l->store));
	count = hash_all(l, list, count, code);
	result = count >= 0
	    ? factors_claim(l, list, count, used, left)
	    : factors_failed("a recovery code could not be hashed: free "
			     "memory, or install libcrypto again");
	explicit_bzero(list, sizeof(list));
	return result;
}

static enum challenge_step
factors_begin(void *ctx)
{
	struct factors *f = ctx;

	if (f->locked && !f->untold)
		return factors_handle_lock(f);
	/* without the state's server: the first prompt says why codes are not
	 * sent */
	if (f->login->offline) {
		f->why = END_OFFLINE;
		f->ways.instead = true;
	}
	if (!f->login->offline || has_own(f))
		return take_up(f, factors_next_method(f));
	return ending_deny(f->login, END_OFFLINE, REASON_STORE_OUTAGE);
}

static void
forget_provider(struct factors *f)
{
	struct login_result *result = f->login->result;

	result->provider[0] = result->request[0] = '\0';
}

static enum challenge_step
app_check(struct factors *f, const char *code)
{
	enum challenge_step step;

	f->login->result->method = METHOD_TOTP;
	if (f->untold) /* any code is wrong, and no guess is counted */
		return app_code_check_decoy(&f->app);
	if (f->app.at == NULL)
		forget_provider(f);
	step = app_code_check(&f->app, code);
	if (f->app.answered)
		f->reached = true;
	if (step != STEP_LOCKED)
		return step;
	f->untold = f->login->alike;
	return f->untold ? app_code_check_decoy(&f->app)
			 : factors_shut(f, f->app.wait_s);
}

static enum challenge_step
factors_look(void *ctx)
{
	struct factors *f = ctx;

	return push_step(f, push_poll(&f->push));
}

/* Logs at once: an attacker need not wait for the end of the login. */
void
factors_log_lock(struct factors *f, enum challenge_step step)
{
	const struct login *l = f->login;
	enum store_guess guess;
	int64_t wait_s;

	if (f->lock_told || step == STEP_RIGHT ||
	    (!store_guess_has_locked(&f->verify.guess) &&
		!store_guess_has_locked(&f->app.guess)))
		return;
	guess = store_guess_look(l->store, l->user, l->source, &wait_s, NULL);
	f->lock_told = guess == GUESS_LOCKED || guess == GUESS_LOCKED_OUT;
	if (!f->lock_told || l->env->decoy_person != NULL)
		return;
	if (guess == GUESS_LOCKED_OUT)
		l->result->alert = EVENT_SHUT;
	log_notice("%s%s is locked by wrong codes (service %s, from %s)",
	    logline_event_prefix(
		guess == GUESS_LOCKED_OUT ? EVENT_SHUT : EVENT_LOCKED, l->user),
	    login_display_name(l), l->env->facts->service, l->source);
}

/* Polls the push first: a denial on the phone precedes any code. */
static enum challenge_step
factors_check(void *ctx, const char *code)
{
	struct factors *f = ctx;
	enum challenge_step step;

	if (push_was_denied(&f->push))
		return factors_look(f);
	if (f->active == METHOD_TOTP) {
		step = app_check(f, code);
	} else {
		mark_offline(f);
		step =
		    factors_phone_step(f, f->phone.check(f->phone.ctx, code));
	}
	/* with one field, the phone's check may still refund the app's guess */
	if (f->login->env->facts->one_field == NULL)
		factors_log_lock(f, step);
	return step;
}

static void
tell_recovery(
    const struct login *l, const struct store_recovery *r, unsigned left)
{
	const char *renew = l->offline
	    ? ": run twofactl recovery-codes --local "
	    : ": run twofactl recovery-codes ";
	char until[DAY_TIME_MAX];

	l->result->method = r->use != 0 ? METHOD_BYPASS : METHOD_RECOVERY;
	l->result->alert =
	    r->use != 0 ? EVENT_BYPASS_USED : EVENT_RECOVERY_USED;
	if (r->use == 0) {
		log_notice("%s%s used a %s code, %u left%s%s",
		    logline_event_prefix(EVENT_RECOVERY_USED, l->user),
		    login_display_name(l),
		    l->offline ? "break-glass" : "recovery", left,
		    left < 3 ? renew : "",
		    left < 3 ? login_display_name(l) : "");
		return;
	}
	day_time_text(r->until, until);
	log_notice("%s%s used a bypass code, good until %s, by %s",
	    logline_event_prefix(EVENT_BYPASS_USED, l->user),
	    login_display_name(l), until, r->by);
	PRINT_TO(l->result->by, "%s", r->by);
}

/* Users without a record take the same calls: they may have an invitation. */
static enum challenge_step
factors_recover(void *ctx, const char *code)
{
	struct factors *f = ctx;
	struct login with = *f->login;
	const struct login *l = &with;
	struct store_recovery used = { .use = 0 };
	unsigned left = 0;
	bool no;

	if (l->unenrolled)
		with.store = l->decoy_store;
	if (l->unenrolled && l->enrol != NULL) {
		const enum challenge_step step = l->enrol(l, code);

		if (step != STEP_NO_RECOVERY)
			return step;
	}
	if (l->store == NULL && !f->ways.recovery)
		return STEP_NO_RECOVERY;
	if (l->store == NULL)
		/* like factors_use_recovery_code(): list and claim */
		return login_decoy_imitate_store(l) &&
			(l->offline || login_decoy_imitate_store(l))
		    ? STEP_NO_RECOVERY
		    : login_deny(l, VERDICT_DENY,
			  login_store_failure_reason(l->decoy_store));
	/* a right recovery code allows the login in spite of a denial, but the
	 * denial must be seen and logged */
	no = push_was_denied(&f->push);
	switch (factors_use_recovery_code(l, code, &used, &left)) {
	case 1:
		tell_recovery(l, &used, left);
		forget_provider(f);
		return STEP_RIGHT;
	case 0:
		l->result->tries++;
		return no ? factors_look(f) : STEP_NO_RECOVERY;
	}
	return login_deny(
	    l, VERDICT_DENY, login_store_failure_reason(l->store));
}

/* A key at the prompt: changes to the app, to a push, or to the phone, or sends
 * another message by this method. */
static enum challenge_step
factors_resend(void *ctx, enum method method)
{
	struct factors *f = ctx;

	if (method == METHOD_TOTP && f->active != METHOD_TOTP) {
		f->active = METHOD_TOTP;
		return STEP_ASK;
	}
	/* key p: starts a push, or returns to the open one */
	if (method == METHOD_PUSH && f->active != METHOD_PUSH) {
		f->by_key = true;
		f->from = f->active;
		if (f->push.state == PUSH_NONE)
			return factors_open_push(f);
		f->active = METHOD_PUSH;
		return f->push.state == PUSH_OPEN ? STEP_ASK : factors_look(f);
	}
	if (push_was_denied(&f->push))
		return factors_look(f);
	if (!f->phone_open || f->active != METHOD_NONE)
		return open_phone(f);
	mark_offline(f);
	return factors_phone_step(
	    f, f->phone.send_another(f->phone.ctx, method));
}

static void
factors_quit(void *ctx)
{
	struct factors *f = ctx;

	if (f->phone_open)
		f->phone.quit(f->phone.ctx);
}

/* A push that was denied, or whose answer was not understood, ends the login. A
 * push without a usable reply ends only its own prompt. */
static int64_t
factors_tick(void *ctx)
{
	struct factors *f = ctx;
	int64_t due = push_tick(&f->push);

	if (due == CHALLENGE_OVER && f->push.unheard &&
	    f->active != METHOD_PUSH)
		return CHALLENGE_QUIET;
	return due;
}

static void
view_keys(const struct factors *f, struct challenge_view *v)
{
	if (f->ways.app && f->active != METHOD_TOTP)
		v->keys |= METHOD_BIT(METHOD_TOTP);
	if (f->active != METHOD_PUSH && (push_is_open(&f->push) || can_push(f)))
		v->keys |= METHOD_BIT(METHOD_PUSH);
}

static void
view_other(const struct factors *f, struct challenge_view *v)
{
	memset(v, 0, sizeof(*v));
	v->method = f->active;
	v->age_s = -1;
	v->why = f->why;
	v->locked_s = f->locked_s;
	if (f->ways.instead && f->why == END_BUSY)
		v->resend_s = verify_number_busy_left_s(&f->verify);
	if (f->ways.instead && f->why == END_LIMIT)
		v->resend_s = f->verify.wait_s;
	v->refused = f->refused;
	if (f->active == METHOD_TOTP) {
		v->code_length = app_code_length(&f->app, &v->other_length);
		v->next_s = f->app.next_s;
		v->can_resend = f->ways.phone;
		v->tries_left = app_code_tries_left(&f->app);
	}
	if (f->active == METHOD_PUSH) {
		push_view(&f->push, v);
		v->can_resend = f->ways.phone;
	}
	if (!f->locked || f->untold)
		view_keys(f, v);
}

static void
factors_view(void *ctx, struct challenge_view *v)
{
	struct factors *f = ctx;

	if (f->active != METHOD_NONE) {
		view_other(f, v);
		return;
	}
	f->phone.view(f->phone.ctx, v);
	if (f->why == END_INVITED)
		v->why = f->why;
	view_keys(f, v);
}

bool
factors_lock_is_hidden(const struct factors *f)
{
	return f->locked &&
	    (f->login->alike || !f->login->env->conf->tell_locked);
}

/* How many of these codes the rule accepts; the state has their kinds, and a
 * decoy's are recovery codes. All if the state fails: on_outage may admit a
 * user without codes. */
static unsigned
accepted_left(const struct login *l, unsigned left)
{
	const unsigned typed = l->decision->methods & METHODS_TYPED;
	struct store_recovery list[STORE_CODES_MAX];
	unsigned n = 0;
	int count = -1;

	if (left == 0 || typed == 0 || typed == METHODS_TYPED)
		return left;
	if (l->store != NULL)
		count = store_recovery_list(l->store, l->user, list);
	else
		(void)login_decoy_imitate_store(l);
	for (int i = 0; i < count; i++)
		n += is_accepted(l, &list[i]);
	if (l->store == NULL || l->env->decoy_person != NULL)
		return typed == METHOD_BIT(METHOD_RECOVERY) ? left : 0;
	return count < 0 ? left : n;
}

static void
factors_make(struct factors *f, unsigned recovery_left, struct challenge *c)
{
	const struct login *l = f->login;

	f->verify.login = f->push.login = f->app.login = l;
	verify_init(&f->verify, &f->phone);
	app_code_init(&f->app);
	f->ways = factor_choice(l->env->conf, l->record, l->decision,
	    accepted_left(l, recovery_left));
	f->push.others = factor_choice_has_code(&f->ways);
	*c = (struct challenge){ .ctx = f,
		.begin = factors_begin,
		.check = factors_check,
		.send_another = factors_resend,
		.recover = factors_recover,
		.quit = factors_quit,
		.view = factors_view,
		.tick = factors_tick,
		.look = factors_look };
}

void
factors_init_decoy(struct factors *f, bool recovery, struct challenge *c)
{
	factors_make(f, recovery ? 1 : 0, c);
	f->untold = true;
}

void
factors_init(struct factors *f, struct challenge *c)
{
	const struct store_begun *found = &f->login->begun->found;

	factors_make(f, found->recovery_left, c);
	f->locked = found->lock != GUESS_OPEN;
	f->locked_s = found->lock_s;
	f->refused = found->refused;
}
