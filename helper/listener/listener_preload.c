/* SPDX-License-Identifier: BSD-2-Clause */
/* What a listener does once, so that no worker does it for each login. */
#include "helper/listener/listener.h"

#include <link.h>
#include <malloc.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "helper/listener/listener_inside.h"
#include "lib/settings/settings.h"
#include "lib/system/system.h"

#define STACK_PAGES 10 /* of a login by phone */

static struct {
	uintptr_t page;
	/* what is only read of the program and of libc, as their code */
	struct {
		char *begin;
		size_t len;
	} part[8];
} preload;

static int
note_parts(struct dl_phdr_info *o, size_t size, void *used)
{
	const bool wanted = o->dlpi_name[0] == '\0' ||
	    strstr(o->dlpi_name, "/libc.so.") != NULL;
	size_t *n = used;

	(void)size;
	for (size_t i = 0; wanted && i < o->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &o->dlpi_phdr[i];
		const uintptr_t at = o->dlpi_addr + part->p_vaddr;

		if (part->p_type != PT_LOAD || (part->p_flags & PF_W) != 0 ||
		    *n == COUNT_OF(preload.part))
			continue;
		preload.part[*n].begin = (char *)(at & ~(preload.page - 1));
		preload.part[(*n)++].len =
		    part->p_memsz + (at & (preload.page - 1));
	}
	return 0;
}

/* Has libcrypto and libconfig look up random numbers, digests and the functions
 * that they call, as at their first use. */
void
listener_preload_libraries(void)
{
	const EVP_MD *const of[] = { EVP_sha1(), EVP_sha256() };
	unsigned char out[EVP_MAX_MD_SIZE];
	unsigned len;
	size_t used = 0;

	if (RAND_bytes(out, 1) != 1 || !sha256_of("", 0, out))
		log_notice("libcrypto has no random bytes yet");
	for (size_t i = 0; i < COUNT_OF(of); i++)
		(void)HMAC(of[i], "", 1, out, 0, out, &len);
	settings_preload(MODULE_ARGUMENTS_CONF, 0);
	preload.page = (uintptr_t)sysconf(_SC_PAGESIZE);
	(void)dl_iterate_phdr(note_parts, &used);
	/* else each worker clears what was freed, to use it once more */
	(void)malloc_trim(0);
}

/* Kernels before 5.14 do not know these two: there each page is mapped by a
 * fault of its own, as it is used. */
void
listener_preload_map(void)
{
	char *top = (char *)((uintptr_t)__builtin_frame_address(0) &
	    ~(preload.page - 1));
	const size_t len = STACK_PAGES * preload.page;

	(void)madvise(top - len, len + preload.page, MADV_POPULATE_WRITE);
	for (size_t i = 0; i < COUNT_OF(preload.part); i++)
		(void)madvise(preload.part[i].begin, preload.part[i].len,
		    MADV_POPULATE_READ);
}
