/* SPDX-License-Identifier: BSD-2-Clause */
/* Durations of recent provider calls, as a model for those of decoys. */
#include "helper/store/store.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "lib/system/system.h"

/* Format: a ring of fixed-width decimal numbers for each kind, in their order;
 * a missing ring is empty. Each ring is one line with the next slot ("07\n")
 * and one line for each slot ("00350\n"; 00000 is empty). Concurrent writers
 * can lose a number; a torn or foreign file reads as numbers in range or as
 * nothing. */

#define LATENCY_FILE_NAME "latency"
#define HEAD_LEN 3
#define SLOT_LEN 6
#define RING_LEN (HEAD_LEN + LATENCY_RING * SLOT_LEN)
#define FILE_LEN (LATENCY_KINDS * RING_LEN)

struct ring {
	long next; /* next slot to write */
	long slot[LATENCY_RING];
};

static const long defaults[LATENCY_KINDS] = { 350, 250, 1 };

/* Returns the number of exactly width digits and a newline, at most max; else
 * 0. */
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

/* Not snprintf(): each call of a provider writes all slots. */
static void
print_number(char *out, int width, long n)
{
	for (out[width] = '\n'; width > 0; n /= 10)
		out[--width] = (char)('0' + n % 10);
}

static void
read_rings(int fd, struct ring r[LATENCY_KINDS])
{
	char text[FILE_LEN + 1] = "";

	if (pread(fd, text, FILE_LEN, 0) < 0)
		text[0] = '\0';
	for (int i = 0; i < LATENCY_KINDS; i++) {
		const char *at = text + i * RING_LEN;

		r[i].next = parse_number(at, HEAD_LEN - 1, LATENCY_RING - 1);
		at += HEAD_LEN;
		for (int n = 0; n < LATENCY_RING; n++, at += SLOT_LEN)
			r[i].slot[n] =
			    parse_number(at, SLOT_LEN - 1, LATENCY_MAX_MS);
	}
}

static int
compare_ms(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

static struct latency_span
ring_span(const struct ring *r, long dflt)
{
	long known[LATENCY_RING];
	size_t n = 0;

	for (int i = 0; i < LATENCY_RING; i++)
		if (r->slot[i] > 0)
			known[n++] = r->slot[i];
	if (n == 0)
		return (struct latency_span){ .median = dflt };
	qsort(known, n, sizeof(known[0]), compare_ms);
	return (struct latency_span){ known[n / 2], known[0] };
}

static bool latency_only_read;
static int latency_fd = -1;

void
latency_keep_for_reading(const char *dir)
{
	latency_close();
	latency_fd = folder_open_file(dir, LATENCY_FILE_NAME, O_RDONLY);
	latency_only_read = true;
}

void
latency_keep_open(const char *dir)
{
	if (latency_fd < 0)
		latency_fd =
		    folder_open_file(dir, LATENCY_FILE_NAME, O_RDWR | O_CREAT);
}

void
latency_close(void)
{
	if (latency_fd >= 0)
		close(latency_fd);
	latency_fd = -1;
}

void
latency_read(const char *dir, enum latency_kind kind, struct latency_span *out)
{
	struct ring r[LATENCY_KINDS] = { 0 };
	const bool kept = latency_only_read || latency_fd >= 0;
	const int fd = kept
	    ? latency_fd
	    : folder_open_file(dir, LATENCY_FILE_NAME, O_RDONLY);

	if (fd >= 0)
		read_rings(fd, r);
	if (fd >= 0 && !kept)
		close(fd);
	*out = ring_span(&r[kind], defaults[kind]);
}

/* At most a tenth above or below the median. */
int64_t
latency_sample(const struct latency_span *s)
{
	const int64_t most = s->median + s->median / 10;
	int64_t low = s->median - s->median / 10;
	uint32_t r = 0;

	if (low < s->least)
		low = s->least;
	if (getrandom(&r, sizeof(r), 0) != (ssize_t)sizeof(r))
		return s->median;
	return low + (int64_t)(r % (uint64_t)(most - low + 1));
}

void
latency_add(const char *dir, enum latency_kind kind, int64_t ms)
{
	char text[FILE_LEN], *at = text;
	struct ring r[LATENCY_KINDS];
	int fd = latency_fd;

	if (latency_only_read || ms <= 0 || ms > LATENCY_MAX_MS)
		return;
	if (latency_fd < 0)
		fd = folder_open_file(dir, LATENCY_FILE_NAME, O_RDWR | O_CREAT);
	if (fd < 0)
		return;
	read_rings(fd, r);
	r[kind].slot[r[kind].next] = (long)ms;
	r[kind].next = (r[kind].next + 1) % LATENCY_RING;
	for (int i = 0; i < LATENCY_KINDS; i++) {
		print_number(at, HEAD_LEN - 1, r[i].next);
		at += HEAD_LEN;
		for (int n = 0; n < LATENCY_RING; n++, at += SLOT_LEN)
			print_number(at, SLOT_LEN - 1, r[i].slot[n]);
	}
	/* a single write: readers see the old or the new content */
	if (pwrite(fd, text, FILE_LEN, 0) == FILE_LEN)
		(void)!ftruncate(fd, FILE_LEN);
	if (latency_fd < 0)
		close(fd);
}
