/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * twofactl behind the socket: struct ui over frames as in a login, but for
 * thousands of lines: SAY waits until the other end has read some.
 */
#ifndef TWOFA_UI_ADMIN_H
#define TWOFA_UI_ADMIN_H

#include "helper/dialogue/ui_frames.h"

struct ui_admin {
	struct ui_frames frame;
	struct ui inner;
	int64_t deadline; /* frame_clock_ms */
};

/* Make ui speak to fd until deadline; p must outlive it. */
void ui_admin_init(struct ui_admin *p, int fd, int64_t deadline, struct ui *ui);

/* Wait until there is room for another frame, so that the verdict is not lost
 * behind many lines. */
void ui_admin_drain(const struct ui_admin *);

#endif
