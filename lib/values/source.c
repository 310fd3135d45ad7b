/* SPDX-License-Identifier: BSD-2-Clause */
/* The source of a login, as text. Pure. */
#include "lib/values/values.h"

#include <arpa/inet.h>

static bool
write_network(const char *address, char out[SOURCE_MAX + 1])
{
	char bare[INET6_ADDRSTRLEN], text[INET6_ADDRSTRLEN];
	const size_t len = strcspn(address, "%"); /* fe80::1%eth0 */
	struct network net;
	size_t kept; /* bytes */

	PRINT_TO(bare, "%.*s", (int)len, address);
	if (len >= sizeof(bare) || strchr(bare, '/') != NULL ||
	    network_parse(bare, &net) != 0)
		return false;
	if (net.family == AF_INET) {
		snprintf(out, SOURCE_MAX + 1, "%u.%u.%u.0/24", net.addr[0],
		    net.addr[1], net.addr[2]);
		/* no IPv4 address has a zone but a mapped one */
		return address[len] == '\0' || strchr(bare, ':') != NULL;
	}
	kept = network_is_translated(net.addr) ? 15 : 8;
	memset(net.addr + kept, 0, sizeof(net.addr) - kept);
	if (inet_ntop(AF_INET6, net.addr, text, sizeof(text)) == NULL)
		return false;
	snprintf(out, SOURCE_MAX + 1, "%s/%zu", text, 8 * kept);
	return true;
}

void
source_from_address(const char *address, uid_t uid, char out[SOURCE_MAX + 1])
{
	if (address == NULL || !write_network(address, out))
		snprintf(out, SOURCE_MAX + 1, "uid:%u", (unsigned)uid);
}

void
source_from_socket_uid(uid_t uid, char out[SOURCE_MAX + 1])
{
	snprintf(out, SOURCE_MAX + 1, "sock:%u", (unsigned)uid);
}

static bool
is_uid(const char *source)
{
	return strncmp(source, "uid:", 4) == 0;
}

const char *
source_for_counting(bool one_field, const char *source)
{
	return one_field && is_uid(source) ? "" : source;
}

bool
source_is_local(const char *source)
{
	return is_uid(source) || strncmp(source, "sock:", 5) == 0 ||
	    strncmp(source, "127.", 4) == 0 || strcmp(source, "::/64") == 0;
}
