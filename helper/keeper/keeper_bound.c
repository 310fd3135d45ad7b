/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose a connection is, and what it may ask: the order of its questions; the
 * record, user and effects that it is bound to; and that it names no row,
 * message or guess but those that it was told of.
 */
#include "helper/keeper/keeper.h"

#include <stdio.h>
#include <string.h>

#include "helper/keeper/keeper_inside.h"
#include "helper/store/store_engine.h"
#include "lib/system/system.h"
#include "lib/wire/wire.h"

#define RECORDS_MAX 4 /* the account's, the target's of su, its caller's */

/* What a connection was told of. */

void
keeper_told_id(struct keeper_session *s, int64_t id)
{
	if (id == 0)
		return;
	for (size_t i = 0; i < s->ids; i++)
		if (s->id[i] == id)
			return;
	if (s->ids < KEEPER_IDS_MAX)
		s->id[s->ids++] = id;
}

/* Rows and messages have numbers of their own, and may be alike: a message's
 * are kept negative. */
static bool
knows(struct keeper_work *p, int64_t id)
{
	for (size_t i = 0; i < p->who->ids; i++)
		if (p->who->id[i] == id)
			return true;
	p->why = "names a row or a message that it was not told of";
	return false;
}

void
keeper_told_row(struct keeper_work *p, const struct store_row *row)
{
	keeper_told_id(p->who, row->id);
	keeper_told_id(p->who, -row->send);
	keeper_told_request(p->who, row->request_id);
}

/* A guess is known by its number; 0: none was counted. */
int64_t
keeper_guess_number(
    struct keeper_work *p, const struct store_guess_token *token)
{
	if (!token->counted)
		return 0;
	p->to->locked = token->locked_source || token->locked_total ||
	    token->locked_account;
	p->who->guess[p->who->guesses % KEEPER_GUESSES_MAX] = *token;
	return (int64_t)++p->who->guesses;
}

/* The counted guess with that number. */
static bool
knows_guess(struct keeper_work *p, size_t number)
{
	if (number > p->who->guesses ||
	    p->who->guesses - number >= KEEPER_GUESSES_MAX) {
		p->why = "names a guess that it was not told of";
		return false;
	}
	p->counted = (struct store_counted){ p->who->user, p->who->source,
		&p->who->guess[(number - 1) % KEEPER_GUESSES_MAX] };
	p->back = &p->counted;
	return true;
}

/* Does it name nothing but what it was told of? */
bool
keeper_names_its_own(struct keeper_work *p)
{
	const struct keeper_ask *a = p->ask;
	const bool started = p->act == KEEPER_STARTED;
	const int64_t send = started ? a->started.send : a->send;
	const int64_t row = started        ? a->started.id
	    : p->act == KEEPER_SEND_REFUND ? -a->id
					   : a->id;

	return (row == 0 || knows(p, row)) && (send == 0 || knows(p, -send)) &&
	    (a->guess == 0 || knows_guess(p, (size_t)a->guess));
}

/* The acts that say whose it is. */

/* A server may have gone away while nothing was asked: a login that begins then
 * must find an outage, and not a step of unknown fate. A step that changes
 * nothing tells it, and is asked again over another connection. */
int64_t
keeper_do_open(struct keeper_work *p)
{
	if (strcmp(p->ask->where, p->own->conf->state) != 0) {
		snprintf(p->to->cause, sizeof(p->to->cause),
		    "state: the settings were changed a moment ago: log in "
		    "once more");
		return -1;
	}
	if (!settings_is_fleet(p->own->conf) ||
	    frame_clock_ms() - p->own->used_before < KEEPER_TRUST_MS ||
	    store_noop(p->s) == 0)
		return 0;
	return store_failure(p->s) == STORE_UNKNOWN ? store_noop(p->s) : -1;
}

int64_t
keeper_do_record(struct keeper_work *p)
{
	enum store_record found;

	if (p->who->records++ >= RECORDS_MAX) {
		p->why = "asks for too many records";
		return -1;
	}
	/* it would open the record with the fleet's old key */
	if (p->own->next_key && !p->who->next_key)
		return STORE_RECORD_OTHER_KEY;
	found = store_record_read(p->s, p->ask->user, &p->to->text);
	p->failed = found == STORE_RECORD_ERROR || found == STORE_RECORD_OUTAGE;
	return found;
}

static const char *
bound_text(char *out, size_t cap, const char *text)
{
	if (text == NULL)
		return NULL;
	snprintf(out, cap, "%s", text);
	return out;
}

/* The longest that any rule remembers a login, in seconds. */
static int64_t
remember_most(const struct settings *conf)
{
	unsigned most = 0;

	for (size_t i = 0; i < conf->rule_count; i++)
		if (conf->rule[i].remember_minutes > most)
			most = conf->rule[i].remember_minutes;
	return most * INT64_C(60);
}

int64_t
keeper_do_bind(struct keeper_work *p)
{
	struct keeper_session *s = p->who;
	const struct store_bound *b = &p->ask->bound;

	if (b->remember_s > remember_most(p->own->conf)) {
		p->why = "would be remembered for longer than any rule allows";
		return -1;
	}
	s->is = *b;
	s->is.user = bound_text(s->user, sizeof(s->user), b->user);
	s->is.source = bound_text(s->source, sizeof(s->source), b->source);
	s->is.sent_from =
	    bound_text(s->sent_from, sizeof(s->sent_from), b->sent_from);
	s->is.service = bound_text(s->service, sizeof(s->service), b->service);
	s->is.remembered_as = bound_text(
	    s->remembered_as, sizeof(s->remembered_as), b->remembered_as);
	s->is.account = bound_text(s->account, sizeof(s->account), b->account);
	s->is.like = bound_text(s->like, sizeof(s->like), b->like);
	keeper_receivers(b->receiver, s->to);
	memset(s->is.receiver, 0, sizeof(s->is.receiver));
	if (b->binding != NULL) {
		memcpy(s->binding, b->binding, sizeof(s->binding));
		s->is.binding = s->binding;
	}
	s->bound = true;
	return 0;
}

/* In which order a connection may ask. */
const char *
keeper_wrong_order(const struct keeper_session *s, enum keeper_act act)
{
	const int64_t age_s = (frame_clock_ms() - s->peer.began) / 1000;

	if (s->acts >= KEEPER_ACTS_MAX + KEEPER_ACTS_EACH_S * age_s)
		return "asks for too much";
	if (act == KEEPER_OPEN)
		return s->peer.open ? "opens the state twice" : NULL;
	if (!s->peer.open)
		return "has not opened the state";
	if (act == KEEPER_NOOP)
		return NULL;
	if (act == KEEPER_RECORD || act == KEEPER_BIND)
		return s->bound ? "is bound already" : NULL;
	return s->bound ? NULL : "is not bound to a user";
}
