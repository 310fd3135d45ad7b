/* SPDX-License-Identifier: BSD-2-Clause */
/* Prepares once, in the listener, what each worker would repeat. */
#include "helper/listener/listener.h"

#include <malloc.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <sys/mman.h>
#include <unistd.h>

#include "helper/listener/listener_inside.h"
#include "lib/settings/settings.h"

#define STACK_PAGES 10 /* of a login by phone */
/* musl's headers lack it. */
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/* Has libcrypto and libconfig look up random numbers, digests and the functions
 * that they call, as at their first use. */
void
listener_preload_libraries(void)
{
	const EVP_MD *const of[] = { EVP_sha1(), EVP_sha256() };
	unsigned char out[EVP_MAX_MD_SIZE];
	unsigned len;

	if (RAND_bytes(out, 1) != 1 || !sha256_of("", 0, out))
		log_notice("libcrypto has no random bytes yet");
	for (size_t i = 0; i < COUNT_OF(of); i++)
		(void)HMAC(of[i], "", 1, out, 0, out, &len);
	settings_preload(MODULE_ARGUMENTS_CONF, 0);
	/* else each worker clears what was freed, to use it once more */
	(void)malloc_trim(0);
}

/* Kernels before 5.14 refuse this advice; each page is then mapped by a fault
 * of its own, as it is used. Around a page of the code that is read, the kernel
 * maps its neighbours, too. */
void
listener_preload_stack(void)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	char *top =
	    (char *)((uintptr_t)__builtin_frame_address(0) & ~(page - 1));
	const size_t len = STACK_PAGES * page;

	(void)madvise(top - len, len + page, MADV_POPULATE_WRITE);
}
