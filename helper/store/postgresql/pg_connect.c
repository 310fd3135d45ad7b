/* SPDX-License-Identifier: BSD-2-Clause */
/* Connects to a server. libpq would wait for whole seconds, and longer than
 * allowed: its state machine is driven here, with our own poll and deadline,
 * one server after the other, by addresses from pg_resolve.c. Files that libpq
 * would look for in a home folder are set explicitly, and pg_libpq.c removes
 * its environment. */
#include "helper/store/postgresql/postgresql.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/store/postgresql/postgresql_inside.h"

#define OPERATOR_ROLE "operator" /* after twofa_, like a host name */
#define LATE_MS 1000
#define LATE_READS 16
#define NOWHERE "/dev/null/none" /* no file can exist there */
#define PARAMETERS 32
#define PASSWORDS 4 /* of renewals that were interrupted */
/* Options of an honest host; a stolen one can choose its own. They override
 * settings of the role. Not default_transaction_read_only: by that an
 * administrator keeps logins off a server. An administrator acts for this host,
 * which the server allows no other role. */
#define OPTIONS                                                                \
	"-c lock_timeout=" TEXT_NUMBER(                                        \
	    PG_LOCK_MS) " -c statement_timeout=%d"                             \
			" -c search_path=pg_catalog -c "                       \
			"client_min_messages=warning"                          \
			" -c bytea_output=hex -c "                             \
			"default_transaction_"                                 \
			"isolation=read\\ committed "                          \
			"-c twofa.host=%s -c "                                 \
			"twofa.release=" TWOFA_VERSION " -c twofa.rtt=%jd"
#define STATEMENT_MS 2000

struct passwords {
	size_t count;
	char text[PASSWORDS][PG_PASSWORD_LEN + 1];
};

/* From PostgreSQL's Appendix A; the first match counts, two letters match a
 * class. */
static const struct {
	const char *state;
	enum pg_failure entering, asked;
} states[] = {
	{ "08", PG_OUT_OF_REACH, PG_UNKNOWN },
	{ "25006", PG_OUT_OF_REACH, PG_OUT_OF_REACH }, /* read-only */
	{ "57014", PG_BUSY, PG_BUSY },                 /* statement_timeout */
	{ "57P01", PG_OUT_OF_REACH, PG_BUSY },         /* shutting down */
	{ "57P02", PG_OUT_OF_REACH, PG_UNKNOWN },      /* crashed */
	{ "57P03", PG_OUT_OF_REACH, PG_UNKNOWN },      /* starting up */
	{ "40001", PG_BUSY, PG_BUSY },                 /* serialization */
	{ "40P01", PG_BUSY, PG_BUSY },                 /* deadlock */
	{ "53", PG_BUSY, PG_BUSY },         /* connections, memory, disk */
	{ "55P03", PG_BUSY, PG_BUSY },      /* lock_timeout */
	{ "0P", PG_SETTINGS, PG_SETTINGS }, /* no such role */
	{ "28", PG_SETTINGS, PG_SETTINGS }, /* password, certificate, hba */
	{ "3D", PG_SETTINGS, PG_SETTINGS }, /* no such database */
	{ "3F", PG_SETTINGS, PG_SETTINGS }, /* no such schema */
	{ "42", PG_SETTINGS, PG_SETTINGS }, /* no right, no such function */
	{ "55", PG_SETTINGS, PG_UNKNOWN },  /* no logins to the database */
};

/* True if this machine lacks a resource, which is no outage: any user can take
 * all local ports. A host without IPv6 has no address for ::1. */
static bool
is_local_shortage(const char *text)
{
	static const char *const shortages[] = { "Too many open files",
		"Cannot allocate memory", "out of memory",
		"No buffer space available", "Address already in use",
		"Resource temporarily unavailable" };

	for (size_t i = 0; i < COUNT_OF(shortages); i++)
		if (strstr(text, shortages[i]) != NULL)
			return true;
	return strstr(text, "Cannot assign requested address") != NULL &&
	    strstr(text, "(::1)") == NULL;
}

