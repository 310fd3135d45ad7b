/* SPDX-License-Identifier: BSD-2-Clause */
/* Recovery codes, shown once. */
#include "twofactl/init/paper_codes.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "twofactl/enrol/enrol.h"
#include "twofactl/terminal/terminal.h"

/* On the terminal, like the prompt that follows: stdout may be a file. */
static void
show(const struct ctl *ctl, const struct new_codes *codes)
{
	char text[RECOVERY_TEXT + 1];

	fprintf(stderr,
	    "\nRecovery codes of %s. Each lets in once, also without a phone. "
	    "Write them down\nnow: they are not shown again.\n\n",
	    ctl->shown);
	for (unsigned i = 0; i < codes->count; i++) {
		recovery_code_text(codes->code[i], text);
		fprintf(stderr, "  %2u  %s\n", i + 1, text);
	}
	explicit_bzero(text, sizeof(text));
	fputc('\n', stderr);
}

static enum ctl_exit
type_back(const struct new_codes *codes)
{
	char prompt[96], typed[64], code[RECOVERY_LEN + 1];
	unsigned char random = 0;
	unsigned which;
	bool right = false;

	(void)!getrandom(&random, sizeof(random), 0); /* any one will do */
	which = random % codes->count;
	snprintf(prompt, sizeof(prompt),
	    "Type code %u, as you have written it down: ", which + 1);
	while (!right && terminal_line(prompt, typed, sizeof(typed)) == 0) {
		right = recovery_code_normalise(typed, code) &&
		    strcmp(code, codes->code[which]) == 0;
		if (!right)
			complain("that is not code %u", which + 1);
	}
	explicit_bzero(typed, sizeof(typed));
	explicit_bzero(code, sizeof(code));
	return right ? CTL_DONE : CTL_NO;
}

enum ctl_exit
paper_codes(const struct ctl *ctl)
{
	struct new_codes codes;
	enum ctl_exit status = new_codes_make(ctl, ctl->count, &codes);

	if (status != CTL_DONE)
		return status;
	show(ctl, &codes);
	status = type_back(&codes);
	if (status != CTL_DONE)
		(void)new_codes_make(ctl, 0, &codes);
	explicit_bzero(&codes, sizeof(codes));
	return status;
}
