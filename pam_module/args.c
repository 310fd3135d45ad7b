/* SPDX-License-Identifier: BSD-2-Clause */
/* Arguments that are refused, or that this version cannot follow, deny. */
#include "pam_module/args.h"

#include <unistd.h>

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
		     "debug nothing",
	    argv[bad], service, MODULE_ARGUMENTS_DEADLINE_MIN,
	    MODULE_ARGUMENTS_DEADLINE_MAX);
	return REASON_ARGUMENTS;
}

/* Only spawning exists so far; the socket needs no root but says so here. */
enum reason
args_transport(const struct args *args)
{
	if (args->transport != TRANSPORT_SOCKET && geteuid() == 0)
		return REASON_NONE;
	logline_mend("transport socket (%s) is not part of this version; use "
		     "transport=spawn, which needs a service that runs as root",
	    args->socket);
	return REASON_NO_TRANSPORT;
}
