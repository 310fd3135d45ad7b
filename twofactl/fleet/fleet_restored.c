/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl state restored: after a restore, shows from this machine's journal
 * what was changed since the dump, ends what may have been used since, and lets
 * the hosts in again. */
#include "twofactl/fleet/fleet.h"

#include "twofactl/fleet/fleet_inside.h"
#include "twofactl/client/client.h"

#define JOURNALCTL "/usr/bin/journalctl"
#define JOURNAL_S 60
#define TEXT_MAX (1024 * 1024)

/* Selects the time of the newest entry, which is before the dump, and the users
 * with codes. */
static const char dump[] =
    "SELECT floor(extract(epoch FROM greatest("
    "(SELECT to_timestamp(max(at)) FROM twofa.passed),"
    "(SELECT to_timestamp(max(at)) FROM twofa.send),"
    "(SELECT to_timestamp(max(at)) FROM twofa.record),"
    "(SELECT max(added) FROM twofa.host), to_timestamp(0))));\n"
    "SELECT DISTINCT usr FROM twofa.recovery ORDER BY 1;\n";

/* Every change passes through the helper here, whose uid the kernel notes: no
 * other user can add a line. */
static void
print_changes(const char *since)
{
	static char text[TEXT_MAX];
	const struct passwd *pw = getpwnam(HELPER_USER);
	char from[40], uid[24], *next = text, *line;
	const char *const argv[] = { JOURNALCTL, "--quiet", "--no-pager",
		"--output=short-iso", from, uid, NULL };
	bool none = true;

	PRINT_TO(from, "--since=@%.20s", since);
	PRINT_TO(uid, "_UID=%lld", pw != NULL ? (long long)pw->pw_uid : -1);
	if (run_program_status(argv, JOURNAL_S, text, sizeof(text)) != 0) {
		terminal_error("the journal cannot be read; look for lines of "
			       "twofactl in the log of this machine");
		return;
	}
	puts("What twofactl has changed here since the dump; do it again now, "
	     "before people log in:");
	for (; fleet_row(&next, &line, 1) == 1; none = false)
		if (strstr(line, " twofactl: ") != NULL)
			printf("  %s\n", line);
	if (none)
		puts("  nothing that the journal knows");
}

static enum ctl_exit
restored_confirm(const struct fleet *f)
{
	static char text[TEXT_MAX];
	char *next = text, *since, *user;

	if (fleet_server_run(&f->server, false, dump, text, sizeof(text)) !=
		0 ||
	    fleet_row(&next, &since, 1) != 1)
		return CTL_FAILED;
	print_changes(since);
	puts("Recovery codes, bypass codes and invitations of these users will "
	     "be void:");
	while (fleet_row(&next, &user, 1) == 1)
		printf("  %s\n", user);
	puts("Remembered logins end, and so do codes on their way.");
	(void)fflush(stdout);
	if (f->typed->yes)
		return CTL_DONE;
	if (!terminal_is_open())
		return terminal_error_status(CTL_USAGE,
		    "restored asks first, and there is no terminal; add --yes "
		    "once the changes are made again");
	if (terminal_ask_yes("Let the hosts in? [y/N] "))
		return CTL_DONE;
	puts(
	    "Hosts are denied as before. Run this again when they may log in.");
	return CTL_NO;
}

enum ctl_exit
fleet_restored(struct fleet *f, const char *none)
{
	enum ctl_exit status = fleet_upgrade(f, none);
	struct fleet_sql s;

	if (status == CTL_DONE && !f->typed->print)
		status = restored_confirm(f);
	if (status != CTL_DONE)
		return status;
	fleet_sql_open_text(&s);
	fleet_sql_add(&s, "SELECT twofa.restored_end();\n");
	status = fleet_run_or_print_sql(f, &s);
	if (status == CTL_DONE && !f->typed->print)
		puts("Done. Logins go on in 3 minutes, when no app's code of "
		     "before is good any more.");
	return status;
}
