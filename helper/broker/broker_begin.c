/* SPDX-License-Identifier: BSD-2-Clause */
/* The facts of a login: the state broker receives the module's BEGIN itself,
 * before the worker reads anything, and passes it on. Whose login it is and
 * where it comes from is thus never what a worker says. */
#include "helper/broker/broker_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* Receives one datagram. Returns its length; 0 without one; -1 at the end
 * of file or for one that is too long. A worker has the module's connection,
 * too, and could take the one that passes no descriptor before the next. */
static ssize_t
begin_receive(int fd, struct broker_frame *f)
{
	ssize_t n;

	broker_control_hasten(true);
	n = recv(fd, f->b, sizeof(f->b), MSG_DONTWAIT | MSG_TRUNC);
	broker_control_hasten(false);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0 || n > (ssize_t)sizeof(f->b))
		return -1;
	f->used = (size_t)n;
	return n;
}

/* Reads the name of the account of a uid at user.sock. The worker sent it
 * before it read a byte from there, so it was no one else's worker yet. */
static bool
name_read(struct broker_session *s, struct broker_frame *f)
{
	struct broker_request request;

	if (begin_receive(s->peer.fd, f) <= 0 ||
	    broker_request_read(f, &request) != BROKER_ACCOUNT)
		return false;
	PRINT_TO(s->own, "%s", request.user);
	s->no_self = request.flag;
	s->peer.open = true; /* else a successor would read the name again */
	return true;
}

const char *
broker_begin_caller(const struct broker_session *s)
{
	const struct facts *f = &s->begin.facts;

	return s->begin.most.ask_caller && f->real_uid != 0 &&
		s->peer.uid == 0 && f->ruser[0] != '\0'
	    ? f->ruser
	    : NULL;
}

/* False for one that is not valid, or of a user about whom it may not ask. */
static bool
begin_parse(struct broker_session *s, const struct settings *conf)
{
	struct facts *facts = &s->begin.facts;
	struct frame f;

	if (frame_read(&f, 1u << FRAME_BEGIN, s->begin.bytes, s->begin.len) !=
		FRAME_OK ||
	    facts_get(&f, facts) != 0)
		return false;
	/* not a name of the state, of a person, a decoy or an enrolment */
	if (!user_name_is_valid(facts->user))
		return false;
	if (s->peer.uid != 0 &&
	    admission_filter_facts(facts, s->peer.uid) != REASON_NONE)
		return false;
	return admission_check_socket(conf, facts,
		   facts->purpose == PURPOSE_SELF && s->no_self
		       ? ""
		       : s->own) == REASON_NONE;
}

static bool
shows_security_key(const struct rule_facts *f)
{
	const char *at = f->auth_info;
	struct ssh_identity id = { .sk = false };

	while (at != NULL && !id.sk && ssh_identity_next(&at, f->user, &id))
		;
	return id.sk;
}

/* Logins that never ask the state do not need this. */
void
broker_begin_apply_rules(struct broker_session *s, const struct settings *conf)
{
	const struct facts *facts = &s->begin.facts;
	struct rule_facts rules;

	if (s->begin.source[0] != '\0')
		return;
	admission_fill_facts(s->begin.came, facts, facts->user,
	    s->begin.address, s->begin.source, &rules);
	/* whether the record has that key is known only after it was read */
	rules.sk_recorded = shows_security_key(&rules);
	s->begin.most = policy_most(conf, &rules);
}

bool
broker_begin_set(struct broker_session *s, const struct settings *conf,
    const void *bytes, size_t len)
{
	s->begin.bytes = malloc(len);
	if (s->begin.bytes == NULL)
		return false;
	memcpy(s->begin.bytes, bytes, len);
	s->begin.len = len;
	s->begun = begin_parse(s, conf);
	if (s->begun) {
		s->begin.came = admission_now(conf);
		s->deadline = frame_clock_ms() + s->begin.facts.deadline_ms;
		s->real_uid = s->begin.facts.real_uid;
	}
	return true;
}

void
broker_begin_free(struct broker_session *s)
{
	if (s->begin.bytes != NULL)
		explicit_bzero(s->begin.bytes, s->begin.len);
	free(s->begin.bytes);
	memset(&s->begin, 0, sizeof(s->begin));
	s->begun = false;
}

/* Of a BEGIN that is not valid, or that is refused, the worker says so: this
 * broker does nothing for that login. */
bool
broker_begin_take(struct broker_session *s, const struct settings *conf,
    struct broker_frame *f)
{
	ssize_t n;

	if (s->peer.uid != 0 && s->own[0] == '\0' && !name_read(s, f))
		return false;
	n = begin_receive(s->peer.module, f);
	if (n <= 0)
		return n == 0;
	broker_control_close((const int[]){ s->peer.module, -1 });
	s->peer.module = -1;
	s->peer.open = true;
	return broker_begin_set(s, conf, f->b, (size_t)n) &&
	    send(s->peer.fd, f->b, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT) == n;
}
