/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The login that all its parts work for: who it is, by which rule, and what
 * they may use. Each part points to the same struct login.
 */
#ifndef TWOFA_LOGIN_CONTEXT_H
#define TWOFA_LOGIN_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/base/environment.h"
#include "helper/base/result.h"
#include "helper/dialogue/challenge.h"
#include "helper/store/store.h"
#include "lib/wire/wire.h"

struct decision;
struct login_begun;
struct login_steps;
struct store;
struct user_record;

/* All pointers outlive the login. */
struct login {
	const struct environment *env;
	/* what the state calls him: pw_name, or values.h; of a made-up
	 * login: as it was typed */
	const char *user;
	/* as twofactl has it, "deploy --person anna"; NULL: the user */
	const char *shown;
	const struct user_record *record;
	const struct decision *decision;
	const char *source; /* values.h */
	bool office;        /* from one of office_networks */
	/* the service to note a right code for; NULL: for a test */
	const char *service;
	/* what a right code has the login remembered by; NULL: nothing */
	const unsigned char *binding;
	const char *remembered_as; /* whose it is then; NULL: the user's */
	int64_t remember_s;        /* so long */
	struct store *store;       /* NULL: a made-up login, which has none */
	struct store *seems; /* of a made-up one: login_seem; NULL: none */
	/* Too many names were typed at this account: each login is told what
	 * the first one of a name is, whether it is a person's or not. */
	bool alike;
	bool quiet;   /* nothing is told: a decoy speaks for it */
	bool offline; /* no server of the state can be reached: its store is
		       * this host's alone */
	/* what it may do to the world (login_steps.h); NULL as well */
	const struct login_steps *steps;
	struct login_begun *begun; /* login_begun.h; NULL as well */
	struct login_result *result;
};

/* For a line in the log and the commands in it. */
const char *login_shown(const struct login *);

/* The clocks of environment.h. */
int64_t login_now(const struct login *);
int64_t login_wall(const struct login *);

/* Wait so many ms, unless the peer leaves: then false. */
bool login_pause(const struct login *, int64_t ms);

/* Has that holder of a row certainly died? */
bool login_session_dead(const struct login *, int64_t holder);

/* login_source_counted */
const char *login_counted_from(const struct login *);

/* The log's line for a limit on messages, or pushes: for how long, and what
 * resets it. limit: its key in twofa.conf. */
void login_log_limit(
    const struct login *, const char *what, int64_t wait_s, const char *limit);

/* Show a line, where there is anybody. sshd keeps it back until the next
 * prompt. */
void login_say(const struct login *, const char *text);

/* What a right code of this method brings with it. provider: "" for one that
 * needs none; it must outlive what is returned. */
struct store_right login_right(
    const struct login *, enum method, const char *provider);

/* Deny for this reason; the first one stays. STEP_DENY. */
enum challenge_step login_deny(
    const struct login *, enum frame_verdict, enum reason why);

/* Why a login is denied that this store failed; NULL: its opening did. */
enum reason login_state_reason(const struct store *);

/* A made-up login asks the state where a real one does: so it takes as long,
 * and fails when that would. Nothing is done there. false: it failed, which the
 * log tells; deny for login_state_reason(seems). Of a real login, true. */
bool login_seem(const struct login *);

/* Deny so after the store failed, which the log tells. */
enum challenge_step login_state_failed(const struct login *);

#endif
