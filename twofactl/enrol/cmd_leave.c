/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl leave: marks the record of a user who has left, and ends all else
 * that lets them in. */
#include "twofactl/enrol/enrol_inside.h"

#include <glob.h>

/* Returns CTL_NO without a record. here: for this host alone, by a file that
 * comes before the record in the state. */
static enum ctl_exit
mark_record(struct command_user *c, bool here)
{
	const struct record_text_change left = {
		.key = "left", .value = "true", .literal = true
	};
	const char *user = c->target.account;
	struct user_record record OWNED(user_record_wipe);
	const enum user_result found =
	    user_record_read(c->conf, user, &record, NULL);

	if (found == USER_FOUND)
		record_print_lines(user, NULL, &record, false);
	if (found == USER_ABSENT)
		return CTL_NO;
	if (here)
		c->conf->users_state = false;
	return record_file_change(c->conf, user, &left, 1);
}

/* Prints the user's sessions that logind knows: a mark ends none. */
static void
print_sessions(const char *user)
{
	char line[256], name[64], host[128];
	glob_t found OWNED(globfree) = { .gl_pathc = 0 };

	(void)glob("/run/systemd/sessions/*[0-9]", 0, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		FILE *f OWNED(owned_file) = fopen(found.gl_pathv[i], "re");

		name[0] = host[0] = '\0';
		while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
			(void)sscanf(line, "USER=%63s", name);
			(void)sscanf(line, "REMOTE_HOST=%127s", host);
		}
		if (strcmp(name, user) == 0)
			printf("open session: %s%s%s\n",
			    strrchr(found.gl_pathv[i], '/') + 1,
			    host[0] != '\0' ? " from " : "",
			    host[0] != '\0' ? terminal_shell_quote(host) : "");
	}
}

enum ctl_exit
cmd_leave(struct command_user *c, const struct arguments *typed)
{
	const char *user = c->target.account;
	struct account account; /* gone already if userdel runs this */
	/* a fleet's codes are for the accounts of other hosts, too */
	const bool here = typed->here && settings_is_fleet(c->conf);
	enum ctl_exit marked = mark_record(c, here), ended = CTL_DONE;
	int64_t codes = 0, forgot = 0;

	if (!here)
		ended = remove_state_data(c, "leave", &codes, &forgot);
	if (marked == CTL_NO && ended == CTL_DONE && codes + forgot == 0) {
		printf("%s is not enrolled.\n", user);
		return CTL_NO;
	}
	if (marked != CTL_NO && marked != CTL_DONE)
		return marked;
	client_audit(EVENT_REMOVED, user, "leave");
	record_shape_renew(&c->run, c->conf);
	print_sessions(user);
	printf("%s has left%s: no login takes this record, and %lld recovery "
	       "codes and %lld remembered logins have ended.\n",
	    user, here ? " this host" : "", (long long)codes,
	    (long long)forgot);
	if (record_owner_account(user, &account) != ACCOUNT_ABSENT) {
		const char *word = terminal_shell_quote(user);

		printf("The account is not locked, and open sessions go on; "
		       "run: usermod -L -e 1 %s; loginctl terminate-user %s\n",
		    word, word);
	}
	return ended;
}
