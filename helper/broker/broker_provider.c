/* SPDX-License-Identifier: BSD-2-Clause */
/* The broker of one provider: it has that provider's credentials and
 * connections, and reads its replies. It makes the calls of all logins, many at
 * once, each with a ticket of the state broker. Of users it knows what crosses
 * with a call, and it has no access to the state. */
#include "helper/broker/broker_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "helper/sandbox/sandbox.h"

#define AT_ONCE_MAX 256
#define HOST_MAX 64                  /* HOST_NAME_MAX of Linux */
#define REST_MS (30 * INT64_C(1000)) /* how long a connection may be idle */

/* A worker's connection. */
struct caller {
	struct broker_peer peer;
	struct call *call;
	struct provider_open open; /* a running call has it */
	/* what its push's last poll said, as this broker knows: by a worker's
	 * word the owner's refusal would be in no log */
	enum outcome polled;
	unsigned lines; /* in the log, about failures of its calls */
};

/* A call. ask points into frame, which is kept until the call ends. */
struct call {
	struct caller *who; /* NULL if disconnected */
	struct broker_request request;
	struct facts facts;
	struct environment env;
	struct http_request req;
	struct provider_call x; /* its last member is large, and rarely used */
	struct broker_frame frame;
};

static struct {
	struct settings *conf;
	const struct provider_conf *p;
	const struct provider_wire *wire;
	unsigned char key[BROKER_KEY_LEN];
	char host[HOST_MAX + 1];
	struct http *http; /* NULL until the wire is open */
	size_t running;
	bool rests;
} provider;

static void
ended_free(struct call *a)
{
	explicit_bzero(&a->request, offsetof(struct broker_request, hash));
	explicit_bzero(&a->req, sizeof(a->req));
	explicit_bzero(a->x.ctx.code, sizeof(a->x.ctx.code));
	explicit_bzero(&a->x.open, sizeof(a->x.open));
	explicit_bzero(a->x.token, strlen(a->x.token));
	broker_frame_wipe(&a->frame);
	free(a);
}

/* The brand that a worker names, if the settings or one of their rules have it;
 * else that of the settings. */
static const char *
brand_of(const char *said)
{
	const struct settings *conf = provider.conf;

	for (size_t i = 0; i < conf->rule_count; i++)
		if (conf->rule[i].brand != NULL &&
		    strcmp(conf->rule[i].brand, said) == 0)
			return conf->rule[i].brand;
	return conf->brand;
}

/* True if the call sends a message to a number outside allowed_prefixes. Only a
 * worker that was taken over asks for that: others check it first. */
static bool
number_is_refused(const struct broker_call *c)
{
	return provider_call_sends(c->kind) &&
	    (METHOD_BIT(c->ctx.method) & METHODS_PHONE) != 0 &&
	    c->ctx.phone[0] != '\0' && !provider_by_receiver(provider.p) &&
	    !reach_number_allowed(provider.conf, c->ctx.phone);
}

/* Sets up the call like provider_call.c in a login's own process. */
static void
call_aim(struct call *a)
{
	const struct broker_call *c = &a->request.call;

	a->facts = (struct facts){ .user = c->ctx.user,
		.service = c->ctx.service,
		.conf = MODULE_ARGUMENTS_CONF };
	a->env = (struct environment){ .facts = &a->facts,
		.conf = provider.conf,
		.deadline = frame_clock_ms() + c->ms };
	memset(&a->x, 0, offsetof(struct provider_call, reply.body) + 1);
	a->x.env = &a->env;
	a->x.p = provider.p;
	a->x.polled = c->kind == CALL_START ? OUTCOME_LATER : a->who->polled;
	a->x.lines = a->who->lines;
	a->x.ctx = c->ctx;
	a->x.ctx.conf = provider.p;
	a->x.ctx.brand = brand_of(c->ctx.brand);
	a->x.ctx.host = provider.host;
	if (broker_ticket_sends_own_code(provider.p->type, c))
		broker_ticket_make_code(provider.key, a->who->peer.login,
		    c->serial, provider.p->code_length, a->x.ctx.code);
	a->x.open = a->who->open;
	provider_call_set_pointers(&a->x);
}

static void
said_of(const struct provider_call *x, struct broker_call_result *s)
{
	s->told = x->ctx.told;
	memcpy(s->request_id, x->ctx.request_id, sizeof(s->request_id));
	s->fate = x->reply.fate;
	s->status = x->reply.status;
	s->retry_after_s = x->reply.retry_after_s;
	s->unresolved = x->reply.unresolved;
	s->stalled = x->reply.stalled;
	s->took_ms = x->reply.took_ms;
}

/* Sends the reply of a call, with its receipt, to the login. */
static void
call_reply(struct call *a, struct broker_reply *reply)
{
	static struct broker_frame frame;
	struct caller *who = a->who;
	struct broker_call *c = &a->request.call;

	who->open = a->x.open;
	who->polled = a->x.polled;
	who->lines = a->x.lines;
	memcpy(c->ctx.request_id, reply->said.request_id,
	    sizeof(c->ctx.request_id));
	c->ctx.told.price = reply->said.told.price;
	broker_receipt_make(
	    provider.key, who->peer.login, c, reply->said.receipt, reply->mac);
	/* disconnect a worker that does not read replies */
	if (!broker_reply_write(&frame, BROKER_CALL, reply) ||
	    send(who->peer.fd, frame.b, frame.used,
		MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)frame.used)
		(void)shutdown(who->peer.fd, SHUT_RDWR);
	who->peer.waits = false;
	who->call = NULL;
	a->who = NULL;
}

