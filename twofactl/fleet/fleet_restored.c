/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl state restored: after a restore, shows what was changed since the
 * dump, ends what may have been used since, and lets the hosts in again. */
#include "twofactl/fleet/fleet_inside.h"

#define JOURNAL_S 60
#define TEXT_MAX (1024 * 1024)

/* Selects a time before the dump, that of its last entry; users with codes. */
static const char sql[] =
    "SELECT coalesce(max(at), 0) FROM (SELECT at FROM twofa.passed UNION ALL "
    "SELECT at FROM twofa.send UNION ALL SELECT at FROM twofa.record) x;\n"
    "SELECT DISTINCT usr FROM twofa.recovery ORDER BY 1;\n";

/* Every change passes through the helper here, whose uid the kernel notes: only
 * user twofa could forge a line. The admin reads them; nothing is done by them.
 */
static void
print_done_since(const char *since)
{
	static char text[TEXT_MAX];
	const struct passwd *pw = getpwnam(HELPER_USER);
	char from[40], uid[24], *next = text, *line;
	const char *const argv[] = { "/usr/bin/journalctl", "--quiet",
		"--no-pager", "--output=short-iso", from, uid, NULL };

	PRINT_TO(from, "--since=@%.20s", since);
	PRINT_TO(uid, "_UID=%lld", pw != NULL ? (long long)pw->pw_uid : -1);
	puts("Done here by twofactl since the dump; do it again:");
	if (run_program_status(argv, JOURNAL_S, text, sizeof(text)) != 0)
		terminal_error("the journal cannot be read; look for twofactl "
			       "in this machine's log");
	else
		while (fleet_row(&next, &line, 1) == 1)
			if (strstr(line, " twofactl: ") != NULL)
				fleet_print_line("  ", line);
}

static enum ctl_exit
restored_confirm(const struct fleet *f)
{
	static char text[TEXT_MAX];
	char *next = text, *since, *user;

	if (fleet_server_run(&f->server, false, sql, text, sizeof(text)) != 0 ||
	    fleet_row(&next, &since, 1) != 1)
		return CTL_FAILED;
	print_done_since(since);
	puts("Users whose codes (recovery, bypass, invitation) will be void:");
	while (fleet_row(&next, &user, 1) == 1)
		printf("  %s\n", terminal_shell_quote(user));
	(void)fflush(stdout);
	if (f->typed->yes ||
	    terminal_ask_yes("Is it done, and may hosts come in? [y/N] "))
		return CTL_DONE;
	return terminal_error_status(
	    CTL_NO, "hosts are denied as before; run this again, or add --yes");
}

enum ctl_exit
fleet_restored(struct fleet *f, const char *none)
{
	enum ctl_exit status = fleet_upgrade(f, none);
	struct fleet_sql s = { .f = NULL };

	if (status == CTL_DONE && !f->typed->print)
		status = restored_confirm(f);
	if (status != CTL_DONE)
		return status;
	fleet_sql_add(&s, "BEGIN;\n");
	fleet_take_tables(
	    &s, "twofa.recovery, twofa.grace, twofa.verification, twofa.used");
	fleet_sql_add(&s, "SELECT twofa.restored_end();\nCOMMIT;\n");
	status = fleet_run_or_print_sql(f, &s);
	if (status == CTL_DONE && !f->typed->print)
		puts("Done. Logins go on in 3 minutes. No host enrols users "
		     "by the password alone,\nuntil: twofactl state host "
		     "change NAME --enrols");
	return status;
}
