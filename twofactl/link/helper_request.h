/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One request to the helper, over the frames of a login: BEGIN with the
 * command's purpose, records back (record.h), one answer, a verdict.
 * The helper is not trusted: what breaks the order or the form ends the call.
 */
#ifndef TWOFA_HELPER_REQUEST_H
#define TWOFA_HELPER_REQUEST_H

#include "lib/records/record.h"
#include "lib/wire/facts.h"
#include "twofactl/arguments/command.h"

struct helper_request {
	enum facts_purpose purpose;
	/* instead of the purpose, helper_link_facts with more; NULL: none */
	const struct facts *facts;
	int sock; /* of helper_socket_open, closed here; 0, -1: start one */
	const char *answer; /* to what it asks; NULL: change nothing */
	void *ctx;
	/* Each record but errors, which are shown; 0, or -1 to refuse it. It is
	 * worth nothing until the call ends with CTL_DONE. NULL: none. */
	int (*record)(void *ctx, const struct record *);
	/* It asks, and what it has said by then is to be acted on before the
	 * answer goes: 0, -1 when that does not do, or 1 after complaining of
	 * something else; both end it. NULL: nothing to do. */
	int (*asked)(void *ctx);
};

/* About ctl->name. CTL_DONE: done, or nothing changed as was wanted. CTL_NO:
 * there was nothing to do, or it took too long. Else after complaining. */
enum ctl_exit helper_request(const struct ctl *, const struct helper_request *);

#endif
