/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl enable self and disable self: the socket for services that do not
 * run as root, where users run twofactl self. It makes no service ask for a
 * code, so there is no trial. */
#include "twofactl/trial/trial_inside.h"

#define UNIT "twofa-helper-user.socket"
#define OUT_MAX 512

/* systemd starts no socket whose service runs, but restarts it with that. */
static const char *const verbs[][2] = { { "disable", "stop" },
	{ "enable", "restart" } };

/* Sets whether it is enabled, or active. Returns NULL, or why there is no such
 * unit and what to do. */
static const char *
unit_find(bool *enabled, bool *active)
{
	char out[OUT_MAX];

	if (!run_program_has_systemd())
		return "systemd does not run here; add "
		       "--user=/run/twofa/user.sock to what starts "
		       "twofa-helper --listen=/run/twofa/helper.sock";
	*active =
	    run_program_systemctl("is-active", UNIT, out, sizeof(out)) == 0;
	*enabled =
	    run_program_systemctl("is-enabled", UNIT, out, sizeof(out)) == 0;
	if (strstr(out, "masked") == out)
		return UNIT " is masked; run: systemctl unmask " UNIT;
	return *enabled || strcmp(out, "disabled") == 0 ? NULL
							: UNIT
	    " is not installed; install the package again, or in its "
	    "source run: make install";
}

bool
self_socket_is_off(void)
{
	bool enabled, active;

	return unit_find(&enabled, &active) == NULL && !enabled;
}

enum ctl_exit
self_socket_switch(bool on)
{
	char out[OUT_MAX];

	for (size_t i = 0; i < COUNT_OF(verbs[on]); i++)
		if (run_program_systemctl(
			verbs[on][i], UNIT, out, sizeof(out)) != 0)
			return terminal_error_status(CTL_FAILED,
			    "systemctl %s " UNIT ": %s", verbs[on][i],
			    out[0] != '\0' ? out : "no answer");
	client_audit(EVENT_NONE, NULL, "%s self", verbs[on][0]);
	return CTL_DONE;
}

static enum ctl_exit
print_steps(bool on)
{
	for (size_t i = 0; i < COUNT_OF(verbs[on]); i++)
		printf("systemctl %s " UNIT "\n", verbs[on][i]);
	return CTL_DONE;
}

enum ctl_exit
self_socket_command(const struct arguments *typed, bool on)
{
	bool enabled = false, active = false, off;
	const char *why = unit_find(&enabled, &active);
	const bool changes = on ? !enabled || !active : enabled || active;
	enum ctl_exit status = CTL_DONE;

	if (options_other(typed, "dry-run check json") != NULL)
		return terminal_error_status(CTL_USAGE,
		    "self is on no trial: it takes --dry-run, --check and "
		    "--json");
	if (why != NULL)
		return terminal_error_status(CTL_FAILED, "%s", why);
	if (changes && typed->dry_run)
		return print_steps(on);
	if (changes && !typed->look)
		status = self_socket_switch(on);
	if (status != CTL_DONE)
		return status;
	off = changes && typed->look; /* so is --check of enable alone */
	trial_pending_print_end(&typed->run, SELF_SOCKET, changes && !off,
	    on && !off ? "enabled" : "disabled",
	    off           ? "is not enabled"
		: changes ? on ? "is enabled" : "is disabled"
		: on      ? "is enabled already; nothing is changed"
			  : "was not enabled");
	return off ? CTL_NO : CTL_DONE;
}
