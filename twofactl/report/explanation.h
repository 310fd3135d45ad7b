/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `twofactl explain` knows of a login, and how it is printed. twofactl
 * reads rules and record itself; the helper adds the rest.
 */
#ifndef TWOFA_EXPLANATION_H
#define TWOFA_EXPLANATION_H

#include "lib/rules/rules.h"
#include "lib/settings/settings.h"
#include "twofactl/report/status_table.h"
#include "twofactl/terminal/terminal.h"

#define EXPLAIN_WORD_MAX 63
#define EXPLAIN_LIMITS 16
#define EXPLAIN_SOURCES 16

/* Another source with wrong codes for this user. */
struct explain_source {
	char name[STATUS_SOURCE_MAX + 1];
	int64_t wrong, locked_s;
};

struct explain_limit {
	char name[EXPLAIN_WORD_MAX + 1];
	int64_t used, most;
};

/* The helper's part: words of rules.h and service_inside.h, "" where there is
 * none. */
struct explain_state {
	char end[EXPLAIN_WORD_MAX + 1], reason[EXPLAIN_WORD_MAX + 1],
	    would[EXPLAIN_WORD_MAX + 1];
	struct status_store store;
	bool decided; /* the state decides, and has: */
	char ask[EXPLAIN_WORD_MAX + 1], method[EXPLAIN_WORD_MAX + 1],
	    provider[EXPLAIN_WORD_MAX + 1], why[EXPLAIN_WORD_MAX + 1],
	    limit[EXPLAIN_WORD_MAX + 1], outage[EXPLAIN_WORD_MAX + 1];
	int64_t wait_s, age_s;
	struct explain_limit used[EXPLAIN_LIMITS];
	size_t limits;
	struct status_provider passed[CONFIG_PROVIDERS_MAX];
	size_t providers;
	int64_t user[STATUS_NUMBERS];   /* over all sources */
	int64_t source[STATUS_NUMBERS]; /* from this one */
	/* of people named at the prompt: the account's total */
	int64_t account[STATUS_NUMBERS];
	struct explain_source other[EXPLAIN_SOURCES];
	size_t others; /* there may be more than fit here */
};

struct explanation {
	const struct ctl *ctl;
	const struct settings *conf;
	const struct facts *login;
	struct account account;
	bool account_known;
	char address[46], source[SOURCE_MAX + 1];
	struct policy_facts facts;
	struct decision decision;
	enum rule_match *each; /* one for each rule */
	bool by_key;           /* known by key or certificate; else by name */
	/* the caller of su, if he is asked; else "" */
	char asked[USER_NAME_MAX + 1];
	enum user_result found;
	struct user_record record;
	struct user_person who; /* of a shared account; "" name */
	struct explain_state state;
};

/* True when the login would be denied, whatever is typed. */
bool explanation_denies(const struct explanation *);

/* Why a rule did not match, or "matches"; at most cap - 1 bytes. */
#define EXPLAIN_WHY_MAX 384
void explainrule_why(
    const struct explanation *, size_t rule, char out[EXPLAIN_WHY_MAX]);
/* "require" and so on. */
const char *explainrule_action(enum action);
const char *explainrule_outage(enum on_outage);
/* The settings say allow, but the real uid is a user's. */
bool explainrule_withheld(const struct explanation *);

/* The last sentence: what the login would meet. */
void explainend_print(const struct explanation *);

void explaintext_print(const struct explanation *);
void explainjson_print(const struct explanation *);

#endif
