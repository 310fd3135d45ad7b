/* SPDX-License-Identifier: BSD-2-Clause */
/* A stack as it would be with one word of a file written otherwise. */
#include "twofactl/doctor/doctor_word.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "twofactl/host/host.h"

struct corrected {
	struct pam_folder_reading reading; /* first, for pam_folder_look */
	const struct doctor_word *word;
	const char *with;
};

/* "#" comes before the line, and brackets go with their word. */
static char *
correct(const struct corrected *c, char *text)
{
	const char *word = c->word->text;
	char *line = text, *at, *behind, *out;

	for (unsigned n = 1; n < c->word->line && *line != '\0'; n++) {
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	at = c->with[0] == '#' ? line : strstr(line, word);
	if (at == NULL)
		return text;
	behind = at + (at == line && c->with[0] == '#' ? 0 : strlen(word));
	if (at > line && at[-1] == '[' && *behind == ']') {
		at--;
		behind++;
	}
	if (asprintf(
		&out, "%.*s%s%s", (int)(at - text), text, c->with, behind) < 0)
		return text;
	free(text);
	return out;
}

static char *
read_corrected(void *ctx, const char *name, char path[PAM_STACK_WORD])
{
	struct corrected *c = ctx;
	char *text = pam_folder_read(&c->reading, name, path);

	if (text == NULL || strcmp(path, c->word->file) != 0)
		return text;
	return correct(c, text);
}

bool
doctor_word_closed(const char *service, const struct pam_walk_service *of,
    const struct doctor_word *word, const char *with, struct pam_stack *to)
{
	struct corrected c = { .word = word, .with = with };
	const struct pam_stack_source files = {
		.ctx = &c, .read = read_corrected, .look = pam_folder_look
	};
	struct pam_stack *stack = malloc(sizeof(*stack));
	struct pam_walk w = { .too_complex = true };

	if (stack != NULL &&
	    pam_stack_read(stack, service, &files) == PAM_STACK_READ)
		pam_walk_judge(stack, of, &w);
	if (w.too_complex || w.bypass != NULL || w.optional != NULL ||
	    (to != NULL &&
		(!w.reached || w.no_factor || w.shut != NULL ||
		    w.failed != NULL))) {
		free(stack);
		return false;
	}
	if (to != NULL)
		*to = *stack;
	free(stack);
	return true;
}
