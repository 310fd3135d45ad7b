/* SPDX-License-Identifier: BSD-2-Clause */
/* Arguments that are refused, or that this version cannot follow, deny. */
#include "pam_module/args.h"

#include "pam_module/logline.h"

enum reason
args_parse(struct args *a, const char *service, int argc, const char **argv)
{
	const int bad = module_arguments_parse(a, service, argc, argv);

	if (bad < 0)
		return REASON_NONE;
	logline_mend("argument \"%s\": unknown, doubled or not allowed;"
		     " correct /etc/pam.d/%s: conf=, helper= and "
		     "socket= take an absolute path, transport= auto, "
		     "spawn or socket, deadline= %d to %d seconds, "
		     "when= publickey, hostbased or gssapi-with-mic, debug, "
		     "no_prompt and split "
		     "nothing; beside split or when= only debug may "
		     "stand",
	    argv[bad], service, MODULE_ARGUMENTS_DEADLINE_MIN,
	    MODULE_ARGUMENTS_DEADLINE_MAX);
	return REASON_ARGUMENTS;
}
