/* SPDX-License-Identifier: BSD-2-Clause */
/* Red Hat's stacks, which take the password's lines from files of authselect's.
 */
#include "twofactl/etc/etc.h"

const char *
authselect_included_file(const char *text)
{
	static const char *const files[] = { AUTHSELECT_FILES };
	char name[PAM_STACK_WORD];

	while (stack_edit_next_include(&text, name))
		for (size_t i = 0; i < COUNT_OF(files); i++)
			if (strcmp(name, files[i]) == 0)
				return files[i];
	return NULL;
}
