/* SPDX-License-Identifier: BSD-2-Clause */
/* Provider calls in a worker: each is made by the provider's broker, with a
 * ticket of the state broker, and never repeated. A call without a reply in
 * time has an unknown outcome, and the login is not allowed by it. */
#include "helper/broker/broker_inside.h"

/* grace for the reply: the broker itself gives up at the deadline */
#define ANSWER_MS 1000
/* the same after the provider's timeout, as a busy host may hold it up */
#define LATE_MS 5000
/* requests of a call to an identity provider: document, keys, a start, and that
 * once more without what the provider refuses */
#define REQUESTS_MAX 4
#define NEXT_MIN_MS 1000
#define NEXT_MAX_MS 61000
#define LOST (-2) /* instead of a connection: send no more requests */

static struct {
	size_t count;
	int fd[SETTINGS_PROVIDERS_MAX];
} calls;
static struct broker_frame calls_crossing;
static struct broker_reply calls_reply;

static void
call_ask(const struct provider_call *x, enum provider_call_kind kind,
    const char *code, struct broker_request *request)
{
	const int64_t left = x->env->deadline - frame_clock_ms();

	*request = (struct broker_request){ .provider = x->p->name };
	request->call = (struct broker_call){ .kind = kind,
		.code = code != NULL ? code : "",
		.ms = left < 0              ? 0
		    : left > BROKER_LIFE_MS ? BROKER_LIFE_MS
					    : left };
	request->call.ctx = x->ctx;
}

/* Until when a reply may come. A broker that hangs is killed; one that was
 * taken over may say that it lives, and never reply: then other providers, apps
 * and recovery codes need the rest of the login's time. */
static int64_t
calls_until(const struct provider_call *x, int64_t ms)
{
	const struct provider_conf *p = x->p;
	const int64_t requests = p->type->account != NULL ? REQUESTS_MAX : 1;
	/* what was not sent is followed by a look-up of the name */
	const int64_t most =
	    LATE_MS + requests * (p->timeout_ms + p->connect_timeout_ms);

	ms += ANSWER_MS;
	return frame_clock_ms() + (ms < most ? ms : most);
}

/* Returns 1; 0 if the request was not sent; or -1 if no valid reply came. x:
 * shows the line of a slow call. */
static int
calls_cross(int fd, const struct provider_call *x,
    const struct broker_request *request, struct broker_reply *reply)
{
	const int64_t until = calls_until(x, request->call.ms);
	const char *slow = provider_call_slow_line(x, request->call.kind);
	struct pollfd p = { .fd = fd, .events = POLLIN };

	/* A reply that came before its request may be from a broker that was
	 * replaced meanwhile: no call is made over this connection. */
	if (poll(&p, 1, 0) != 0 ||
	    !broker_request_write(&calls_crossing, BROKER_CALL, request) ||
	    send(fd, calls_crossing.b, calls_crossing.used, MSG_NOSIGNAL) !=
		(ssize_t)calls_crossing.used)
		return 0;
	if (slow != NULL && poll(&p, 1, LOGIN_SLOW_MS) == 0)
		login_env_show_wait(x->env, slow);
	return broker_frame_receive(&calls_crossing, fd, until) > 0 &&
		broker_reply_read(&calls_crossing, BROKER_CALL, reply)
	    ? 1
	    : -1;
}

static enum outcome
never_answered(struct provider_call *x, bool *maybe_sent)
{
	x->reply.fate = HTTP_UNKNOWN;
	x->reply.stalled = *maybe_sent = true;
	log_problem(
	    "provider %s: no reply from its broker; see the log", x->p->name);
	return OUTCOME_STALLED;
}

/* When the next poll may come: identity providers say that, in seconds. Polls
 * without end would have the state broker refuse all else that a login asks;
 * for one that comes in a year a recovery code would wait. */
static int64_t
calls_next_ms(const struct provider_type *type, int64_t said)
{
	if (type->account == NULL || said <= 0)
		return 0;
	if (said < NEXT_MIN_MS)
		return NEXT_MIN_MS;
	return said < NEXT_MAX_MS ? said : NEXT_MAX_MS;
}

static enum outcome
take_said(struct provider_call *x, const struct broker_call_result *s,
    bool *maybe_sent)
{
	if (s->fate != HTTP_LOCAL || s->request_id[0] != '\0')
		memcpy(x->ctx.request_id, s->request_id,
		    sizeof(x->ctx.request_id));
	x->ctx.told = s->told;
	/* the broker has checked them, but may have been taken over */
	if (!provider_may_show(x->p, s->told.page, s->told.user_code))
		x->ctx.told.page[0] = x->ctx.told.user_code[0] = '\0';
	x->ctx.told.next_ms = calls_next_ms(x->p->type, s->told.next_ms);
	x->reply.fate = s->fate;
	x->reply.status = (long)s->status;
	x->reply.retry_after_s = (long)s->retry_after_s;
	x->reply.unresolved = s->unresolved;
	x->reply.stalled = s->stalled;
	x->reply.took_ms = s->took_ms;
	*maybe_sent = s->maybe_sent;
	return s->outcome;
}

