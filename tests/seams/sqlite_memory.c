/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SQLite's small blocks in the unit tests with sanitizers. A sanitizer's own
 * allocator takes half of the time of a test that works with the state: this
 * one touches less memory for a block. What is checked is the same. A block
 * ends at its last byte, a freed one cannot be read, and is not given out again
 * soon. Large ones, of which each connection has some, are the sanitizer's, so
 * a connection that nobody closes is still a leak. SQLITE_STACKS=1 in the
 * environment leaves all of them to it: then its report shows who asked for the
 * memory.
 */
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define UNIT 32    /* sizes of blocks are multiples of it */
#define SMALL 2080 /* larger ones are the sanitizer's */
#define CLASSES (SMALL / UNIT + 1)
#define KEPT (8 * 1024) /* bytes of each size that were freed last */
#define PIECE (1 << 20) /* mapped at once */

#define UNCHECKED __attribute__((no_sanitize("address")))

/* The sanitizer's. */
void __asan_poison_memory_region(const volatile void *begin, size_t bytes);
void __asan_unpoison_memory_region(const volatile void *begin, size_t bytes);

/* In front of each block, and poisoned like what is behind it. */
struct head {
	uint32_t state, bytes;
	struct head *next; /* that was freed after it */
};
enum { LARGE = 0x1a46e, USED = 0x05ed, FREED = 0xf4eed };

static struct {
	struct head *first, *last;
	size_t count;
} freed[CLASSES];
static char *fresh, *fresh_end;

static size_t
whole(size_t bytes)
{
	return (sizeof(struct head) + bytes + UNIT) / UNIT * UNIT;
}

/* Never the block that was freed just now. */
UNCHECKED static struct head *
taken(size_t size)
{
	const size_t n = size / UNIT;
	struct head *h = freed[n].first;

	if (freed[n].count * size > KEPT) {
		freed[n].first = h->next;
		freed[n].count--;
		return h;
	}
	if (fresh == NULL || (size_t)(fresh_end - fresh) < size) {
		fresh = mmap(NULL, PIECE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (fresh == MAP_FAILED) {
			fresh = NULL;
			return NULL;
		}
		fresh_end = fresh + PIECE;
		__asan_poison_memory_region(fresh, PIECE);
	}
	h = (struct head *)fresh;
	fresh += size;
	return h;
}

UNCHECKED static void *
give(struct head *h, uint32_t state, size_t bytes)
{
	if (h == NULL)
		return NULL;
	h->state = state;
	h->bytes = (uint32_t)bytes;
	if (state == LARGE)
		__asan_poison_memory_region(h, sizeof(*h));
	else
		__asan_unpoison_memory_region(h + 1, bytes);
	return h + 1;
}

static void *
get(int bytes)
{
	const size_t size = whole((size_t)bytes);
	char *block;

	if (size < CLASSES * UNIT)
		return give(taken(size), USED, (size_t)bytes);
	block = malloc(sizeof(struct head) + (size_t)bytes);
	return give((struct head *)block, LARGE, (size_t)bytes);
}

UNCHECKED static struct head *
head_of(void *block)
{
	struct head *h = (struct head *)block - 1;

	if (h->state == USED || h->state == LARGE)
		return h;
	(void)fprintf(stderr, "SQLite frees %p %s\n", block,
	    h->state == FREED ? "again" : "which it does not have");
	abort();
}

UNCHECKED static void
release(void *block)
{
	struct head *h = head_of(block);
	const size_t n = whole(h->bytes) / UNIT;

	if (h->state == LARGE) {
		__asan_unpoison_memory_region(h, sizeof(*h));
		free(h);
		return;
	}
	__asan_poison_memory_region(block, h->bytes);
	h->state = FREED;
	h->next = NULL;
	if (freed[n].count++ == 0)
		freed[n].first = h;
	else
		freed[n].last->next = h;
	freed[n].last = h;
}

UNCHECKED static int
size_of(void *block)
{
	return block == NULL ? 0 : (int)head_of(block)->bytes;
}

static void *
resize(void *block, int bytes)
{
	const int old = size_of(block);
	void *moved = get(bytes);

	if (moved == NULL)
		return NULL;
	memcpy(moved, block, (size_t)(old < bytes ? old : bytes));
	release(block);
	return moved;
}

/* What SQLite may use of a block: what a sanitizer grants it. */
static int
rounded(int bytes)
{
	return (bytes + 7) & ~7;
}

static int
begin(void *unused)
{
	(void)unused;
	return SQLITE_OK;
}

static void
end(void *unused)
{
	(void)unused;
}

__attribute__((constructor)) static void
sqlite_memory(void)
{
	static const sqlite3_mem_methods ours = { get, release, resize, size_of,
		rounded, begin, end, NULL };

	if (getenv("SQLITE_STACKS") == NULL &&
	    sqlite3_config(SQLITE_CONFIG_MALLOC, &ours) != SQLITE_OK)
		abort();
}
