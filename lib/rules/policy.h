/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules: who needs a second factor, who may go without. Pure: facts and
 * settings in, decision out.
 */
#ifndef TWOFA_POLICY_H
#define TWOFA_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/settings/settings.h"
#include "lib/settings/user_record.h"

enum membership {
	GROUP_UNKNOWN = 0, /* not found, or the look-up failed */
	GROUP_NOT_MEMBER,
	GROUP_MEMBER,
};

#define GROUP_WHY_MAX 160

/* The answer for one group that the rules name (accounts.h fills it). */
struct group_fact {
	const char *name;
	enum membership membership;
	char why[GROUP_WHY_MAX]; /* it is unknown; "": no such group */
};

struct policy_facts {
	const char *user; /* pw_name */
	const char *service;
	const char *address; /* numeric, or "" */
	bool console;        /* policy_console */
	bool first_factor;   /* one is in evidence */
	bool real_root;      /* the application's real uid is 0 */
	int64_t socket_uid;  /* of a service that is not root's; 0: root's */
	const struct group_fact *group;
	size_t groups;
};

struct decision {
	enum action action;
	size_t rule;     /* from 1; 0: none matched */
	size_t unknown;  /* the first rule whose groups are unknown; 0: none */
	bool stack;      /* the rule vouches for the first factor */
	bool ask_caller; /* who calls su is asked, not who is to be */
	unsigned methods;
	enum on_outage on_outage; /* never allow where a group is unknown */
	const char *brand;
	unsigned remember_minutes;
	bool push_blind;
};

/* Why a rule holds for a login, or the first of its conditions that does not.
 */
enum rule_match {
	RULE_NOT_REACHED = 0, /* one before it ended the search */
	RULE_SERVICE,
	RULE_USER,
	RULE_FROM,
	RULE_CONSOLE,
	RULE_SOCKET, /* it is none for this service, which is not root's */
	RULE_GROUP,  /* member of none of them */
	RULE_GROUP_UNKNOWN, /* ends the search, but at skip and observe */
	RULE_MATCHED,
};

/* The address that rules and counters see: that of SSH_CONNECTION for sshd,
 * else rhost when it is numeric, else "". out has room for 46 bytes. */
void policy_address(
    const char *service, const char *rhost, const char *ssh_addr, char out[46]);

/* tty1..., ttyS*, hvc*, no rhost, real uid 0, never sudo or su. */
bool policy_console(
    const char *service, const char *tty, const char *rhost, bool real_root);

/* First match wins; no match: require. For a service that is not root's, which
 * says itself what it is called and whether a password was seen, a rule never
 * matches that names one of root's (sshd, sudo, su, login), and one with skip
 * or observe only if its uid stands in socket_allow_uids. skip and observe come
 * out only when a first factor is in evidence or the rule says stack
 * (policy_proven); without, they become require, which then meets the decoy.
 * While a membership is unknown, a rule with skip or observe does not match,
 * one with require or deny ends as require by any method and remembers nothing,
 * and on_outage is never allow. Nor is it where the real uid is not 0 (sudo,
 * su): whose process that is can make it look like an outage. */
struct decision policy_decide(
    const struct settings *, const struct policy_facts *);

/* The same, and each[rule_count] says of every rule how it fared; NULL: not
 * asked for. */
struct decision policy_explain(const struct settings *,
    const struct policy_facts *, enum rule_match *each);

/* Does this login come to a rule that names groups? Those of the facts are not
 * looked at. */
bool policy_asks_groups(const struct settings *, const struct policy_facts *);

/* The first group of the rule that is unknown; NULL: none, or there are no
 * facts. */
const struct group_fact *policy_unknown(
    const struct rule *, const struct policy_facts *);

/* What the rules would want of somebody whom no rule names, in no group: the
 * same for every name. */
struct decision policy_stranger(
    const struct settings *, const struct policy_facts *);

/* May this decision let somebody in without a code, or send one? */
bool policy_proven(const struct decision *, const struct policy_facts *);

/* Is it the caller's factor that is asked for? Never root's: root needs no
 * password for su, and a service that is not root's has no caller. */
bool policy_asks_caller(const struct decision *, const struct policy_facts *);

/* The provider to try n-th (from 0) for this record: the preferred first, then
 * the order of settings. NULL when there is none left. */
const struct provider_conf *policy_provider(
    const struct settings *, const struct user_record *, size_t n);

/* Seconds to wait after the nth message (from 1) before the next. */
long policy_resend_wait(const struct settings *, unsigned sends);

/* allowed_prefixes */
bool policy_number_allowed(const struct settings *, const char *number);

#endif
