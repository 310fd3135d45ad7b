/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a right code brings with it. Part of the interface of store.h: each step
 * that uses up a code (store_finish, store_totp_attempt, store_code_claim,
 * store_recovery_claim) takes it, and does all of it or nothing, together with
 * that code. So a login that is let in has cleared its wrong codes, is noted
 * and is remembered, and nothing of that is there without the code.
 *
 *   wrong codes   of this user at this source and over all sources begin at 0
 *                 again. A recovery code leaves them as they are where a
 *                 hundred of them have shut the account, be it since this
 *                 login began.
 *   last success  of user, service, method and provider: now
 *   remembered    in the place of an older login with this binding
 */
#ifndef TWOFA_STORE_RIGHT_H
#define TWOFA_STORE_RIGHT_H

#include <stdint.h>

#include "lib/values/method.h"

#define STORE_GRACE_LEN 32 /* bytes that a remembered login is bound to */

/* All pointers are the caller's, and only read. */
struct store_right {
	const char *user;    /* pw_name; whose code it is */
	const char *source;  /* login_source.h; where wrong codes are cleared */
	const char *service; /* PAM's; NULL: no success is noted */
	enum method method;
	const char *provider; /* its name in the settings; "": none is needed */
	/* STORE_GRACE_LEN bytes; NULL: it is not remembered */
	const unsigned char *binding;
	int64_t remember_s;
	const char *remembered_as; /* whose it is then; NULL: the user's */
};

#endif
