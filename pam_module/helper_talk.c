/* SPDX-License-Identifier: BSD-2-Clause */
/* Talk to one helper, or to the next one during an upgrade. */
#include "pam_module/helper_talk.h"

#include <poll.h>

#include "pam_module/transport.h"

#define ALLOWANCE_MS 10000 /* every wait ends this long after the deadline */
#define GRACE_MS 2000      /* for a failed helper to end by itself */
#define UPGRADE_MS 5000    /* until an upgrade has replaced both files */
#define UPGRADE_STEP_MS 250

/* One helper, from its start to its end. */
static enum reason
talk_once(
    struct relay *r, const struct args *args, struct facts *facts, int *status)
{
	struct transport_way way = TRANSPORT_NONE;
	int64_t until = r->deadline + ALLOWANCE_MS;
	enum reason reason = transport_open(&way, args, r->deadline);
	const int64_t left = r->deadline - frame_clock_ms();

	facts->deadline_ms = left < 1 ? 1 : left;
	r->sock = way.sock;
	r->socket = way.socket;
	r->limit = until;
	if (reason == REASON_NONE)
		reason = relay_run(r, facts);
	if (reason != REASON_NONE && until > frame_clock_ms() + GRACE_MS)
		until = frame_clock_ms() + GRACE_MS;
	*status = transport_close(&way, r->ended, until);
	if (*status == SPAWN_STATUS_UNKNOWN && frame_clock_ms() > r->deadline)
		return REASON_DEADLINE; /* the deadline is what killed it */
	return reason;
}

/* Has the helper refused the module's version before anything was shown? */
static bool
is_other(const struct relay *r)
{
	const char *word = frame_text(&r->verdict, FIELD_REASON);

	return !r->talked && word != NULL &&
	    reason_find(word) == REASON_HELPER_VERSION;
}

/* An upgrade replaces the helper's file a moment after the module's. And a
 * program that loaded this module before a downgrade meets a helper of the
 * version before. So the two versions take turns, if there are two. */
enum reason
helper_talk(
    struct relay *r, const struct args *args, struct facts *facts, int *status)
{
	const int64_t until = frame_clock_ms() + UPGRADE_MS;
	enum reason reason = talk_once(r, args, facts, status);
	bool older = false;

	while (
	    reason == REASON_NONE && is_other(r) && frame_clock_ms() < until) {
		older = !older && FRAME_VERSION_OLDEST < FRAME_VERSION;
		frame_speak(older ? FRAME_VERSION_OLDEST : FRAME_VERSION);
		if (!older)
			(void)poll(NULL, 0, UPGRADE_STEP_MS);
		reason = talk_once(r, args, facts, status);
	}
	return reason;
}
