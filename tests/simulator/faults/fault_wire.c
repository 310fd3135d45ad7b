/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults of time and of the connection. */
#include "tests/simulator/faults/fault_wire.h"

#include <stdio.h>
#include <string.h>

#include "tests/simulator/http/reply.h"
#include "tests/simulator/faults/faults.h"
#include "tests/simulator/http/wire.h"

enum {
	WIRE_HUGE = 16 * 1024 * 1024,
	WIRE_BURST = 50,
	IN_CHUNKS = -1, /* instead of a length */
	TO_THE_END = -2,
};

/* A status line and headers that promise length bytes, or how they end. */
static int
send_head(
    struct MHD_Connection *conn, const struct sim_reply *reply, long length)
{
	char head[512], size[64] = "";

	if (length >= 0)
		snprintf(size, sizeof(size), "Content-Length: %ld\r\n", length);
	else if (length == IN_CHUNKS)
		snprintf(size, sizeof(size), "Transfer-Encoding: chunked\r\n");
	snprintf(head, sizeof(head),
	    "HTTP/1.1 %d %s\r\nServer: nginx\r\nContent-Type: %s\r\n"
	    "Connection: keep-alive\r\n%s\r\n",
	    reply->http, reply->http < 300 ? "OK" : "Error",
	    reply->type != NULL ? reply->type : "application/json", size);
	return wire_send(conn, head, strlen(head));
}

static void
status_line(struct MHD_Connection *conn, const struct sim_reply *reply)
{
	char line[64];

	snprintf(line, sizeof(line), "HTTP/1.1 %d %s\r\n", reply->http,
	    reply->http < 300 ? "OK" : "Error");
	wire_send(conn, line, strlen(line));
}

static void
send_part(struct MHD_Connection *conn, const struct sim_reply *reply,
    long promised, size_t len)
{
	if (send_head(conn, reply, promised) == 0)
		wire_send(conn, reply->body, len);
}

static void
drip(struct MHD_Connection *conn, const struct sim_reply *reply, int ms)
{
	if (send_head(conn, reply, (long)reply->len) == -1)
		return;
	for (size_t i = 0; i < reply->len; i++) {
		wire_pause(conn, ms);
		if (wire_send(conn, reply->body + i, 1) == -1)
			return;
	}
}

/* A document as it should be, then blanks: only a cap on size can tell. */
static void
flood(struct MHD_Connection *conn, const struct sim_reply *reply, bool sized)
{
	const long length = sized ? (long)reply->len + WIRE_HUGE : TO_THE_END;
	char blanks[4096];

	if (send_head(conn, reply, length) == -1 ||
	    wire_send(conn, reply->body, reply->len) == -1)
		return;
	memset(blanks, ' ', sizeof(blanks));
	for (size_t n = 0; n < WIRE_HUGE; n += sizeof(blanks))
		if (wire_send(conn, blanks, sizeof(blanks)) == -1)
			return;
}

static void
flood_chunks(struct MHD_Connection *conn, const struct sim_reply *reply)
{
	char chunk[1024 + 7]; /* "400\r\n", 1024 blanks, "\r\n" */

	memset(chunk, ' ', sizeof(chunk));
	memcpy(chunk, "400\r\n", 5);
	memcpy(chunk + sizeof(chunk) - 2, "\r\n", 2);
	if (send_head(conn, reply, IN_CHUNKS) == -1)
		return;
	while (wire_send(conn, chunk, sizeof(chunk)) == 0)
		;
}

static void
burst(struct MHD_Connection *conn)
{
	static const char interim[] = "HTTP/1.1 102 Processing\r\n\r\n";

	for (int i = 0; i < WIRE_BURST; i++)
		if (wire_send(conn, interim, sizeof(interim) - 1) == -1)
			return;
}

static void
wrong_length(struct MHD_Connection *conn, const struct fault *f,
    const struct sim_reply *reply)
{
	const long promised = (long)reply->len + f->delta;

	send_part(conn, reply, promised < 0 ? 0 : promised, reply->len);
	/* Too long a promise: the client waits for the rest in vain. */
	if (f->delta > 0)
		wire_pause(conn, -1);
}

bool
fault_silent(const struct fault *f)
{
	return f->kind == FAULT_HANG || f->kind == FAULT_CLOSE ||
	    f->kind == FAULT_RESET;
}

bool
fault_wire(struct MHD_Connection *conn, const struct fault *f,
    const struct sim_reply *reply)
{
	const long len = (long)reply->len;

	if (f->kind == FAULT_DELAY) {
		wire_pause(conn, f->before ? 0 : f->ms);
		return false;
	}
	if (f->kind == FAULT_BURST1XX) {
		burst(conn);
		return false;
	}
	if (f->kind == FAULT_HANG)
		wire_pause(conn, -1);
	else if (f->kind == FAULT_DRIP)
		drip(conn, reply, f->ms);
	else if (f->kind == FAULT_CLOSE_STATUS)
		status_line(conn, reply);
	else if (f->kind == FAULT_CLOSE_HEADERS)
		send_part(conn, reply, len, 0);
	else if (f->kind == FAULT_HALF_BODY)
		send_part(conn, reply, len, reply->len / 2);
	else if (f->kind == FAULT_CLOSE_AFTER)
		send_part(conn, reply, len, reply->len);
	else if (f->kind == FAULT_RESET)
		wire_reset(conn);
	else if (f->kind == FAULT_BAD_LENGTH)
		wrong_length(conn, f, reply);
	else if (f->kind == FAULT_HUGE || f->kind == FAULT_HUGE_CLOSE)
		flood(conn, reply, f->kind == FAULT_HUGE);
	else if (f->kind == FAULT_ENDLESS)
		flood_chunks(conn, reply);
	else
		return f->kind == FAULT_CLOSE;
	return true;
}
