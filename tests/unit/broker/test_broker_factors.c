/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Workers that were taken over ask in any order for apps' codes, recovery and
 * bypass codes, remembered logins and enrolments, guess, and have guesses back,
 * while time passes, the clock is set, an admin changes records, codes, locks
 * and rules, and the broker is killed. What holds all the time:
 *
 * 1. A code of an app ends a login by a secret alone that its user's record had
 *    at BIND, of the step now, the one before or after it; and each step of a
 *    secret once, whichever records have it, later than all that were used, as
 *    long as a record has it (docs/state.md: "always"; a login that has begun
 *    goes on with the record that it began with, docs/listener.md).
 * 2. A recovery code counts once, until an admin makes others; a bypass code
 *    for one login, until it is ended or over by either clock; an invitation
 *    for an enrolment besides. Who has no record has invitations alone.
 * 3. Wrong codes count for their user at their source and in all, those of a
 *    uid at user.sock there alone, of a typed name for its account, too: as
 *    many as were counted and not compared come back, to whom they were counted
 *    for. Nothing else locks or frees a user but a right code, an admin, and a
 *    denial. Locked, nobody's app or phone is asked; recovery codes count, and
 *    clear all but a lockout. A lock outlasts no clock that is set back.
 * 4. A login is remembered after a full login of its user alone, at the same
 *    service of root's, address (or key), terminal and record, for as long as
 *    the rule now says, used within the idle time; not by a name that was typed
 *    at sshd; until an admin or a denial ends it, or a clock before it is seen.
 * 5. An enrolment gives a record to its own user, who lacks one, by a device
 *    that was proven in this login after it was opened, at a number of nobody
 *    else's, by an invitation that still holds or in the window; once. It keeps
 *    no owner of a number out.
 * 6. A decoy is never right, nor remembered, nor enrolled.
 * 7. What an admin did counts from the next login on, as does an enrolment:
 *    each login has the record that it should have.
 * 8. A broker that was killed changes none of that, nor does a disk that is
 * full.
 *
 * Besides, a right recovery code and a right code of an app are not refused.
 * factor_model.h is what the machine knows; changes by twofactl self, tokens,
 * apps at a provider and pushes are not in it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <liboath/oath.h>

#include "lib/fleet_records/fleet_records.h"
#include "tests/support/broker/dice.h"
#include "tests/support/broker/factor_model.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define WORKERS 4
#define STEPS 300
#define RUNS 60
#define RUNS_REMOTE 6
#define LOGINS 60 /* until the sessions are forgotten */

#define KEY "publickey ssh-ed25519 AAAA"
static const struct place places[] = {
	{ "sshd", KEPT_ADDRESS, KEY, 0, NET },
	{ "sshd", "192.0.2.9", KEY, 0, NET },
	{ "sshd", "198.51.100.7", KEY, 0, OTHER_NET },
	{ "sshd", KEPT_ADDRESS, "publickey ssh-ed25519 BBBB", 0, NET },
	{ "sshd", KEPT_ADDRESS, "password", 0, NET },
	{ "sudo", "", "", 5, LOCAL },
	{ "sudo", "", "", 6, LOCAL },
	{ "web", "", "", 0, SOCK },
};

static struct model_worker worker[WORKERS];
static char typed[8][8]; /* the newest codes of apps, by anybody */
static size_t typings;
/* Of alice, the second at times of bob, too; of bob; of ann; of decoys, with
 * which the broker compares what is typed. */
static const char *const app_keys[] = { "KKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKK",
	"LLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLL", "MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM",
	"NNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNN", "AAAAAAAAAAAAAAAA" };
static const char *prefix[] = { "+1202" };
static const char *kinds[] = { "phone", "app" };

/* Logins. */

