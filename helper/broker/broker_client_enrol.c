/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests of a login that enrols its user or changes a device: the state
 * broker decides each. */
#include "helper/broker/broker_inside.h"

int
broker_client_enrol_open(
    const char *number, const struct store_recovery *typed, int count)
{
	struct broker_request request = { .number = number,
		.hashes = (size_t)count };
	struct broker_reply reply;

	if (count > 0)
		memcpy(request.hash, typed, (size_t)count * sizeof(*typed));
	return (int)broker_client_request(BROKER_ENROL_OPEN, &request, &reply);
}

int
broker_client_enrol_secret(struct secret *secret)
{
	struct broker_reply reply;
	const int64_t result = broker_client_request(
	    BROKER_ENROL_SECRET, &(struct broker_request){ .id = 0 }, &reply);

	secret->len = strlen(reply.secret);
	PRINT_TO(secret->b, "%s", reply.secret);
	explicit_bzero(reply.secret, sizeof(reply.secret));
	return (int)result;
}

enum broker_enrolled
broker_client_enrol_commit(uid_t uid, char **codes)
{
	struct broker_reply reply;
	const int64_t result = broker_client_request(BROKER_ENROL_COMMIT,
	    &(struct broker_request){ .uid = uid }, &reply);

	*codes = reply.text;
	return (enum broker_enrolled)result;
}
