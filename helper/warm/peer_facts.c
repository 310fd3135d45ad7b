/* SPDX-License-Identifier: BSD-2-Clause */
/* The facts from a service that is not root's. */
#include "helper/warm/peer_facts.h"

#include <string.h>

#include "lib/wire/wire.h"

static int64_t
deadline_within(int64_t ms)
{
	if (ms < PEER_DEADLINE_MIN_MS)
		return PEER_DEADLINE_MIN_MS;
	return ms > PEER_DEADLINE_MAX_MS ? PEER_DEADLINE_MAX_MS : ms;
}

/* Facts are copied by name, so a new fact stays empty until it is added
 * here. */
enum reason
peer_facts_take(struct facts *f, uid_t peer)
{
	const struct facts said = *f;

	*f = (struct facts){
		.purpose = PURPOSE_LOGIN,
		.conf = MODULE_ARGUMENTS_CONF,
		.deadline_ms = deadline_within(said.deadline_ms),
		.user = said.user,
		.service = said.service,
		.tty = "",
		.rhost = "",
		.ssh_addr = "",
		.ruser = "",
		.real_uid = peer,
		.socket_uid = peer,
		.boot_id = "",
		.conversation = said.conversation,
		.one_field = said.one_field,
		.first_factor = said.first_factor == FIRST_PASSWORD_SEEN
		    ? FIRST_PASSWORD_SEEN
		    : FIRST_NONE,
		.auth_info = "",
		.request = "",
		.record = "",
	};
	return said.purpose == PURPOSE_LOGIN &&
		strcmp(said.conf, MODULE_ARGUMENTS_CONF) == 0
	    ? REASON_NONE
	    : REASON_SOCKET_REQUEST;
}
