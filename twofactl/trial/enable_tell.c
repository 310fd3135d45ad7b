/* SPDX-License-Identifier: BSD-2-Clause */
/* The output of twofactl enable. */
#include "twofactl/trial/enable_tell.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "twofactl/etc/etc.h"
#include "twofactl/terminal/terminal.h"
#include "twofactl/trial/trial_timer.h"

/* changed: only files that are not as wanted. */
static void
print_files(const struct trial *t, bool changed)
{
	const char *comma = "";

	for (unsigned i = 0; i < t->files; i++) {
		const struct etc_change *f = &t->file[i];

		if (changed && etc_file_same(&f->before, &f->after))
			continue;
		fputs(comma, stdout);
		json_text_print(f->path);
		comma = ",";
	}
}

void
enable_tell_json(
    const struct trial *t, bool changed, const char *state, const char *proof)
{
	printf("{\"changed\":%s,\"service\":", changed ? "true" : "false");
	json_text_print(t->service);
	printf(",\"state\":\"%s\",\"until\":%" PRId64 ",\"files\":[", state,
	    strcmp(state, "trial") == 0 ? t->until : 0);
	print_files(t, changed);
	putchar(']');
	if (proof != NULL)
		printf(",\"proof\":\"%s\"", proof);
	puts("}");
}

/* Nothing needs to be done. */
enum ctl_exit
enable_tell_same(const struct ctl *ctl, const struct trial *t)
{
	if (ctl->json)
		enable_tell_json(t, false, "enabled", NULL);
	else
		printf(
		    "%s is enabled already; nothing is changed.\n", t->service);
	return CTL_DONE;
}

/* Is it as enable left it? */
static bool
is_left(const struct etc_change *f, const struct trial *enabled)
{
	for (unsigned i = 0; i < enabled->files; i++)
		if (strcmp(enabled->file[i].path, f->path) == 0)
			return etc_file_same(
			    &enabled->file[i].after, &f->before);
	return false;
}

/* What is wrong with that file, to follow its path; NULL: nothing. enabled:
 * NULL when the service is not enabled. */
static const char *
file_state(const struct etc_change *f, const struct trial *enabled)
{
	if (etc_file_same(&f->before, &f->after))
		return NULL;
	if (f->kind == ETC_RULE)
		return "has not the rule that enable would write";
	if (enabled == NULL)
		return "is without the lines of twofactl enable";
	if (!f->before.there)
		return "is gone, which twofactl enable made";
	if (!stack_edit_has(f->before.text))
		return "has lost the lines of twofactl enable: a package or "
		       "somebody has replaced it";
	if (is_left(f, enabled))
		return "has lines that were written out from a file which has "
		       "changed since";
	return "was changed between the lines of twofactl enable";
}

/* --check: which file is not as wanted, and why. */
enum ctl_exit
enable_tell_state(
    const struct ctl *ctl, const struct trial *t, const struct trial *enabled)
{
	if (ctl->json) {
		enable_tell_json(
		    t, true, enabled != NULL ? "drifted" : "disabled", NULL);
		return CTL_NO;
	}
	printf("%s is not %s.\n", t->service,
	    enabled != NULL ? "as it was enabled" : "enabled");
	for (unsigned i = 0; i < t->files; i++) {
		const char *how = file_state(&t->file[i], enabled);

		if (how != NULL)
			printf("%s %s.\n", t->file[i].path, how);
	}
	printf("To change that: twofactl enable %s\n", t->service);
	return CTL_NO;
}

/* The removed and added lines, file by file. */
void
enable_tell_change(const struct trial *t)
{
	for (unsigned i = 0; i < t->files; i++) {
		const struct etc_change *f = &t->file[i];

		if (etc_file_same(&f->before, &f->after))
			continue;
		text_change_print(stdout, f->path, f->before.text,
		    f->after.there ? f->after.text : NULL);
	}
}

enum ctl_exit
enable_tell_trial(
    const struct ctl *ctl, const struct trial *t, const char *proof)
{
	char text[TRIAL_TIMER_CLOCK];

	if (ctl->json) {
		enable_tell_json(t, true, "trial", proof);
		return CTL_DONE;
	}
	trial_timer_clock(t, text);
	printf("%s is on trial until %s. Keep this shell; ", t->service, text);
	/* -k: a password that sudo remembers would skip the code */
	if (t->rehearsal)
		puts("try it from another\nterminal. It is a rehearsal: then, "
		     "or before, it ends by: twofactl rollback");
	else if (strcmp(t->service, "sudo") == 0)
		puts("run in another terminal,\nwith a code: sudo -k twofactl "
		     "confirm");
	else if (strcmp(t->service, "su") == 0) /* which asks root nothing */
		printf("run in another terminal,\nnot as root, with a code: su "
		       "- %s\nand there: sudo twofactl confirm\n",
		    shell_word(ctl->prove_as));
	else
		puts("log in from another terminal\nwith a code, and there "
		     "run: sudo twofactl confirm");
	if (!trial_timer_at_boot())
		printf("No unit would take it back at a boot: do not restart "
		       "this machine before then.\n");
	return CTL_DONE;
}
