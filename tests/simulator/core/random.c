/* SPDX-License-Identifier: BSD-2-Clause */
/* The generator of codes and ids (SplitMix64). */
#include "tests/simulator/core/random.h"

#include <stdbool.h>
#include <stdio.h>
#include <sys/random.h>

static uint64_t first;
static uint64_t state;
static bool seeded;

int
random_init(const uint64_t *seed)
{
	if (seed != NULL)
		first = *seed;
	else if (getrandom(&first, sizeof(first), 0) != sizeof(first))
		return -1;
	seeded = seed != NULL;
	state = first;
	return 0;
}

/* Without a seed no id comes twice, as with the vendors. */
void
random_reset(void)
{
	if (seeded)
		state = first;
}

static uint64_t
next(void)
{
	uint64_t z;

	state += 0x9e3779b97f4a7c15U;
	z = state;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return z ^ (z >> 31);
}

/* A number below n, each as likely as the others. */
static unsigned int
below(unsigned int n)
{
	const uint64_t limit = UINT64_MAX - UINT64_MAX % n;
	uint64_t r;

	do
		r = next();
	while (r >= limit);
	return (unsigned int)(r % n);
}

void
random_digits(char *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (char)('0' + below(10));
	out[n] = '\0';
}

void
random_hex(char *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = "0123456789abcdef"[below(16)];
	out[n] = '\0';
}

void
random_uuid(char out[37])
{
	char hex[33];

	random_hex(hex, 32);
	hex[12] = '4';
	hex[16] = "89ab"[below(4)];
	snprintf(out, 37, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12,
	    hex + 16, hex + 20);
}

void
random_sid(const char *prefix, char out[35])
{
	snprintf(out, 3, "%s", prefix);
	random_hex(out + 2, 32);
}
