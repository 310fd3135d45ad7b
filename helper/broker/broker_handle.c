/* SPDX-License-Identifier: BSD-2-Clause */
/* The rows, messages, verifications and guesses that a connection was given. It
 * may name no others. */
#include "helper/broker/broker_inside.h"

struct broker_handle *
broker_handle_find(struct broker_session *s, int64_t id)
{
	for (size_t i = 0; i < s->ids; i++)
		if (s->handle[i].id == id)
			return &s->handle[i];
	return NULL;
}

/* A session that has all its handles gets no more. method: of a row, which its
 * newest message changes. A row stays apart: a look does not say whose it
 * is. */
static void
handle_issue(struct broker_session *s, const struct broker_handle *new)
{
	struct broker_handle *h = broker_handle_find(s, new->id);

	if (h != NULL) {
		h->method = new->method;
		h->apart |= new->apart;
	} else if (new->id != 0 && s->ids < BROKER_IDS_MAX) {
		s->handle[s->ids++] = *new;
	}
}

void
broker_handle_issue_message(struct broker_session *s, int64_t id)
{
	handle_issue(s,
	    &(struct broker_handle){ .id = -id, .of = SETTINGS_PROVIDERS_MAX });
}

size_t
broker_handle_find_provider(const struct settings *conf, const char *name)
{
	const struct provider_conf *p = settings_provider(conf, name);

	return p != NULL ? (size_t)(p - conf->provider)
			 : SETTINGS_PROVIDERS_MAX;
}

/* True for an id that can be guessed, Authy's, which is the user's number
 * there: from another provider it would keep that user's codes out. */
static bool
is_of_another_user(const struct broker_session *s, const char *request_id)
{
	const size_t len = strlen(request_id);

	return len <= AUTHY_ID_MAX && strspn(request_id, "0123456789") == len &&
	    strcmp(request_id, s->record.authy_id) != 0;
}

struct broker_verification *
broker_handle_allow_verification(struct broker_session *s, size_t of,
    const char *request_id, enum method method)
{
	struct broker_verification *v =
	    broker_handle_find_verification(s, of, request_id);

	if (v == NULL && request_id[0] != '\0' &&
	    request_id[0] != STORE_OWN_ID &&
	    !is_of_another_user(s, request_id)) {
		v = &s->request[s->requests++ % BROKER_REQUEST_IDS_MAX];
		*v = (struct broker_verification){ .of = of,
			.phone = USER_PHONES_MAX };
		PRINT_TO(v->id, "%s", request_id);
	}
	if (v != NULL && method != METHOD_NONE)
		v->method = method;
	return v;
}

struct broker_verification *
broker_handle_find_verification(
    struct broker_session *s, size_t of, const char *request_id)
{
	for (size_t i = 0; i < s->requests && i < BROKER_REQUEST_IDS_MAX; i++)
		if (s->request[i].of == of &&
		    strcmp(s->request[i].id, request_id) == 0)
			return &s->request[i];
	return NULL;
}

/* True for a verification of which another host, or a provider's broker that is
 * no more, alone says to which phone it was sent: it may be ended, and no code
 * is checked there. */
static bool
is_anothers_word(
    const struct settings *conf, size_t of, const struct store_row *row)
{
	return row->foreign &&
	    (of == SETTINGS_PROVIDERS_MAX ||
		!conf->provider[of].type->names_receiver);
}

/* Compared on both clocks, as the wall clock may have been set; there with two
 * seconds of tolerance. */
bool
broker_handle_row_is_outdated(
    const struct broker_op_call *p, size_t of, const struct store_row *row)
{
	const struct broker_changed *c;

	if (of == SETTINGS_PROVIDERS_MAX || row->mine)
		return false;
	c = &p->context->credential[of];
	return clock_ms() - row->age_ms < c->ms &&
	    clock_wall_s() - row->age_ms / 1000 + 1 < c->wall_s;
}

void
broker_handle_issue_row(struct broker_op_call *p, struct store_row *row)
{
	const size_t of =
	    broker_handle_find_provider(p->context->conf, row->provider);
	const bool known = broker_handle_find_verification(
			       p->session, of, row->request_id) != NULL;
	const struct broker_handle *h;
	struct broker_verification *v;

	row->foreign |= broker_handle_row_is_outdated(p, of, row);
	handle_issue(p->session,
	    &(struct broker_handle){ row->id, of, row->method, row->apart });
	h = broker_handle_find(p->session, row->id);
	v = broker_handle_allow_verification(
	    p->session, of, row->request_id, METHOD_NONE);
	if (v != NULL) {
		v->row = row->id;
		v->by = row->method;
		v->others = row->apart || (h != NULL && h->apart);
	}
	if (v != NULL && !known)
		v->apart =
		    v->others || is_anothers_word(p->context->conf, of, row);
}

/* True if codes by each method count for the login: by its rule, and by its
 * channels if the row's provider has the method. A server would be asked once
 * more, so there the rule alone decides. */
static bool
takes_all(const struct broker_op_call *p, size_t of)
{
	const struct settings *conf = p->context->conf;
	unsigned lacks = ~p->session->methods & METHODS_CODE;

	for (int m = METHOD_NONE + 1; m < METHOD_COUNT; m++)
		if (!settings_is_fleet(conf) && of < conf->provider_count &&
		    !broker_bounds_has_channel(p->session, (enum method)m))
			lacks |= provider_methods(&conf->provider[of]) &
			    METHOD_BIT(m);
	return lacks == 0;
}

