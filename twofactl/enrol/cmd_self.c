/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl self: users see and change their devices, and make recovery codes,
 * without root: a helper at user.sock does it, which knows by the kernel whose
 * they are. */
#include "twofactl/enrol/enrol.h"

#include <unistd.h>

#define DEADLINE_S INT64_C(280)

/* Writes what is to be changed. False if that is not one thing. */
static bool
request_write(const struct arguments *typed, char out[32])
{
	const bool removes = typed->own_removed != NULL;
	const char *n = removes ? typed->own_removed : typed->device;

	snprintf(out, 32, "%s%.8s%.*s",
	    typed->own_phone       ? PURPOSE_SELF_PHONE
		: removes          ? PURPOSE_SELF_REMOVE
		: typed->app       ? PURPOSE_SELF_APP
		: typed->own_codes ? PURPOSE_SELF_CODES
				   : "",
	    n != NULL ? n : "", typed->add, PURPOSE_SELF_MORE);
	return (n == NULL || decimal_read(n, USER_PHONES_MAX) > 0) &&
	    typed->own_phone + typed->app + typed->own_codes + removes < 2 &&
	    (typed->device != NULL) + typed->add <= typed->own_phone;
}

enum ctl_exit
cmd_self(const struct arguments *typed)
{
	const struct passwd *own = getpwuid(getuid());
	struct client_request call = { .dialogue = true };
	struct facts facts;
	char change[32];
	const char *why;

	if (!request_write(typed, change))
		return terminal_error_status(CTL_USAGE,
		    "--phone, --remove N, --app, --codes: one at a time; "
		    "--instead N or --add with --phone alone; N: 1 to 3");
	if (geteuid() == 0)
		return terminal_error_status(CTL_USAGE,
		    "users run it themselves, without sudo; root has: twofactl "
		    "enroll");
	if (own == NULL || (change[0] != '\0' && !terminal_is_open()))
		return terminal_error_status(CTL_NO, "%s",
		    own == NULL ? "your uid has no account"
				: "there is no terminal");
	call.sock = client_socket_open(&why);
	if (call.sock < 0)
		return terminal_error_status(CTL_FAILED,
		    "%s %s; ask your administrator", client_socket_path(), why);
	facts = client_facts(&typed->run, own->pw_name, PURPOSE_SELF);
	facts.deadline_ms = DEADLINE_S * 1000;
	facts.conversation = true;
	facts.first_factor = FIRST_PASSWORD_SEEN;
	facts.request = change;
	call.facts = &facts;
	return client_request(&typed->run, &call);
}
