/* SPDX-License-Identifier: BSD-2-Clause */
/* Is this machine short of what a request takes? */
#ifndef TWOFA_NET_SHORTAGE_H
#define TWOFA_NET_SHORTAGE_H

#include <stdbool.h>

/*
 * True when error (an errno, 0 for none) or libcurl's text is of a lack of
 * descriptors, memory or local ports, or when descriptors or memory are short
 * right now. Asked when a request failed before it left, so that our own want
 * is not taken for an outage.
 */
bool shortage_of(long error, const char *text);

#endif
