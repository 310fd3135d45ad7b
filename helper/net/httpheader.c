/* SPDX-License-Identifier: BSD-2-Clause */
/* The headers of a reply that mean something to us. */
#include "helper/net/httpheader.h"

#include <time.h>

#include "helper/net/httpdate.h"
#include "helper/net/retryafter.h"

static const char *
value_of(CURL *curl, const char *name)
{
	struct curl_header *header;

	return curl_easy_header(curl, name, 0, CURLH_HEADER, -1, &header) ==
		CURLHE_OK
	    ? header->value
	    : NULL;
}

void
http_header_read(CURL *curl, struct http_reply *reply)
{
	const char *wait = value_of(curl, "Retry-After");
	const char *date = value_of(curl, "Date");

	if (wait == NULL)
		wait = value_of(curl, "x-ratelimit-reset");
	reply->retry_after_s = wait != NULL ? retryafter_read(wait, time(NULL))
					    : RETRYAFTER_DEFAULT;
	reply->date = date != NULL ? http_date_read(date) : 0;
}
