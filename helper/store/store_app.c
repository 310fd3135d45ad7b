/* SPDX-License-Identifier: BSD-2-Clause */
/* Compares a code with the secrets of a user's apps and tokens, and counts it
 * once. */
#include "helper/store/store.h"

#include "helper/store/store_backend.h"

/* A secret, and the step of it that the code fits; 0: it does not. */
struct app_fit {
	unsigned char digest[STORE_CODE_DIGEST];
	bool digested, unusable, failed; /* failed: the state */
	int64_t step;
};

static int
app_digest(const struct settings *conf, const struct secret *base32,
    unsigned char out[STORE_CODE_DIGEST])
{
	struct secret secret = { .len = 0 };
	int rc = totp_secret_normalise(base32, &secret);

	if (rc == 0)
		rc = store_mac(conf, STORE_MAC_APP_SECRET, secret.b, out);
	explicit_bzero(&secret, sizeof(secret));
	return rc;
}

/* A token whose counter is not known fits no code. */
static void
fit_token(struct store *s, const struct store_app_code *a, size_t n,
    unsigned ahead, struct app_fit *fit)
{
	int64_t last = 0, counter = 0, *again = &a->resync[n];
	int found = fit->digested ? store_hotp_last(s, fit->digest, &last) : 0;

	fit->failed = found < 0;
	last -= STORE_HOTP_STEP(0);
	if (found < 1 || last < -1 || last > HOTP_COUNTER_MAX)
		return;
	found = hotp_match(&a->app[n].secret, &a->app[n].kind, a->code,
	    last + 1, HOTP_RESYNC, &counter);
	fit->unusable = found < 0;
	if (found == 1 && (counter <= last + ahead || counter == *again))
		fit->step = STORE_HOTP_STEP(counter);
	*again = found == 1 ? counter + 1 : 0;
}

/* Compares the code with each secret. */
static void
fit_apps(struct store *s, const struct settings *conf,
    const struct store_app_code *a, struct app_fit fit[USER_APPS_MAX])
{
	unsigned ahead;
	size_t count = 0;

	while (count < USER_APPS_MAX && a->app[count].secret.len > 0)
		count++;
	ahead = hotp_look_ahead(count);
	for (size_t n = 0; n < count; n++) {
		const struct user_app *app = &a->app[n];

		fit[n].digested =
		    app_digest(conf, &app->secret, fit[n].digest) == 0;
		if (app->kind.hotp)
			fit_token(s, a, n, ahead, &fit[n]);
		else
			fit[n].unusable =
			    totp_match(&app->secret, &app->kind, a->code,
				a->wall + a->clock_s, &fit[n].step) < 0;
	}
}

/* Neither clock may be the right one, so such a code is no wrong one. */
static bool
right_by_our_clock(const struct store_app_code *a)
{
	int64_t step;
	bool right = false;

	if (a->clock_s == 0 || a->never)
		return false;
	for (size_t n = 0; n < USER_APPS_MAX; n++)
		right |= a->app[n].secret.len > 0 && !a->app[n].kind.hotp &&
		    totp_match(&a->app[n].secret, &a->app[n].kind, a->code,
			a->wall, &step) > 0;
	return right;
}

/* Nothing is counted, so that a locked user must not learn that it was right:
 * uncounted tries would find a code that the state's clock reaches later. */
static enum store_guess
judge_by_our_clock(struct store *s, const struct store_right *right,
    int *claimed, int64_t *wait_s)
{
	const enum store_guess guess =
	    store_guess_look(s, right->user, right->source, wait_s, NULL);

	*claimed = guess == GUESS_OPEN ? STORE_APP_OUR_CLOCK : 0;
	return guess;
}

