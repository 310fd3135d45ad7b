/* SPDX-License-Identifier: BSD-2-Clause */
/* One request to the provider of a verification, and what its reply means. */
#include "helper/verify.h"

#include <string.h>

#include "helper/log.h"

/* What must be left of the deadline for a second send to make sense. */
#define EXCHANGE_REST_MS 5000

static const char *const calls[] = {
	[CALL_START] = "start",
	[CALL_CHECK] = "check",
	[CALL_CANCEL] = "cancel",
};

static int
build(const struct verify *v, enum verify_call call, const char *code,
    struct http_request *req)
{
	const struct provider_ops *ops = v->p->ops;

	switch (call) {
	case CALL_START:
		return ops->start_request(&v->ctx, req);
	case CALL_CHECK:
		return ops->check_request(&v->ctx, code, req);
	case CALL_CANCEL:
		return ops->cancel_request(&v->ctx, req);
	}
	return -1;
}

static enum outcome
read_reply(struct verify *v, enum verify_call call)
{
	const struct provider_ops *ops = v->p->ops;

	switch (call) {
	case CALL_START:
		return ops->start_reply(&v->ctx, &v->reply);
	case CALL_CHECK:
		return ops->check_reply(&v->ctx, &v->reply);
	case CALL_CANCEL:
		return ops->cancel_reply(&v->ctx, &v->reply);
	}
	return OUTCOME_DENY;
}

/* Our own shortage and a refused certificate are never an outage. */
static enum outcome
judge(struct verify *v, enum verify_call call, bool *maybe_sent)
{
	enum outcome o = OUTCOME_DENY;

	*maybe_sent = false;
	switch (v->reply.fate) {
	case HTTP_REPLIED:
		o = read_reply(v, call);
		*maybe_sent = o == OUTCOME_TRANSIENT;
		return o;
	case HTTP_UNKNOWN:
		*maybe_sent = true;
		return OUTCOME_TRANSIENT;
	case HTTP_NOT_SENT:
		return OUTCOME_TRANSIENT;
	case HTTP_CERTIFICATE:
	case HTTP_LOCAL:
		return OUTCOME_CONFIG;
	}
	return o;
}

static void
log_exchange(const struct verify *v, enum verify_call call, enum outcome o)
{
	const char *why =
	    v->reply.fate == HTTP_REPLIED ? v->ctx.detail : v->reply.cause;

	if (o == OUTCOME_OK || o == OUTCOME_WRONG || o == OUTCOME_LATER)
		log_debug("provider %s: %s: %s %s", v->p->name, calls[call],
		    outcome_name(o), why);
	else
		log_mend("provider %s: %s: %s: %s", v->p->name, calls[call],
		    outcome_name(o), why);
}

static enum outcome
exchange_once(
    struct verify *v, enum verify_call call, const char *code, bool *maybe_sent)
{
	struct http_request req;
	enum outcome o;

	memset(&req, 0, sizeof(req));
	v->ctx.detail[0] = '\0';
	*maybe_sent = false;
	if (build(v, call, code, &req) != 0 || req.failed) {
		explicit_bzero(&req, sizeof(req));
		log_mend("provider %s: %s: the request could not be built: "
			 "check its settings",
		    v->p->name, calls[call]);
		return OUTCOME_CONFIG;
	}
	v->env->transport->send(
	    v->env->transport->ctx, v->p, &req, v->env->deadline, &v->reply);
	explicit_bzero(&req, sizeof(req));
	o = judge(v, call, maybe_sent);
	log_exchange(v, call, o);
	explicit_bzero(v->reply.body, v->reply.len);
	return o;
}

enum outcome
verify_exchange(
    struct verify *v, enum verify_call call, const char *code, bool *maybe_sent)
{
	enum outcome o = exchange_once(v, call, code, maybe_sent);
	int64_t wait;

	if (o != OUTCOME_THROTTLE || call == CALL_CANCEL)
		return o;
	wait = v->reply.retry_after_s * 1000;
	if (frame_clock_ms() + wait + EXCHANGE_REST_MS > v->env->deadline ||
	    !v->env->pause(v->env->ctx, wait))
		return o;
	return exchange_once(v, call, code, maybe_sent);
}
