/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz target: a network of a rule, a newline, an address. Both are any text.
 */
#include <arpa/inet.h>

#include "lib/rules/rules.h"
#include "lib/values/values.h"
#include "tests/fuzz/fuzz.h"

/* What the code must agree with, bit by bit. */
static bool
same_bits(const struct network *net, const unsigned char *addr)
{
	for (unsigned bit = 0; bit < net->bits; bit++) {
		unsigned mask = 0x80u >> bit % 8;

		if (((unsigned)(net->addr[bit / 8] ^ addr[bit / 8]) & mask) !=
		    0)
			return false;
	}
	return true;
}

static bool
inside(const struct network *net, const char *address)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	unsigned char addr[16];

	if (inet_pton(AF_INET, address, addr) == 1)
		return net->family == AF_INET && same_bits(net, addr);
	if (inet_pton(AF_INET6, address, addr) != 1)
		return false;
	if (memcmp(addr, mapped, sizeof(mapped)) == 0)
		return net->family == AF_INET && same_bits(net, addr + 12);
	return net->family == AF_INET6 && same_bits(net, addr);
}

/* Does the text itself say so many bits, or none for a single address? */
static bool
says_its_bits(const char *text, const struct network *net)
{
	const bool v6 = strchr(text, ':') != NULL;
	const char *slash = strchr(text, '/');
	unsigned bits = net->bits;
	char want[8];

	if (v6 && net->family == AF_INET)
		bits += 96; /* ::ffff:a.b.c.d */
	snprintf(want, sizeof(want), "%u", bits);
	return slash != NULL ? strcmp(slash + 1, want) == 0
			     : bits == (v6 ? 128 : 32);
}

static void
judge(const char *network, const char *address)
{
	char source[SOURCE_MAX + 1], shown[46];
	struct network net;

	admission_address("sshd", address, "", shown);
	must(strlen(shown) < sizeof(shown), "an address with an end");
	source_from_address(address, 1000, source);
	must(strlen(source) <= SOURCE_MAX, "a source with an end");
	if (network_parse(network, &net) != 0)
		return;
	must((net.family == AF_INET && net.bits <= 32) ||
		(net.family == AF_INET6 && net.bits <= 128),
	    "a network has a family and a length");
	must(says_its_bits(network, &net), "a network as long as its text");
	must(network_contains(&net, address) == inside(&net, address),
	    "an address is inside or not");
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const unsigned char *end = memchr(data, '\n', size);
	size_t first = end != NULL ? (size_t)(end - data) : size;
	size_t rest = end != NULL ? size - first - 1 : 0;
	char *network = fuzz_text(data, first);
	char *address = fuzz_text(data + size - rest, rest);

	judge(network, address);
	free(network);
	free(address);
	return 0;
}
