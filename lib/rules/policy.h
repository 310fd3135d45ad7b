/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules: who needs a second factor, and who does not. Pure: facts and
 * settings in, decision out.
 */
#ifndef TWOFA_POLICY_H
#define TWOFA_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/settings/settings.h"

enum membership {
	GROUP_UNKNOWN = 0, /* not found, or the look-up failed */
	GROUP_NOT_MEMBER,
	GROUP_MEMBER,
};

#define GROUP_WHY_MAX 160

/* The answer for one group that the rules name; accounts.h fills it. */
struct group_fact {
	const char *name;
	enum membership membership;
	char why[GROUP_WHY_MAX]; /* why it is unknown; "": no such group */
};

struct policy_facts {
	const char *user; /* pw_name */
	const char *service;
	const char *address; /* numeric, or "" */
	bool console;        /* policy_console */
	bool first_factor;   /* there is evidence of one */
	bool real_root;      /* the application's real uid is 0 */
	int64_t socket_uid;  /* of a service that is not root's; 0: root's */
	const struct group_fact *group;
	size_t groups;
};

struct decision {
	enum action action;
	size_t rule;    /* from 1; 0: none matched */
	size_t unknown; /* the first rule whose groups are unknown; 0: none */
	bool stack;     /* the rule trusts the PAM stack for the first factor */
	bool ask_caller; /* su: ask the caller, not the target user */
	unsigned methods;
	enum on_outage on_outage; /* never allow while a group is unknown */
	const char *brand;
	unsigned remember_minutes;
	bool push_blind;
};

/* Why a rule applies to a login, or the first of its conditions that fails. */
enum rule_match {
	RULE_NOT_REACHED = 0, /* an earlier rule ended the search */
	RULE_SERVICE,
	RULE_USER,
	RULE_FROM,
	RULE_CONSOLE,
	RULE_SOCKET,        /* not for this service, which is not root's */
	RULE_GROUP,         /* member of none of its groups */
	RULE_GROUP_UNKNOWN, /* ends the search, except at skip and observe */
	RULE_MATCHED,
};

/* The address for rules and counters: that of SSH_CONNECTION for sshd, else
 * rhost when it is numeric, else "". out has room for 46 bytes. */
void policy_address(
    const char *service, const char *rhost, const char *ssh_addr, char out[46]);

/* tty1..., ttyS*, hvc*, no rhost, real uid 0, never sudo or su. */
bool policy_console(
    const char *service, const char *tty, const char *rhost, bool real_root);

/* The first rule that matches decides; without a match: require. A service that
 * is not root's chooses its own name and says itself whether a password was
 * seen. Rules that name one of root's services (sshd, sudo, su, login)
 * therefore never match it, and rules with skip or observe only if its uid
 * stands in socket_allow_uids. skip and observe need evidence of a first factor
 * or a rule with stack (policy_proven); without it they become require, and the
 * login gets a decoy. While a membership is unknown, a rule with skip or
 * observe does not match; one with require or deny becomes require by any
 * method, remembers nothing, and on_outage is never allow. on_outage is also
 * never allow where the real uid is not 0 (sudo, su): the owner of that process
 * can make it look like an outage. */
struct decision policy_decide(
    const struct settings *, const struct policy_facts *);

/* The same, and each[rule_count] tells for every rule how it ended; may be
 * NULL. */
struct decision policy_explain(const struct settings *,
    const struct policy_facts *, enum rule_match *each);

/* True when this login reaches a rule that names groups. Group facts are not
 * used. */
bool policy_asks_groups(const struct settings *, const struct policy_facts *);

/* The first group of the rule that is unknown; NULL: none, or there are no
 * facts. */
const struct group_fact *policy_unknown(
    const struct rule *, const struct policy_facts *);

/* The decision for a user whom no rule names and who is in no group: it is the
 * same for every name. */
struct decision policy_stranger(
    const struct settings *, const struct policy_facts *);

/* May this decision let a user in without a code, or send one? */
bool policy_proven(const struct decision *, const struct policy_facts *);

/* True when the caller's factor is asked for. Not for root, who needs no
 * password for su, nor for a service that is not root's, which has no
 * caller. */
bool policy_asks_caller(const struct decision *, const struct policy_facts *);

/* The n-th provider (from 0) to try for this record: the preferred one first,
 * then in the order of the settings. NULL when none is left. */
const struct provider_conf *policy_provider(
    const struct settings *, const struct user_record *, size_t n);

/* Seconds to wait after the nth message (from 1) before the next. */
long policy_resend_wait(const struct settings *, unsigned sends);

/* Does allowed_prefixes allow this number? */
bool policy_number_allowed(const struct settings *, const char *number);

#endif