static bool
is_remembered_at(const struct model_worker *w)
{
	return w->at->source != SOCK && w->who != DECOY && w->has.text != 0 &&
	    (strcmp(w->at->service, "sshd") == 0
		    ? strncmp(w->at->keys, "publickey", 9) == 0 && w->who != ANN
		    : w->at->tty != 0);
}

static struct facts
facts_of(const struct model_worker *w)
{
	struct facts f =
	    kept_facts(w->who >= ANN ? "box" : model_names[w->who]);

	f.service = w->at->service;
	f.rhost = f.ssh_addr = w->at->address;
	f.auth_info = w->at->keys;
	if (w->at->keys[0] == '\0')
		f.first_factor = FIRST_PASSWORD_SEEN;
	if (w->at->tty != 0) {
		f.tty = "pts/5";
		f.leader_tty = w->at->tty;
		f.session_id = 77;
		f.leader_start = 1234;
		f.boot_id = "0f9d1b5e";
	}
	return f;
}

/* Requests. */

/* The login's record is what it should be. */
static void
record_fits(const struct model_worker *w)
{
	const struct user_record *r = &w->s->record;
	const char *phone = w->has.text == 0 || w->has.number < 0
	    ? ""
	    : model_number[w->has.number];
	bool fits = w->who == DECOY || strcmp(r->phone, phone) == 0;

	for (size_t i = 0; w->who != DECOY && i < USER_APPS_MAX; i++)
		fits &= i < w->has.apps && w->has.text != 0
		    ? strcmp(r->app[i].secret.b,
			  model.secrets[w->has.app[i]].base32.b) == 0
		    : r->app[i].secret.len == 0;
	if (!fits || w->s->enrol.absent != w->absent)
		dice_say("%s: phone %s, %zu apps, absent %d %d",
		    model_names[w->who], r->phone, user_record_apps(r),
		    w->s->enrol.absent, w->absent);
	if (!fits || w->s->enrol.absent != w->absent)
		dice_fails("another record", model_names[w->who]);
}

static void
comes(struct model_worker *w)
{
	const struct rule *r = &kept_conf.rule[0];
	struct broker_request ask = kept_any_ask();
	struct facts facts;

	*w = (struct model_worker){ .n = (int)(w - worker),
		.s = kept_connected(),
		.who =
		    (enum who)(dice_any(3) == 0 ? ALICE : dice_any(DECOY + 1)),
		.to_number = -1,
		.to_app = -1,
		.key = dice_any(4) == 0 ? !r->remember_key : r->remember_key,
		.methods = r->methods };
	w->at = &places[dice_any(
	    w->who == ALICE ? COUNT_OF(places) : COUNT_OF(places) - 1)];
	w->has = *record_of(w->who);
	if (w->who >= CAROL && w->who <= DAVE && dice_any(8) > 0)
		w->at = &places[dice_any(2)];
	w->absent = w->has.text == 0 && w->who < ANN && w->at->source != SOCK;
	w->may_enrol =
	    w->absent && w->at->tty == 0 && kept_conf.unenrolled_enrol;
	if (w->who == DECOY) { /* no rule is for it */
		w->has.text = 0;
		w->methods = METHOD_ALL;
	}
	ask.remembered = dice_any(8) > 0;
	ask.flag = w->key;
	ask.ms = INT64_C(1000) *
	    (dice_any(3) > 0 ? r->remember_minutes * 60
			     : dice_any(r->remember_minutes * 600 + 10));
	w->remember_s = ask.ms / 1000 < r->remember_minutes * 60
	    ? ask.ms / 1000
	    : r->remember_minutes * 60;
	w->remembers = ask.remembered && w->key == r->remember_key &&
	    w->remember_s > 0 && is_remembered_at(w);
	facts = facts_of(w);
	w->s->peer.uid = w->at->source == SOCK ? MODEL_UID : 0;
	if (w->at->source == SOCK)
		PRINT_TO(w->s->own, "alice");
	kept_says(w->s, &facts);
	ask.user = model_names[w->who];
	ask.like = w->who == DECOY ? model_names[ANN] : NULL;
	assert_true(asks(w, BROKER_OPEN, &ask));
	assert_true(asks(w, BROKER_BIND, &ask));
	assert_int_equal(kept_got.result, 0);
	dice_say("%d: login of %s at %d, %s", w->n, model_names[w->who],
	    (int)(w->at - places), w->remembers ? "remembered" : "no more");
	record_fits(w);
}

