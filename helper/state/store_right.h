/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The effects of a right code. Part of the interface of store.h. Each step that
 * uses up a code (store_finish, store_totp_attempt, store_code_claim,
 * store_recovery_claim) does all of this together with it, or nothing. So a
 * login that is let in always has its wrong codes cleared, is noted and is
 * remembered, and none of this happens without the code.
 *
 *   wrong codes   of this user at this source and over all sources are set
 *                 to 0. A recovery code does not clear them once a hundred
 *                 have shut the account, even if that was after this login
 *                 began.
 *   last success  of user, service, method and provider: now
 *   remembered    replaces an older login with this binding
 */
#ifndef TWOFA_STORE_RIGHT_H
#define TWOFA_STORE_RIGHT_H

#include <stdint.h>

#include "lib/values/values.h"

#define STORE_GRACE_LEN 32 /* bytes of a remembered login's binding */

/* The pointers belong to the caller and are only read. */
struct store_right {
	const char *user;    /* pw_name of the code's owner */
	const char *source;  /* values.h; where wrong codes are cleared */
	const char *service; /* PAM's; NULL: no success is noted */
	enum method method;
	const char *provider; /* its name in the settings; "": no provider */
	/* STORE_GRACE_LEN bytes; NULL: do not remember it */
	const unsigned char *binding;
	int64_t remember_s;
	const char *remembered_as; /* under which name; NULL: the user's */
};

#endif
