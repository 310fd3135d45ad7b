/* SPDX-License-Identifier: BSD-2-Clause */
/* The log, and last words to somebody without a record. */
#include "helper/login/login_tell.h"

#include <string.h>

#include "helper/dialogue/dialogue.h"
#include "lib/settings/settings.h"
#include "lib/system/system.h"

void
login_log_no_factor(const char *service)
{
	if (strcmp(service, "sshd") != 0)
		log_mend("no password was seen: put the lines that ask for it "
			 "before pam_twofa in /etc/pam.d/%s; if they prove who "
			 "it is without one (a finger, a card), set "
			 "first_factor = \"stack\" in a rule of this service",
		    service);
}

void
login_log_unknown(const struct login *l, const struct policy_facts *facts)
{
	const size_t rule = l->decision->unknown;
	const struct group_fact *fact =
	    policy_unknown(&l->env->conf->rule[rule - 1], facts);

	if (fact != NULL && fact->why[0] != '\0')
		log_mend("rule %zu: whether %s is in its groups is unknown, so "
			 "it lets nobody in without a code: %s; check that "
			 "source, or take it out of nsswitch.conf",
		    rule, l->user, fact->why);
	else
		log_mend("rule %zu: a group that it names cannot be found, so "
			 "it lets nobody in without a code; check its spelling "
			 "and the name service",
		    rule);
}

void
login_log_notices(const struct settings *conf)
{
	for (size_t i = 0; i < conf->provider_count; i++)
		if (conf->provider[i].type->notice != NULL)
			log_notice("provider %s: %s", conf->provider[i].name,
			    conf->provider[i].type->notice);
}

/* unenrolled_text stands in a prompt, since sshd shows nothing else. */
void
login_tell_unenrolled(const struct login *l)
{
	char prompt[FRAME_PROMPT_MAX + 1];

	words_unenrolled(prompt, sizeof(prompt), l->env->conf->unenrolled_text);
	ending_show(l, prompt);
	login_deny(l, VERDICT_DENY, REASON_UNENROLLED);
}

void
login_allow_unenrolled(const struct login *l)
{
	log_notice("%s has no second factor and is let in "
		   "(unenrolled = \"allow\"): run twofactl enroll %s",
	    l->user, l->user);
	result_allow(l->result, LOGIN_ALLOWED, REASON_UNENROLLED);
}