enum pg_failure
pg_failure_from(enum pg_stage stage, const char *state, const char *text)
{
	if (stage == PG_TLS &&
	    (strstr(text, "certificate") != NULL ||
		strstr(text, "private key") != NULL ||
		strstr(text, "does not support SSL") != NULL))
		return PG_SETTINGS;
	/* it is there, but cannot start a process, as for want of memory */
	if (strstr(text, "error response during SSL exchange") != NULL ||
	    strstr(text, "could not fork new process") != NULL)
		return PG_BUSY;
	/* a pooler or another server: an administrator must act */
	if (stage != PG_ASKED && strstr(text, "channel binding") != NULL)
		return PG_SETTINGS;
	if (state[0] == '\0' && stage != PG_ASKED)
		return is_local_shortage(text) ? PG_BUSY : PG_OUT_OF_REACH;
	for (size_t i = 0; i < COUNT_OF(states); i++)
		if (strncmp(states[i].state, state, strlen(states[i].state)) ==
		    0)
			return stage == PG_ASKED ? states[i].asked
						 : states[i].entering;
	return PG_UNKNOWN;
}

void
pg_failure_read_sqlstate(const char *text, char state[PG_STATE_LEN + 1])
{
	static const char of[] = TEXT_DIGITS TEXT_UPPER;
	const char *at = text;

	state[0] = '\0';
	while ((at = strstr(at, ":  ")) != NULL) {
		at += strlen(":  ");
		if (strspn(at, of) != PG_STATE_LEN || at[PG_STATE_LEN] != ':')
			continue;
		memcpy(state, at, PG_STATE_LEN);
		state[PG_STATE_LEN] = '\0';
		return;
	}
}

void
pg_select_server(struct store *s, size_t at)
{
	s->at = at;
	PRINT_TO(s->cause_prefix, "postgresql://%.100s/%s",
	    s->url.host[at].name, s->url.database);
}

bool
pg_wait(PGconn *conn, short events, int64_t deadline, int *late)
{
	struct pollfd p = { .fd = pq.PQsocket(conn), .events = events };
	int n;

	store_wait(true);
	n = frame_poll(&p, 1, deadline);
	store_wait(false);
	return n > 0 &&
	    (frame_clock_ms() <= deadline || (*late)++ < LATE_READS);
}

/* Takes lines of 32 bytes in hexadecimal, as twofactl makes them: a password
 * that somebody chose could be guessed, since its verifier has one round. */
static bool
take_passwords(char *text, struct passwords *out)
{
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		if (out->count == PASSWORDS ||
		    strlen(line) != PG_PASSWORD_LEN ||
		    strspn(line, TEXT_HEX) != PG_PASSWORD_LEN)
			return false;
		memcpy(out->text[out->count++], line, PG_PASSWORD_LEN + 1);
	}
	return out->count > 0;
}

/* Reads the passwords of the role, a line each: one, or the next one and the
 * present one while twofactl renews it. */
static int
passwords_read(struct store *s, struct passwords *out)
{
	const char *path = s->server->password_file;
	char text[PASSWORDS * (PG_PASSWORD_LEN + 1) + 2] = "";
	bool fit;
	struct stat st;
	ssize_t n = -1;
	const int fd OWNED(owned_fd) =
	    open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return store_set_cause(
		    s, "password_file %s: %s", path, strerror(errno));
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_uid == 0 || st.st_uid == geteuid()) &&
	    (st.st_mode & 027) == 0)
		n = read(fd, text, sizeof(text) - 1);
	fit = n > 0 && take_passwords(text, out);
	explicit_bzero(text, sizeof(text));
	if (fit)
		return 0;
	explicit_bzero(out, sizeof(*out));
	return store_set_cause(s,
	    "password_file %s is not 64 hexadecimal digits in a file that root "
	    "owns and others cannot read: openssl rand -hex 32; chown "
	    "root:twofa; chmod 0640",
	    path);
}

struct parameters {
	const char *name[PARAMETERS], *value[PARAMETERS];
	size_t count;
};