/* Guesses. */

static void
guesses(struct model_worker *w)
{
	struct broker_request ask = { .guess = 0 };

	if (dice_any(2) > 0 && w->guesses > 0) {
		ask.guess = (int64_t)any_guess(w);
		dice_say("%d: guess %d back", w->n, (int)ask.guess);
		if (!asks(w, BROKER_GUESS_REFUND, &ask) || !may_come_back(w) ||
		    !guess_came_back(w, (size_t)ask.guess, 0))
			return; /* if not, it has to stay */
		w->back++;
		guess_back(w, (size_t)ask.guess);
		return;
	}
	if (dice_any(10) > 0 &&
	    ((w->absent && w->to_number < 0 && w->to_app < 0) ||
		(w->who == DECOY && (!w->noted || w->at->source == SOCK))))
		return; /* it would be refused */
	dice_say("%d: takes a guess", w->n);
	if (!asks(w, BROKER_GUESS_TAKE, &ask))
		return;
	lock_repair(w);
	expect_lock(w, (enum store_guess)kept_got.result);
	if (kept_got.result == GUESS_OPEN)
		guess_counts(w);
}

static void
notes_decoy(struct model_worker *w)
{
	const struct broker_request ask = { .user = model_names[DECOY] };

	if (w->who != DECOY || w->noted || !asks(w, BROKER_DECOY, &ask))
		return;
	w->noted = true;
	for (int i = 0; i < SOURCES; i++) { /* a day old, or more */
		struct model_count *c = &model.counts[DECOY][i];

		if (c->until <= model.wall &&
		    (c->last <= model.wall - MODEL_DAY || c->last > model.wall))
			memset(c, 0, sizeof(*c));
	}
}

/* Apps. */

static void
app_code(size_t secret, int64_t step, char code[8])
{
	const struct secret *s = &model.secrets[secret].base32;
	char *raw = NULL;
	size_t len = 0;

	assert_int_equal(oath_base32_decode(s->b, s->len, &raw, &len), OATH_OK);
	assert_int_equal(
	    oath_totp_generate(raw, len, (time_t)(step * TOTP_STEP_S),
		TOTP_STEP_S, 0, 6, code),
	    OATH_OK);
	free(raw);
}

/* The secrets of the login; and how many. */
static size_t
apps_of(const struct model_worker *w, int app[2])
{
	const size_t n = w->to_app >= 0    ? 1
	    : w->who == DECOY || w->absent ? 0
	    : w->to_number >= 0            ? 0
					   : w->has.apps;

	app[0] = w->to_app >= 0 ? w->to_app : w->has.app[0];
	app[1] = w->has.app[1];
	return n;
}

/* That of one of these, of another one, or one that was typed before. */
static void
any_code(const int app[2], size_t apps, char code[8])
{
	static const int near[] = { 0, 0, 0, 0, -1, -1, 1, 1, 1, -2, 2, 5 };
	const int64_t step =
	    model.wall / TOTP_STEP_S + near[dice_any(COUNT_OF(near))];
	const size_t back = typings < 8 ? typings : 8;

	if (back > 0 && dice_any(4) == 0)
		memcpy(code, typed[(typings - 1 - dice_any(back)) % 8], 8);
	else if (dice_any(3) == 0)
		app_code(dice_any(model.made), step, code);
	else if (apps > 0 && dice_any(6) > 0)
		app_code((size_t)app[dice_any(apps)], step, code);
	else
		memcpy(code, "000000", 7);
	memcpy(typed[typings++ % 8], code, 8);
}

