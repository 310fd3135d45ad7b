/* SPDX-License-Identifier: BSD-2-Clause */
/* The state keeper: it reads one question at a time of a login, does the step,
 * and answers it. */
#include "helper/keeper/keeper.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "helper/keeper/keeper_inside.h"
#include "helper/sandbox/sandbox.h"
#include "helper/store/store_engine.h"

/* After so long without a question the file is closed, because its admin may
 * want to unmount it. */
#define FILE_HOLD_MS (10 * INT64_C(1000))

static struct {
	struct keeper_own own;
	int64_t began, show; /* wall clock; when it is shown again */
	bool out, told; /* no server can be reached: all who waited are told */
	struct keeper_answer outage;
} state;

static bool
session_taken(struct keeper_peer *peer)
{
	struct keeper_session *s = (struct keeper_session *)(void *)peer;

	s->number = session_number();
	peer->process = session_process_of(peer->pid);
	return s->number >= 0 && peer->process >= 0;
}

static struct keeper_frame keeper_question;

static void
log_refused(
    const struct keeper_session *s, enum keeper_act act, const char *why)
{
	log_problem("the login of process %d %s (%s): its connection is closed "
		    "and it is denied; report this fault, or see who took it "
		    "over",
	    (int)s->peer.pid, why, keeper_act_name(act));
}

static void
answer_outage(
    struct keeper_session *s, enum keeper_act act, struct keeper_answer *answer)
{
	*answer = state.outage;
	s->peer.open |= act == KEEPER_OPEN;
}

/* What kept this one from any server keeps all from it. */
static bool
no_way_there(const struct keeper_answer *answer)
{
	return state.own.store == NULL &&
	    (answer->failure == STORE_OUTAGE ||
		(answer->failure == STORE_BUSY && state.own.not_opened));
}

/* false: its connection is closed. */
static bool
answer_one(struct keeper_session *s, int fd)
{
	static struct keeper_ask ask;
	static struct keeper_answer answer;
	const enum keeper_act act = keeper_ask_read(&keeper_question, &ask);
	const char *why = "asks for what no login asks";
	bool done = act != KEEPER_NO_ACT;

	log_about(s->is.user, s->is.service != NULL ? s->is.service : "");
	if (done && state.out)
		answer_outage(s, act, &answer);
	else if (done)
		done = keeper_step(&state.own, s, act, &ask, &answer, &why);
	else
		state.own.refused++;
	log_about(NULL, NULL);
	if (!done) {
		log_refused(s, act, why);
		return false;
	}
	if (no_way_there(&answer)) {
		state.out = true;
		state.outage = (struct keeper_answer){ .result = -1,
			.failure = answer.failure };
		memcpy(state.outage.cause, answer.cause, STORE_CAUSE_MAX);
	}
	keeper_frame_wipe(&keeper_question);
	done = keeper_answer_write(&keeper_question, act, &answer) &&
	    send(fd, keeper_question.b, keeper_question.used,
		MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)keeper_question.used;
	if (answer.text != NULL)
		explicit_bzero(answer.text, strlen(answer.text));
	free(answer.text);
	explicit_bzero(&answer, sizeof(answer));
	return done;
}

/* The next step is done by what is at the state's path now. */
static void
look_at_file(void)
{
	if (keeper_other_file(&state.own))
		keeper_forget(&state.own);
}

static bool
state_serve(struct keeper_peer *peer)
{
	struct keeper_session *s = (struct keeper_session *)(void *)peer;
	ssize_t n;
	bool kept;

	look_at_file();
	n = recv(peer->fd, keeper_question.b, sizeof(keeper_question.b),
	    MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n <= 0)
		return false;
	keeper_question.used = (size_t)n;
	kept = answer_one(s, peer->fd);
	keeper_frame_wipe(&keeper_question);
	if (state.own.store != NULL && !settings_is_fleet(state.own.conf))
		store_rest(state.own.store);
	look_at_file(); /* so that one is known that was just opened */
	return kept;
}

/* How it is set up, and what time brings. */

static int64_t
hold_ms(void)
{
	return settings_is_fleet(state.own.conf)
	    ? state.own.conf->store.hold_s * INT64_C(1000)
	    : FILE_HOLD_MS;
}

static int64_t
state_next(void)
{
	int64_t at = state.show;

	if (state.out)
		return 0;
	if (state.own.store != NULL && hold_ms() > 0)
		at = keeper_earlier(at, keeper_quiet_since() + hold_ms());
	return at;
}

static void
state_tend(int64_t now)
{
	int64_t shown[ITEM_KEEPER_NUMBERS] = { getpid(), state.began, 0, 0,
		(int64_t)state.own.acts, (int64_t)state.own.refused };

	state.out = state.out && !state.told;
	state.told = state.out;
	keeper_counts(&shown[2], &shown[3]);
	state.show = INT64_MAX;
	if (keeper_is_present()) /* else the file is its successor's */
		state.show =
		    keeper_shown_write(state.own.conf->state_dir, shown, now);
	/* 0: for as long as a login needs it */
	if (hold_ms() > 0 ? now >= keeper_quiet_since() + hold_ms()
			  : shown[2] == 0)
		keeper_forget(&state.own);
}

static bool
state_set_up(size_t number)
{
	(void)number;
	if (!keeper_settings(&state.own))
		return false;
	sandbox_enter(state.own.conf);
	state.began = clock_wall_s();
	store_waiting = keeper_read_control;
	keeper_say((char)(KEEPER_PROVIDERS + state.own.conf->provider_count));
	return true;
}

static void
state_key(size_t provider, const unsigned char key[KEEPER_KEY_LEN])
{
	if (provider < SETTINGS_PROVIDERS_MAX)
		memcpy(state.own.key[provider], key, KEEPER_KEY_LEN);
}

static void
state_end(void)
{
	keeper_forget(&state.own);
	keeper_shown_end(state.own.conf->state_dir);
	settings_free(state.own.conf);
}

static const struct keeper_kind keeper_state = { .size = sizeof(
						     struct keeper_session),
	.taken = session_taken,
	.serve = state_serve,
	.next = state_next,
	.tend = state_tend,
	.set_up = state_set_up,
	.key = state_key,
	.end = state_end };

/* Of either kind. */

bool
keeper_argument_is(int argc, char *const argv[])
{
	if (argc == 2)
		return strcmp(argv[1], KEEPER_ARGUMENT) == 0;
	return argc == 3 && strcmp(argv[1], KEEPER_PROVIDER_ARGUMENT) == 0 &&
	    argv[2][0] >= '0' && argv[2][0] < '0' + SETTINGS_PROVIDERS_MAX &&
	    argv[2][1] == '\0';
}

int
keeper_run(int argc, char *const argv[])
{
	return argc == 2
	    ? keeper_process(&keeper_state, 0)
	    : keeper_process(&keeper_provider, (size_t)(argv[2][0] - '0'));
}
