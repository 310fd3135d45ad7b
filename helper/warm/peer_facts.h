/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a service that is not root's may ask, through user.sock, and what counts
 * of what it says; whose login it may ask for is lib/rules/admission.h's. All
 * that the kernel does not vouch for is its own word. Pure.
 */
#ifndef TWOFA_PEER_FACTS_H
#define TWOFA_PEER_FACTS_H

#include <sys/types.h>

#include "lib/wire/facts.h"
#include "lib/wire/reason.h"

#define PEER_DEADLINE_MIN_MS 60000
#define PEER_DEADLINE_MAX_MS 280000

/*
 * Take the facts of a peer of this uid, which is not 0: what it cannot know or
 * may not say is emptied, the real uid is its own, and the deadline is brought
 * into the bounds above. Below the least one a provider would be cut off in the
 * middle of an answer, which root's services would pay for; the peer can leave
 * at any time. REASON_NONE, or why it is denied.
 */
enum reason peer_facts_take(struct facts *, uid_t peer);

#endif
