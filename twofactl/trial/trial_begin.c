/* SPDX-License-Identifier: BSD-2-Clause */
/* Begins a trial: replaces the files, and finds logins since then. */
#include "twofactl/trial/trial_inside.h"

#include <time.h>

#include "twofactl/lockout/lockout.h"

#define OUT_MAX 4096

/* confirm needs an admin, even if no more names fit. */
static int
trial_begin_take(void *ctx, const struct item *r)
{
	struct trial_find_logins *s = ctx;
	struct owner name; /* people who share an account log in as it */

	if (r->kind != ITEM_GOT_IN)
		return -1;
	/* a time in the future precedes a backward change of the clock */
	if (r->number[3] < s->since || r->number[3] > s->now)
		return 0;
	s->admin |= owner_read(&name, r->text[1]) &&
	    lockout_root_includes(name.account);
	for (unsigned i = 0; i < s->count; i++)
		if (strcmp(s->user[i], r->text[1]) == 0)
			return 0;
	if (s->count < TRIAL_WHO_GOT_IN_MAX)
		PRINT_TO(s->user[s->count++], "%s", r->text[1]);
	return 0;
}

enum ctl_exit
trial_find_logins(const struct run *run, const char *service, int64_t since,
    struct trial_find_logins *out)
{
	struct client_request call = { .purpose = PURPOSE_GOT_IN,
		.request = service,
		.ctx = out,
		.record = trial_begin_take };
	enum ctl_exit status;

	*out =
	    (struct trial_find_logins){ .since = since, .now = clock_wall_s() };
	status = client_request(run, &call);
	call.request = service_change_second_pam_name(service);
	return status == CTL_DONE && call.request != NULL
	    ? client_request(run, &call)
	    : status;
}

static enum ctl_exit
trial_begin_take_back(const struct trial *t, enum roll_back_reason reason)
{
	const int left = roll_back(t, reason);

	if (left == 0)
		terminal_error("everything is as it was before");
	else if (left < 0)
		terminal_error("it cannot be undone: %s; correct that, then "
			       "run: twofactl rollback",
		    etc_cause);
	return CTL_FAILED;
}

/* Reloads sshd and checks that it offers the new methods. Returns false after
 * printing an error, with the reason to roll back. */
static bool
renew_sshd(enum roll_back_reason *reason)
{
	char out[OUT_MAX];
	const bool by_socket = sshd_ask_socket_is_active();
	enum sshd_reload reloaded;
	enum sshd_offered offered;

	*reason = ROLL_BACK_SSHD_CHECK;
	if (!sshd_ask_accepts(out, sizeof(out))) {
		terminal_error("sshd -t: %.400s", out);
		return false;
	}
	trial_step("sshd-checked");
	reloaded = sshd_reload();
	if (reloaded == SSHD_RELOAD_FAILED) {
		terminal_error("%s", trusted_file_cause);
		return false;
	}
	if (reloaded == SSHD_RELOAD_NONE && !by_socket)
		return true; /* no sshd runs to be asked */
	trial_step("sshd-told");
	*reason = ROLL_BACK_NOT_OFFERED;
	offered = sshd_offered(by_socket);
	if (offered == SSHD_OFFERED_OTHER)
		terminal_error("%s", trusted_file_cause);
	else if (offered == SSHD_OFFERED_UNASKED)
		terminal_error("what the running sshd offers is not known: %s",
		    trusted_file_cause);
	return offered != SSHD_OFFERED_OTHER;
}

static int
name_trial(struct trial *t, int64_t within_s)
{
	t->since = clock_wall_s();
	t->until = t->since + within_s;
	if (system_random_name(t->id) != 0)
		return etc_file_fail("the kernel gave no random bytes");
	system_boot_id(t->boot);
	return t->boot[0] != '\0'
	    ? 0
	    : etc_file_fail_with_path(
		  "/proc/sys/kernel/random/boot_id", "it cannot be read");
}

static enum ctl_exit
switch_over(struct trial *t, int64_t within_s, bool timed)
{
	const struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };
	const int64_t now = clock_wall_s();
	enum roll_back_reason reason;

	/* The state has times in seconds: a test login that just ended must not
	 * count as one during the trial. */
	while (timed && clock_wall_s() == now)
		(void)nanosleep(&pause, NULL);
	if (trial_check(t, false) != 0 || name_trial(t, within_s) != 0 ||
	    trial_write_record(t) != 0)
		return terminal_error_status(
		    CTL_FAILED, "%s; nothing is changed", etc_cause);
	if (timed && trial_timer_arm(t) != 0) {
		terminal_error("no timer: %s", etc_cause);
		return trial_begin_take_back(t, ROLL_BACK_HAND);
	}
	trial_step("armed");
	if (trial_apply(t) != 0) {
		terminal_error("%s", etc_cause);
		return trial_begin_take_back(t, ROLL_BACK_HAND);
	}
	if (strcmp(t->service, "sshd") == 0 && !renew_sshd(&reason))
		return trial_begin_take_back(t, reason);
	trial_step("switched");
	client_audit(EVENT_TRIAL_BEGUN, NULL, "enable %s: trial", t->service);
	return CTL_DONE;
}

/* Holds back signals from the first changed file to the last: Ctrl-C, a lost
 * connection or systemd must not interrupt the change. */
enum ctl_exit
trial_start(struct trial *t, int64_t within_s, bool timed)
{
	enum ctl_exit status;

	if (terminal_hold_signals() != 0)
		return terminal_error_status(CTL_FAILED,
		    "signals cannot be held back; free descriptors");
	status = switch_over(t, within_s, timed);
	terminal_drop_signals();
	return status;
}
