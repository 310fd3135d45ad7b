/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a login meets, by rules and record alone. Pure: a login and `twofactl
 * explain` ask the same functions. What the state adds is in forecast.h.
 */
#ifndef TWOFA_ADMISSION_H
#define TWOFA_ADMISSION_H

#include <stdbool.h>

#include "lib/rules/accounts.h"
#include "lib/rules/policy.h"
#include "lib/settings/settings.h"
#include "lib/settings/user_record.h"
#include "lib/values/login_source.h"
#include "lib/wire/facts.h"
#include "lib/wire/reason.h"

enum admission_end {
	PLAN_DENY = 0,
	PLAN_DECOY,      /* asked for codes that nobody sent, then denied */
	PLAN_TELL,       /* unenrolled_text, then denied */
	PLAN_SKIP,       /* the rule asks for nothing */
	PLAN_OBSERVE,    /* let in; would says what it would have met */
	PLAN_UNENROLLED, /* let in, since unenrolled = "allow" */
	PLAN_ON,         /* no end yet: what follows decides */
};

/* "skipped" and so on, for records and JSON. */
const char *admission_end_name(enum admission_end);

struct admission {
	enum admission_end end;
	enum reason reason; /* as in the log */
	const char *would;  /* PLAN_OBSERVE: a constant, else NULL */
};

/* What rules and counters look at. name: the pw_name, which must stay. Groups
 * are the caller's to add. */
void admission_login(const struct facts *, const char *name, char address[46],
    char source[SOURCE_MAX + 1], struct policy_facts *);

/* May the service ask about that user? Root's may (facts.socket_uid 0). own:
 * the account name of its uid, "" when there is none. REASON_NONE, or why it is
 * denied. */
enum reason admission_socket(
    const struct settings *, const struct facts *, const char *own);

/* Who is it? PLAN_ON, PLAN_DENY, PLAN_DECOY. user: as the application has it,
 * looked up only when it is valid; name: its pw_name, if found. */
struct admission admission_account(
    const char *user, enum account_result, const char *name);

/* Is the record looked at at all? */
bool admission_reads_record(
    const struct decision *, const struct policy_facts *);

/* By the rule and the record; PLAN_ON: enrolled, grace or a factor decides.
 * found is of no account when admission_reads_record says no. */
struct admission admission_record(const struct settings *,
    const struct policy_facts *, const struct decision *,
    enum user_result found, const struct user_record *);

#endif
