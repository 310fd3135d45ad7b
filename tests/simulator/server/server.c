/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HTTP and TLS by libmicrohttpd, a thread for each connection: collects whole
 * requests with their raw path, and sends answers.
 */
#include "tests/simulator/server/server.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <cjson/cJSON.h>
#include <microhttpd.h>

#include "tests/simulator/server/control.h"
#include "tests/simulator/http/reply.h"
#include "tests/simulator/core/world.h"
#include "tests/simulator/faults/faults.h"
#include "tests/simulator/server/exchange.h"
#include "tests/simulator/http/request.h"
#include "tests/simulator/http/request_parse.h"

enum {
	SERVER_IDLE_S = 120, /* vendors keep connections for a minute or so */
	SERVER_CONNECTIONS = 512,
	PATIENCE = 20, /* tenths of a second */
};

static struct MHD_Daemon *daemon_handle;
static unsigned int connections; /* accepted so far, under the lock */

/* Before the handshake, so that nothing of a request can have come. */
static enum MHD_Result
admit(void *cls, const struct sockaddr *address, socklen_t len)
{
	bool closed;

	(void)cls;
	(void)address;
	(void)len;
	world_lock();
	closed = faults_take_connection();
	world_unlock();
	return closed ? MHD_NO : MHD_YES;
}

/* The path is judged raw: "%2B", "+" and " " are three different things. */
static size_t
keep_raw(void *cls, struct MHD_Connection *conn, char *s)
{
	(void)cls;
	(void)conn;
	return strlen(s);
}

/* The request line's target opens a request. */
static void *
open_request(void *cls, const char *uri, struct MHD_Connection *conn)
{
	struct sim_request *req = calloc(1, sizeof(*req));
	const size_t path = strcspn(uri, "?");

	(void)cls;
	(void)conn;
	if (req == NULL)
		return NULL;
	req->too_long = strlen(uri + path) > sizeof(req->query);
	if (uri[path] == '?' && !req->too_long)
		snprintf(req->query, sizeof(req->query), "%s", uri + path + 1);
	/* A longer path is no route's: it stays empty and is not found. */
	if (path < sizeof(req->path))
		memcpy(req->path, uri, path);
	return req;
}

static void
close_request(void *cls, struct MHD_Connection *conn, void **state,
    enum MHD_RequestTerminationCode code)
{
	(void)cls;
	(void)conn;
	(void)code;
	if (*state != NULL) {
		request_wipe(*state);
		free(*state);
		*state = NULL;
	}
}

/* Numbers the connections, so that a test can tell one from two. */
static void
count_connection(void *cls, struct MHD_Connection *conn, void **state,
    enum MHD_ConnectionNotificationCode code)
{
	(void)cls;
	(void)conn;
	if (code != MHD_CONNECTION_NOTIFY_STARTED)
		return;
	world_lock();
	*state = (void *)(uintptr_t)++connections;
	world_unlock();
}

static void
take_body(struct sim_request *req, const char *data, size_t size)
{
	char *body;

	if (size > REQUEST_BODY_MAX - req->len) {
		req->too_long = true;
		return;
	}
	body = realloc(req->body, req->len + size + 1);
	if (body == NULL) {
		req->too_long = true;
		return;
	}
	memcpy(body + req->len, data, size);
	req->body = body;
	req->len += size;
	body[req->len] = '\0';
}

static const char *
header(struct MHD_Connection *conn, const char *name)
{
	const char *value =
	    MHD_lookup_connection_value(conn, MHD_HEADER_KIND, name);

	return value != NULL ? value : "";
}

/* "Application/JSON; charset=x" becomes "application/json". */
static void
take_content_type(struct sim_request *req, const char *value)
{
	size_t n = strcspn(value, "; \t");

	if (n >= sizeof(req->content_type))
		n = 0;
	for (size_t i = 0; i < n; i++)
		req->content_type[i] = (char)tolower((unsigned char)value[i]);
}

static enum MHD_Result
add_header(
    void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
	cJSON *headers = cls;

	(void)kind;
	if (strcasecmp(name, "Authorization") == 0 ||
	    strcasecmp(name, "X-Authy-API-Key") == 0)
		value = "(secret)";
	cJSON_AddStringToObject(headers, name, value != NULL ? value : "");
	return MHD_YES;
}

static void
complete(
    struct MHD_Connection *conn, struct sim_request *req, const char *method)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(conn, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	if (req->body == NULL)
		req->body = calloc(1, 1);
	if (info != NULL)
		req->conn = (unsigned int)(uintptr_t)info->socket_context;
	snprintf(req->method, sizeof(req->method), "%.15s", method);
	snprintf(req->auth, sizeof(req->auth), "%.4095s",
	    header(conn, "Authorization"));
	snprintf(req->authy_key, sizeof(req->authy_key), "%.127s",
	    header(conn, "X-Authy-API-Key"));
	take_content_type(req, header(conn, "Content-Type"));
}