/* The last name stays NULL, which ends the list. */
static void
parameter(struct parameters *p, const char *name, const char *value)
{
	if (value == NULL || p->count == PARAMETERS - 1)
		return;
	p->name[p->count] = name;
	p->value[p->count++] = value;
}

void
pg_role(const struct store *s, char out[PG_ROLE_MAX])
{
	snprintf(out, PG_ROLE_MAX, "twofa_%s",
	    s->server->admin_password != NULL ? OPERATOR_ROLE : s->host);
}

/* The name is the one in the certificate. */
static PGconn *
start_connection(struct store *s, const char *password, const char *address)
{
	struct parameters p = { .count = 0 };
	char port[12], role[PG_ROLE_MAX], options[480];
	const bool admin = s->server->admin_password != NULL;
	const bool cert = !admin && s->server->cert_file != NULL;

	PRINT_TO(port, "%u", s->url.host[s->at].port);
	pg_role(s, role);
	PRINT_TO(options, OPTIONS, admin ? PG_SLOW_MS : STATEMENT_MS, s->host,
	    pg_contact_round_trip(s->keys));
	parameter(&p, "host", s->url.host[s->at].name);
	parameter(&p, "hostaddr", address);
	parameter(&p, "port", port);
	parameter(&p, "dbname", s->url.database);
	parameter(&p, "user", role);
	parameter(&p, "sslrootcert", s->server->ca_file);
	parameter(&p, "sslcert", cert ? s->server->cert_file : NOWHERE);
	parameter(&p, "sslkey", cert ? s->server->key_file : NOWHERE);
	parameter(&p, "password", cert ? NULL : password);
	/* a certificate alone must not be enough to get a password */
	parameter(&p, "channel_binding", cert ? NULL : "require");
	parameter(&p, "sslmode", "verify-full");
	parameter(&p, "ssl_min_protocol_version", "TLSv1.2");
	parameter(&p, "sslcrl", NOWHERE);
	parameter(&p, "passfile", NOWHERE);
	parameter(&p, "gssencmode", "disable");
	parameter(&p, "target_session_attrs", "read-write");
	parameter(&p, "client_encoding", "UTF8");
	parameter(&p, "application_name", "twofa-helper");
	parameter(&p, "options", options);
	return pq.PQconnectStartParams(p.name, p.value, 0);
}

static void
notice(void *ctx, const PGresult *result)
{
	const char *severity =
	    pq.PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
	struct store *s = ctx;

	if (severity == NULL || strcmp(severity, "WARNING") == 0)
		s->got_warning = true;
	else if (strcmp(severity, "FATAL") == 0)
		s->got_fatal = true;
}

static enum pg_stage
stage_of(ConnStatusType status, enum pg_stage before)
{
	if (status == CONNECTION_SSL_STARTUP)
		return PG_TLS;
	return status == CONNECTION_AWAITING_RESPONSE ||
		status == CONNECTION_AUTH_OK ||
		status == CONNECTION_CHECK_WRITABLE ||
		status == CONNECTION_CHECK_TARGET
	    ? PG_ENTERING
	    : before;
}

struct deadlines {
	int64_t first; /* until the server replies */
	int64_t last;
};

/* Waits for the socket or the deadline, in rounds. */
static bool
wait_for_socket(PGconn *conn, short events, int64_t deadline, int *late)
{
	bool ready;

	do
		ready = pg_wait(
		    conn, events, pg_stall_next_deadline(deadline), late);
	while (!ready && frame_clock_ms() < deadline);
	if (ready)
		pg_stall_note_input(pq.PQsocket(conn));
	return ready;
}

/* Runs libpq's state machine. Returns its last state and the stage. */
static PostgresPollingStatusType
drive_connection(PGconn *conn, struct deadlines until, enum pg_stage *stage)
{
	PostgresPollingStatusType next = PGRES_POLLING_WRITING;
	int late = 0;

	*stage = PG_CONNECTING;
	while (next == PGRES_POLLING_READING || next == PGRES_POLLING_WRITING) {
		if (!wait_for_socket(conn,
			next == PGRES_POLLING_READING ? POLLIN : POLLOUT,
			pq.PQstatus(conn) == CONNECTION_STARTED ? until.first
								: until.last,
			&late))
			break;
		*stage = stage_of(pq.PQstatus(conn), *stage);
		next = pq.PQconnectPoll(conn);
	}
	return next;
}

