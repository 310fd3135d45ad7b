/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The person behind the module's socket: struct ui over frames.
 */
#ifndef TWOFA_UI_FRAMES_H
#define TWOFA_UI_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/dialogue/ui.h"

struct ui_frames {
	int fd;
	bool gone;    /* the peer left or broke the protocol: send no more */
	bool aborted; /* it sent ABORT */
};

/* Connect ui to the socket of u; both must outlive it. */
void ui_frames_init(struct ui_frames *, int fd, struct ui *);

/* Has the peer left without ABORT? Only when nothing more can be sent. */
bool ui_frames_left(struct ui_frames *);

/* Wait ms; false as soon as the peer leaves. 0: only check. */
bool ui_frames_pause(struct ui_frames *, int64_t ms);

#endif
