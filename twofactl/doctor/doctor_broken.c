/* SPDX-License-Identifier: BSD-2-Clause */
/* A line that PAM cannot read, or reads otherwise than it looks. */
#include "twofactl/doctor/doctor_broken.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "twofactl/doctor/doctor_module.h"
#include "twofactl/doctor/doctor_word.h"
#include "twofactl/host/host.h"
#include "twofactl/terminal/terminal.h"

#define FAR 3 /* letters by which a word is another one */

/* The name of a file in PAM's folder, or a word of its files. */
static void
find_nearest(const char *word, char out[PAM_STACK_WORD])
{
	static const char *const words[] = { "auth", "account", "session",
		"password", "required", "requisite", "sufficient", "optional",
		"include", "substack", "@include" };
	const size_t known = sizeof(words) / sizeof(words[0]);
	glob_t files = { .gl_pathc = 0 };
	size_t best = FAR;

	(void)glob(PAM_FOLDER_FIRST "/*", 0, NULL, &files);
	for (size_t i = 0; i < known + files.gl_pathc; i++) {
		const char *name = i < known
		    ? words[i]
		    : strrchr(files.gl_pathv[i - known], '/') + 1;
		const size_t far = doctor_distance(word, name);

		if (far == 0 || far >= best)
			continue;
		best = far;
		snprintf(out, PAM_STACK_WORD, "%s", name);
	}
	globfree(&files);
}

/* First what lets somebody in, then what shuts out by error alone. */
static void
find_remedy(const char *service, const struct pam_walk_service *of,
    struct pam_stack *s, char remedy[PAM_STACK_CAUSE])
{
	char file[PAM_STACK_WORD], text[PAM_STACK_WORD], near[PAM_STACK_WORD];
	const struct doctor_word word = { file, s->fault_line, text };
	const char *const changes[] = { near, "requisite",
		"[success=1 default=ignore]", "#" };
	const size_t count = sizeof(changes) / sizeof(changes[0]);
	const bool control = strstr(s->fault, "control value") != NULL;

	memcpy(file, s->fault_file, sizeof(file));
	memcpy(text, s->fault_word, sizeof(text));
	snprintf(near, sizeof(near), "#");
	find_nearest(text, near);
	for (size_t i = 0; i < 2 * count; i++) {
		const char *with = changes[i % count];

		if ((control || with == near || with[0] == '#') &&
		    doctor_word_closed(
			service, of, &word, with, i < count ? s : NULL)) {
			snprintf(remedy, PAM_STACK_CAUSE,
			    with[0] == '#' ? "put # before it"
					   : "write %s in place of \"%.200s\"",
			    with, text);
			return;
		}
	}
	snprintf(remedy, PAM_STACK_CAUSE,
	    "corrected it would let in without pam_twofa: write its auth lines "
	    "as docs/guide/by-hand.md has them");
}

void
doctor_broken(struct doctor *d, const char *service,
    const struct pam_walk_service *of, struct pam_stack *s)
{
	char remedy[PAM_STACK_CAUSE], fault[PAM_STACK_CAUSE];

	memcpy(fault, s->fault, sizeof(fault));
	if (s->fault_word[0] == '\0')
		snprintf(remedy, sizeof(remedy), "take it out, or shorten it");
	else if (s->fault_word[0] == '\\')
		snprintf(remedy, sizeof(remedy),
		    "take the backslash at its end away");
	else if (s->fault_word[0] == '\r')
		snprintf(remedy, sizeof(remedy), "run: sed -i 's/\\r$//' %s",
		    shell_word(s->fault_file));
	else
		find_remedy(service, of, s, remedy);
	doctor_problem(d, "pam-broken",
	    "%s: %s, which can fail all logins, or undo a line; %s", service,
	    fault, remedy);
}
