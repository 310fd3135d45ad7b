/* SPDX-License-Identifier: BSD-2-Clause */
/* The loop of prompts and answers between a user and a challenge. */

#include "helper/dialogue/dialogue_inside.h"
#include "lib/settings/settings.h"

#define EMPTY_MAX 3 /* empty answers to one prompt */

bool
dialogue_host_line(char *out, size_t cap, const char *name)
{
	const size_t len = strcspn(name, ".");

	if (len == 0 || strspn(name, TEXT_ALNUM "-") < len || len + 2 > cap)
		return false;
	snprintf(out, cap, "%.*s:", (int)len, name);
	return true;
}

/* Shows the host's name at sshd, which delays lines until the prompt. */
static void
host_line_say(const struct login *login)
{
	const struct environment *env = login->env;
	char line[66]; /* Linux allows at most 64 bytes */

	if (env->host != NULL && login_env_is_sshd(env) &&
	    dialogue_host_line(line, sizeof(line), env->host))
		login_show_line(login, line);
}

struct dialogue {
	const struct login *login;
	const struct challenge *challenge;
	struct challenge_view view;
	enum challenge_step note; /* how the next prompt begins */
	unsigned asked;           /* prompts that were answered */
	unsigned malformed;       /* those with neither a code nor a key */
	bool over;                /* the push ended while a prompt was open */
};

/* Handles a step, with whose note the next prompt begins. Returns false if the
 * login is over. */
static bool
went_on(struct dialogue *d, enum challenge_step step)
{
	const struct login *l = d->login;

	d->note = step;
	if (step == STEP_DENY)
		login_deny(l, l->result->verdict, REASON_DENIED);
	return step != STEP_DENY && !login_allow_step(l, step);
}

static bool
quit(struct dialogue *d)
{
	d->challenge->quit(d->challenge->ctx);
	login_show_line(d->login, words_from_ending(END_CANCELLED));
	/* after any other verdict ssh clients run the PAM stack again */
	login_deny(d->login, VERDICT_MAXTRIES, REASON_CANCELLED);
	return false;
}

static bool
key(struct dialogue *d, char letter)
{
	const struct challenge *c = d->challenge;
	const struct answer_key *k = answer_keys;

	while (k->letter != letter)
		k++;
	if ((d->view.keys & METHOD_BIT(k->method)) == 0)
		return went_on(d, STEP_NO_KEY);
	if (k->method != METHOD_PAGE)
		return went_on(d, c->send_another(c->ctx, k->method));
	qr_show(d->login, d->view.page);
	return went_on(d, STEP_ASK);
}

static bool
dialogue_act(struct dialogue *d, enum answer kind, const char *code)
{
	const struct challenge *c = d->challenge;

	if (kind == ANSWER_CODE)
		return went_on(d, c->check(c->ctx, code));
	if (kind == ANSWER_RECOVERY)
		return went_on(d,
		    c->recover != NULL ? c->recover(c->ctx, code)
				       : STEP_NO_RECOVERY);
	if (kind == ANSWER_METHOD)
		return key(d, code[0]);
	if (kind == ANSWER_RESEND)
		return went_on(d,
		    d->view.can_resend ? c->send_another(c->ctx, d->view.method)
				       : STEP_NO_KEY);
	if (kind == ANSWER_QUIT)
		return quit(d);
	if (kind == ANSWER_EMPTY && d->view.method == METHOD_PUSH &&
	    c->look != NULL)
		return went_on(d, c->look(c->ctx));
	d->malformed++;
	return went_on(d, STEP_MALFORMED);
}

/* sshd's stand-in has \n after \b, if it is longer; elsewhere \b was typed. */
static bool
is_standin(const struct login *l, const char *text)
{
	return text[0] == '\b' &&
	    (text[1] == '\n' || (text[1] == '\0' && login_env_is_sshd(l->env)));
}

/* sshd replaces all input of a refused user, so further prompts are useless; by
 * default it also does this for root after a public key. */
static bool
dialogue_refused(const struct login *l)
{
	log_problem("sshd has refused %s and hides the answers: see DenyUsers, "
		    "AllowUsers and, for root, PermitRootLogin in sshd_config "
		    "(prohibit-password, its default, refuses every code)",
	    l->env->facts->user);
	login_deny(l, VERDICT_MAXTRIES, REASON_ANSWERS_REFUSED);
	return false;
}

