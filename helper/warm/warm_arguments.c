/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/warm/warm_arguments.h"

#include <stddef.h>
#include <string.h>

#define LISTEN "--listen"
#define USER "--user="

/* The rest of an argument with this beginning; NULL: it begins differently. */
static const char *
value_of(const char *argument, const char *begin)
{
	const size_t len = strlen(begin);

	return strncmp(argument, begin, len) == 0 ? argument + len : NULL;
}

bool
warm_arguments_are(int argc, char *const argv[])
{
	return argc > 1 && value_of(argv[1], LISTEN) != NULL;
}

int
warm_arguments_read(struct warm_arguments *a, int argc, char *const argv[])
{
	const char *rest;

	*a = (struct warm_arguments){ 0 };
	if (!warm_arguments_are(argc, argv))
		return -1;
	rest = value_of(argv[1], LISTEN);
	if (rest[0] == '\0')
		return argc == 2 ? 0 : -1;
	if (rest[0] != '=' || rest[1] != '/' || argc > 3)
		return -1;
	a->path = rest + 1;
	if (argc == 2)
		return 0;
	a->user_path = value_of(argv[2], USER);
	return a->user_path != NULL && a->user_path[0] == '/' ? 0 : -1;
}