static enum MHD_Result
send_reply(struct MHD_Connection *conn, struct sim_reply *reply)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
	    reply->len, reply->body, MHD_RESPMEM_MUST_FREE);
	enum MHD_Result rc;

	if (response == NULL) {
		sim_reply_free(reply);
		return MHD_NO;
	}
	if (reply->type != NULL)
		MHD_add_response_header(response, "Content-Type", reply->type);
	for (size_t i = 0; i < reply->headers; i++)
		MHD_add_response_header(
		    response, reply->header[i].name, reply->header[i].value);
	rc = MHD_queue_response(conn, (unsigned int)reply->http, response);
	MHD_destroy_response(response);
	return rc;
}

static enum MHD_Result
respond(
    struct MHD_Connection *conn, struct sim_request *req, const char *method)
{
	struct sim_reply reply = { .http = 500 };
	cJSON *headers;

	complete(conn, req, method);
	if (req->body == NULL)
		return MHD_NO;
	if (control_owns(req->path)) {
		control_run(req, &reply);
		return send_reply(conn, &reply);
	}
	headers = cJSON_CreateObject();
	MHD_get_connection_values(conn, MHD_HEADER_KIND, add_header, headers);
	request_parse(req);
	if (exchange_run(conn, req, headers, &reply))
		return send_reply(conn, &reply);
	sim_reply_free(&reply);
	return MHD_NO;
}

/* Called for the headers, for pieces of the body, and at the end. */
static enum MHD_Result
handle(void *cls, struct MHD_Connection *conn, const char *url,
    const char *method, const char *version, const char *data, size_t *size,
    void **state)
{
	struct sim_request *req = *state;

	(void)cls;
	(void)url;
	(void)version;
	if (req == NULL)
		return MHD_NO;
	if (!req->headers_seen) {
		req->headers_seen = true;
		return MHD_YES;
	}
	if (*size > 0) {
		take_body(req, data, *size);
		*size = 0;
		return MHD_YES;
	}
	return respond(conn, req, method);
}

/* Clients that leave in mid-handshake are no news; of what ends the start only
 * errno is kept, before the library closes what it had opened. */
static int start_error;

__attribute__((format(printf, 2, 0))) static void
hush(void *cls, const char *format, va_list ap)
{
	(void)cls;
	(void)format;
	(void)ap;
	if (start_error == 0)
		start_error = errno;
}

static struct MHD_Daemon *
start(const struct server_options *o)
{
	unsigned int flags = MHD_USE_INTERNAL_POLLING_THREAD |
	    MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL | MHD_USE_ERROR_LOG;
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_END, 0, NULL },
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, o->cert },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0,
		    (void *)(uintptr_t) "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-"
					"TLS1.2" },
		{ MHD_OPTION_END, 0, NULL },
	};

	if (o->cert != NULL) {
		flags |= MHD_USE_TLS;
		tls[0] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_KEY, 0,
			o->key };
	}
	if (o->address.ss_family == AF_INET6)
		flags |= MHD_USE_IPv6;
	errno = 0;
	start_error = 0;
	return MHD_start_daemon(flags, 0, admit, NULL, handle, NULL,
	    MHD_OPTION_EXTERNAL_LOGGER, hush, NULL, MHD_OPTION_SOCK_ADDR,
	    &o->address, MHD_OPTION_CONNECTION_TIMEOUT,
	    (unsigned int)SERVER_IDLE_S, MHD_OPTION_CONNECTION_LIMIT,
	    (unsigned int)SERVER_CONNECTIONS, MHD_OPTION_URI_LOG_CALLBACK,
	    open_request, NULL, MHD_OPTION_UNESCAPE_CALLBACK, keep_raw, NULL,
	    MHD_OPTION_NOTIFY_COMPLETED, close_request, NULL,
	    MHD_OPTION_NOTIFY_CONNECTION, count_connection, NULL,
	    MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
}

int
server_start(const struct server_options *o)
{
	const struct timespec pause = { .tv_nsec = 100 * 1000 * 1000 };
	unsigned int more = o->patient ? PATIENCE : 0;

	daemon_handle = start(o);
	while (
	    daemon_handle == NULL && start_error == EADDRINUSE && more-- > 0) {
		(void)nanosleep(&pause, NULL);
		daemon_handle = start(o);
	}
	if (daemon_handle != NULL)
		return 0;
	fprintf(stderr, "twofa-simulator: cannot listen: %s\n",
	    start_error != 0 ? strerror(start_error)
			     : "does the key belong to the certificate?");
	return -1;
}

unsigned int
server_port(void)
{
	const union MHD_DaemonInfo *info =
	    MHD_get_daemon_info(daemon_handle, MHD_DAEMON_INFO_BIND_PORT);

	return info != NULL ? info->port : 0;
}

void
server_stop(void)
{
	MHD_stop_daemon(daemon_handle);
}
