/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of libcurl for one request: target, proxy, credentials, body. */
#include "helper/net/net_inside.h"

#include <glob.h>

#define URL_MAX 1024
#define REUSE_S 30L /* maximum age of a connection that is reused */

static const struct {
	CURLoption option;
	long value;
} options[] = {
	{ CURLOPT_SSL_VERIFYPEER, 1 },
	{ CURLOPT_SSL_VERIFYHOST, 2 },
	{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
	{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 },
	{ CURLOPT_HTTP09_ALLOWED, 0 },
	{ CURLOPT_FOLLOWLOCATION, 0 },  /* credentials must not go elsewhere */
	{ CURLOPT_HTTPPROXYTUNNEL, 1 }, /* TLS ends at the provider */
	{ CURLOPT_SUPPRESS_CONNECT_HEADERS, 1 },
	{ CURLOPT_PATH_AS_IS, 1 },
	{ CURLOPT_DISALLOW_USERNAME_IN_URL, 1 },
	{ CURLOPT_NETRC, CURL_NETRC_IGNORED },
	{ CURLOPT_NOSIGNAL, 1 },
	/* by default 80 KiB a request, which are wiped; bodies are small */
	{ CURLOPT_BUFFERSIZE, 4096 },
	{ CURLOPT_UPLOAD_BUFFERSIZE, 16384 },
	/* else libcurl 8.14 ends the connection of an error that comes at once,
	 * before it has noted that all was sent */
	{ CURLOPT_KEEP_SENDING_ON_ERROR, 1 },
	{ CURLOPT_QUICK_EXIT, 1 }, /* a hanging resolver must not block */
	{ CURLOPT_MAXAGE_CONN, REUSE_S },
	{ CURLOPT_MAXLIFETIME_CONN, REUSE_S },
};

static struct curl_slist *
make_list(const char *const *lines)
{
	struct curl_slist *list = NULL, *longer;

	for (; *lines != NULL; lines++) {
		longer = http_curl.curl_slist_append(list, *lines);
		if (longer == NULL) {
			http_curl.curl_slist_free_all(list);
			return NULL;
		}
		list = longer;
	}
	return list;
}

/* libcurl's copies of the header lines are wiped by wiping_memory. */
static struct curl_slist *
make_headers(const struct http_request *req)
{
	char auth[HTTP_AUTH_MAX], type[96];
	const char *lines[] = { "Accept: application/json", "Expect:", type,
		auth, NULL };
	struct curl_slist *list = NULL;

	/* An empty value keeps libcurl from adding its own. */
	PRINT_TO(type, "Content-Type:%s%s",
	    req->content_type == NULL ? "" : " ",
	    req->content_type == NULL ? "" : req->content_type);
	if (http_auth_header(req, auth) == -1)
		return NULL;
	if (auth[0] == '\0')
		lines[3] = NULL;
	list = make_list(lines);
	explicit_bzero(auth, sizeof(auth));
	return list;
}

static bool
set_method(CURL *c, const struct http_request *req)
{
	if (req->method == HTTP_GET)
		return curl_easy_setopt(c, CURLOPT_HTTPGET, 1L) == 0;
	if (req->method == HTTP_DELETE)
		return curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, "DELETE") ==
		    0;
	return curl_easy_setopt(
		   c, CURLOPT_POSTFIELDSIZE, (long)req->body_len) == 0 &&
	    curl_easy_setopt(c, CURLOPT_POSTFIELDS, req->body) == 0;
}

/* As a header, since some versions decode "%41" in their own options for
 * credentials. Without the header, the proxy refuses the request. */
static struct curl_slist *
make_proxy_headers(const struct http_peer *peer)
{
	char line[sizeof("Proxy-") + HTTP_AUTH_MAX] = "Proxy-";
	const char *const lines[] = { line, NULL };
	struct curl_slist *list = NULL;

	if (http_auth_basic(peer->proxy_user, peer->proxy_password,
		line + strlen(line)) == 0)
		list = make_list(lines);
	explicit_bzero(line, sizeof(line));
	return list;
}

/* Either one replaces both of the system's, which libcurl 8.21 takes for one
 * that is NULL. So a file stands for a folder, in which nothing is found, and
 * one certificate of a folder for a file; without any the request fails. */
static bool
set_roots(CURL *c, const struct http_peer *peer)
{
	const char *file = peer->ca_file, *path = peer->ca_path;
	char pattern[TRUSTED_FILE_PATH_MAX + sizeof("/*.0")];
	glob_t found OWNED(globfree) = { 0 };

	if (file == NULL && path == NULL)
		return true;
	PRINT_TO(pattern, "%s/*.0", path != NULL ? path : "");
	if (file == NULL)
		file = glob(pattern, 0, NULL, &found) == 0 ? found.gl_pathv[0]
							   : path;
	return curl_easy_setopt(c, CURLOPT_CAINFO, file) == 0 &&
	    curl_easy_setopt(c, CURLOPT_CAPATH, path != NULL ? path : file) ==
	    0;
}

static bool
set_options(struct http_call *call, bool apart)
{
	struct http *http = call->http;
	CURL *c = call->curl;
	bool bad = false;

	for (size_t i = 0; i < COUNT_OF(options); i++)
		bad |= curl_easy_setopt(
			   c, options[i].option, options[i].value) != 0;
	bad |=
	    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, http->base.scheme) != 0;
	/* "" keeps libcurl from reading the environment */
	bad |= curl_easy_setopt(c, CURLOPT_PROXY, http->peer.proxy) != 0;
	bad |= curl_easy_setopt(c, CURLOPT_NOPROXY, "") != 0;
	if (http->proxy_headers == NULL && http->peer.proxy_user != NULL)
		http->proxy_headers = make_proxy_headers(&http->peer);
	bad |=
	    curl_easy_setopt(c, CURLOPT_PROXYHEADER, http->proxy_headers) != 0;
	bad |= curl_easy_setopt(
		   c, CURLOPT_USERAGENT, "pam_twofa/" TWOFA_VERSION) != 0;
	bad |= curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, (long)apart) != 0;
	bad |= curl_easy_setopt(c, CURLOPT_FORBID_REUSE, (long)apart) != 0;
	return !bad && set_roots(c, &http->peer);
}

long
http_request_max_ms(const struct http_call *c)
{
	const long most = c->http->peer.timeout_ms;

	return c->left < most ? (long)c->left : most;
}

bool
http_options_set(struct http_call *call, const struct http_request *req)
{
	CURL *c = call->curl;
	char url[URL_MAX];
	bool bad = !PRINT_FITS(url, "%s%s",
		       req->path[0] == '/' ? call->http->peer.base_url : "",
		       req->path) ||
	    curl_easy_setopt(c, CURLOPT_URL, url) != 0;

	call->headers = make_headers(req);
	bad |= call->headers == NULL || !set_options(call, req->apart);
	explicit_bzero(url, sizeof(url)); /* one vendor has codes in the path */
	bad |= curl_easy_setopt(
		   c, CURLOPT_TIMEOUT_MS, http_request_max_ms(call)) != 0;
	bad |= curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS,
		   call->http->peer.connect_timeout_ms) != 0;
	return !bad && set_method(c, req);
}
