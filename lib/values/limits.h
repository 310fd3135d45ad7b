/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The limits that the settings define: messages, money and wrong codes. The
 * store applies them (store_sends.h, store_guesses.h).
 */
#ifndef TWOFA_LIMITS_H
#define TWOFA_LIMITS_H

#include <stdint.h>

#define STORE_LOCK_MAX_S 86400 /* doubling stops at 24 h */
#define STORE_SHUT_AT 100      /* NIST SP 800-63B section 5.2.2 */

/* Messages in a sliding window; 0: no limit. Money in millionths; -1: none. */
struct store_send_limits {
	unsigned user_hour, user_day, number_day, source_hour, host_hour;
	unsigned number_answered_day; /* messages whose code was used */
	unsigned push_hour;
	int64_t spend_day, spend_month; /* calendar days of UTC; 30 days */
	int64_t price;                  /* of the message in question */
	/* of a service that is not root's; 0: none allowed */
	unsigned other_hour;
	unsigned fleet_hour;  /* over all hosts that share the state */
	unsigned office_hour; /* in place of source_hour, from an office */
};

/* Wrong codes. */
struct store_guess_limits {
	unsigned after;       /* per user and source; 1 or more */
	unsigned after_total; /* per user over all sources; 1 or more */
	int64_t lock_s; /* the first lock, 1 or more; the next ones double */
	/* of one host in an hour; above, they count for that host alone. 0:
	 * no limit. One file has one host, so SQLite has no use for it */
	unsigned host_hour;
};

#endif
