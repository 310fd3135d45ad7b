/* SPDX-License-Identifier: BSD-2-Clause */
/* The source of a login, as text. Pure. */
#include "lib/values/values.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#define ADDRESS_MAX 45 /* INET6_ADDRSTRLEN without the NUL */

static bool
write_network_4(const unsigned char a[4], char out[SOURCE_MAX + 1])
{
	snprintf(out, SOURCE_MAX + 1, "%u.%u.%u.0/24", a[0], a[1], a[2]);
	return true;
}

static bool
write_network_6(struct in6_addr a, char out[SOURCE_MAX + 1])
{
	char text[INET6_ADDRSTRLEN];

	if (IN6_IS_ADDR_V4MAPPED(&a))
		return write_network_4(a.s6_addr + 12, out);
	memset(a.s6_addr + 8, 0, 8);
	if (inet_ntop(AF_INET6, &a, text, sizeof(text)) == NULL)
		return false;
	snprintf(out, SOURCE_MAX + 1, "%s/64", text);
	return true;
}

static bool
write_network(const char *address, char out[SOURCE_MAX + 1])
{
	char bare[ADDRESS_MAX + 1];
	size_t len = strcspn(address, "%"); /* fe80::1%eth0 */
	struct in6_addr six;
	struct in_addr four;

	if (len > ADDRESS_MAX)
		return false;
	memcpy(bare, address, len);
	bare[len] = '\0';
	if (address[len] == '\0' && inet_pton(AF_INET, bare, &four) == 1)
		return write_network_4(
		    (const unsigned char *)&four.s_addr, out);
	if (inet_pton(AF_INET6, bare, &six) == 1)
		return write_network_6(six, out);
	return false;
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
