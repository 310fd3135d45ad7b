/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file latency: two rings of fixed-width decimal numbers, first starts,
 * then checks. Each ring is one line of the next slot ("07\n") and one line a
 * slot ("00350\n"; 00000 is empty). Racing writers can lose a number; a torn
 * or foreign file reads as numbers in range or as nothing.
 */
#include "helper/latency.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME "latency"
#define START_DEFAULT_MS 350
#define CHECK_DEFAULT_MS 250
#define HEAD_LEN 3
#define SLOT_LEN 6
#define RING_LEN (HEAD_LEN + LATENCY_RING * SLOT_LEN)
#define FILE_LEN (2 * RING_LEN)

struct ring {
	long next; /* slot that is written next */
	long slot[LATENCY_RING];
};

struct rings {
	struct ring start, check;
};

/* Exactly width digits and a newline, at most max; 0 for anything else. */
static long
parse_number(const char *text, int width, long max)
{
	long n = 0;

	for (int i = 0; i < width; i++) {
		if (text[i] < '0' || text[i] > '9')
			return 0;
		n = n * 10 + (text[i] - '0');
	}
	return text[width] == '\n' && n <= max ? n : 0;
}

static void
parse_ring(const char *text, struct ring *r)
{
	r->next = parse_number(text, HEAD_LEN - 1, LATENCY_RING - 1);
	for (int i = 0; i < LATENCY_RING; i++)
		r->slot[i] = parse_number(text + HEAD_LEN + i * SLOT_LEN,
		    SLOT_LEN - 1, LATENCY_MAX_MS);
}

static void
print_ring(const struct ring *r, char out[RING_LEN + 1])
{
	size_t used;

	used = (size_t)snprintf(
	    out, HEAD_LEN + 1, "%02u\n", (unsigned)r->next % LATENCY_RING);
	for (int i = 0; i < LATENCY_RING; i++)
		used += (size_t)snprintf(out + used, SLOT_LEN + 1, "%05u\n",
		    (unsigned)r->slot[i] % (LATENCY_MAX_MS + 1));
}

/* The file open and ours, or -1. */
static int
open_file(const char *dir, int flags)
{
	struct stat st;
	int dirfd, fd;

	dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0)
		return -1;
	fd = openat(dirfd, FILE_NAME,
	    flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	close(dirfd);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_uid == geteuid() && (st.st_mode & 022) == 0)
		return fd;
	close(fd);
	return -1;
}

static void
read_rings(int fd, struct rings *r)
{
	char text[FILE_LEN + 1] = "";

	if (pread(fd, text, FILE_LEN, 0) < 0)
		text[0] = '\0';
	parse_ring(text, &r->start);
	parse_ring(text + RING_LEN, &r->check);
}

static int
compare(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

static long
median(const struct ring *r, long dflt)
{
	long known[LATENCY_RING];
	size_t n = 0;

	for (int i = 0; i < LATENCY_RING; i++)
		if (r->slot[i] > 0)
			known[n++] = r->slot[i];
	if (n == 0)
		return dflt;
	qsort(known, n, sizeof(known[0]), compare);
	return known[n / 2];
}

void
latency_read(const char *dir, int64_t *start_ms, int64_t *check_ms)
{
	struct rings r = { 0 };
	int fd;

	fd = open_file(dir, O_RDONLY);
	if (fd >= 0) {
		read_rings(fd, &r);
		close(fd);
	}
	*start_ms = median(&r.start, START_DEFAULT_MS);
	*check_ms = median(&r.check, CHECK_DEFAULT_MS);
}

static bool
remember(struct ring *r, int64_t ms)
{
	if (ms <= 0 || ms > LATENCY_MAX_MS)
		return false;
	r->slot[r->next] = (long)ms;
	r->next = (r->next + 1) % LATENCY_RING;
	return true;
}

void
latency_add(const char *dir, int64_t start_ms, int64_t check_ms)
{
	char text[FILE_LEN + 1];
	struct rings r;
	bool changed;
	int fd;

	fd = open_file(dir, O_RDWR | O_CREAT);
	if (fd < 0)
		return;
	read_rings(fd, &r);
	changed = remember(&r.start, start_ms);
	changed = remember(&r.check, check_ms) || changed;
	if (changed) {
		print_ring(&r.start, text);
		print_ring(&r.check, text + RING_LEN);
		/* One write for all: readers see the old or the new. */
		if (pwrite(fd, text, FILE_LEN, 0) == FILE_LEN)
			(void)!ftruncate(fd, FILE_LEN);
	}
	close(fd);
}