enum method
broker_handle_renew_method(struct broker_op_call *p)
{
	struct broker_handle *h =
	    broker_handle_find(p->session, p->request->id);
	struct store_row row = { .id = 0 };

	p->failed =
	    !takes_all(p, h->of) && store_row_read(p->s, h->id, &row) < 0;
	if (row.id == h->id)
		h->method = row.method;
	return h->method;
}

size_t
broker_handle_row_provider(struct broker_session *s, int64_t row)
{
	const struct broker_handle *h = broker_handle_find(s, row);

	return h != NULL ? h->of : SETTINGS_PROVIDERS_MAX;
}

int64_t
broker_handle_issue_guess(struct broker_op_call *p,
    const struct store_guess_token *token, const struct store_row *row)
{
	struct broker_session *s = p->session;

	if (!token->counted)
		return 0;
	p->reply->locked = store_guess_has_locked(token);
	s->guess[s->guesses % BROKER_GUESSES_MAX] =
	    (struct broker_guess){ .token = *token,
		    .row = row != NULL ? row->id : 0,
		    .send = row != NULL ? row->send : 0,
		    .sends = row != NULL ? row->sends : 0,
		    .by = row != NULL ? row->method : METHOD_NONE };
	return (int64_t)++s->guesses;
}

struct broker_guess *
broker_handle_find_try(struct broker_session *s, int64_t row)
{
	size_t n = 0;

	while (n < s->guesses && n < BROKER_GUESSES_MAX) {
		struct broker_guess *g =
		    &s->guess[(s->guesses - ++n) % BROKER_GUESSES_MAX];

		if (g->row == row)
			return g;
	}
	return NULL;
}

struct broker_guess *
broker_handle_use_try(struct broker_session *s, int64_t row)
{
	struct broker_guess *try = broker_handle_find_try(s, row);

	if (row == 0 || try == NULL || !try->token.counted || try->compared ||
	    s->compared >= s->guesses)
		return NULL;
	try->compared = true;
	return try;
}

static struct broker_guess *
guess_of(const struct broker_op_call *p)
{
	return &p->session->guess[(size_t)(p->request->guess - 1) %
	    BROKER_GUESSES_MAX];
}

static bool
has_guess(struct broker_op_call *p, size_t number)
{
	const struct broker_session *s = p->session;
	const bool covered = p->op == BROKER_ATTEMPT && number == s->app_guess
	    ? s->returned == 0
	    : s->compared + s->replaced < s->guesses;

	if (number > s->guesses || s->guesses - number >= BROKER_GUESSES_MAX) {
		p->why = "used a guess without a handle";
		return false;
	}
	p->counted = (struct store_counted){ s->bound_to.user,
		s->bound_to.source, &guess_of(p)->token };
	if (p->counted.token->counted && s->returned < BROKER_GUESSES_MAX &&
	    covered &&
	    (p->op != BROKER_REFUND ||
		(guess_of(p)->row == p->request->id && !guess_of(p)->compared)))
		p->back = &p->counted;
	return true;
}

/* Notes a guess as taken back, for which no code is compared any more: taken
 * back twice, it would lower the count of another login's guesses. A failed
 * operation may have been done nevertheless, and is noted as well. */
void
broker_handle_note_return(const struct broker_op_call *p, int64_t result)
{
	const bool if_done =
	    p->op == BROKER_ATTEMPT || p->op == BROKER_CODE_RECENT;
	struct broker_session *s = p->session;

	if (p->back == NULL || (if_done && result == 0))
		return;
	guess_of(p)->token.counted = false;
	s->returned++;
	/* ATTEMPT has counted another guess in its place */
	if (s->compared + (p->op == BROKER_ATTEMPT) < s->guesses)
		s->compared++;
	else {
		s->replaced = true;
		s->app_guess = 0;
	}
}

/* True for an operation that ends a row: all that a login may do with the row
 * of another user at its number. */
static bool
ends_row(enum broker_op op)
{
	return op == BROKER_LOOK || op == BROKER_END || op == BROKER_REPLACE ||
	    op == BROKER_HOLDS || op == BROKER_DROP || op == BROKER_RESTORE;
}

/* True for an operation that adds a row, of a verification or of a count. A
 * host has a limit of rows, so a day has few unknown names for which some are
 * added. Other operations name a row that was added. */
static bool
leaves_row(const struct broker_op_call *p)
{
	return p->op == BROKER_CLAIM || p->op == BROKER_GUESS_TAKE ||
	    p->op == BROKER_TOTP || p->op == BROKER_SEND_TAKE ||
	    (p->op == BROKER_BEGIN && p->request->begin.count > 0);
}

/* A name without an account, or without a record, has no code to guess. */
static bool
may_leave_row(struct broker_op_call *p)
{
	const struct broker_session *s = p->session;
	const bool decoy = s->bound_to.like[0] != '\0';

	if (decoy && !s->few && leaves_row(p))
		p->why = "keeps a row under an unknown name that is not noted";
	else if (!decoy && p->op == BROKER_GUESS_TAKE &&
	    !broker_bounds_is_receiver(s, NULL) &&
	    s->record.app[0].secret.len == 0)
		p->why = "counts a guess of who has no factor";
	return p->why == NULL;
}

bool
broker_handle_allows(struct broker_op_call *p)
{
	const struct broker_request *a = p->request;
	const int64_t id = p->op == BROKER_STARTED ? a->started.id
	    : p->op == BROKER_SEND_REFUND          ? -a->id
						   : a->id;
	const struct broker_handle *h = broker_handle_find(p->session, id);

	if (!may_leave_row(p))
		return false;
	if (id != 0 && (h == NULL || (h->apart && !ends_row(p->op)))) {
		p->why = "used a row or message id without a handle";
		return false;
	}
	return a->guess == 0 || has_guess(p, (size_t)a->guess);
}
