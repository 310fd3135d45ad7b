/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/values/passed_last.h"

void
passed_last(const bool passed[], size_t count, size_t order[])
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (!passed[i])
			order[n++] = i;
	for (size_t i = 0; i < count; i++)
		if (passed[i])
			order[n++] = i;
}
