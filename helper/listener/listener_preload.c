/* SPDX-License-Identifier: BSD-2-Clause */
/* Prepares once, in the listener, what each worker would repeat. */
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
/* Linux maps a block of this size around a page that is read
 * (fault_around_bytes). */
#define AROUND ((uintptr_t)65536)

static struct {
	uintptr_t page;
	size_t parts;
	/* the parts of the program and of libc that are never written */
	struct {
		char *begin;
		size_t len;
	} part[8];
} preload;

static int
note_parts(struct dl_phdr_info *o, size_t size, void *ctx)
{
	const bool wanted = o->dlpi_name[0] == '\0' ||
	    strstr(o->dlpi_name, "/libc.so.") != NULL;

	(void)size;
	(void)ctx;
	for (size_t i = 0; wanted && i < o->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &o->dlpi_phdr[i];
		const uintptr_t at = o->dlpi_addr + part->p_vaddr;

		if (part->p_type != PT_LOAD || (part->p_flags & PF_W) != 0 ||
		    preload.parts == COUNT_OF(preload.part))
			continue;
		preload.part[preload.parts].begin =
		    (char *)(at & ~(preload.page - 1));
		preload.part[preload.parts++].len =
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

	if (RAND_bytes(out, 1) != 1 || !sha256_of("", 0, out))
		log_notice("libcrypto has no random bytes yet");
	for (size_t i = 0; i < COUNT_OF(of); i++)
		(void)HMAC(of[i], "", 1, out, 0, out, &len);
	settings_preload(MODULE_ARGUMENTS_CONF, 0);
	preload.page = (uintptr_t)sysconf(_SC_PAGESIZE);
	preload.parts = 0;
	(void)dl_iterate_phdr(note_parts, NULL);
	/* else each worker clears what was freed, to use it once more */
	(void)malloc_trim(0);
}

/* Reads a page of each block: the kernel maps the block's others with it, which
 * costs less than to name them all. */
static void
map_part(char *begin, size_t len)
{
	size_t next;

	for (size_t at = 0; at < len; at = next) {
		(void)madvise(begin + at, preload.page, MADV_POPULATE_READ);
		next = at + AROUND - (((uintptr_t)begin + at) & (AROUND - 1));
	}
}

/* Kernels before 5.14 refuse this advice; each page is then mapped by a fault
 * of its own, as it is used. */
void
listener_preload_map(void)
{
	char *top = (char *)((uintptr_t)__builtin_frame_address(0) &
	    ~(preload.page - 1));
	const size_t len = STACK_PAGES * preload.page;

	(void)madvise(top - len, len + preload.page, MADV_POPULATE_WRITE);
	for (size_t i = 0; i < preload.parts; i++)
		map_part(preload.part[i].begin, preload.part[i].len);
}
