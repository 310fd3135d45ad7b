/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Holds back Ctrl-C, a hang-up or an end by systemd while a change must not
 * stop half-way; a wait can see them. Only one at a time.
 */
#ifndef TWOFA_BREAK_SIGNALS_H
#define TWOFA_BREAK_SIGNALS_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct break_signals {
	sigset_t before;
	struct sigaction action[4];
};

/* From now on they only interrupt break_signals_poll. */
void break_signals_hold(struct break_signals *);
/* Like poll(2); -1 with EINTR when such a signal comes or has come. */
int break_signals_poll(const struct break_signals *, struct pollfd *,
    nfds_t count, int64_t timeout_ms);
/* Has one come since? */
bool break_signals_came(void);
/* Restore them; also in a child. Those that came are dropped. */
void break_signals_release(const struct break_signals *);

#endif
