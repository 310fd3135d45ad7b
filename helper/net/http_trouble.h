/* SPDX-License-Identifier: BSD-2-Clause */
/* Failures that are not the provider's answer: a kept connection that has
 * ended, and shortages of this machine. */
#ifndef TWOFA_HTTP_TROUBLE_H
#define TWOFA_HTTP_TROUBLE_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/base/shortage.h"

/* True when the other side of an idle connection has closed it or sent
 * something: without a request, only the end can come. fd -1: false. */
bool http_trouble_ended(int fd);

/*
 * True when libcurl's text means a shortage here, or when there is one right
 * now. Asked when a request failed before it was sent, so that a shortage here
 * does not count as an outage.
 */
bool http_trouble_shortage(const char *text);

/* Did the server take the connection, or was it asked at all addresses that it
 * has? host: of base_url. Its name service is given that long at most. */
bool http_trouble_asked(
    const struct asked *, const char *host, int64_t most_ms, int64_t deadline);

#endif
