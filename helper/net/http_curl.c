/* SPDX-License-Identifier: BSD-2-Clause */
/* Passes calls of libcurl's functions on to the library, which is loaded
 * late. */
#include "helper/net/http_curl.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>

#define CURL_DISABLE_TYPECHECK /* its macros would wrap these functions */
#include <curl/curl.h>
#undef curl_easy_setopt
#undef curl_easy_getinfo

/* The SONAME that linked programs have had since 2006. */
#define SONAME "libcurl.so.4"

/* Hidden, because libcurl itself calls some of these. */
#pragma GCC visibility push(hidden)

static struct {
	__typeof__(curl_global_init_mem) *global_init_mem;
	__typeof__(curl_easy_init) *easy_init;
	__typeof__(curl_easy_cleanup) *easy_cleanup;
	__typeof__(curl_easy_reset) *easy_reset;
	__typeof__(curl_easy_strerror) *easy_strerror;
	__typeof__(curl_easy_header) *easy_header;
	__typeof__(curl_easy_setopt) *easy_setopt;
	__typeof__(curl_easy_getinfo) *easy_getinfo;
	__typeof__(curl_multi_init) *multi_init;
	__typeof__(curl_multi_cleanup) *multi_cleanup;
	__typeof__(curl_multi_add_handle) *multi_add_handle;
	__typeof__(curl_multi_remove_handle) *multi_remove_handle;
	__typeof__(curl_multi_perform) *multi_perform;
	__typeof__(curl_multi_poll) *multi_poll;
	__typeof__(curl_multi_info_read) *multi_info_read;
	__typeof__(curl_slist_append) *slist_append;
	__typeof__(curl_slist_free_all) *slist_free_all;
} lib;

static const struct {
	const char *name;
	void *at; /* a function pointer of lib */
} symbols[] = {
	{ "curl_global_init_mem", &lib.global_init_mem },
	{ "curl_easy_init", &lib.easy_init },
	{ "curl_easy_cleanup", &lib.easy_cleanup },
	{ "curl_easy_reset", &lib.easy_reset },
	{ "curl_easy_strerror", &lib.easy_strerror },
	{ "curl_easy_header", &lib.easy_header },
	{ "curl_easy_setopt", &lib.easy_setopt },
	{ "curl_easy_getinfo", &lib.easy_getinfo },
	{ "curl_multi_init", &lib.multi_init },
	{ "curl_multi_cleanup", &lib.multi_cleanup },
	{ "curl_multi_add_handle", &lib.multi_add_handle },
	{ "curl_multi_remove_handle", &lib.multi_remove_handle },
	{ "curl_multi_perform", &lib.multi_perform },
	{ "curl_multi_poll", &lib.multi_poll },
	{ "curl_multi_info_read", &lib.multi_info_read },
	{ "curl_slist_append", &lib.slist_append },
	{ "curl_slist_free_all", &lib.slist_free_all },
};

_Static_assert(
    sizeof(lib) == sizeof(symbols) / sizeof(symbols[0]) * sizeof(void *),
    "every function is looked up");

int
http_curl_load(bool at_once)
{
	/* lazy, as in a program linked to it */
	void *handle =
	    dlopen(SONAME, (at_once ? RTLD_NOW : RTLD_LAZY) | RTLD_LOCAL);

	errno = ELIBACC;
	if (handle == NULL)
		return -1;
	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		void *found = dlsym(handle, symbols[i].name);

		errno = ELIBACC;
		if (found == NULL)
			return -1;
		*(void **)symbols[i].at = found;
	}
	return 0;
}

CURLcode
curl_global_init_mem(long flags, curl_malloc_callback m, curl_free_callback f,
    curl_realloc_callback r, curl_strdup_callback s, curl_calloc_callback c)
{
	return lib.global_init_mem(flags, m, f, r, s, c);
}

CURL *
curl_easy_init(void)
{
	return lib.easy_init();
}

void
curl_easy_cleanup(CURL *curl)
{
	lib.easy_cleanup(curl);
}

void
curl_easy_reset(CURL *curl)
{
	lib.easy_reset(curl);
}

const char *
curl_easy_strerror(CURLcode rc)
{
	return lib.easy_strerror(rc);
}

CURLHcode
curl_easy_header(CURL *curl, const char *name, size_t index,
    unsigned int origin, int request, struct curl_header **found)
{
	return lib.easy_header(curl, name, index, origin, request, found);
}

static CURLcode
set_number(CURL *curl, CURLoption option, long number)
{
	return lib.easy_setopt(curl, option, number);
}

static CURLcode
set_pointer(CURL *curl, CURLoption option, void *pointer)
{
	return lib.easy_setopt(curl, option, pointer);
}

/* The option's number tells the type of the argument. */
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
	rc = lib.easy_getinfo(curl, info, va_arg(ap, void *));
	va_end(ap);
	return rc;
}

CURLM *
curl_multi_init(void)
{
	return lib.multi_init();
}

CURLMcode
curl_multi_cleanup(CURLM *multi)
{
	return lib.multi_cleanup(multi);
}

CURLMcode
curl_multi_add_handle(CURLM *multi, CURL *curl)
{
	return lib.multi_add_handle(multi, curl);
}

CURLMcode
curl_multi_remove_handle(CURLM *multi, CURL *curl)
{
	return lib.multi_remove_handle(multi, curl);
}

CURLMcode
curl_multi_perform(CURLM *multi, int *running)
{
	return lib.multi_perform(multi, running);
}

CURLMcode
curl_multi_poll(CURLM *multi, struct curl_waitfd extra[], unsigned int count,
    int timeout_ms, int *ready)
{
	return lib.multi_poll(multi, extra, count, timeout_ms, ready);
}

CURLMsg *
curl_multi_info_read(CURLM *multi, int *left)
{
	return lib.multi_info_read(multi, left);
}

struct curl_slist *
curl_slist_append(struct curl_slist *list, const char *line)
{
	return lib.slist_append(list, line);
}

void
curl_slist_free_all(struct curl_slist *list)
{
	lib.slist_free_all(list);
}

#pragma GCC visibility pop