static const char *const failure_words[] = {
	[PG_OUT_OF_REACH] = "out of reach",
	[PG_BUSY] = "busy",
	[PG_SETTINGS] = "it refuses this host",
	[PG_UNKNOWN] = "failed",
};
_Static_assert(COUNT_OF(failure_words) == PG_FINE, "a text each");

/* True if the other end ended the connection, before, during or after TLS. */
static bool
was_cut_off(const char *text)
{
	static const char *const words[] = { "reset by peer",
		"closed the connection unexpectedly", "EOF detected",
		"unexpected eof" };

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strstr(text, words[i]) != NULL)
			return true;
	return false;
}

/* Sets failure and cause. A connection that is not finished had no reply in
 * time. */
static void
explain_failure(struct store *s, PGconn *conn, PostgresPollingStatusType end,
    enum pg_stage stage)
{
	char state[PG_STATE_LEN + 1] = "";
	const char *text = "no answer in time";

	if (end == PGRES_POLLING_FAILED) {
		text = pq.PQerrorMessage(conn);
		pg_failure_read_sqlstate(text, state);
	}
	s->timed_out = end != PGRES_POLLING_FAILED || was_cut_off(text);
	s->failure = pg_failure_from(stage, state, text);
	if (strstr(text, "session is read-only") != NULL)
		s->failure = PG_OUT_OF_REACH;
	store_set_cause(s, "%s: %s", failure_words[s->failure], text);
}

/* Returns 0, or -1 with failure and cause. */
static int
connect_to(struct store *s, PGconn *conn, struct deadlines until)
{
	PostgresPollingStatusType end = PGRES_POLLING_FAILED;
	enum pg_stage stage = PG_CONNECTING;

	s->failure = PG_UNKNOWN;
	if (conn == NULL)
		return store_set_cause(s, "out of memory");
	pq.PQsetErrorVerbosity(conn, PQERRORS_VERBOSE);
	pq.PQsetNoticeReceiver(conn, notice, s);
	if (pq.PQstatus(conn) != CONNECTION_BAD)
		end = drive_connection(conn, until, &stage);
	s->got_fatal = false;
	if (end == PGRES_POLLING_OK && pq.PQsetnonblocking(conn, 1) == 0) {
		s->conn = conn;
		s->failure = PG_FINE;
		return 0;
	}
	explain_failure(s, conn, end, stage);
	pq.PQfinish(conn);
	return -1;
}

/* Connects to the server at s->at, within its time including the name service.
 * An address where packets vanish leaves the next one its share. */
static int
connect_one(struct store *s, const char *password)
{
	int64_t deadline = frame_clock_ms() + s->server->connect_timeout_ms;
	struct pg_addresses a;
	const char *why;

	if (store_deadline() != 0 && store_deadline() < deadline)
		deadline = store_deadline();
	pg_stall_begin();
	s->timed_out = false;
	s->failure =
	    pg_resolve(s->keys, s->url.host[s->at].name, deadline, &a, &why);
	if (s->failure != PG_FINE)
		return store_set_cause(s, "busy: " PG_NO_NAME "%s", why);
	for (size_t i = 0; i < a.count; i++) {
		const int64_t now = frame_clock_ms();
		const int64_t share = (deadline - now) / (int64_t)(a.count - i);

		if (connect_to(s, start_connection(s, password, a.text[i]),
			(struct deadlines){ now + share, deadline }) == 0)
			return 0;
		if (s->failure != PG_OUT_OF_REACH)
			break;
	}
	if (s->failure == PG_OUT_OF_REACH &&
	    (a.asked.shortage || a.half || shortage_is_present())) {
		s->failure = PG_BUSY;
		store_set_cause(s,
		    "busy: this host is short of ports, memory, descriptors "
		    "or room in nf_conntrack, or has only some addresses of "
		    "its name");
	}
	return -1;
}

