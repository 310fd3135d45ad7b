/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why a login ends, or why another method is asked for, as the person hears it.
 */
#ifndef TWOFA_TEXT_END_H
#define TWOFA_TEXT_END_H

enum words_end {
	END_NOT_SENT = 0, /* no provider took it */
	END_NUMBER,       /* the number was refused */
	END_BUSY,         /* another verification to the number is open */
	END_SPENT,        /* too many wrong codes */
	END_LIMIT,        /* too many messages */
	END_CANCELLED,
	END_TIMEOUT,
	END_DENIED,
};

#endif
