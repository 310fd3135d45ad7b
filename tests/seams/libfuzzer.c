/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In libFuzzer's place: runs a target of tests/fuzz once over each file of the
 * folders that are named, and looks for nothing new. So a target is linked with
 * the objects that the unit tests under ASan have. libFuzzer's options are
 * taken, and mean nothing, but for the longest input: as many bytes are read.
 */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

#define LONGEST 70000
#define SECONDS 20 /* for one input */

#pragma weak LLVMFuzzerInitialize

static unsigned count;

/* In exactly as many bytes, so that a step beyond them is seen. */
static void
run(const unsigned char *bytes, size_t size)
{
	unsigned char *copy = malloc(size);

	must(copy != NULL || size == 0, "memory");
	if (size > 0)
		memcpy(copy, bytes, size);
	(void)alarm(SECONDS);
	(void)LLVMFuzzerTestOneInput(copy, size);
	(void)alarm(0);
	must(size == 0 || memcmp(copy, bytes, size) == 0, "an input is kept");
	free(copy);
	count++;
}

static void
run_file(const char *folder, const char *name)
{
	static unsigned char bytes[LONGEST];
	char path[512];
	size_t size;
	FILE *f;

	must((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) <
		sizeof(path),
	    "a short path");
	(void)fprintf(stderr, "input %s\n", path);
	f = fopen(path, "r");
	must(f != NULL, "an input can be read");
	size = fread(bytes, 1, sizeof(bytes), f);
	must(ferror(f) == 0 && fclose(f) == 0, "an input can be read");
	run(bytes, size);
}

static void
run_folder(const char *folder)
{
	struct dirent **entries;
	int n = scandir(folder, &entries, NULL, alphasort);

	must(n >= 0, "a folder can be read");
	for (int i = 0; i < n; i++) {
		if (entries[i]->d_name[0] != '.')
			run_file(folder, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
}

int
main(int argc, char *argv[])
{
	if (LLVMFuzzerInitialize != NULL)
		(void)LLVMFuzzerInitialize(&argc, &argv);
	run(NULL, 0);
	for (int i = 1; i < argc; i++)
		if (argv[i][0] != '-')
			run_folder(argv[i]);
	must(count > 1, "there are inputs");
	(void)fprintf(stderr, "#%u runs\n", count);
	return 0;
}
