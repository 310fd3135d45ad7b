/* SPDX-License-Identifier: BSD-2-Clause */
/* Which of libcurl's errors mean that nothing was sent. */
#include "helper/net/http_unsent.h"

#include <stddef.h>

/* What stopped a request before its first byte. Whatever is not here, or came
 * later, may have been received. */
static const struct {
	CURLcode rc;
	enum http_fate fate;
} unsent[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, HTTP_NOT_SENT },
	{ CURLE_COULDNT_RESOLVE_PROXY, HTTP_NOT_SENT },
	{ CURLE_COULDNT_CONNECT, HTTP_NOT_SENT },
	{ CURLE_SSL_CONNECT_ERROR, HTTP_NOT_SENT },
	{ CURLE_OPERATION_TIMEDOUT, HTTP_NOT_SENT },
	{ CURLE_PEER_FAILED_VERIFICATION, HTTP_CERTIFICATE },
	{ CURLE_SSL_CACERT_BADFILE, HTTP_CERTIFICATE },
	{ CURLE_SSL_ISSUER_ERROR, HTTP_CERTIFICATE },
	{ CURLE_SSL_INVALIDCERTSTATUS, HTTP_CERTIFICATE },
	{ CURLE_OUT_OF_MEMORY, HTTP_LOCAL },
	{ CURLE_FAILED_INIT, HTTP_LOCAL },
	{ CURLE_NOT_BUILT_IN, HTTP_LOCAL },
	{ CURLE_URL_MALFORMAT, HTTP_LOCAL },
	{ CURLE_UNSUPPORTED_PROTOCOL, HTTP_LOCAL },
	{ CURLE_BAD_FUNCTION_ARGUMENT, HTTP_LOCAL },
	{ CURLE_UNKNOWN_OPTION, HTTP_LOCAL },
	{ CURLE_SSL_ENGINE_INITFAILED, HTTP_LOCAL },
};

enum http_fate
http_unsent_fate(CURLcode rc)
{
	for (size_t i = 0; i < sizeof(unsent) / sizeof(unsent[0]); i++)
		if (unsent[i].rc == rc)
			return unsent[i].fate;
	return HTTP_UNKNOWN;
}