/* Marks the code as used for the secrets from n on that it fits, too. */
static int
use_up_others(struct store *s, const struct app_fit fit[USER_APPS_MAX],
    size_t n, const struct store_right *right)
{
	struct store_unreported u = { .step = 0 };
	int rc = 0;

	for (; n < USER_APPS_MAX; n++) {
		if (fit[n].step == 0 || !fit[n].digested)
			continue;
		u.step = fit[n].step;
		PRINT_TO(u.user, "%s", u.step < 0 ? "" : right->user);
		PRINT_TO(u.source, "%s", right->source);
		memcpy(u.secret, fit[n].digest, sizeof(u.secret));
		if (store_totp_note(s, &u, false) != 0)
			rc = -1;
	}
	return rc;
}

/* A wrong code (step 0) gets a digest too, so that a locked user cannot
 * distinguish right and wrong codes. The step is used up for the secret, not
 * for the user: a new one begins with its first code. */
static enum store_guess
attempt_fit(struct store *s, struct store_app_code *a,
    const struct app_fit fit[USER_APPS_MAX], int *claimed, int64_t *wait_s)
{
	struct store_totp_attempt *t = a->attempt;
	enum store_guess guess;
	size_t n = 0;

	while (n < USER_APPS_MAX && fit[n].step == 0)
		n++;
	if (n == USER_APPS_MAX || a->never)
		n = 0;
	t->step = a->never ? 0 : fit[n].step;
	memcpy(a->digest, fit[n].digest, sizeof(a->digest));
	t->secret = fit[n].digested ? a->digest : NULL;
	guess = store_totp_attempt(s, t, claimed, wait_s);
	if (t->step < 0 && t->used != NULL && t->used->step < 0)
		t->used->step = 1; /* no time to wait for */
	if (guess == GUESS_OPEN && *claimed == 1 &&
	    use_up_others(s, fit, n + 1, t->right) != 0)
		return GUESS_ERROR;
	return guess;
}

enum store_guess
store_app_attempt(struct store *s, const struct settings *conf,
    struct store_app_code *a, int *claimed, int64_t *wait_s)
{
	const struct store_backend *backend = store_backend_of(s);
	struct app_fit fit[USER_APPS_MAX] = { { .step = 0 } };
	struct store_totp_attempt *t = a->attempt;
	enum store_guess guess = GUESS_OPEN;
	bool fits = false, unusable = false, failed = false;

	if (backend->app_attempt != NULL)
		return backend->app_attempt(s, a, claimed, wait_s);
	*claimed = STORE_APP_UNUSABLE;
	t->step = 0;
	fit_apps(s, conf, a, fit);
	for (size_t n = 0; n < USER_APPS_MAX; n++) {
		fits |= fit[n].step != 0;
		unusable |= fit[n].unusable;
		failed |= fit[n].failed;
	}
	if (t->used != NULL)
		t->used->newest = (a->wall + a->clock_s) / TOTP_STEP_S + 1;
	if (failed)
		guess = GUESS_ERROR;
	else if (!unusable && !fits && right_by_our_clock(a))
		guess = judge_by_our_clock(s, t->right, claimed, wait_s);
	else if (!unusable)
		guess = attempt_fit(s, a, fit, claimed, wait_s);
	explicit_bzero(fit, sizeof(fit));
	return guess;
}

int
store_hotp_set(struct store *s, const struct settings *conf,
    const struct secret *base32, int64_t counter)
{
	struct store_unreported u = { .step = STORE_HOTP_STEP(counter - 1) };
	int64_t last = 0;
	int rc = -1;

	if (counter >= 0 && counter <= HOTP_COUNTER_MAX &&
	    app_digest(conf, base32, u.secret) == 0 &&
	    store_totp_note(s, &u, false) == 0 &&
	    store_hotp_last(s, u.secret, &last) == 1)
		rc = last == u.step;
	explicit_bzero(&u, sizeof(u));
	return rc;
}

int
store_hotp_is_known(
    struct store *s, const struct settings *conf, const struct secret *base32)
{
	unsigned char digest[STORE_CODE_DIGEST];
	int64_t last;
	int known = -1;

	if (app_digest(conf, base32, digest) == 0)
		known = store_hotp_last(s, digest, &last);
	explicit_bzero(digest, sizeof(digest));
	return known;
}
