/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses of a server. libpq would call getaddrinfo() and wait for as long as
 * resolv.conf allows.
 *
 * A local user can keep a name from being resolved, so that is no outage. If
 * the name service fails, the last known addresses are used, which the file
 * address.NAME in state_dir has: the certificate shows whether it is still that
 * server.
 */
#include "helper/store/postgresql/postgresql.h"

#include <fcntl.h>
#include <unistd.h>

#include "helper/store/postgresql/postgresql_inside.h"

static bool
wait_for_answer(const struct name_query *q, int64_t deadline)
{
	bool answered;

	store_wait(true);
	do
		answered = name_query_wait(q, pg_stall_next_deadline(deadline));
	while (!answered && frame_clock_ms() < deadline);
	store_wait(false);
	return answered;
}

/* Reads the last known addresses, if any, or stores these. */
static void
known_addresses(
    const char *dir, const char *name, bool store, struct pg_addresses *a)
{
	char file[SETTINGS_URL_HOST_MAX + 16];
	ssize_t len = -1;
	int fd OWNED(owned_fd) = -1;

	if (!store)
		memset(a, 0, sizeof(*a));
	PRINT_TO(file, "address.%s", name);
	fd = pg_open_state_dir_file(
	    dir, file, store ? O_WRONLY | O_CREAT : O_RDONLY);
	if (fd < 0)
		return;
	if (store)
		(void)!pwrite(fd, a->text, sizeof(a->text), 0);
	else
		len = pread(fd, a->text, sizeof(a->text), 0);
	while (len == (ssize_t)sizeof(a->text) && a->count < PG_ADDRESSES &&
	    a->text[a->count][0] != '\0')
		a->text[a->count++][PG_ADDRESS_MAX - 1] = '\0';
}

static void
copy_found(const struct addrinfo *found, struct pg_addresses *out)
{
	memset(out, 0, sizeof(*out));
	for (; found != NULL; found = found->ai_next) {
		name_query_note_tried_address(
		    &out->asked, found->ai_addr, found->ai_addrlen);
		if (out->count < PG_ADDRESSES &&
		    getnameinfo(found->ai_addr, found->ai_addrlen,
			out->text[out->count], PG_ADDRESS_MAX, NULL, 0,
			NI_NUMERICHOST) == 0)
			out->count++;
	}
}

static bool
parse_numeric_host(const char *name, struct addrinfo **found)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST };

	return getaddrinfo(name, NULL, &hints, found) == 0;
}

/* Appends the last known addresses to the half that was found, in their
 * order. */
static enum pg_failure
append_known(const struct pg_addresses *known, struct pg_addresses *out)
{
	const unsigned now = out->asked.seen;
	struct addrinfo *found;

	out->half = true;
	if (known->count > 0 && out->count == PG_ADDRESSES)
		out->count--;
	for (size_t i = 0; i < known->count && out->count < PG_ADDRESSES; i++) {
		if (!parse_numeric_host(known->text[i], &found))
			continue;
		if ((now & ASKED_BIT(found->ai_family)) == 0) {
			name_query_note_tried_address(
			    &out->asked, found->ai_addr, found->ai_addrlen);
			memcpy(out->text[out->count++], known->text[i],
			    PG_ADDRESS_MAX);
			out->half = false;
		}
		freeaddrinfo(found);
	}
	return out->count > 0 ? PG_FINE : PG_BUSY;
}

/* True if the addresses are complete. Stored ones are, and so are others of
 * each family that is stored. */
static bool
is_complete(const char *name, const struct pg_addresses *known,
    const struct pg_addresses *a, int64_t deadline)
{
	unsigned known_bits = 0;
	struct name_query *q;
	bool complete;

	for (size_t i = 0; i < known->count; i++)
		known_bits |= ASKED_BIT(
		    strchr(known->text[i], ':') != NULL ? AF_INET6 : AF_INET);
	if (a->count > 0 && known_bits != 0 &&
	    (known_bits & ~a->asked.seen) == 0)
		return true;
	q = name_query_check_families_begin(name, a->asked.seen, &complete);
	return q == NULL
	    ? complete
	    : name_query_check_families_end(q, wait_for_answer(q, deadline));
}

static int64_t
half_until(int64_t deadline)
{
	const int64_t now = frame_clock_ms();

	return now + (deadline - now) / 2;
}

/* Asks the name service, and stores what it found. */
static enum pg_failure
resolve_by_service(const char *dir, const char *name, int64_t deadline,
    struct pg_addresses *out, const char **why)
{
	struct name_query *q = name_query_start(name, AF_UNSPEC);
	struct pg_addresses known;

	known_addresses(dir, name, false, &known);
	*why = "no thread could be started to look it up";
	if (q == NULL)
		return append_known(&known, out);
	*why = "the name service has no address of it";
	if (!wait_for_answer(
		q, known.count > 0 ? half_until(deadline) : deadline))
		*why = "no answer in time from the name service";
	else if (q->error == 0)
		copy_found(q->found, out);
	else
		*why = q->error == EAI_SYSTEM
		    ? "the name service cannot be asked"
		    : gai_strerror(q->error);
	name_query_abandon(q);
	if (!is_complete(name, &known, out, half_until(deadline)))
		return append_known(&known, out);
	if (memcmp(known.text, out->text, sizeof(known.text)) != 0)
		known_addresses(dir, name, true, out);
	return PG_FINE;
}

enum pg_failure
pg_resolve(const char *dir, const char *name, int64_t deadline,
    struct pg_addresses *out, const char **why)
{
	struct addrinfo *found;

	memset(out, 0, sizeof(*out));
	if (!parse_numeric_host(name, &found))
		return resolve_by_service(dir, name, deadline, out, why);
	copy_found(found, out);
	freeaddrinfo(found);
	return PG_FINE;
}
