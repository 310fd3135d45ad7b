/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl: the table of its commands, and how one is run. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "twofactl/doctor/doctor.h"
#include "twofactl/helpdesk/helpdesk.h"
#include "twofactl/trial/trial.h"

static const struct command commands[] = {
	{ "init", "",
	    "app.only provider.type brand own user.first phone country "
	    "allowed-prefixes office base-url ca-file rehearsal expect "
	    "unproven no-verify yes dry-run json",
	    "set this machine up, with a first user",
	    "Asks for what the options leave out. No file is put in place "
	    "until the provider\nhas accepted the credentials and you have "
	    "typed the code it sends; an app\nor an account is proven after. "
	    "Logins do not change yet. FILE may be /dev/stdin.\n",
	    .run = cmd_init },
	{ "enroll", "USER [PHONE]",
	    "channel email provider country replace no-verify phone person key "
	    "cert-id ca user groups.give local.here again add",
	    "give a user a second factor by phone",
	    "A code is sent to the phone; the user is enrolled once it is "
	    "typed correctly.\nWrite PHONE as people do: +1 415 555 0123, 0044 "
	    "..., or with --country 1 \"(415)\n555-0123\"; - means no phone, "
	    "with --email. --person enrols one of several people\nwho share "
	    "the account, known by ssh key, by ssh certificate or by name.\n",
	    .run_user = cmd_enroll, .whom = COMMAND_THERE | COMMAND_UNSOUGHT },
	{ "remove", "USER", "yes person device",
	    "remove a user's second factor",
	    "Removes the record, the app's secret and the recovery codes. Asks "
	    "when the user\nwould be denied then. Exit status 1 when there was "
	    "nothing to remove.\n",
	    .run_user = cmd_remove,
	    .whom = COMMAND_GONE | COMMAND_WHOLE | COMMAND_ENTRY },
	{ "leave", "USER", "local.here", "end the factors of a user who leaves",
	    "Lists the record and marks it: no login takes it before twofactl "
	    "enroll USER\n--again. Ends codes and remembered logins; locks no "
	    "account. userdel runs this.\nExit status 1 when there was nothing "
	    "to end.\n",
	    .run_user = cmd_leave, .whom = COMMAND_GONE | COMMAND_WHOLE },
	{ "show", "USER", "full json person", "show how a user is enrolled",
	    "Exit status 1 when the user is not enrolled.\n",
	    .run_user = cmd_show, .whom = COMMAND_ENTRY },
	{ "list", "",
	    "missing enrolled-by since.enrolled full codes devices json",
	    "list who is enrolled",
	    "With --missing, exit status 1 when somebody is missing.\n",
	    .run_user = cmd_list },
	{ "people", "",
	    "invite.new csv hours why left.members remove.left yes json",
	    "compare enrol_groups with who is enrolled",
	    "Lists members of these groups as enrolled or new (without a "
	    "record), and other\nrecords as left (in none of the groups), gone "
	    "(without an account) or\nother-account (of a user before, or with "
	    "another uid). Exit status 1 when not\nall are enrolled; 4, and no "
	    "list, when a group is empty or cannot be looked up.\n--invite "
	    "--csv takes --hours and --why as code does. Names whom it "
	    "concerns and\nasks; to remove more than 10 % of the records, "
	    "--yes is not enough.\n",
	    .run_user = cmd_people },
	{ "import", "[FILE]",
	    "country tokens from-google-authenticator app-first replace yes "
	    "dry-run",
	    "enrol the users of a CSV file, without codes",
	    "Its first line names the columns: user,phone and optionally "
	    "email,channels,\nprovider,language,totp,groups; for people who "
	    "share an account also person,\nkey,cert_id,ca,factors_of. "
	    "Everything is checked before anything is written. -\nis stdin. "
	    "Asks when somebody would be denied by the new record.\n",
	    .run_user = cmd_import },
	{ "unlock", "USER", "person sends local",
	    "end a user's locks and reset the wrong codes",
	    "With --sends, locks stay: messages sent so far no longer count "
	    "against the\nlimits of the user and the number, but still count "
	    "against those of source, host\nand money. With --local, only this "
	    "host's own lock is ended, which comes from\nthree wrong codes "
	    "while no state server answered. Exit status 1 when\nnothing was "
	    "locked or counted.\n",
	    .run_user = cmd_unlock, .whom = COMMAND_GONE | COMMAND_WHOLE },
	{ "recovery-codes", "USER", "count yes left json person local",
	    "make new recovery codes in place of the old ones",
	    "They are shown only once. Each is valid for one login, even while "
	    "locked out\nor when no message can be sent. With --local they are "
	    "break-glass codes: valid\non this host alone, and only while no "
	    "state server can be reached.\n",
	    .run_user = cmd_recovery_codes, .whom = COMMAND_THERE },
	{ "code", "USER", "hours why invite list end json person",
	    "make a bypass code: one login, with an expiry",
	    "It is shown only once, and typed like a recovery code. The log "
	    "has who made it,\nand why. Exit status 1 when there are three "
	    "already, or the user is disabled,\nor not enrolled and --invite "
	    "is missing, or nothing was ended.\n",
	    .run_user = cmd_code, .whom = COMMAND_THERE },
	{ "totp", "USER",
	    "no-verify secret-file add.app token resync counter person",
	    "make a new secret for an authenticator app",
	    "It replaces the old one only after a code from the app has been "
	    "typed correctly.\nWith --add it is one more, of four at most with "
	    "all tokens.\n",
	    .run_user = cmd_totp, .whom = COMMAND_THERE },
	{ "push", "USER", "json person", "enrol a user's app for push requests",
	    "Shows a token for the app, waits until the app has joined and "
	    "writes the user's\nrecord. Exit status 1 when it does not join in "
	    "time.\n",
	    .run_user = cmd_push, .whom = COMMAND_THERE },
	{ "account", "USER PROVIDER", "json expect unproven remove.account",
	    "enrol a user's account at an identity provider",
	    "Shows a page and a code, waits until an account approves there, "
	    "asks whether it\nis the user's, and writes the user's record. "
	    "Exit status 1 without an approval\nin time.\n",
	    .run_user = cmd_account, .whom = COMMAND_THERE | COMMAND_WHOLE },
	{ "key", "USER", "sk remove", "record a user's security keys for ssh",
	    "A rule with keys = \"sk\" applies to logins by one. Record only "
	    "keys that\nyou saw being made: software can claim to be such a "
	    "key.\n",
	    .run_user = cmd_key, .whom = COMMAND_THERE | COMMAND_WHOLE },
	{ "test", "USER", "service from field person",
	    "try out a login in this terminal",
	    "Messages are sent and counted as for any login. Exit status 1 "
	    "when the user\nwould be denied.\n",
	    .run_user = cmd_test,
	    .whom = COMMAND_THERE | COMMAND_ENTRY | COMMAND_WHOLE },
	{ "explain", "USER SERVICE [ADDR]",
	    "full json field.kind person key caller",
	    "show what would happen at a login now, and why",
	    "Goes through the rules in order, the record, locks and limits; "
	    "sends and counts\nnothing. Exit status 1 when the user would be "
	    "denied.\n",
	    .run_user = cmd_explain, .whom = COMMAND_UNSOUGHT },
	{ "enable", "SERVICE",
	    "login exempt skip until why user.proof within dry-run check "
	    "no-trial rehearsal no-input anyway json",
	    "make a service ask for a code, on trial",
	    "SERVICE is sshd, sudo, su, login or polkit-1. The new files are "
	    "checked, and a\nlogin is tried with them, before they are put in "
	    "place. Then somebody has to log\nin through the service and run "
	    "twofactl confirm; otherwise the old files come\nback. Exit status "
	    "1 when a problem is found or somebody would be locked out.\n"
	    "enable self opens the socket of twofactl self, without a trial.\n",
	    .run = cmd_enable },
	{ "confirm", "", "anyway json", "keep for good what is on trial",
	    "Exit status 1 when no admin has logged in through it with a "
	    "code.\n",
	    .run = cmd_confirm },
	{ "rollback", "", "timer boot json",
	    "end a trial and restore its files",
	    "Exit status 1 when the trial has already been confirmed.\n",
	    .run = cmd_rollback },
	{ "disable", "[SERVICE]", "all json",
	    "make a service stop asking for a code",
	    "Removes the lines of twofactl enable; all others stay. disable "
	    "self closes the\nsocket of twofactl self, and of programs that do "
	    "not run as root.\n",
	    .run = cmd_disable },
	{ "check", "", "file user json upgrade",
	    "check the settings and every user's record",
	    "Prints every error; exit status 3 when there is one. --file "
	    "checks a file that\nis to become twofa.conf, or with --user that "
	    "user's record; anybody may own it.\n",
	    .run = cmd_check },
	{ "edit", "[USER]", "", "edit the settings or a user's record",
	    "Opens a copy in your editor. It replaces the file only if it "
	    "passes twofactl\ncheck; names who would be denied, and asks. Exit "
	    "status 1 when nothing was\nchanged.\n",
	    .run = cmd_edit },
	{ "forget", "[USER]", "yes person",
	    "end remembered logins of a user or all users",
	    "Exit status 1 when no login was remembered.\n",
	    .run_user = cmd_forget,
	    .whom = COMMAND_GONE | COMMAND_WHOLE | COMMAND_ENTRY },
	{ "report", "", "since events exceptions json",
	    "show logins and events from the journal",
	    "For each account that can log in: its factors, the last login "
	    "with a code, what\na login meets now and once observe, allow and "
	    "dated exceptions have ended, the\nlast failure. Exit status 1 "
	    "when somebody is denied now or would be, or an\nexception has no "
	    "end; 5 without a journal of systemd.\n",
	    .run_user = cmd_report },
	{ "notices", "", "test",
	    "tell an admin of locks, outages and other events",
	    "By notify in twofa.conf: mail to root, or a command. Events come "
	    "from systemd's\njournal. A kind of event waits for an hour after "
	    "a notice, and up to 8 if it\ngoes on. twofa-notices.timer runs "
	    "this every 5 minutes.\n",
	    .run = cmd_notices },
	{ "rollout", "[ACTION] [WHAT]", "deny file.mail send",
	    "ask everybody for a code, in stages",
	    "  start             1: only enrolled admins are asked\n"
	    "  who               who is ready, and who would be denied\n"
	    "  notify [USER,..]  print a mail for each person, or send it\n"
	    "  until DATE        2: enrolled users are; others get in until "
	    "then\n"
	    "  enforce           3: users who are not enrolled are denied\n"
	    "  back              go back one stage\n\n"
	    "Without a word: where it stands. Each stage is a change of "
	    "twofa.conf, which is\nshown; none that would deny somebody is "
	    "made, unless you name them.\n",
	    .run_user = cmd_rollout },
	{ "status", "[USER]", "json prometheus person",
	    "show wrong codes, locks, messages, recovery codes",
	    "Without a user: every user in the state, the totals and the "
	    "providers.\n",
	    .run_user = cmd_status, .whom = COMMAND_GONE | COMMAND_WHOLE },
	{ "state", "ACTION [WHAT] [NAME]",
	    "url print push renew groups output hourly-users hourly-sends "
	    "enrols no-enrols records networks yes dry-run json",
	    "manage a state in PostgreSQL that hosts share",
	    "  init [URL]         create it; safe to repeat\n"
	    "  upgrade            update its functions to this release\n"
	    "  restored           let hosts in again after a restore\n"
	    "  change             change the hourly limit of all hosts\n"
	    "  import FILE [HOST] take over the contents of a host's own "
	    "state\n"
	    "  rekey FILE         seal all records with the fleet key in FILE\n"
	    "  server init HOST[,HOST...]    set up servers and the state, by "
	    "ssh\n"
	    "  server access HOST[,HOST...]  let only --networks in there\n"
	    "  server remove HOST[,HOST...]  undo both; the database stays\n"
	    "  host add NAME      make a role and a password for a host\n"
	    "  host remove NAME   undo host add --push\n"
	    "  host change NAME   change its groups, limits or right to enrol\n"
	    "  host disable NAME  end a host's access and list what it read\n"
	    "  host list          list the hosts\n\n"
	    "The SQL is run by psql, as the user in URL. A URL without a "
	    "host,\npostgresql:///DATABASE, means this machine, as user "
	    "postgres. Without a URL, the\nstate in twofa.conf is used.\n",
	    .run = cmd_state },
	{ "helpdesk", "WHAT [USER] [ID]", "json app.desk",
	    "help a user, as the help desk: by sudo",
	    "  who [--json]             all users that you may help\n"
	    "  status [--json] USER     one of them, with open codes\n"
	    "  verify [--app] USER      sends a code that the caller reads "
	    "back\n"
	    "  unlock [--json] USER     as twofactl unlock\n"
	    "  code [--json] USER       as twofactl code; asks for the rest\n"
	    "  end [--json] USER ID     ends a code; all: ends all\n"
	    "  history [--json] [USER]  who did what, in 90 days\n\n"
	    "Users: see helpdesk_for in twofa.conf(5). Exit status 1 when "
	    "nothing was done.\n",
	    .run = cmd_helpdesk },
	{ "self", "", "phone.own instead add.own remove.own app.own codes.own",
	    "your own devices; without sudo",
	    "Shows them; with an option asks for a code of your phone, or an "
	    "invitation, then\nfor a code of a new device. Exit status 1 when "
	    "nothing was changed.\n",
	    .run = cmd_self },
	{ "doctor", "", "json service files etc",
	    "find what is wrong with this host",
	    "Prints one line for each problem: its name, what is wrong and how "
	    "to fix it.\nExit status 1 when there is one. Asks each provider "
	    "something that costs\nnothing.\n",
	    .run = cmd_doctor },
};