static bool
dialogue_handle(struct dialogue *d, const struct ui_answer *a)
{
	char code[ANSWER_CODE_MAX + 1] = "";
	enum answer kind;
	bool on;

	if (!d->challenge->standin && is_standin(d->login, a->text))
		return dialogue_refused(d->login);
	kind = d->challenge->standin ? answer_guess_standin(a, &d->view)
				     : answer_read(a, &d->view, code);
	on = dialogue_act(d, kind, code);
	explicit_bzero(code, sizeof(code));
	return on;
}

/* sshd's password method cannot show prompts: the first one fails. */
static void
hint_sshd(const struct login *l, unsigned asked)
{
	const struct facts *f = l->env->facts;

	if (asked == 0 && login_env_is_sshd(l->env) &&
	    f->purpose != PURPOSE_TEST)
		log_problem(
		    "sshd could not ask for the code: its password method "
		    "cannot; set KbdInteractiveAuthentication yes and "
		    "PasswordAuthentication no in sshd_config");
}

/* Logs why there was no answer, and denies. code: a code was asked for, which
 * the module says if the login password was typed. */
static bool
unanswered(const struct login *l, enum ui_result r, unsigned asked, bool code)
{
	if (r == UI_TIMEOUT) {
		login_show_line(l, words_from_ending(END_TIMEOUT));
		login_deny(l, VERDICT_DENY, REASON_DEADLINE);
	} else if (r == UI_NO_ANSWER) {
		hint_sshd(l, asked);
		login_deny(l, VERDICT_CONV_ERR, REASON_NO_ANSWER);
	} else if (r == UI_PASSWORD_SEEN) {
		login_deny(l, code ? VERDICT_CONV_ERR : VERDICT_DENY,
		    REASON_PASSWORD_AS_CODE);
	} else {
		login_deny(l, VERDICT_DENY, REASON_PEER_GONE);
	}
	return false;
}

/* True if the user answered, not sshd in their place. Else the login is denied,
 * with the reason. asked: number of prompts answered before. */
static bool
dialogue_answered(const struct login *l, enum ui_result r,
    const struct ui_answer *a, unsigned asked)
{
	if (r != UI_ANSWER)
		return unanswered(l, r, asked, false);
	return !is_standin(l, a->text) || dialogue_refused(l);
}

static int64_t
dialogue_tick(void *ctx)
{
	struct dialogue *d = ctx;
	int64_t due = d->challenge->tick(d->challenge->ctx);

	d->over = due == CHALLENGE_OVER;
	return due;
}

static const char *
make_prompt(const struct dialogue *d)
{
	if (d->view.method == METHOD_PUSH)
		return words_push_prompt(d->note, &d->view);
	if (d->view.method == METHOD_TOTP && d->view.page != NULL &&
	    d->note == STEP_ASK)
		return words_app_key(&d->view);
	return d->note == STEP_LOCKED && d->view.refused
	    ? words_recovery_after_denial(d->view.locked_s)
	    : words_prompt(d->note, &d->view);
}

/* Shows one prompt. Returns false if the login is over. */
static bool
dialogue_ask(struct dialogue *d)
{
	const struct challenge *c = d->challenge;
	const struct ui_idle idle = { d, dialogue_tick };
	const struct environment *env = d->login->env;
	struct ui_answer answer = { .typed = 0 };
	enum ui_result r;
	bool on;

	if (d->asked == 0)
		host_line_say(d->login);
	login_leave_state(d->login);
	r = env->ui->ask(env->ui->ctx,
	    words_mark_rehearsal(env->conf, make_prompt(d)), env->deadline,
	    c->tick != NULL ? &idle : NULL, &answer);
	if (r != UI_ANSWER)
		on = unanswered(
		    d->login, r, d->asked, d->view.method != METHOD_PUSH);
	else if (d->over)
		on = went_on(d, c->look(c->ctx));
	else
		on = dialogue_handle(d, &answer);
	explicit_bzero(&answer, sizeof(answer));
	return on;
}

/* Waits for a push where text is shown without a prompt, so nothing has to be
 * typed. Returns false if the login is over. */
