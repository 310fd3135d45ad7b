/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The person behind the module's socket: struct ui over frames.
 */
#ifndef TWOFA_UI_FRAMES_H
#define TWOFA_UI_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/dialogue/ui.h"

struct uiframe {
	int fd;
	bool gone; /* the peer left or broke the protocol: nothing is sent */
};

/* Make ui speak to the socket of u; both must outlive it. */
void uiframe_init(struct uiframe *, int fd, struct ui *);

/* Wait ms, unless the peer leaves: then false. 0: only look. */
bool uiframe_pause(struct uiframe *, int64_t ms);

#endif
