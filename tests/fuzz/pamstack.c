/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz target: any files as /etc/pam.d, and doctor's judgement of them. Each
 * file begins with a line of a "%" and its name; what stands before the first
 * is the service's.
 */
#include "tests/fuzz/fuzz.h"
#include "twofactl/host/host.h"

#define FILES 8

struct files {
	struct {
		const char *name;
		char *text;
	} file[FILES];
	size_t count;
};

static struct pam_stack stack;

/* Cut the text at its lines that begin with "%". */
static void
cut(struct files *files, char *text)
{
	char *p = text, *line;

	files->count = 1;
	files->file[0].name = "s";
	files->file[0].text = text;
	while (files->count < FILES && (p = strstr(p, "\n%")) != NULL) {
		*p++ = '\0';
		line = ++p;
		p = strchr(p, '\n');
		if (p == NULL)
			return;
		*p = '\0';
		files->file[files->count].name = line;
		files->file[files->count++].text = ++p;
		p--;
		p[0] = '\0';
	}
}

static char *
file_read(void *ctx, const char *name, char path[PAM_STACK_WORD])
{
	const struct files *files = ctx;

	for (size_t i = 0; i < files->count; i++)
		if (strcmp(files->file[i].name, name) == 0) {
			snprintf(path, PAM_STACK_WORD, "/etc/pam.d/%s", name);
			return strdup(files->file[i].text);
		}
	return NULL;
}

static void
ends(const char *text, size_t cap)
{
	must(memchr(text, '\0', cap) != NULL, "a text with an end");
}

static bool
within(const struct pam_stack_line *l)
{
	return l == NULL || (l >= stack.line && l < stack.line + stack.count);
}

/* Without a line of ours nothing can be reached, and the module's success in
 * every place cannot help a stack that succeeds without it. */
static void
judge(bool root)
{
	struct pam_walk w;

	pam_walk_check_stack(&stack,
	    &(const struct pam_walk_login){ .caller_is_root = root }, &w);
	must(within(w.twofa) && within(w.bypass) && within(w.failed) &&
		within(w.silent) && within(w.cut_off) && within(w.unjudged) &&
		within(w.again) && within(w.late) && within(w.alone) &&
		within(w.bare) && within(pam_jump_crossing(&stack)),
	    "what is named is in the stack");
	if (w.too_complex)
		return;
	must(w.twofa != NULL || !w.reached, "reached, but not there");
	must(w.twofa == NULL || pam_stack_line_asks(w.twofa), "another module");
}

static void
cut_arguments(void)
{
	static char args[PAM_STACK_ARGS];

	for (size_t i = 0; i < stack.count; i++) {
		char *rest = args;

		ends(stack.line[i].args, sizeof(args));
		memcpy(args, stack.line[i].args, sizeof(args));
		for (const char *w = pam_stack_next_word(&rest); w != NULL;
		     w = pam_stack_next_word(&rest))
			must(w >= args && w < args + sizeof(args),
			    "a word lies in its line");
	}
}

/* All fail: then nobody is let in, unless a line takes a failure for a
 * success, which doctor calls a bypass. */
static void
all_fail(void)
{
	static struct pam_stack failing;
	struct pam_walk w;

	failing = stack;
	for (size_t i = 0; i < failing.count; i++)
		if (failing.line[i].kind == PAM_STACK_MODULE) {
			failing.line[i].name = 0;
			strcpy(failing.line[i].module, "pam_deny");
		}
	pam_walk_check_stack(&failing,
	    &(const struct pam_walk_login){ .caller_is_root = false }, &w);
	if (w.bypass == NULL)
		return;
	pam_walk_check_stack(&stack,
	    &(const struct pam_walk_login){ .caller_is_root = false }, &w);
	must(w.too_complex || w.bypass != NULL,
	    "a stack that lets in whatever fails is said to");
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct files files;
	const struct pam_stack_source source = { .ctx = &files,
		.read = file_read };

	cut(&files, text);
	if (pam_stack_read(&stack, "s", &source) == PAM_STACK_READ) {
		must(stack.count <= PAM_STACK_LINES, "too many lines");
		ends(stack.fault, sizeof(stack.fault));
		for (size_t i = 0; i < stack.count; i++) {
			ends(stack.line[i].file, PAM_STACK_WORD);
			ends(stack.line[i].control, PAM_STACK_WORD);
			ends(stack.line[i].module, PAM_STACK_WORD);
			ends(stack.line[i].args, PAM_STACK_ARGS);
		}
		judge(false);
		judge(true);
		cut_arguments();
		all_fail();
	}
	free(text);
	return 0;
}
