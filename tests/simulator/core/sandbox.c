/* SPDX-License-Identifier: BSD-2-Clause */
/* The numbers that no phone will ever have, and the parts they play. */
#include "tests/simulator/core/sandbox.h"

#include <stdlib.h>
#include <string.h>

int
sandbox_script(const char *to)
{
	const char *digits = to + (to[0] == '+' ? 1 : 0);
	const char end = digits[strspn(digits, "0123456789")];
	const long long n = strtoll(digits, NULL, 10);

	if (end != '\0' && end != '@')
		return 0;
	if ((n >= 447700900000 && n <= 447700900999) ||
	    (n >= 12025550100 && n <= 12025550199))
		return (int)(n % 100);
	return 0;
}