/* The secret that this code fits now, and its step; or below 0. */
static int
fitting(const int app[2], size_t apps, const char *code, int64_t *step)
{
	char is[8];

	for (size_t i = 0; i < apps; i++)
		for (*step = model.wall / TOTP_STEP_S - 1;
		     *step <= model.wall / TOTP_STEP_S + 1; ++*step) {
			app_code((size_t)app[i], *step, is);
			if (strcmp(is, code) == 0)
				return app[i];
		}
	return -1;
}

static void
app_was_right(struct model_worker *w, int secret, int64_t step)
{
	if (secret < 0 || last_used(w, secret) >= step) {
		dice_say("secret %d, step %lld, last %lld", secret,
		    (long long)step,
		    secret < 0 ? 0 : (long long)last_used(w, secret));
		dice_fails("a code is right", model_names[w->who]);
	}
	model.secrets[secret].last[w->who] = step;
	w->proven |= secret == w->to_app;
	code_was_right(w, false);
	model.seen[BY_APP]++;
}

static void
types_app(struct model_worker *w)
{
	struct broker_request ask = { .uses = dice_any(4) > 0 };
	int64_t step = 0;
	int app[2], secret;
	const size_t apps = apps_of(w, app);
	enum store_guess lock;
	char code[8];

	if (w->who == DECOY && !w->noted)
		notes_decoy(w);
	if (apps == 0 && w->who != DECOY && dice_any(10) > 0)
		return; /* it would be refused */
	any_code(app, apps, code);
	secret = fitting(app, apps, code, &step);
	ask.number = code;
	dice_say("%d: code %s, secret %d, step %lld, %d", w->n, code, secret,
	    (long long)step - model.wall / TOTP_STEP_S, ask.uses);
	if (!asks(w, BROKER_TOTP, &ask))
		return;
	lock_repair(w);
	lock = lock_of(w);
	expect_lock(w, (enum store_guess)kept_got.result);
	if ((apps == 0 && w->who != DECOY) ||
	    (w->methods & METHOD_BIT(METHOD_TOTP)) == 0 ||
	    (w->to_app >= 0 && w->tries++ >= 5))
		dice_fails("an app is asked", model_names[w->who]);
	if (lock != GUESS_OPEN)
		return;
	guess_counts(w);
	if (kept_got.claimed == 1) {
		w->app_guess = w->guesses;
		w->compared++;
		app_was_right(w, secret, step);
	} else if (secret >= 0 && last_used(w, secret) < step)
		dice_fails("a code is wrong", model_names[w->who]);
	else if (secret >= 0 && ask.uses && is_used_code(w, secret, step)) {
		w->guesses--; /* no wrong code; at a server twice an hour */
		if (!box_remote || w->used_codes++ < 2 ||
		    guess_came_back(w, w->guesses + 1, 0))
			guess_back(w, w->guesses + 1);
	} else {
		w->app_guess = w->guesses;
		w->compared++;
	}
}

/* Recovery codes. */

static bool
code_is_taken(const struct model_worker *w, const struct model_code *c)
{
	const enum method m = c->kind == 0 ? METHOD_RECOVERY : METHOD_BYPASS;

	return c->of == w->who && code_holds(c) &&
	    c->kind != RECOVERY_USE_ENROL &&
	    (w->methods & METHOD_BIT(m)) != 0 &&
	    (!w->absent || c->kind == RECOVERY_USE_BOTH);
}

static struct model_code *
any_recovery(const struct model_worker *w)
{
	size_t n = model.code_count;

	if (n == 0)
		return NULL;
	while (dice_any(5) > 0 && n-- > 0) /* mostly a new one of the own */
		if (model.codes[n].of == w->who && dice_any(3) > 0)
			return &model.codes[n];
	return &model.codes[dice_any(model.code_count)];
}

