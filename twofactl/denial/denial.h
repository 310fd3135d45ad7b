/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a user is denied after the first factor: by rules, record and state,
 * now, and once what admits for a time has ended. The one answer of all
 * commands: explain, report, doctor, enable, and those that ask before a
 * change. Locks and codes in the state pass: explain and report know them, the
 * others do not. Pure. */
#ifndef TWOFA_DENIAL_H
#define TWOFA_DENIAL_H

#include "lib/rules/rules.h"

/* The facts of a user in the state. Zeroed if nothing is known. */
struct denial_state {
	bool locked;    /* whatever the source */
	bool invited;   /* has an invitation, which needs no record */
	unsigned codes; /* METHOD_BITs: RECOVERY, BYPASS, if any is left */
	/* The helper has forecast the login: why is its denial, or NONE. All
	 * else then counts only for a user without a record. */
	bool forecast;
	enum reason why;
};

/* Adds one bypass code, by its use in the state (items.h). */
void denial_state_add_code(struct denial_state *, int64_t use);

struct denial_login {
	const struct rule_facts *facts; /* with all groups */
	enum user_result found;         /* PEOPLE: any of them */
	const struct user_record *record;
	struct denial_state state;
};

/* Decides by settings and state. The result has the reason of a denial;
 * ADMISSION_ON: a code is asked for, and one can be right. */
struct admission denial_find(
    const struct settings *, const struct denial_login *);
/* Like denial_find(), for a plan that was made from settings and record. */
struct admission denial_add_state(struct admission plan,
    const struct settings *, const struct decision *,
    const struct denial_login *);
bool denial_is_denied(const struct admission *);

/* Writes "deny-unenrolled", "allow-unenrolled", "require", "skip", "observe",
 * as would= in the log. */
#define DENIAL_WORD_MAX 48
void denial_word(const struct admission *, char out[DENIAL_WORD_MAX]);

/* Copies the settings as they would be if observe, unenrolled = "allow" and
 * each exception with a last day had ended: rules with observe require a code,
 * those with a last day hold no more. Returns 0, or -1 without memory. The
 * caller frees out->rule; all else belongs to conf. */
int denial_end_exceptions(const struct settings *conf, struct settings *out);

#endif