/* Codes and secrets pass through this buffer; it is wiped at the end. */
static char out_buffer[BUFSIZ];

static bool
flush_output(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return true;
	terminal_error("standard output cannot be written: the output is lost");
	return false;
}

static enum ctl_exit
twofactl_run(const struct command *command, const struct arguments *typed)
{
	enum ctl_exit status;

	if (geteuid() != 0 && command->run != cmd_self)
		return terminal_error_status(CTL_FAILED,
		    "only root may do that; run: sudo twofactl %s ...",
		    command->name);
	(void)umask(077);
	status = command_user_run(command, typed);
	return flush_output() ? status : CTL_FAILED;
}

/* Opens /dev/null, for reading only, in place of each standard descriptor that
 * is closed: a file that got its number would get what is printed, too. */
static void
hold_standard_fds(void)
{
	int fd = open("/dev/null", O_RDONLY);

	while (fd >= 0 && fd < STDERR_FILENO)
		fd = open("/dev/null", O_RDONLY);
	if (fd > STDERR_FILENO)
		(void)close(fd);
}

int
main(int argc, char **argv)
{
	const struct command *command = NULL;
	enum options_result found;
	enum ctl_exit status;
	struct arguments typed;

	hold_standard_fds();
	doctor_enabled = trial_enabled;
	(void)setvbuf(stdout, out_buffer, _IOFBF, sizeof(out_buffer));
	if (!helpdesk_check_words(argc, argv))
		return (int)terminal_error_status(CTL_USAGE,
		    "helpdesk takes just the words of its forms; see: twofactl "
		    "helpdesk --help");
	found = options_read(
	    argc, argv, commands, COUNT_OF(commands), &typed, &command);
	if (found == OPTIONS_WRONG)
		return CTL_USAGE;
	if (found == OPTIONS_HELPED)
		return flush_output() ? CTL_DONE : CTL_FAILED;
	status = twofactl_run(command, &typed);
	explicit_bzero(out_buffer, sizeof(out_buffer));
	return (int)status;
}
