/* SPDX-License-Identifier: BSD-2-Clause */
/* How an SMS is encoded, and into how many parts it is split. */
#ifndef SIM_TELNYX_PARTS_H
#define SIM_TELNYX_PARTS_H

#include <stdbool.h>

struct telnyx_parts {
	bool gsm7; /* else UCS-2 */
	int chars; /* of the text */
	int parts;
};

/* Of a UTF-8 text; ucs2 leaves GSM-7 out of account. */
struct telnyx_parts telnyx_parts(const char *text, bool ucs2);

#endif
