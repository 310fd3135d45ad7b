/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl: the table of its commands, and what they share. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "twofactl/doctor/doctor.h"
#include "twofactl/fleet/fleet.h"
#include "twofactl/link/link.h"
#include "twofactl/terminal/terminal.h"
#include "twofactl/trial/trial.h"

static const struct command commands[] = {
	{ "init", "",
	    OPTION_TYPE | OPTION_BRAND | OPTION_OWN | OPTION_FIRST_USER |
		OPTION_PHONE | OPTION_COUNTRY | OPTION_PREFIXES |
		OPTION_BASE_URL | OPTION_CA_FILE | OPTION_REHEARSAL |
		OPTION_NO_VERIFY | OPTION_YES | OPTION_DRY_RUN | OPTION_JSON,
	    "set this machine up, with a first user",
	    "Asks for what the options leave out. The provider must take the "
	    "credentials and\nyou type the code that it sends, before any "
	    "file is in its place. No login\nchanges yet. FILE may be "
	    "/dev/stdin.\n",
	    cmd_init },
	{ "enroll", "USER [PHONE]",
	    OPTION_CHANNEL | OPTION_EMAIL | OPTION_PROVIDER | OPTION_COUNTRY |
		OPTION_REPLACE | OPTION_NO_VERIFY | OPTION_PHONE |
		OPTION_PERSON | OPTION_KEY | OPTION_CERT_ID | OPTION_CA |
		OPTION_AS_USER | OPTION_GIVE_GROUPS | OPTION_HERE,
	    "give a user a second factor by phone",
	    "A code is sent there and asked for; only a right one enrols. "
	    "PHONE as people\nwrite it: +1 415 555 0123, 0044 ..., "
	    "\"(415) 555-0123\" with --country 1;\n- is none, beside "
	    "--email. --person enrols one of several people who share the\n"
	    "account: known by a key or a certificate of ssh, else by name.\n",
	    cmd_enroll },
	{ "remove", "USER", OPTION_YES | OPTION_PERSON,
	    "remove a user's second factor",
	    "The file, the app's secret and the recovery codes. Exit status 1 "
	    "when there was\nnone.\n",
	    cmd_remove },
	{ "show", "USER", OPTION_FULL | OPTION_JSON | OPTION_PERSON,
	    "show how a user is enrolled",
	    "Exit status 1 when the user is not.\n", cmd_show },
	{ "list", "", OPTION_MISSING | OPTION_FULL | OPTION_JSON,
	    "list who is enrolled",
	    "With --missing the exit status is 1 when somebody is.\n",
	    cmd_list },
	{ "import", "FILE", OPTION_COUNTRY | OPTION_REPLACE | OPTION_DRY_RUN,
	    "enrol the users of a CSV file, without codes",
	    "Its first line names the columns: user,phone and if need be email,"
	    "channels,\nprovider,language,groups; of people who share an "
	    "account also person,key,\ncert_id,ca,factors_of. All is checked "
	    "before "
	    "anything "
	    "is written; - is stdin.\n",
	    cmd_import },
	{ "unlock", "USER", OPTION_PERSON | OPTION_SENDS | OPTION_LOCAL,
	    "open a user's locks and forget their wrong codes",
	    "With --sends it leaves the locks: the messages of user and number "
	    "count no more,\nbut for source, host and money. With --local it "
	    "opens the lock of this host\nalone, which three wrong codes made "
	    "while no server of the state answered. Exit\nstatus 1 when "
	    "nothing was locked or counted.\n",
	    cmd_unlock },
	{ "recovery-codes", "USER",
	    OPTION_COUNT | OPTION_YES | OPTION_LEFT | OPTION_JSON |
		OPTION_PERSON | OPTION_LOCAL,
	    "make new recovery codes in place of the old ones",
	    "They are shown this once. Each lets the user in one time, also "
	    "while locked\nand when no message can be sent. With --local they "
	    "are break-glass codes: good\non this host alone, and only while "
	    "no server of the state can be reached.\n",
	    cmd_recovery_codes },
	{ "totp", "USER", OPTION_NO_VERIFY | OPTION_PERSON,
	    "make a new secret for an authenticator app",
	    "It takes the place of the old one only after the app has shown a "
	    "right code.\n",
	    cmd_totp },
	{ "push", "USER", OPTION_JSON | OPTION_PERSON,
	    "enrol the user's app for pushes",
	    "It shows a token for the app, waits until the app has joined, and "
	    "writes the\nuser's file. Exit status 1 when it has not joined in "
	    "time.\n",
	    cmd_push },
	{ "test", "USER",
	    OPTION_SERVICE | OPTION_FROM | OPTION_FIELD | OPTION_PERSON,
	    "play a login in this terminal",
	    "Messages are sent and counted as at any login. Exit status 1 when "
	    "the user\nwould not be let in.\n",
	    cmd_test },
	{ "explain", "USER SERVICE [ADDR]",
	    OPTION_FULL | OPTION_JSON | OPTION_FIELD_KIND | OPTION_PERSON |
		OPTION_KEY | OPTION_CALLER,
	    "say what a login would meet now, and why",
	    "Rules in order, record, locks, limits; nothing is sent or "
	    "counted. Exit status 1\nwhen the user would be denied.\n",
	    cmd_explain },
	{ "enable", "SERVICE",
	    OPTION_LOGIN | OPTION_EXEMPT | OPTION_PROVE_AS | OPTION_WITHIN |
		OPTION_DRY_RUN | OPTION_CHECK | OPTION_NO_TRIAL |
		OPTION_REHEARSAL | OPTION_NO_INPUT | OPTION_ANYWAY |
		OPTION_JSON,
	    "let a service ask for the code, on trial",
	    "sshd, sudo, su, login or polkit-1. The new files are judged and "
	    "tried by a\nlogin before they are put in place. Then somebody has "
	    "to log in by them and run\ntwofactl confirm, or everything "
	    "becomes "
	    "as it was. Exit status 1 when something\nspeaks against it, or "
	    "somebody would be locked out.\n",
	    cmd_enable },
	{ "confirm", "", OPTION_ANYWAY | OPTION_JSON, "keep what is on trial",
	    "Exit status 1 when no admin has got in by it with a code.\n",
	    cmd_confirm },
	{ "rollback", "", OPTION_TIMER | OPTION_BOOT | OPTION_JSON,
	    "end a trial: its files become as they were",
	    "Exit status 1 when what was on trial has been confirmed.\n",
	    cmd_rollback },
	{ "disable", "[SERVICE]", OPTION_ALL | OPTION_JSON,
	    "let a service ask for no code any more",
	    "What twofactl enable wrote is taken out; all other lines "
	    "stay.\n",
	    cmd_disable },
	{ "check", "",
	    OPTION_FILE | OPTION_AS_USER | OPTION_JSON | OPTION_UPGRADE,
	    "check the settings and every user's file",
	    "Exit status 3 when something is wrong; every error is printed. "
	    "--file checks a\nfile that is to become twofa.conf, or with "
	    "--user that user's file, and may\nbelong to anybody.\n",
	    cmd_check },
	{ "edit", "[USER]", 0, "edit the settings, or a user's file",
	    "In your editor, on a copy. It takes the file's place only when "
	    "check finds it\nfit; exit status 1 when nothing was changed.\n",
	    cmd_edit },
	{ "forget", "[USER]", OPTION_YES | OPTION_PERSON,
	    "end remembered logins of a user, or of everybody",
	    "Exit status 1 when none was remembered.\n", cmd_forget },
	{ "status", "[USER]", OPTION_JSON | OPTION_PROMETHEUS | OPTION_PERSON,
	    "show wrong codes, locks, messages, what is left",
	    "Without a user: everybody of whom anything is kept, the totals, "
	    "and the\nproviders.\n",
	    cmd_status },
	{ "state", "ACTION [WHAT] [NAME]",
	    OPTION_URL | OPTION_PRINT | OPTION_RENEW | OPTION_GROUPS |
		OPTION_OUTPUT | OPTION_USERS_PER_HOUR | OPTION_NETWORKS |
		OPTION_YES | OPTION_DRY_RUN | OPTION_JSON,
	    "a state that hosts share, in PostgreSQL",
	    "  init [URL]         make it; twice does no harm\n"
	    "  upgrade            bring its functions to this release\n"
	    "  import FILE [HOST] take over what a host's own state knew\n"
	    "  rekey FILE         all records under the fleet key in FILE\n"
	    "  host add NAME      a role and a password for a host\n"
	    "  host change NAME   its groups, or how many users' records it "
	    "gets\n"
	    "  host disable NAME  shut a host out, and say what it knew\n"
	    "  host list          which there are\n\n"
	    "psql runs what is to be done, as the user that URL names; without "
	    "a host\n(postgresql:///DATABASE) on this machine, as user "
	    "postgres. No URL: the state of\ntwofa.conf.\n",
	    cmd_state },
	{ "doctor", "",
	    OPTION_JSON | OPTION_SERVICE | OPTION_FILES | OPTION_ETC,
	    "find what is wrong with this host",
	    "One line for each problem: its name, what is wrong, the remedy. "
	    "Exit status 1\nwhen there is one. Asks each provider what costs "
	    "nothing.\n",
	    cmd_doctor },
};

/* Codes and secrets pass through this buffer; it is wiped at the end. */
static char out_buffer[BUFSIZ];

static bool
written(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return true;
	complain("standard output cannot be written: what should stand there "
		 "is lost");
	return false;
}

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
	return written() ? status : CTL_FAILED;
}

int
main(int argc, char **argv)
{
	const struct command *command = NULL;
	enum ctl_exit status = CTL_DONE;
	struct ctl ctl;

	doctor_enabled = trial_enabled;
	helper_link_admin = state_admin_for;
	(void)setvbuf(stdout, out_buffer, _IOFBF, sizeof(out_buffer));
	switch (options_read(argc, argv, commands,
	    sizeof(commands) / sizeof(commands[0]), &ctl, &command)) {
	case OPTIONS_WRONG:
		return CTL_USAGE;
	case OPTIONS_HELPED:
		return written() ? CTL_DONE : CTL_FAILED;
	case OPTIONS_RUN:
		status = run(command, &ctl);
		break;
	}
	explicit_bzero(out_buffer, sizeof(out_buffer));
	return (int)status;
}
