/* SPDX-License-Identifier: BSD-2-Clause */
/* A slow disk: linked in, each wait for it takes some seconds more. */
#ifndef TWOFA_TEST_SLOWSYNC_H
#define TWOFA_TEST_SLOWSYNC_H

extern unsigned slowsync_s; /* 3 at first */

#endif
