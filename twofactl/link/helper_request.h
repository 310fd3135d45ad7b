/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One request to the helper, with the frames of a login: BEGIN with the
 * command's purpose, records back (items.h), one answer, a verdict. The helper
 * is not trusted: any error in order or form ends the call.
 */
#ifndef TWOFA_HELPER_REQUEST_H
#define TWOFA_HELPER_REQUEST_H

#include "lib/items/items.h"
#include "lib/wire/wire.h"
#include "twofactl/terminal/terminal.h"

struct helper_request {
	enum facts_purpose purpose;
	/* replaces the purpose: helper_link_facts with more; NULL: none */
	const struct facts *facts;
	int sock; /* from helper_socket_open, closed here; 0, -1: start one */
	const char *answer; /* to its question; NULL: change nothing */
	void *ctx;
	/* Gets each record except errors, which are shown; 0, or -1 to refuse
	 * it. Records count only after the call has ended with CTL_DONE. NULL:
	 * none. */
	int (*record)(void *ctx, const struct record *);
	/* Called when it asks, to act on its records before the answer: 0; -1
	 * when they are wrong, or 1 after complaining of something else; both
	 * end the call. NULL: nothing to do. */
	int (*asked)(void *ctx);
};

/* About ctl->name. CTL_DONE: done, or unchanged as wanted. CTL_NO: nothing to
 * do, or it took too long. Else after complaining. */
enum ctl_exit helper_request(const struct ctl *, const struct helper_request *);

#endif
