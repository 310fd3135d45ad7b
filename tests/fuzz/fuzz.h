/* SPDX-License-Identifier: BSD-2-Clause */
/* What the fuzz targets share: a claim that must hold, a private folder, and
 * bytes taken one by one. */
#ifndef TWOFA_FUZZ_H
#define TWOFA_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* libconfig keeps the start of a string that is never closed. The helper ends
 * soon afterwards. */
const char *__lsan_default_suppressions(void);

#define FUZZ_LIBCONFIG_LEAKS                                                   \
	const char *__lsan_default_suppressions(void)                          \
	{                                                                      \
		return "leak:libconfig.so";                                    \
	}

static inline void
must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

/* A text in exactly as many bytes, so that a step behind its end is seen. */
static inline char *
fuzz_text(const unsigned char *data, size_t size)
{
	char *text = malloc(size + 1);

	must(text != NULL, "memory");
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

/* The input, from its start; zeros behind its end. */
struct fuzz_bytes {
	const unsigned char *p;
	size_t left;
};

static inline unsigned char
fuzz_byte(struct fuzz_bytes *b)
{
	if (b->left == 0)
		return 0;
	b->left--;
	return *b->p++;
}

/* Up to max bytes as a text, by a length in front of them. */
static inline size_t
fuzz_take(struct fuzz_bytes *b, char *out, size_t max)
{
	size_t len = fuzz_byte(b);

	if (len > max)
		len = max;
	if (len > b->left)
		len = b->left;
	if (len > 0)
		memcpy(out, b->p, len);
	out[len] = '\0';
	b->p += len;
	b->left -= len;
	return len;
}

static char fuzz_folder[64];

/* Below TMPDIR, which tests/fuzz/run makes, in memory where it can, and takes
 * away: libFuzzer ends without a last word. */
static inline void
fuzz_enter(void)
{
	const char *parent = getenv("TMPDIR");

	must((size_t)snprintf(fuzz_folder, sizeof(fuzz_folder),
		 "%s/twofa-fuzz.XXXXXX",
		 parent != NULL ? parent : "/tmp") < sizeof(fuzz_folder) &&
		mkdtemp(fuzz_folder) != NULL,
	    "a folder below TMPDIR");
}

/* Write a file of the folder, of mode 0640. */
static inline void
fuzz_write(const char *name, const void *bytes, size_t len)
{
	char path[192];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", fuzz_folder, name);
	f = fopen(path, "w");
	must(f != NULL && fwrite(bytes, 1, len, f) == len && fclose(f) == 0 &&
		chmod(path, 0640) == 0,
	    "a file can be written");
}

#endif
