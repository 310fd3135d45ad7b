/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a request did not end in a reply, as one line for the log. */
#include "helper/net/http_reply.h"

#include <stdio.h>

/* What happened, and where to look. */
static const char *
fate_text(enum http_fate fate)
{
	const char *text = "";

	switch (fate) {
	case HTTP_UNKNOWN:
		text = "no usable answer, may have been received";
		break;
	case HTTP_REPLIED:
		break;
	case HTTP_NOT_SENT:
		text = "not reached (see base_url, name service, firewall)";
		break;
	case HTTP_CERTIFICATE:
		text = "certificate refused (see ca_file or ca_path, the host "
		       "name in base_url, the clock)";
		break;
	case HTTP_LOCAL:
		text = "not sent, for want of something on this machine";
		break;
	}
	return text;
}

void
http_cause(struct http_reply *reply, const char *host, const char *why)
{
	if (reply->fate == HTTP_REPLIED)
		return;
	(void)snprintf(reply->cause, sizeof(reply->cause), "%s: %s: %s", host,
	    reply->stalled ? "this process stood still meanwhile, which says "
			     "nothing of the provider (stopped, frozen, "
			     "suspended, or short of CPU time)"
			   : fate_text(reply->fate),
	    why);
}
