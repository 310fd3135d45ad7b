/* SPDX-License-Identifier: BSD-2-Clause */
/* libcurl, which is loaded late, and the meaning of its errors. */
#include "helper/net/net_inside.h"

#include <dlfcn.h>
#include <stdlib.h>

/* The SONAME that linked programs have had since 2006. */
#define SONAME "libcurl.so.4"
#define RETRY_MIN_S 1
#define RETRY_MAX_S 30

/* Errors before the first byte is sent. After any other, the provider may have
 * received the request. */
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
http_fate_from_curl(CURLcode rc)
{
	for (size_t i = 0; i < COUNT_OF(unsent); i++)
		if (unsent[i].rc == rc)
			return unsent[i].fate;
	return HTTP_UNKNOWN;
}

static const char *
header_value(CURL *curl, const char *name)
{
	struct curl_header *header;

	return http_curl.curl_easy_header(
		   curl, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK
	    ? header->value
	    : NULL;
}

void
http_reply_read_headers(CURL *curl, struct http_reply *reply)
{
	const char *wait = header_value(curl, "Retry-After");
	const char *date = header_value(curl, "Date");

	if (wait == NULL)
		wait = header_value(curl, "x-ratelimit-reset");
	reply->retry_after_s = wait != NULL
	    ? http_retry_after_parse(wait, time(NULL))
	    : HTTP_RETRY_DEFAULT_S;
	reply->date = date != NULL ? http_date_parse(date) : 0;
}

static const char *
fate_text(const struct http_reply *reply)
{
	static const char *const texts[HTTP_LOCAL + 1] = {
		[HTTP_REPLIED] = "",
		[HTTP_UNKNOWN] = "no usable answer, may have been received",
		[HTTP_NOT_SENT] =
		    "not reached (see base_url, name service, firewall)",
		[HTTP_CERTIFICATE] =
		    "certificate refused (see ca_file or ca_path, the host "
		    "name in base_url, the clock)",
		[HTTP_PROXY] =
		    "not sent: the proxy failed or refused (see proxy, "
		    "proxy_user, proxy_password_file, name service, firewall, "
		    "the log of the proxy)",
		[HTTP_LOCAL] =
		    "not sent: this host is short of descriptors, memory, "
		    "ports, nf_conntrack entries or the like",
	};

	if (reply->fate == HTTP_NOT_SENT && reply->unresolved)
		return "not reached: the name was not resolved, or only in "
		       "part, which is no outage (see base_url, name service)";
	return texts[reply->fate];
}

void
http_reply_set_cause(
    struct http_reply *reply, const char *host, const char *why)
{
	if (reply->fate == HTTP_REPLIED)
		return;
	PRINT_TO(reply->cause, "%s: %s: %s", host,
	    reply->stalled ? "this process stood still (stopped, frozen, "
			     "suspended or short of CPU time), so the provider "
			     "may be fine"
			   : fate_text(reply),
	    why);
}

int64_t
http_date_parse(const char *value)
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
	if (seconds < RETRY_MIN_S)
		return RETRY_MIN_S;
	return seconds > RETRY_MAX_S ? RETRY_MAX_S : seconds;
}

long
http_retry_after_parse(const char *value, time_t now)
{
	int64_t date;

	/* strtol stops at LONG_MAX, which is enough. */
	if (value[0] != '\0' && value[strspn(value, TEXT_DIGITS)] == '\0')
		return clamp(strtol(value, NULL, 10));
	date = http_date_parse(value);
	if (date == 0)
		return HTTP_RETRY_DEFAULT_S;
	return clamp((long)(date - now));
}

bool
http_text_is_shortage(const char *text)
{
	/* what libcurl and OpenSSL write about one */
	return strstr(text, "thread failed to start") != NULL ||
	    strstr(text, "malloc failure") != NULL || shortage_is_present();
}

#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

struct http_curl http_curl;
static int (*has_pending)(const void *ssl); /* or NULL */

int
http_curl_load(void)
{
	void *libcurl =
	    library_load(SONAME, HTTP_CURL_FUNCTIONS(LIBRARY_NAME), &http_curl);

	if (libcurl == NULL)
		return -1;
	/* of the libssl that libcurl has */
	*(void **)&has_pending = dlsym(libcurl, "SSL_has_pending");
	return 0;
}

/* Hidden, because libcurl itself calls these. */
#pragma GCC visibility push(hidden)

static CURLcode
set_number(CURL *curl, CURLoption option, long number)
{
	return http_curl.curl_easy_setopt(curl, option, number);
}

static CURLcode
set_pointer(CURL *curl, CURLoption option, void *pointer)
{
	return http_curl.curl_easy_setopt(curl, option, pointer);
}

/* The number of an option determines the type of its argument. */
CURLcode
curl_easy_setopt(CURL *curl, CURLoption option, ...)
{
	CURLcode rc = CURLE_UNKNOWN_OPTION;
	va_list ap;

	va_start(ap, option);
	if (option < CURLOPTTYPE_OBJECTPOINT)
		rc = set_number(curl, option, va_arg(ap, long));
	else if (option < CURLOPTTYPE_OFF_T)
		rc = set_pointer(curl, option, va_arg(ap, void *));
	va_end(ap);
	return rc;
}

CURLcode
curl_easy_getinfo(CURL *curl, CURLINFO info, ...)
{
	CURLcode rc;
	va_list ap;

	va_start(ap, info);
	rc = http_curl.curl_easy_getinfo(curl, info, va_arg(ap, void *));
	va_end(ap);
	return rc;
}

CURLMcode
curl_multi_setopt(CURLM *multi, CURLMoption option, ...)
{
	CURLMcode rc;
	va_list ap;

	va_start(ap, option);
	rc = http_curl.curl_multi_setopt(multi, option, va_arg(ap, long));
	va_end(ap);
	return rc;
}

#pragma GCC visibility pop

bool
http_curl_has_unread(CURL *curl)
{
	const struct curl_tlssessioninfo *tls = NULL;

	if (curl_easy_getinfo(curl, CURLINFO_TLS_SSL_PTR, &tls) != CURLE_OK ||
	    tls == NULL)
		return true;
	if (tls->internals == NULL) /* no TLS */
		return false;
	return tls->backend != CURLSSLBACKEND_OPENSSL || has_pending == NULL ||
	    has_pending(tls->internals) != 0;
}