static bool
lists(struct model_worker *w)
{
	const struct broker_request none = { .id = 0 };

	if (!asks(w, BROKER_RECOVERY_LIST, &none))
		return false;
	w->listed = kept_got.hashes;
	memcpy(w->list, kept_got.hash, sizeof(w->list));
	return true;
}

/* Hashes of this code for each id, some of which may be others'. */
static void
hashes_of(struct model_worker *w, const struct model_code *c,
    struct broker_request *ask)
{
	for (size_t i = 0; i < w->listed; i++) {
		ask->hash[i] = w->list[i];
		assert_int_equal(recovery_code_hash(w->list[i].salt, c->text,
				     ask->hash[i].hash),
		    0);
		if (dice_any(30) == 0)
			ask->hash[i].id = 1 + dice_any(model.code_count);
	}
	ask->hashes = w->listed;
}

static void
types_recovery(struct model_worker *w)
{
	static struct broker_request ask;
	struct model_code *c = any_recovery(w);
	const bool fresh = dice_any(4) > 0 && lists(w);
	bool taken;

	if (c == NULL || w->s == NULL)
		return;
	hashes_of(w, c, &ask);
	taken = code_is_taken(w, c);
	dice_say("%d: recovery code %d of use %u%s", w->n,
	    (int)(c - model.codes), c->kind, taken ? ", that counts" : "");
	if (!asks(w, BROKER_RECOVERY_CLAIM, &ask))
		return;
	if (kept_got.result == 1 && !taken)
		dice_fails("a recovery code counts", model_names[w->who]);
	if (kept_got.result != 1 && taken && fresh && !c->was_over) {
		for (size_t i = 0; i < w->listed; i++)
			if (ask.hash[i].id != w->list[i].id)
				return;
		dice_fails("a recovery code is refused", model_names[w->who]);
	}
	if (kept_got.result != 1)
		return;
	model.seen[c->kind == 0 ? BY_RECOVERY : BY_BYPASS]++;
	c->gone = c->kind != RECOVERY_USE_BOTH;
	if (c->kind == RECOVERY_USE_BOTH)
		c->kind = RECOVERY_USE_ENROL;
	if (!c->gone)
		c->since = model.wall - 3601 * (w->at->source == SOCK);
	code_was_right(w, true);
}

/* The begin. */

/* sure: without those that were over by one of the clocks, as they may be gone
 * for good. */
static unsigned
codes_left(const struct model_worker *w, bool sure)
{
	unsigned left = 0, bypass = 0;

	for (size_t i = 0; i < model.code_count; i++)
		if (model.codes[i].of == w->who &&
		    !(sure && model.codes[i].was_over) &&
		    code_holds(&model.codes[i])) {
			left += model.codes[i].kind == 0;
			bypass += model.codes[i].kind == RECOVERY_USE_LOGIN ||
			    model.codes[i].kind == RECOVERY_USE_BOTH;
		}
	return left > 0 ? left : bypass;
}

static void
begins(struct model_worker *w)
{
	const struct broker_request none = { .begin.count = 0 };
	struct model_grant *by = grant_of(w);

	dice_say("%d: begins", w->n);
	if (!asks(w, BROKER_BEGIN, &none))
		return;
	for (size_t i = 0; i < model.grants; i++)
		if (model.grant[i].since >
		    model.wall) /* such a clock was seen */
			model.grant[i].used = INT64_MIN;
	if (kept_got.begun.remembered) {
		if (by == NULL)
			dice_fails("remembered", model_names[w->who]);
		by->used = model.wall;
		model.seen[REMEMBERED]++;
		return;
	}
	lock_repair(w);
	expect_lock(w, kept_got.begun.lock);
	if (kept_got.begun.recovery_left < codes_left(w, true) ||
	    kept_got.begun.recovery_left > codes_left(w, false))
		dice_fails("other codes left", model_names[w->who]);
}

/* Enrolments. */

