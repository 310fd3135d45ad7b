/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads libraries before a login needs them. */
#include "helper/warm/preload.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include <openssl/rand.h>

#include "helper/net/net.h"
#include "lib/system/system.h"

/* libcurl's TLS library where that is OpenSSL. libcurl has loaded it
 * already. */
#define TLS_LIBRARY "libssl.so.3"

/* The first context of a process reads tables and loads algorithms. */
static void
touch_tls(void)
{
	void *library = dlopen(TLS_LIBRARY, RTLD_NOW | RTLD_NOLOAD);
	const void *(*method)(void) = NULL;
	void *(*context_new)(const void *) = NULL;
	void (*context_free)(void *) = NULL;

	if (library == NULL)
		return; /* libcurl uses another TLS library */
	*(void **)&method = dlsym(library, "TLS_client_method");
	*(void **)&context_new = dlsym(library, "SSL_CTX_new");
	*(void **)&context_free = dlsym(library, "SSL_CTX_free");
	if (method != NULL && context_new != NULL && context_free != NULL)
		context_free(context_new(method()));
	(void)dlclose(library);
}

void
preload(void)
{
	unsigned char byte;

	if (http_set_up(true) != 0)
		log_notice("libcurl cannot be loaded: %s; install the package "
			   "of libcurl.so.4, or free memory",
		    strerror(errno));
	touch_tls();
	if (RAND_bytes(&byte, 1) != 1)
		log_notice("libcrypto has no random bytes yet");
}