/* Gets a ticket. Returns NULL, or why there is no ticket. */
static const char *
calls_ticket(size_t of, struct broker_request *request)
{
	int64_t given;

	if (of >= calls.count || calls.fd[of] == BROKER_NONE)
		return "no broker could be started for it, or the state "
		       "broker has not read its settings yet";
	if (calls.fd[of] == LOST)
		return "its broker has ended or does not reply";
	given = broker_client_request(BROKER_TICKET, request, &calls_reply);
	request->call.serial = calls_reply.id;
	memcpy(request->call.mac, calls_reply.mac, sizeof(request->call.mac));
	if (given == 0)
		return "its settings were changed, or host.key cannot be read";
	return given > 0 ? NULL : "the state broker refused the call";
}

/* Passes the provider broker's receipt to the state broker. */
static void
calls_receipt(const struct provider_call *x, struct broker_request *request)
{
	request->tries = (unsigned)calls_reply.said.receipt;
	memcpy(request->call.ctx.request_id, x->ctx.request_id,
	    sizeof(x->ctx.request_id));
	request->call.ctx.told.price = x->ctx.told.price;
	memcpy(request->call.mac, calls_reply.mac, sizeof(request->call.mac));
	broker_client_send(BROKER_RECEIPT, request);
}

/* Counts the same once more. */
static bool
calls_count(enum provider_call_kind kind, enum method method)
{
	static const struct broker_request as_before;

	if (provider_call_sends(kind))
		return broker_client_request(BROKER_SEND_TAKE, &as_before,
			   &calls_reply) == SEND_TAKEN;
	if (method == METHOD_TOTP)
		return broker_client_request(BROKER_GUESS_TAKE, &as_before,
			   &calls_reply) == GUESS_OPEN;
	return broker_client_request(
		   BROKER_ATTEMPT, &as_before, &calls_reply) == 1;
}

static enum outcome
call_broker(struct provider_call *x, enum provider_call_kind kind,
    const char *code, bool *maybe_sent)
{
	struct broker_request request;
	char before[PROVIDER_ID_MAX + 1];
	const char *why;
	const size_t of = (size_t)(x->p - x->env->conf->provider);
	enum outcome o;
	bool cut;
	int crossed = 0;

	*maybe_sent = false;
	memcpy(before, x->ctx.request_id, sizeof(before));
	call_ask(x, kind, code, &request);
	why = calls_ticket(of, &request);
	if (why == NULL)
		crossed = calls_cross(calls.fd[of], x, &request, &calls_reply);
	/* the code of a message is its broker's */
	explicit_bzero(x->ctx.code, sizeof(x->ctx.code));
	broker_frame_wipe(&calls_crossing);
	x->lost = why == NULL && crossed <= 0;
	if (x->lost)
		calls.fd[of] = LOST;
	if (why == NULL && crossed == 0)
		why = "its broker has ended, or spoke unasked";
	if (why != NULL) {
		/* nothing was sent; without a request, no outage */
		x->reply.fate = HTTP_LOCAL;
		log_problem("provider %s: not asked: %s", x->p->name, why);
		o = OUTCOME_CONFIG;
	} else if (crossed < 0)
		o = never_answered(x, maybe_sent);
	else
		o = take_said(x, &calls_reply.said, maybe_sent);
	cut = crossed > 0 && o == OUTCOME_THROTTLE &&
	    calls_reply.said.receipt == BROKER_UNSURE;
	/* The state broker also needs the receipt of a message that failed: a
	 * message of another provider then counts less. */
	if (crossed > 0 &&
	    (calls_reply.said.receipt != BROKER_UNSURE ||
		provider_call_sends(kind) ||
		strcmp(before, x->ctx.request_id) != 0))
		calls_receipt(x, &request);
	/* a broker that was replaced has not seen the end: the call is made
	 * once more (provider_call_run), and the first one stays counted */
	if (cut && !calls_count(kind, x->ctx.method))
		o = never_answered(x, maybe_sent);
	return o;
}

void
broker_calls_set_fds(const int *fd, size_t count)
{
	memcpy(calls.fd, fd, count * sizeof(*fd));
	calls.count = count;
	provider_call_set_transport(call_broker);
}
