/* SPDX-License-Identifier: BSD-2-Clause */
/* Modules whose results are known in part. */
#include "twofactl/host/pam_returns.h"

bool
pam_returns_success(int value)
{
	return value == RETURN_SUCCESS || value == RETURN_NEW_AUTHTOK_REQD;
}

/* A line of ours. Where the module itself is missing, all of them are. */
static bool
possible_ours(
    const struct pam_stack_line *line, int value, const struct pam_login *login)
{
	switch (line->task) {
	case TASK_ASK:
	case TASK_NO_PROMPT:
		break;
	case TASK_SPLIT:
		return value == RETURN_CRED_INSUFFICIENT;
	case TASK_WHEN:
		return value ==
		    ((line->when & login->passed) != 0
			    ? RETURN_CRED_INSUFFICIENT
			    : RETURN_AUTHINFO_UNAVAIL);
	}
	return value != RETURN_IGNORE && value != RETURN_NEW_AUTHTOK_REQD;
}

/* Neither pam_unix nor pam_twofa says IGNORE when asked who it is. */
bool
pam_returns_possible(
    const struct pam_stack_line *line, int value, const struct pam_login *login)
{
	if (line->kind == PAM_STACK_FAILS)
		return value == RETURN_PERM_DENIED;
	if (value == RETURN_INCOMPLETE)
		return false;
	if (pam_stack_is(line, "pam_permit"))
		return value == RETURN_SUCCESS;
	if (pam_stack_is(line, "pam_deny"))
		return value == RETURN_AUTH_ERR;
	if (pam_stack_is(line, "pam_rootok"))
		return value ==
		    (login->caller_is_root ? RETURN_SUCCESS : RETURN_AUTH_ERR);
	if (pam_stack_is(line, "pam_unix"))
		return value != RETURN_IGNORE;
	if (pam_stack_is(line, "pam_twofa"))
		return possible_ours(line, value, login);
	return true;
}