static unsigned
receipt_of(const struct call *a, enum outcome o, bool maybe_sent)
{
	unsigned receipt = broker_receipt_from_outcome(
	    a->request.call.kind, o, maybe_sent, &a->x.ctx);

	if (receipt == BROKER_UNSURE &&
	    provider_call_sends(a->request.call.kind) &&
	    provider_call_was_hurried(&a->x))
		receipt = BROKER_HURRIED;
	if (provider_call_was_silent(&a->x, o))
		receipt |= BROKER_SILENT;
	if (a->x.reply.fate == HTTP_REPLIED &&
	    !provider_call_proves_reachable(&a->x))
		receipt |= BROKER_DOWN;
	return receipt;
}

/* Ends the call, with a reply to its login if that is still connected. */
static void
call_end(struct call *a, enum outcome o, bool maybe_sent)
{
	static struct broker_reply reply;
	struct broker_call_result *s = &reply.said;

	log_set_subject(NULL, NULL);
	if (a->who != NULL) {
		memset(&reply, 0, sizeof(reply));
		said_of(&a->x, s);
		s->outcome = o;
		s->maybe_sent = maybe_sent;
		s->receipt = receipt_of(a, o, maybe_sent);
		call_reply(a, &reply);
	}
	ended_free(a);
}

static bool
http_ready(void)
{
	char cause[HTTP_CAUSE_MAX];

	if (provider.http != NULL)
		return true;
	provider.http = provider.wire->open(provider.conf, provider.p, cause);
	if (provider.http == NULL)
		log_problem("provider %s: %s", provider.p->name, cause);
	return provider.http != NULL;
}

/* Sends the next request of the call. Returns false if it ended at once, and
 * its reply is to be read. */
static bool
call_send(struct call *a)
{
	const struct broker_call *c = &a->request.call;

	a->x.reply.fate = HTTP_LOCAL;
	if (!http_ready() ||
	    provider_call_build(&a->x, c->kind, c->code, &a->req) != 0) {
		call_end(a, OUTCOME_CONFIG, false);
		return true;
	}
	/* such a type's approval could be for another user's code */
	a->req.apart = a->req.answer && provider.p->type->by_authy_id;
	provider.rests = false;
	provider.running++;
	if (provider.wire->start(
		provider.http, &a->req, a->env.deadline, &a->x.reply)) {
		/* the next line may be about another login */
		log_set_subject(NULL, NULL);
		return true;
	}
	provider.running--;
	return false;
}

static void
call_finish(struct call *a)
{
	bool maybe_sent;
	enum outcome o;

	do {
		log_set_subject(a->facts.user, a->facts.service);
		o = provider_call_read_reply(
		    &a->x, a->request.call.kind, &maybe_sent);
		if (!a->x.ctx.told.more || a->who == NULL) {
			call_end(a, o, maybe_sent);
			return;
		}
	} while (!call_send(a));
}

static void
call_begin(struct call *a)
{
	const struct broker_call *c = &a->request.call;

	call_aim(a);
	log_set_subject(a->facts.user, a->facts.service);
	a->x.reply.fate = HTTP_LOCAL;
	if (provider.running >= AT_ONCE_MAX) {
		log_problem("provider %s: limit of %d concurrent calls reached",
		    provider.p->name, AT_ONCE_MAX);
		call_end(a, OUTCOME_CONFIG, false);
		return;
	}
	if (number_is_refused(c)) {
		log_problem("provider %s: a message to a number that none of "
			    "allowed_prefixes allows is not sent; report this "
			    "fault, or see who took process %d over",
		    provider.p->name, (int)a->who->peer.pid);
		call_end(a, OUTCOME_CONFIG, false);
		return;
	}
	if (!call_send(a))
		call_finish(a);
}

static bool
has_ticket(const struct caller *l, struct broker_call *c)
{
	const struct provider_ctx *x = &c->ctx;
	char ours[BROKER_CALL_TEXT_MAX + 1];
	const char *const text[BROKER_TEXTS] = { x->phone, x->email,
		x->identity, x->factor, x->account, x->receiver, x->user,
		x->service, x->address, x->language, ours };

	/* A ticket for an alert names no type: the state broker, which may know
	 * other settings, gives it for a provider that sends texts of ours. */
	if (x->event != EVENT_NONE && !provider.p->type->own_code)
		return false;
	broker_ticket_name_settings(
	    provider.conf, provider.p, x->event != EVENT_NONE, ours);
	broker_ticket_digest(text, c->to);
	c->provider = provider.p->name;
	return broker_ticket_is_valid(provider.key, l->peer.login, c);
}

