/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl forget: ends remembered logins. */
#include "twofactl/enrol/enrol_inside.h"

enum ctl_exit
forget_remembered(const struct command_user *c, int64_t *forgot)
{
	const bool other = c->target.factors_of[0] != '\0';
	const struct client_request call = { .purpose = PURPOSE_FORGET,
		.user = other ? c->target.factors_of : c->target.owner,
		.request = other ? c->target.of_account : NULL,
		.count = forgot,
		.counts = ITEM_FORGOT };

	*forgot = 0;
	return client_request(&c->run, &call);
}

enum ctl_exit
cmd_forget(struct command_user *c, const struct arguments *typed)
{
	enum ctl_exit status = CTL_DONE;
	int64_t forgot;

	/* a typing error must not end the logins of all users */
	if (typed->user == NULL && !typed->yes)
		status = terminal_confirm_or(
		    "End the remembered logins of everybody? [y/N] ",
		    "without a user, forget ends the remembered logins of all "
		    "users; name one, or add --yes");
	if (status != CTL_DONE)
		return status;
	status = forget_remembered(c, &forgot);
	if (status == CTL_NO)
		command_user_warn_unknown(&c->target);
	if (status == CTL_DONE)
		printf("Forgotten: %lld remembered login%s%s.\n",
		    (long long)forgot, forgot == 1 ? "" : "s",
		    settings_on_all_hosts_text(c->conf));
	else if (status == CTL_NO)
		puts("No login was remembered.");
	return status;
}
