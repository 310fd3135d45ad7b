/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ctrl-C, a hang-up, an end by systemd: held back while something must not be
 * left half done, and seen in a wait. One at a time.
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

/* From here they interrupt break_signals_poll alone. */
void break_signals_hold(struct break_signals *);
/* As poll(2), and -1 with EINTR when one comes or has come. */
int break_signals_poll(const struct break_signals *, struct pollfd *,
    nfds_t count, int64_t timeout_ms);
/* Has one come since they are held? */
bool break_signals_came(void);
/* As they were; in a child, too. Those that came are over. */
void break_signals_release(const struct break_signals *);

#endif
