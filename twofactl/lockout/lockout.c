/* SPDX-License-Identifier: BSD-2-Clause */
/* Evaluates one account's login by sshd. Pure. */
#include "twofactl/lockout/lockout.h"

/* The progress in one list of AuthenticationMethods. */
struct attempt {
	const struct lockout_account *account;
	const struct sshd_settings *sshd;
	const struct lockout_stack *stack;
	bool by_key; /* sshd has accepted a key */
};

const struct lockout_words lockout_words[LOCKOUT_ASKED] = {
	[LOCKOUT_METHODS] = { "sshd offers no method that they could use",
	    "correct AuthenticationMethods and the enabled methods; see: sshd "
	    "-T -C user=NAME" },
	[LOCKOUT_KEY] = { "AuthenticationMethods requires a key, and they "
			  "have none",
	    "add a key of each to ~NAME/.ssh/authorized_keys; or, if a "
	    "password and a code are to be enough, run: twofactl enable "
	    "sshd --login both" },
	[LOCKOUT_ANSWER] = { "sshd's password method cannot ask for a code",
	    "set KbdInteractiveAuthentication yes, PasswordAuthentication no" },
	[LOCKOUT_FIRST_FACTOR] = { "sshd's PAM stack asks for no password, and "
				   "without a key no code is asked for",
	    "add a key of each to ~NAME/.ssh/authorized_keys; or, if a "
	    "password and a code are to be enough, run: twofactl enable "
	    "sshd --login both" },
	[LOCKOUT_PASSWORD] = { "sshd's PAM stack asks for a password, and "
			       "they have none that can be used",
	    "set one with passwd; or, if a key and a code are to be enough, "
	    "run: twofactl enable sshd --login both" },
	[LOCKOUT_ROOT] = { "sshd takes no answer from root unless "
			   "PermitRootLogin is yes",
	    "set PermitRootLogin no, or, in a Match User root, "
	    "PermitRootLogin yes and AuthenticationMethods "
	    "publickey,keyboard-interactive" },
	[LOCKOUT_FILE] = { "their records cannot be read",
	    "see: twofactl check" },
	[LOCKOUT_FACTOR] = { "the rule, the providers, their channels or "
			     "allowed_prefixes leave no factor but a recovery "
			     "code",
	    "see: twofactl explain NAME SERVICE" },
	[LOCKOUT_TYPED] = { "their rule accepts recovery codes alone",
	    "see: twofactl explain NAME SERVICE" },
	[LOCKOUT_RECORD] = { "they are not enrolled, and such logins are "
			     "denied",
	    "for each run: twofactl enroll NAME NUMBER (or twofactl totp NAME "
	    "for an app), or for many: twofactl import FILE" },
	[LOCKOUT_ENROL] = { "they are not enrolled, and get in by enrolling at "
			    "that login alone (unenrolled = \"enrol\")",
	    "for who is to get in without that run: twofactl enroll NAME "
	    "NUMBER (or twofactl totp NAME for an app)" },
};

bool
lockout_is_obstacle(enum lockout how)
{
	return how < LOCKOUT_ASKED;
}

/* sshd passes other text to PAM than root types. */
static bool
discards_answers(const struct attempt *w)
{
	return w->account->host->uid == 0 && !w->sshd->any_root;
}

static enum lockout
pass_password(const struct attempt *w)
{
	if (discards_answers(w))
		return LOCKOUT_ROOT;
	/* a directory may have its password instead of shadow */
	return w->account->host->password || w->stack->other_passwords
	    ? LOCKOUT_IN
	    : LOCKOUT_PASSWORD;
}

/* The code, after the first factor. can_ask: a prompt can be shown. */
static enum lockout
pass_code(const struct attempt *w, bool can_ask)
{
	const enum lockout code = w->account->code;

	if (!can_ask && (code == LOCKOUT_ASKED || code == LOCKOUT_UNSEEN))
		return LOCKOUT_ANSWER;
	if (code != LOCKOUT_ASKED)
		return code;
	/* sshd discards the code of root, too */
	return discards_answers(w) ? LOCKOUT_ROOT : LOCKOUT_IN;
}

static enum lockout
pass_stack(const struct attempt *w, bool can_ask)
{
	enum lockout how = LOCKOUT_IN;

	if (w->stack->asks && w->stack->no_password && !w->by_key)
		return LOCKOUT_FIRST_FACTOR;
	if (!w->stack->no_password && !(w->by_key && w->stack->key_is_enough))
		how = pass_password(w);
	if (how == LOCKOUT_IN && w->stack->asks)
		how = pass_code(w, can_ask);
	return how;
}

/* Returns LOCKOUT_IN if the account passes the method. */
static enum lockout
pass_method(struct attempt *w, const struct text_part *word)
{
	const struct sshd_settings *c = w->sshd;

	if (sshd_method_is(word, "publickey") && c->pubkey) {
		w->by_key = true;
		return w->account->keys != LOCKOUT_KEYS_NONE ? LOCKOUT_IN
							     : LOCKOUT_KEY;
	}
	if (sshd_method_is(word, "password") && c->password)
		return c->use_pam ? pass_stack(w, false) : pass_password(w);
	if (sshd_method_is(word, "keyboard-interactive") && c->kbdinteractive &&
	    c->use_pam)
		return pass_stack(w, true);
	return LOCKOUT_METHODS;
}

/* All methods of a list in order. A disabled method is reported rather than a
 * missing key before it, because a key would not help. */
static enum lockout
pass_list(struct attempt *w, struct text_part list)
{
	enum lockout how = LOCKOUT_IN;
	struct text_part word;

	w->by_key = false;
	while (text_part_next(&list, ",", &word)) {
		const enum lockout here = pass_method(w, &word);

		if (how == LOCKOUT_IN || here == LOCKOUT_METHODS)
			how = here;
	}
	return how;
}

/* True unless the account has no credential for ssh. The password of root may
 * be for other uses. */
static bool
had_access(const struct lockout_account *a, const struct sshd_settings *sshd)
{
	if (a->keys == LOCKOUT_KEYS_SOME && sshd->pubkey)
		return true;
	if (a->host->uid == 0 && !sshd->any_root)
		return false;
	return a->host->password || a->enrolled;
}

/* Tries each list of AuthenticationMethods, and returns the best result. With
 * "any", each method alone is such a list. */
enum lockout
lockout_evaluate(const struct lockout_account *a,
    const struct sshd_settings *sshd, const struct lockout_stack *stack)
{
	struct attempt w = { .account = a, .sshd = sshd, .stack = stack };
	struct text_part rest = text_part(strcmp(sshd->methods, "any") == 0
		? "publickey password keyboard-interactive"
		: sshd->methods);
	enum lockout best = LOCKOUT_METHODS;
	struct text_part list;

	if (a->excluded || (a->host->uid == 0 && sshd->no_root) ||
	    (a->host->locked && !sshd->use_pam))
		return LOCKOUT_MEANT;
	if (!had_access(a, sshd))
		return LOCKOUT_NOTHING;
	while (text_part_next(&rest, " ", &list)) {
		const enum lockout how = pass_list(&w, list);

		if (how == LOCKOUT_IN)
			return how;
		if (how > best)
			best = how;
	}
	return best;
}