/* Returns why the request is refused, or NULL. A ticket is valid once. */
static const char *
wrong_question(const struct caller *l, struct call *a)
{
	if (broker_request_read(&a->frame, &a->request) != BROKER_CALL)
		return "sent an invalid request to a provider broker";
	if (a->request.call.serial <= l->peer.used)
		return "uses a ticket twice";
	if (!has_ticket(l, &a->request.call))
		return "asks a provider without a ticket for it";
	return NULL;
}

static bool
provider_taken(struct broker_peer *peer)
{
	((struct caller *)(void *)peer)->polled = OUTCOME_LATER;
	return true;
}

static bool
provider_serve(struct broker_peer *peer)
{
	struct caller *l = (struct caller *)(void *)peer;
	struct call *a;
	const char *why = NULL;
	char first;
	ssize_t n = recv(peer->fd, &first, 1, MSG_PEEK | MSG_DONTWAIT);

	if (n <= 0) /* most logins end without a request */
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	a = malloc(sizeof(*a)); /* large, and each member is set before use */
	if (a == NULL)
		return false;
	a->x.token[0] = '\0'; /* that of a refused request is wiped, too */
	n = broker_control_take_bytes(peer->fd, &a->frame);
	if (n <= 0) {
		free(a);
		return false;
	}
	peer->open = true;
	a->frame.used = (size_t)n;
	why = wrong_question(l, a);
	if (why != NULL) {
		log_problem("the login of process %d %s: its connection is "
			    "closed; unless the settings have other providers "
			    "since, report this fault, or see who took it over",
		    (int)peer->pid, why);
		ended_free(a);
		return false;
	}
	peer->used = a->request.call.serial;
	a->who = l;
	l->call = a;
	peer->waits = true;
	call_begin(a);
	return true;
}

/* What becomes of the call is not known here, and its receipt says so. */
static void
provider_cut(struct broker_peer *peer)
{
	struct call *a = ((struct caller *)(void *)peer)->call;
	const struct broker_call *c = &a->request.call;
	const bool asks = c->kind == CALL_CHECK || provider_call_sends(c->kind);
	struct broker_reply reply = {
		.said = { .outcome = asks ? OUTCOME_THROTTLE : OUTCOME_LATER,
		    .fate = HTTP_LOCAL }
	};

	PRINT_TO(reply.said.request_id, "%s", c->ctx.request_id);
	log_notice("provider %s: its settings have changed: it is asked again",
	    provider.p->name);
	call_reply(a, &reply);
}

static void
provider_left(struct broker_peer *peer)
{
	struct caller *l = (struct caller *)(void *)peer;

	if (l->call != NULL)
		l->call->who = NULL; /* the call runs to its end */
}

/* Like broker_poll(), but also runs the calls. */
static int
provider_wait(struct pollfd *p, size_t count, int64_t until)
{
	struct http_reply *reply;
	int result;

	if (provider.running == 0)
		return broker_poll(p, count, until);
	result = provider.wire->run_started(provider.http, p, count, until);
	while ((reply = provider.wire->next_finished(provider.http)) != NULL) {
		provider.running--;
		call_finish((struct call *)(void *)((char *)reply -
		    offsetof(struct call, x.reply)));
	}
	return result;
}

static int64_t
provider_next(void)
{
	return provider.http == NULL || provider.rests
	    ? INT64_MAX
	    : broker_idle_since() + REST_MS;
}

static void
provider_tend(int64_t now)
{
	if (now < provider_next() || provider.running > 0)
		return;
	if (provider.wire->close_idle != NULL)
		provider.wire->close_idle(provider.http);
	provider.rests = true;
}

static bool
provider_set_up(size_t number)
{
	log_set_relay(broker_control_write_line);
	provider.conf = broker_settings_load_provider(number);
	if (provider.conf == NULL)
		return false;
	provider.p = &provider.conf->provider[number];
	provider.wire = provider_wire(provider.p);
	(void)mlock(provider.conf, sizeof(*provider.conf));
	(void)mlock(provider.key, sizeof(provider.key));
	if (gethostname(provider.host, HOST_MAX) != 0)
		provider.host[0] = '\0';
	sandbox_enter(provider.conf);
	(void)http_ready(); /* load libcurl while its files can be read */
	confine_from_log(provider.conf);
	confine_process(provider.conf, false);
	broker_control_write_byte(BROKER_PROVIDERS);
	return true;
}

static void
provider_key(size_t of, const unsigned char key[BROKER_KEY_LEN])
{
	(void)of;
	memcpy(provider.key, key, BROKER_KEY_LEN);
}

static void
provider_end(void)
{
	if (provider.wire != NULL)
		provider.wire->close(provider.http);
	explicit_bzero(provider.key, sizeof(provider.key));
	settings_free(provider.conf);
}

const struct broker_kind broker_provider = {
	.size = sizeof(struct caller),
	.accept = provider_taken,
	.drop = provider_left,
	.cut = provider_cut,
	.serve = provider_serve,
	.next_tick = provider_next,
	.tick = provider_tend,
	.set_up = provider_set_up,
	.key = provider_key,
	.end = provider_end,
	.wait = provider_wait,
};
