/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a service that is not root's may ask through user.sock, and which of its
 * facts count. lib/rules/rules.h decides for whose login it may ask. The
 * service can make up everything that the kernel does not confirm. Pure.
 */
#ifndef TWOFA_PEER_FACTS_H
#define TWOFA_PEER_FACTS_H

#include <sys/types.h>

#include "lib/wire/wire.h"

#define PEER_DEADLINE_MIN_MS 60000
#define PEER_DEADLINE_MAX_MS 280000

/*
 * Take the facts of a peer of this uid, which is not 0. Facts that it cannot
 * know or may not give are emptied, the real uid is set to its own, and the
 * deadline is limited to the bounds above. With a shorter one a provider would
 * be cut off in the middle of an answer, and root's services would suffer; the
 * peer itself can leave at any time. REASON_NONE, or why it is denied.
 */
enum reason peer_facts_take(struct facts *, uid_t peer);

#endif