/* An invitation that was typed is compared again at the end alone: until then a
 * login that has begun may go on. */
static bool
had_reason(const struct model_worker *w)
{
	return w->invited != NULL ? w->invited->of == w->who
				  : model.window && kept_conf.unenrolled_enrol;
}

static bool
has_reason(const struct model_worker *w)
{
	if (w->invited != NULL)
		return w->invited->of == w->who && code_holds(w->invited) &&
		    w->invited->kind >= RECOVERY_USE_ENROL;
	return model.window && kept_conf.unenrolled_enrol;
}

/* Then the broker has looked for a lock. */
static void
looks_for_lock(const struct model_worker *w)
{
	if (w->may_enrol && kept_conf.unenrolled_enrol)
		lock_repair(w);
}

static void
opens_number(struct model_worker *w)
{
	static struct broker_request ask;
	const int to = (int)dice_any(NUMBERS + 1);
	struct model_code *c = dice_any(2) > 0 ? any_recovery(w) : NULL;

	ask = (struct broker_request){ .number = to < NUMBERS ? model_number[to]
							      : NULL };
	if (c != NULL && lists(w))
		hashes_of(w, c, &ask);
	if (w->s == NULL)
		return;
	dice_say("%d: opens %s, by %d", w->n, ask.number,
	    c != NULL ? (int)(c - model.codes) : -1);
	if (!asks(w, BROKER_ENROL_OPEN, &ask))
		return;
	if (w->to_number < 0 && w->to_app < 0)
		looks_for_lock(w);
	if (kept_got.result != 1)
		return;
	if (c != NULL && ask.hashes > 0) {
		w->invited = c;
		if (!has_reason(w))
			dice_fails("invited", model_names[w->who]);
	}
	if (!w->may_enrol || w->to_number >= 0 || w->to_app >= 0 ||
	    !had_reason(w) || lock_of(w) != GUESS_OPEN)
		dice_fails("opened", model_names[w->who]);
	if (ask.number == NULL)
		return;
	w->to_number = to;
	w->row = 0;
	w->compared = w->guesses - w->back; /* they are of the time before */
}

static void
opens_app(struct model_worker *w)
{
	const struct broker_request none = { .id = 0 };

	dice_say("%d: asks for a secret", w->n);
	if (model.made == MODEL_SECRETS || !asks(w, BROKER_ENROL_SECRET, &none))
		return;
	if (w->to_app < 0)
		looks_for_lock(w);
	if (kept_got.result != 1)
		return;
	if (!w->may_enrol || w->to_app >= 0 || !had_reason(w) ||
	    lock_of(w) != GUESS_OPEN)
		dice_fails("given a secret", model_names[w->who]);
	secret_add(kept_got.secret);
	w->to_app = (int)model.made - 1;
	w->to_number = -1;
	w->row = 0;
	w->proven = false;
	w->compared = w->guesses - w->back;
}

static bool
is_of_others(const struct model_worker *w)
{
	for (int i = 0; i < ANN + 1; i++)
		if (w->to_number >= 0 && (enum who)i != w->who &&
		    record_of((enum who)i)->text != 0 &&
		    record_of((enum who)i)->number == w->to_number)
			return true;
	return false;
}

static void
commits(struct model_worker *w)
{
	static unsigned text = 1u << 31;
	const struct broker_request ask = { .uid = MODEL_UID };

	dice_say("%d: commits", w->n);
	if (!asks(w, BROKER_ENROL_COMMIT, &ask))
		return;
	if (w->proven)
		looks_for_lock(w);
	if (kept_got.result == BROKER_ENROLLED_DONE &&
	    (!w->proven || !w->may_enrol || !has_reason(w) || is_of_others(w) ||
		record_of(w->who)->text != 0 || lock_of(w) != GUESS_OPEN))
		dice_fails("enrolled", model_names[w->who]);
	w->proven = false;
	if (kept_got.result != BROKER_ENROLLED_DONE)
		return;
	model.seen[ENROLS]++;
	model.enrolled[w->who] = (struct model_record){ .text = text++,
		.number = w->to_number,
		.app = { w->to_app, -1 },
		.apps = w->to_app >= 0 };
	if (w->invited != NULL)
		w->invited->gone = true;
	grants_end(w->who);
}

