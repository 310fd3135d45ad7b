/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a login is treated by rules and record alone. Pure: a login and `twofactl
 * explain` use the same functions. forecast.h adds what depends on the state.
 */
#ifndef TWOFA_ADMISSION_H
#define TWOFA_ADMISSION_H

#include <stdbool.h>

#include "lib/rules/accounts.h"
#include "lib/rules/policy.h"
#include "lib/settings/settings.h"
#include "lib/values/values.h"
#include "lib/wire/wire.h"

enum admission_end {
	PLAN_DENY = 0,
	PLAN_DECOY,      /* asked for codes that were never sent, then denied */
	PLAN_TELL,       /* unenrolled_text, then denied */
	PLAN_SKIP,       /* the rule asks for nothing */
	PLAN_OBSERVE,    /* let in; would says how it would have ended */
	PLAN_UNENROLLED, /* let in, since unenrolled = "allow" */
	PLAN_ON,         /* not decided yet: go on */
};

/* "skipped" and so on, for records and JSON. */
const char *admission_end_name(enum admission_end);

struct admission {
	enum admission_end end;
	enum reason reason; /* as in the log */
	const char *would;  /* PLAN_OBSERVE: a constant, else NULL */
};

/* The facts that rules and counters use. name: the pw_name, which must stay
 * valid. The caller adds the groups. */
void admission_login(const struct facts *, const char *name, char address[46],
    char source[SOURCE_MAX + 1], struct policy_facts *);

/* May the service ask about that user? A service of root may (facts.socket_uid
 * 0). own: the account name of its uid, "" when there is none. REASON_NONE, or
 * why it is denied. */
enum reason admission_socket(
    const struct settings *, const struct facts *, const char *own);

/* Find the account: PLAN_ON, PLAN_DENY, PLAN_DECOY. user: as the application
 * gave it, looked up only when it is valid; name: its pw_name, if found. */
struct admission admission_account(
    const char *user, enum account_result, const char *name);

/* True when the decision depends on the user's record. */
bool admission_reads_record(
    const struct decision *, const struct policy_facts *);

/* Why a login is denied whose record was found to be USER_ERROR or USER_OUTAGE:
 * where it is in the state, that knows more. */
enum reason admission_unread(const struct settings *, enum user_result found);

/* Decide by rule and record; PLAN_ON: enrolled, so remember and factors decide.
 * found is ignored when admission_reads_record says no. */
struct admission admission_record(const struct settings *,
    const struct policy_facts *, const struct decision *,
    enum user_result found, const struct user_record *);

#endif