static bool
watch(struct dialogue *d)
{
	const struct challenge *c = d->challenge;
	const struct environment *env = d->login->env;
	/* sudo ignores Ctrl-C while no prompt is open */
	const bool ctrl_c = strncmp(env->facts->service, "sudo", 4) != 0;
	int64_t due;

	login_show_line(d->login,
	    words_mark_rehearsal(env->conf, words_push_wait(&d->view, ctrl_c)));
	login_leave_state(d->login);
	while ((due = c->tick(c->ctx)) >= 0)
		if (!login_pause(d->login, due))
			return unanswered(d->login, UI_GONE, d->asked, false);
	return went_on(d, c->look(c->ctx));
}

static bool
go_on(struct dialogue *d)
{
	d->challenge->view(d->challenge->ctx, &d->view);
	if (d->view.page != NULL && d->view.page[0] != '\0' && qr_is_loaded())
		d->view.keys |= METHOD_BIT(METHOD_PAGE);
	if (d->view.method == METHOD_PUSH && d->challenge->tick != NULL &&
	    login_env_text_is_immediate(d->login->env))
		return watch(d);
	return dialogue_ask(d);
}

void
dialogue_run(const struct login *login, const struct challenge *challenge)
{
	struct dialogue d = { .login = login, .challenge = challenge };

	if (!login->env->facts->conversation) {
		login_deny(login, VERDICT_CONV_ERR, REASON_NO_CONVERSATION);
		return;
	}
	if (login->enrol != NULL ||
	    (login_env_is_sshd(login->env) && qr_has_pages(login->env->conf)))
		qr_load();
	login_confine(login);
	if (!went_on(&d, challenge->begin(challenge->ctx)))
		return;
	for (; d.asked < login->env->conf->prompts_per_login; d.asked++)
		if (!go_on(&d))
			return;
	/* a human would have typed a code, or quit */
	if (d.malformed == d.asked)
		log_problem(
		    "%u answers were no codes: a client that answers by "
		    "itself (sshpass, ansible -k, a saved password) does "
		    "so: have it ask the person",
		    d.asked);
	login_deny(login, VERDICT_MAXTRIES, REASON_PROMPTS);
}

bool
dialogue_wait(const struct login *l, int64_t until_ms)
{
	const struct environment *env = l->env;
	const bool immediate = login_env_text_is_immediate(env);
	int64_t left = until_ms - login_now_ms(l);
	const char *line = words_wait((left + 999) / 1000, !immediate);
	struct ui_answer answer = { .typed = 0 };
	bool stays = true;

	login_leave_state(l);
	if (immediate && !l->quiet)
		login_show_line(l, line);
	else if (!l->quiet && env->facts->conversation)
		stays = dialogue_answered(l,
		    env->ui->ask(
			env->ui->ctx, line, env->deadline, NULL, &answer),
		    &answer, 0);
	explicit_bzero(&answer, sizeof(answer));
	left = until_ms - login_now_ms(l);
	return stays && (left <= 0 || login_pause(l, left));
}

/* With no_prompt the program has one field and cannot show a prompt. */
static bool
can_ask(const struct login *l)
{
	const struct facts *f = l->env->facts;

	if (f->one_field != NULL)
		log_problem(
		    "%s is shared by people, and no_prompt cannot ask who "
		    "it is: let them come by key, or by another service",
		    f->user);
	else if (f->conversation)
		return true;
	login_deny(l, VERDICT_CONV_ERR, REASON_NO_CONVERSATION);
	return false;
}

bool
dialogue_ask_name(
    const struct login *l, const char *question, char name[UI_ANSWER_MAX + 1])
{
	const struct environment *env = l->env;
	struct ui_answer answer = { .typed = 0 };
	const char *prompt = words_mark_rehearsal(env->conf, question);
	struct text_part typed;
	bool answered = can_ask(l);

	name[0] = '\0';
	for (unsigned n = 0; answered && name[0] == '\0'; n++) {
		if (n == EMPTY_MAX) {
			login_deny(l, VERDICT_MAXTRIES, REASON_PROMPTS);
			return false;
		}
		answered = dialogue_answered(l,
		    env->ui->ask(
			env->ui->ctx, prompt, env->deadline, NULL, &answer),
		    &answer, n);
		typed = answer_trim(answer.text);
		snprintf(
		    name, UI_ANSWER_MAX + 1, "%.*s", (int)typed.len, typed.at);
		explicit_bzero(&answer, sizeof(answer));
	}
	return answered;
}