static void
enrols(struct model_worker *w)
{
	const unsigned way = dice_any(8);

	if (w->to_number < 0 && w->to_app < 0)
		way < 5 ? opens_number(w) : opens_app(w);
	else if (way == 0 || (way < 3 && w->proven)) {
		opens_app(w);
		if (w->s != NULL && dice_any(2) > 0)
			commits(w); /* by the proof of before? */
	} else if (way == 1)
		opens_number(w);
	else if (way == 3)
		guesses(w);
	else if (w->proven || (way == 2 && dice_any(3) == 0))
		commits(w);
	else if (w->to_app >= 0)
		types_app(w);
	else if (w->row == 0)
		starts_phone(w);
	else
		types_code(w);
}

/* The machine. */

static void
does_any(struct model_worker *w)
{
	switch (dice_any(w->absent ? 40 : 16)) {
	case 0:
	case 1:
	case 2:
	case 3:
		types_app(w);
		break;
	case 4:
	case 5:
		types_recovery(w);
		break;
	case 6:
	case 7:
		begins(w);
		break;
	case 8:
		guesses(w);
		break;
	case 9:
	case 10:
		starts_phone(w);
		break;
	case 11:
	case 12:
		types_code(w);
		break;
	case 13:
		ends_row(w);
		break;
	case 14:
		if (dice_any(6) == 0)
			denies(w);
		break;
	case 15:
		notes_decoy(w);
		break;
	default:
		enrols(w);
	}
	if (w->s != NULL && w->proven == false && dice_any(2) > 0)
		ends_row(w);
}

/* The broker is killed: its successor knows no login. */
static void
killed(void)
{
	dice_say("the broker is killed");
	broker_store_close(&kept_own);
	kept_forget();
	memset(worker, 0, sizeof(worker));
	kept_own.newest = kept_own.generation = 0;
	memset(kept_own.key[0], 'a' + (int)dice_any(26), BROKER_KEY_LEN);
}

static void
begin_run(void)
{
	static const char *const tables[] = { "verification", "send", "guess",
		"recovery", "totp", "grace", "used" };
	char text[64];

	for (size_t i = 0; i < COUNT_OF(tables); i++) {
		PRINT_TO(text, "DELETE FROM %s", tables[i]);
		(void)box_sql(kept_box, text);
	}
	for (enum who i = CAROL; i <= DAVE; i++) {
		admin_unlinks(i);
		enrolment_remove(i);
	}
	memset(model.counts, 0, sizeof(model.counts));
	memset(model.enrolled, 0, sizeof(model.enrolled));
	memset(model.floor_of, 0, sizeof(model.floor_of));
	model.code_count = model.sends = model.grants = typings = 0;
	model.made = COUNT_OF(app_keys);
	for (size_t i = 0; i < model.made; i++)
		memset(model.secrets[i].last, 0, sizeof(model.secrets[i].last));
	time_is(MODEL_BASE, model.now + 10000000);
	/* at a server three of a source lock by another clock, and ten */
	kept_conf.guesses.after = (box_remote ? 4 : 2) + dice_any(3);
	kept_conf.guesses.after_total = (box_remote ? 11 : 5) + dice_any(3);
	admin_changes_rule();
	admin_writes(ALICE, OF_ALICE, 0, 1);
	admin_writes(BOB, OF_BOB, 2, -1);
	for (int i = 0; i < 3; i++)
		admin_renews_codes((enum who)(i * 2), 3);
}

