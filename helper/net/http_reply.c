/* SPDX-License-Identifier: BSD-2-Clause */
/* Times in a reply's headers, and the reason when there is no reply. */
#include "helper/net/http_reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_LEAST_S 1
#define RETRY_MOST_S 30

/* What happened, and where to look. */
static const char *
fate_text(const struct http_reply *reply)
{
	const char *text = "";

	switch (reply->fate) {
	case HTTP_UNKNOWN:
		text = "no usable answer, may have been received";
		break;
	case HTTP_REPLIED:
		break;
	case HTTP_NOT_SENT:
		text = reply->unresolved
		    ? "not reached: its name was not resolved, or only in "
		      "part, which is no outage (see base_url, name service)"
		    : "not reached (see base_url, name service, firewall)";
		break;
	case HTTP_CERTIFICATE:
		text = "certificate refused (see ca_file or ca_path, the host "
		       "name in base_url, the clock)";
		break;
	case HTTP_LOCAL:
		text = "not sent, for want of something on this machine: "
		       "descriptors, memory, ports, room in nf_conntrack";
		break;
	}
	return text;
}

void
http_reply_cause(struct http_reply *reply, const char *host, const char *why)
{
	if (reply->fate == HTTP_REPLIED)
		return;
	(void)snprintf(reply->cause, sizeof(reply->cause), "%s: %s: %s", host,
	    reply->stalled ? "this process stood still meanwhile, which says "
			     "nothing of the provider (stopped, frozen, "
			     "suspended, or short of CPU time)"
			   : fate_text(reply),
	    why);
}

int64_t
http_reply_date(const char *value)
{
	struct tm tm = { 0 };
	const char *end = strptime(value, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	time_t then;

	if (end == NULL || *end != '\0')
		return 0;
	then = timegm(&tm);
	return then > 0 ? (int64_t)then : 0;
}

static long
clamp(long seconds)
{
	if (seconds < RETRY_LEAST_S)
		return RETRY_LEAST_S;
	return seconds > RETRY_MOST_S ? RETRY_MOST_S : seconds;
}

long
http_reply_retry_after(const char *value, time_t now)
{
	int64_t date;

	/* strtol stops at LONG_MAX, which is enough. */
	if (value[0] != '\0' && value[strspn(value, "0123456789")] == '\0')
		return clamp(strtol(value, NULL, 10));
	date = http_reply_date(value);
	if (date == 0)
		return HTTP_RETRY_DEFAULT_S;
	return clamp((long)(date - now));
}
