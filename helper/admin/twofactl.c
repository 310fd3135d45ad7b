/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl: the table of its commands, and what is true for all of them. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/admin/command.h"
#include "helper/admin/complain.h"
#include "helper/admin/options.h"

static const struct command commands[] = {
	{ "unlock", "USER", 0,
	    "open a user's locks and forget their wrong codes",
	    "Exit status 1 when nothing was locked or counted.\n", cmd_unlock },
	{ "recovery-codes", "USER",
	    OPTION_COUNT | OPTION_YES | OPTION_LEFT | OPTION_JSON,
	    "make new recovery codes in place of the old ones",
	    "They are shown this once. Each lets the user in one time, also "
	    "while locked\nand when no message can be sent.\n",
	    cmd_recovery_codes },
	{ "totp", "USER", OPTION_NO_VERIFY,
	    "make a new secret for an authenticator app",
	    "It takes the place of the old one only after the app has shown a "
	    "right code.\n",
	    cmd_totp },
	{ "forget", "[USER]", OPTION_YES,
	    "end remembered logins of a user, or of everybody",
	    "Exit status 1 when none was remembered.\n", cmd_forget },
	{ "status", "[USER]", OPTION_JSON,
	    "show wrong codes, locks, messages and what is left",
	    "Without a user: everybody of whom anything is kept, and the "
	    "totals.\n",
	    cmd_status },
};

/* Codes and secrets go through here; wiped at the end. */
static char out_buffer[BUFSIZ];

static enum ctl_exit
run(const struct command *command, struct ctl *ctl)
{
	enum ctl_exit status;

	if (geteuid() != 0) {
		complain("only root may do that; run: sudo twofactl %s ...",
		    command->name);
		return CTL_FAILED;
	}
	(void)umask(077);
	status = command->run(ctl);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		complain("standard output cannot be written: what should "
			 "stand there is lost");
		status = CTL_FAILED;
	}
	return status;
}

int
main(int argc, char **argv)
{
	const struct command *command = NULL;
	enum ctl_exit status = CTL_DONE;
	struct ctl ctl;

	(void)setvbuf(stdout, out_buffer, _IOFBF, sizeof(out_buffer));
	switch (options_read(argc, argv, commands,
	    sizeof(commands) / sizeof(commands[0]), &ctl, &command)) {
	case OPTIONS_WRONG:
		return CTL_USAGE;
	case OPTIONS_HELPED:
		return fflush(stdout) == 0 ? CTL_DONE : CTL_FAILED;
	case OPTIONS_RUN:
		status = run(command, &ctl);
		break;
	}
	explicit_bzero(out_buffer, sizeof(out_buffer));
	return (int)status;
}
