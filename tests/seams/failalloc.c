/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * malloc and its kin, in front of libc's or the sanitizer's. A program that
 * knows nothing of it is armed by a file (failalloc.h), and writes there where
 * it crashed.
 */
#include "tests/seams/failalloc.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* For what asks before this file is set up: a sanitizer cannot serve it yet
 * either. */
#define EARLY (1 << 20)

static struct {
	void *(*malloc)(size_t);
	void *(*calloc)(size_t, size_t);
	void *(*realloc)(void *, size_t);
	void (*free)(void *);
	int (*posix_memalign)(void **, size_t, size_t);
	void *(*aligned_alloc)(size_t, size_t);
} real;

static char early[EARLY] __attribute__((aligned(16)));
static size_t early_used;
static bool ready, armed, for_ever, telling;
static long count, fails_at, live;
static struct failalloc_place *place;
static struct failalloc_file *file;
static char *crashed; /* FAILALLOC_OBJECT bytes */

/* A function and an object pointer are not the same thing in C. */
static void
look_up(const char *name, void *to)
{
	void *found = dlsym(RTLD_NEXT, name);

	memcpy(to, &found, sizeof(found));
}

static void
find_real(void)
{
	look_up("malloc", &real.malloc);
	look_up("calloc", &real.calloc);
	look_up("realloc", &real.realloc);
	look_up("posix_memalign", &real.posix_memalign);
	look_up("aligned_alloc", &real.aligned_alloc);
	look_up("free", &real.free);
	ready = true;
}

static void *
early_take(size_t size)
{
	size_t at = early_used;

	size = (size + 15) & ~(size_t)15;
	if (size > EARLY - at)
		abort();
	early_used += size;
	return early + at;
}

static bool
is_early(const void *p)
{
	return (const char *)p >= early && (const char *)p < early + EARLY;
}

static void
tell(void)
{
	telling = true;
	place->frames = backtrace(place->frame, FAILALLOC_FRAMES);
	telling = false;
}

/* Does the library that is meant ask, if one is? */
static bool
is_meant(void)
{
	void *frame[FAILALLOC_FRAMES];
	bool meant = false;
	int frames;

	if (file == NULL || file->from[0] == '\0')
		return true;
	telling = true;
	frames = backtrace(frame, FAILALLOC_FRAMES);
	for (int i = 0; i < frames; i++) {
		Dl_info info;

		if (dladdr(frame[i], &info) != 0 && info.dli_fname != NULL &&
		    strstr(info.dli_fname, file->from) != NULL)
			meant = true;
	}
	telling = false;
	return meant;
}

/* Is it this request's turn? */
static bool
fails(void)
{
	if (!armed || telling || !is_meant())
		return false;
	count++;
	if (file != NULL)
		file->count = count;
	if (fails_at == 0 || count < fails_at ||
	    (count > fails_at && !for_ever))
		return false;
	if (place != NULL && count == fails_at)
		tell();
	errno = ENOMEM;
	return true;
}

static void *
counted(void *p)
{
	live += p != NULL;
	return p;
}

void *
malloc(size_t size)
{
	if (!ready)
		return early_take(size);
	return fails() ? NULL : counted(real.malloc(size));
}

void *
calloc(size_t n, size_t size)
{
	if (!ready)
		return early_take(n * size); /* zeros, never given twice */
	return fails() ? NULL : counted(real.calloc(n, size));
}

void *
realloc(void *p, size_t size)
{
	void *grown;

	if (!ready && p == NULL)
		return early_take(size);
	if (is_early(p)) {
		size_t most = (size_t)(early + EARLY - (const char *)p);

		grown = malloc(size);
		if (grown != NULL)
			memcpy(grown, p, size < most ? size : most);
		return grown;
	}
	if (p != NULL && size == 0) {
		free(p);
		return NULL;
	}
	if (fails())
		return NULL;
	grown = real.realloc(p, size);
	return p == NULL ? counted(grown) : grown;
}

void
free(void *p)
{
	if (p == NULL || is_early(p))
		return;
	live--;
	real.free(p);
}

int
posix_memalign(void **p, size_t align, size_t size)
{
	int rc;

	if (!ready)
		abort();
	if (fails())
		return ENOMEM;
	rc = real.posix_memalign(p, align, size);
	live += rc == 0;
	return rc;
}

void *
aligned_alloc(size_t align, size_t size)
{
	if (!ready)
		abort();
	return fails() ? NULL : counted(real.aligned_alloc(align, size));
}

void
failalloc_arm(long nth, bool ever)
{
	count = 0;
	fails_at = nth;
	for_ever = ever;
	armed = true;
}

long
failalloc_stop(void)
{
	armed = false;
	return count;
}

long
failalloc_live(void)
{
	return live;
}

void
failalloc_tell(struct failalloc_place *p)
{
	void *frame[2];

	/* its library is loaded at the first call */
	(void)backtrace(frame, 2);
	place = p;
}

/* Frames of a handler that are not of the crash: its own and the return. */
#define HANDLER_FRAMES 2

/* libc crashes for whoever called it. */
static void
crash_place(void)
{
	void *frame[FAILALLOC_FRAMES];
	const int frames = backtrace(frame, FAILALLOC_FRAMES);

	for (int i = HANDLER_FRAMES; i < frames; i++) {
		Dl_info info;

		if (dladdr(frame[i], &info) == 0 || info.dli_fname == NULL ||
		    strstr(info.dli_fname, "/libc.so") != NULL)
			continue;
		(void)snprintf(crashed, FAILALLOC_OBJECT, "%s", info.dli_fname);
		return;
	}
}

/* Once: then the process ends by the same signal. */
static void
crash(int sig)
{
	(void)sig;
	telling = true;
	crash_place();
}

void
failalloc_watch(char object[FAILALLOC_OBJECT])
{
	static const int crashes[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL,
		SIGABRT };
	const struct sigaction watch = { .sa_handler = crash,
		.sa_flags = (int)SA_RESETHAND };

	crashed = object;
	for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
		(void)sigaction(crashes[i], &watch, NULL);
}

static void __attribute__((constructor)) from_file(void)
{
	const char *path = getenv("FAILALLOC");
	int fd = open(path != NULL ? path : FAILALLOC_FILE, O_RDWR | O_CLOEXEC);
	void *frame[2], *at;

	find_real();
	if (fd < 0)
		return;
	at = mmap(
	    NULL, sizeof(*file), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (at == MAP_FAILED)
		return;
	(void)backtrace(frame, 2);
	/* glibc 2.36 crashes where a process's first look-up of a name has no
	 * memory (nss_database.c); real hosts have long done theirs */
	(void)getpwnam("root");
	file = at;
	failalloc_watch(file->crashed);
	failalloc_arm((long)file->nth, file->ever != 0);
}
