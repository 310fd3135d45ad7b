/* SPDX-License-Identifier: BSD-2-Clause */
/* Networks, and addresses in them. Pure. */
#include "lib/values/values.h"

#include <arpa/inet.h>

#define MAPPED_BITS 96

static int
parse_address(const char *text, struct network *net)
{
	memset(net, 0, sizeof(*net));
	if (inet_pton(AF_INET, text, net->addr) == 1) {
		net->family = AF_INET;
		net->bits = 32;
		return 0;
	}
	if (inet_pton(AF_INET6, text, net->addr) != 1)
		return -1;
	net->family = AF_INET6;
	net->bits = 128;
	return 0;
}

/* Converts an IPv4-mapped network or address, ::ffff:a.b.c.d as of a peer of a
 * dual-stack socket, to IPv4. */
static void
unmap(struct network *net)
{
	static const unsigned char prefix[12] = { [10] = 0xff, [11] = 0xff };

	if (net->family != AF_INET6 || net->bits < MAPPED_BITS ||
	    memcmp(net->addr, prefix, sizeof(prefix)) != 0)
		return;
	memmove(net->addr, net->addr + 12, 4);
	memset(net->addr + 4, 0, 12);
	net->family = AF_INET;
	net->bits -= MAPPED_BITS;
}

static bool
get_bit(const unsigned char *addr, unsigned n)
{
	return (addr[n / 8] >> (7 - n % 8) & 1) != 0;
}

int
network_parse(const char *text, struct network *net)
{
	char address[INET6_ADDRSTRLEN];
	const char *slash = strchr(text, '/');
	size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
	int64_t bits;
	unsigned all;

	if (len >= sizeof(address))
		return -1;
	memcpy(address, text, len);
	address[len] = '\0';
	if (parse_address(address, net) != 0)
		return -1;
	all = net->bits;
	bits = slash != NULL ? decimal_read(slash + 1, all) : all;
	if (bits < 0 || (slash != NULL && slash[1] == '0' && slash[2] != '\0'))
		return -1;
	net->bits = (unsigned)bits;
	for (unsigned i = net->bits; i < all; i++)
		if (get_bit(net->addr, i))
			return -1;
	unmap(net);
	return 0;
}

bool
network_contains(const struct network *net, const char *address)
{
	struct network host;

	if (parse_address(address, &host) != 0)
		return false;
	unmap(&host);
	/* never equal for a zeroed network, which a failed parse leaves */
	if (net->family != host.family)
		return false;
	for (unsigned i = 0; i < net->bits; i++)
		if (get_bit(net->addr, i) != get_bit(host.addr, i))
			return false;
	return true;
}

bool
network_is_translated(const unsigned char address[16])
{
	static const unsigned char any[5] = { 0x00, 0x64, 0xff, 0x9b, 0x00 };
	static const unsigned char well_known[7]; /* zeros of 64:ff9b::/96 */

	return memcmp(address, any, sizeof(any)) == 0 &&
	    (address[5] == 1 ||
		memcmp(address + 5, well_known, sizeof(well_known)) == 0);
}
