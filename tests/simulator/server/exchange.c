/* SPDX-License-Identifier: BSD-2-Clause */
/* What happens to one vendor API request: log, fault, state, answer. */
#include "tests/simulator/server/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "tests/simulator/core/provider.h"
#include "tests/simulator/http/reply.h"
#include "tests/simulator/core/world.h"
#include "tests/simulator/faults/fault_body.h"
#include "tests/simulator/faults/fault_wire.h"
#include "tests/simulator/faults/faults.h"
#include "tests/simulator/http/reqlog.h"
#include "tests/simulator/http/request.h"
#include "tests/simulator/http/route.h"
#include "tests/simulator/http/wire.h"

/* One for all vendors: replays are of the request before, whichever. */
static struct sim_reply last;

static void
remember(const struct sim_reply *reply)
{
	char *body = reply->body != NULL ? malloc(reply->len + 1) : NULL;

	if (body == NULL)
		return;
	memcpy(body, reply->body, reply->len + 1);
	sim_reply_free(&last);
	last = *reply;
	last.body = body;
}

void
exchange_reset(void)
{
	sim_reply_free(&last);
}

/* What the vendor would answer, with the fault's marks on it. */
static void
answer(const struct sim_provider *p, const struct sim_route *route,
    const struct sim_request *req, const struct fault *fault,
    struct sim_reply *reply)
{
	const bool untouched = fault->before && fault->kind != FAULT_DELAY;

	world_settle();
	if (untouched && p->sample != NULL)
		p->sample(req, reply);
	else
		route->handle(req, reply);
	fault_body(fault, p, reply, &last);
	if (fault->kind != FAULT_REPLAY)
		remember(reply);
}

/* By the vendor, or like the server in front of it. */
static void
refuse(const struct sim_provider *p, const struct sim_request *req, int http,
    struct sim_reply *reply)
{
	if (p->refuse != NULL)
		p->refuse(req, http, reply);
	else if (http == 413)
		sim_reply_html(reply, 413, "413 Request Entity Too Large");
	else
		sim_reply_html(reply, 405, "405 Method Not Allowed");
}

/* Requests that meet no route, p NULL, or that the route does not take. */
static void
stray(const struct sim_request *req, const struct sim_provider *p,
    struct cJSON *headers, struct sim_reply *reply)
{
	size_t number;

	world_lock();
	if (p != NULL)
		refuse(p, req, 405, reply);
	else
		sim_reply_html(reply, 404, "404 Not Found");
	number = reqlog_add(req, NULL, NULL, headers);
	reqlog_finish(number, reply->http, "", NULL);
	world_unlock();
}

bool
exchange_run(struct MHD_Connection *conn, struct sim_request *req,
    struct cJSON *headers, struct sim_reply *reply)
{
	const struct sim_provider *p;
	const struct sim_route *route;
	struct fault fault = { 0 };
	bool allowed = false, known, closed, struck;
	const char *endpoint;
	size_t number;

	known = route_find(req, &p, &route, &allowed);
	if (!known || !allowed) {
		stray(req, known ? p : NULL, headers, reply);
		return true;
	}
	endpoint = route_endpoint(p, route, req);
	world_lock();
	number = reqlog_add(req, p, route, headers);
	struck = faults_take(p, endpoint, &fault);
	if (fault.kind == FAULT_DELAY && fault.before) {
		world_unlock();
		wire_pause(conn, fault.ms);
		world_lock();
	}
	if (req->too_long)
		refuse(p, req, 413, reply);
	else
		answer(p, route, req, &fault, reply);
	reqlog_finish(number, fault_silent(&fault) ? 0 : reply->http,
	    reply->result, struck ? fault_name(fault.kind) : NULL);
	world_unlock();
	closed = struck && fault_wire(conn, &fault, reply);
	return !closed;
}