static void
one_run(void)
{
	const size_t workers = 1 + dice_any(WORKERS);
	unsigned logins = 0;

	begin_run();
	for (int i = 0; i < STEPS && model.code_count < MODEL_CODES - 8; i++) {
		struct model_worker *w = &worker[dice_any(workers)];

		if (dice_any(150) == 0 || logins == LOGINS) {
			killed();
			logins = 0;
		}
		if (dice_any(8) == 0)
			time_passes();
		if (dice_any(10) == 0)
			admin_acts();
		if (w->s != NULL && dice_any(14) == 0) {
			broker_held_end(&kept_own, w->s);
			w->s = NULL;
		}
		if (w->s == NULL) {
			logins++;
			comes(w);
		}
		does_any(w);
		if (dice_any(box_remote ? 4 : 3) == 0)
			counts_fit();
	}
	killed();
}

static void
set_up_people(void)
{
	char text[400];

	for (size_t i = 0; i < COUNT_OF(app_keys); i++)
		secret_add(app_keys[i]);
	PRINT_TO(text,
	    "people = ( { name = \"ann\"; phone = \"%s\"; totp_secret_file = "
	    "\"%s\"; } );",
	    model_number[OF_ANN], model.secrets[3].path);
	kept_record("box", text);
	model.file[ANN] = (struct model_record){
		.text = 1, .number = OF_ANN, .app = { 3, -1 }, .apps = 1
	};
}

static void
step_used(const struct settings *conf, int64_t login, int64_t uid,
    const char *user, const unsigned char *digest, int64_t step)
{
	(void)conf;
	(void)login;
	(void)uid;
	(void)user;
	(void)digest;
	(void)step;
}

static void
reports(
    struct store *s, const struct settings *conf, int64_t login, int64_t uid)
{
	(void)s;
	(void)conf;
	(void)login;
	(void)uid;
}

/* Records of who enrols are in a state that hosts share. */
static void
in_fleet(void)
{
	static const struct store_fleet fleet = { .unseal = fleet_seal_open,
		.seal = fleet_seal_secret,
		.report = reports,
		.step_used = step_used };
	struct settings_store *c = &kept_conf.store;

	kept_conf.users_state = true;
	c->fleet_key_file = "/nowhere";
	memset(c->fleet_key, 'f', sizeof(c->fleet_key));
	box_use_fleet_key(c->fleet_key);
	postgres_sql("UPDATE twofa.host SET enrols = true");
	store_set_fleet(&fleet);
}

static int
factors_set_up(void **state)
{
	if (kept_set_up(state) != 0)
		return -1;
	if (box_remote)
		in_fleet();
	memset(worker, 0, sizeof(worker));
	model.made = 0;
	time_is(MODEL_BASE, INT64_C(1000000));
	model.admin = box_open(kept_box);
	assert_non_null(model.admin);
	kept_conf.allowed_prefixes = (struct text_list){ 1, prefix };
	kept_conf.enrol_kinds = (struct text_list){ 2, kinds };
	kept_conf.remember_idle_days = MODEL_IDLE / MODEL_DAY;
	kept_type.next_method = NULL;
	set_up_people();
	return 0;
}

static int
factors_tear_down(void **state)
{
	store_close(model.admin);
	store_set_fleet(NULL);
	kept_wall = 0;
	return kept_tear_down(state);
}

/* Each kind of right end came, or the machine asks in vain. */
static void
by_what_is_right_alone(void **state)
{
	(void)state;
	memset(model.seen, 0, sizeof(model.seen));
	dice_run(box_remote ? RUNS_REMOTE : RUNS, 2020, one_run);
	for (size_t i = 0; getenv("RANDOM_RUNS") == NULL && i < RIGHT_ENDS; i++)
		assert_int_not_equal(model.seen[i], 0);
}

BOX_TESTS(test_broker_factors)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    by_what_is_right_alone, factors_set_up, factors_tear_down),
	};

	return BOX_RUN(tests);
}
