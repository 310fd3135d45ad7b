/* SPDX-License-Identifier: BSD-2-Clause */
/* What a request meets that is no answer of the provider: a kept connection
 * that has ended, and a want of our own. */
#ifndef TWOFA_HTTP_TROUBLE_H
#define TWOFA_HTTP_TROUBLE_H

#include <stdbool.h>

/* True when the other side of an idle connection has closed it, or has said
 * anything: nothing is to come unasked but the end. fd -1: false. */
bool http_trouble_ended(int fd);

/*
 * True when error (an errno, 0 for none) or libcurl's text is of a lack of
 * descriptors, memory or local ports, or when descriptors or memory are short
 * right now. Asked when a request failed before it left, so that our own want
 * is not taken for an outage.
 */
bool http_trouble_shortage(long error, const char *text);

#endif