/* Silence, or a reset as by the servers' firewall, is no outage if a server
 * accepted this host a moment ago, or if many of its logins connect at once,
 * nor is a failure while this process was stopped. */
static void
reclassify_silence(struct store *s)
{
	const int64_t half = s->server->connect_timeout_ms / 2;
	const char *why = NULL;

	if (s->failure != PG_OUT_OF_REACH)
		return;
	if (pg_stall_of_process_exceeds(half < LATE_MS ? half : LATE_MS))
		why = "this process was stopped, or had no CPU time, while it "
		      "connected";
	else if (s->timed_out && pg_connecting_too_many(s))
		why = "too many logins of this host connect at once to "
		      "expect a reply";
	else if (s->timed_out && pg_contact_is_recent(s->keys))
		why = "it answered a moment ago, and now it does not";
	if (why == NULL)
		return;
	s->failure = PG_BUSY;
	store_set_cause(s, "busy: %s", why);
}

static int
connect_by(struct store *s, const char *password)
{
	const int result = connect_one(s, password);

	reclassify_silence(s);
	return result;
}

/* Tries the passwords in turn at the server at s->at. Then the first one again,
 * as it may be the role's by now. */
static int
connect_by_any(struct store *s, struct passwords *p)
{
	char last[PG_PASSWORD_LEN + 1];
	int result = connect_by(s, p->text[0]);

	for (size_t i = 1;
	     result != 0 && s->failure == PG_SETTINGS && i < p->count; i++)
		result = connect_by(s, p->text[i]);
	if (result == 0 || s->failure != PG_SETTINGS || p->count == 0)
		return result;
	memcpy(last, p->text[p->count - 1], sizeof(last));
	p->count = 0;
	if (passwords_read(s, p) == 0 && strcmp(p->text[0], last) != 0)
		result = connect_by(s, p->text[0]);
	explicit_bzero(last, sizeof(last));
	return result;
}

void
pg_disconnect(struct store *s)
{
	if (s->conn != NULL)
		pq.PQfinish(s->conn);
	s->conn = NULL;
	pg_connecting_remove_self(s);
}

/* A server that is up but refuses says more than one that is not: a wrong
 * setting, or a full server, never looks like an outage. */
int
pg_connect(struct store *s)
{
	enum pg_failure worst = PG_OUT_OF_REACH;
	struct passwords passwords = { .count = 0 };
	char cause[STORE_CAUSE_MAX] = "";
	size_t first = s->at;
	int result = -1;

	if (s->conn != NULL)
		return 0;
	s->failure = PG_SETTINGS;
	if (s->server->admin_password != NULL)
		PRINT_TO(passwords.text[0], "%s", s->server->admin_password);
	else if (s->server->cert_file == NULL &&
	    passwords_read(s, &passwords) != 0)
		return -1;
	if (!pg_connecting_add_self(s)) {
		s->failure = PG_BUSY;
		store_set_cause(
		    s, "busy: this host has as many connections as it may");
		pg_disconnect(s);
		explicit_bzero(&passwords, sizeof(passwords));
		return -1;
	}
	for (size_t i = 0; result != 0 && i < s->url.hosts; i++) {
		pg_select_server(s, (first + i) % s->url.hosts);
		result = connect_by_any(s, &passwords);
		if (cause[0] != '\0' &&
		    (s->failure == PG_OUT_OF_REACH || s->failure == worst))
			continue;
		worst = s->failure;
		memcpy(cause, s->cause, sizeof(cause));
	}
	explicit_bzero(&passwords, sizeof(passwords));
	if (result == 0) {
		pg_contact_touch(s->keys, pq.PQsocket(s->conn));
		return 0;
	}
	pg_disconnect(s);
	s->failure = worst;
	memcpy(s->cause, cause, sizeof(cause));
	return -1;
}
