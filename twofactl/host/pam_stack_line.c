/* SPDX-License-Identifier: BSD-2-Clause */
/* One line of a PAM stack: its words and its module. Pure. */
#include "twofactl/host/host_inside.h"

#define WORDS_MAX (PAM_STACK_ARGS / 2)

char *
pam_stack_next_word(char **rest)
{
	char *p = *rest + strspn(*rest, PAM_STACK_BLANKS);
	char *word = p, *to = p;

	if (*p == '\0')
		return NULL;
	if (*p != '[') {
		p += strcspn(p, PAM_STACK_BLANKS);
		*rest = *p == '\0' ? p : p + 1;
		*p = '\0';
		return word;
	}
	for (p++; *p != '\0' && *p != ']'; p++) {
		if (*p == '\\' && p[1] == ']')
			p++;
		*to++ = *p;
	}
	*rest = *p == '\0' ? p : p + 1;
	*to = '\0';
	return word;
}

const char *
pam_stack_arguments(const struct pam_stack_line *line, const char *service,
    char text[PAM_STACK_ARGS], struct module_arguments *args)
{
	const char *argv[WORDS_MAX];
	char *rest = text;
	int argc = 0, bad;

	memcpy(text, line->args, PAM_STACK_ARGS);
	while (argc < WORDS_MAX &&
	    (argv[argc] = pam_stack_next_word(&rest)) != NULL)
		argc++;
	bad = module_arguments_parse(args, service, argc, argv);
	return bad < 0 ? NULL : argv[bad];
}

const char *
pam_stack_module_name(const struct pam_stack_line *line)
{
	return line->module + line->name;
}

bool
pam_stack_line_has_module(const struct pam_stack_line *line, const char *module)
{
	const char *name =
	    line->copy ? "pam_twofa" : pam_stack_module_name(line);

	/* written out for speed: called a million times, on each path */
	while (*module != '\0' && *module != '.' && *name == *module) {
		name++;
		module++;
	}
	return line->kind == PAM_STACK_MODULE &&
	    (*module == '\0' || *module == '.') &&
	    (*name == '\0' || strcmp(name, ".so") == 0);
}

bool
pam_stack_line_asks(const struct pam_stack_line *line)
{
	return pam_stack_line_has_module(line, "pam_twofa") &&
	    (line->task == TASK_ASK || line->task == TASK_NO_PROMPT);
}
