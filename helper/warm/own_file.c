/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/warm/own_file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define SELF "/proc/self/exe"
#define GONE " (deleted)" /* appended by the kernel once it is replaced */

int
own_file_find(struct own_file *f)
{
	ssize_t len = readlink(SELF, f->path, sizeof(f->path) - 1);
	char *end;

	if (len < 0 || stat(SELF, &f->running) != 0)
		return -1;
	f->path[len] = '\0';
	end = strrchr(f->path, '/');
	end = end != NULL ? strstr(end, GONE) : NULL;
	if (end != NULL && end[strlen(GONE)] == '\0')
		*end = '\0';
	return 0;
}

bool
own_file_replaced(const struct own_file *f)
{
	struct stat st;

	if (stat(f->path, &st) != 0)
		return false;
	return st.st_dev != f->running.st_dev ||
	    st.st_ino != f->running.st_ino ||
	    st.st_mode != f->running.st_mode ||
	    st.st_size != f->running.st_size ||
	    st.st_mtim.tv_sec != f->running.st_mtim.tv_sec ||
	    st.st_mtim.tv_nsec != f->running.st_mtim.tv_nsec;
}

bool
own_file_readable(const struct own_file *f)
{
	return access(f->path, R_OK) == 0;
}
