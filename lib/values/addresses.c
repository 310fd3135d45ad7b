/* SPDX-License-Identifier: BSD-2-Clause */
/* Numeric addresses: networks, where a login comes from, and the URL that codes
 * are sent to, one after the other. Pure. */
#include "lib/values/values.h"

#include <arpa/inet.h>
#include <netinet/in.h>

/* Numeric networks: read one, and check whether an address lies in it. */

#define MAPPED_BITS 96

/* ::ffff:a.b.c.d, by which a dual-stack socket shows an IPv4 peer. */
static bool
is_mapped(const unsigned char addr[16])
{
	static const unsigned char prefix[12] = { [10] = 0xff, [11] = 0xff };

	return memcmp(addr, prefix, sizeof(prefix)) == 0;
}

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

/* Turn a network or address of mapped ones into the IPv4 one. */
static void
unmap(struct network *net)
{
	if (net->family != AF_INET6 || net->bits < MAPPED_BITS ||
	    !is_mapped(net->addr))
		return;
	memmove(net->addr, net->addr + 12, 4);
	memset(net->addr + 4, 0, 12);
	net->family = AF_INET;
	net->bits -= MAPPED_BITS;
}

/* Decimal, without leading zeros, up to max; -1 for anything else. */
static int
parse_bits(const char *text, unsigned max, unsigned *bits)
{
	size_t len = strspn(text, "0123456789");

	if (len < 1 || len > 3 || text[len] != '\0' ||
	    (len > 1 && text[0] == '0'))
		return -1;
	*bits = 0;
	for (; *text != '\0'; text++)
		*bits = *bits * 10 + (unsigned)(*text - '0');
	return *bits <= max ? 0 : -1;
}

static bool
bit_of(const unsigned char *addr, unsigned n)
{
	return (addr[n / 8] >> (7 - n % 8) & 1) != 0;
}

int
network_parse(const char *text, struct network *net)
{
	char address[INET6_ADDRSTRLEN];
	const char *slash = strchr(text, '/');
	size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
	unsigned all;

	if (len >= sizeof(address))
		return -1;
	memcpy(address, text, len);
	address[len] = '\0';
	if (parse_address(address, net) != 0)
		return -1;
	all = net->bits;
	if (slash != NULL && parse_bits(slash + 1, all, &net->bits) != 0)
		return -1;
	for (unsigned i = net->bits; i < all; i++)
		if (bit_of(net->addr, i))
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
	/* A zeroed network, the result of a failed read, holds no address. */
	if (net->family != host.family)
		return false;
	for (unsigned i = 0; i < net->bits; i++)
		if (bit_of(net->addr, i) != bit_of(host.addr, i))
			return false;
	return true;
}

/* The source of a login, as text. */

#define ADDRESS_MAX 45 /* INET6_ADDRSTRLEN without the NUL */

static bool
network_4(const unsigned char a[4], char out[SOURCE_MAX + 1])
{
	snprintf(out, SOURCE_MAX + 1, "%u.%u.%u.0/24", a[0], a[1], a[2]);
	return true;
}

static bool
network_6(struct in6_addr a, char out[SOURCE_MAX + 1])
{
	char text[INET6_ADDRSTRLEN];

	if (IN6_IS_ADDR_V4MAPPED(&a))
		return network_4(a.s6_addr + 12, out);
	memset(a.s6_addr + 8, 0, 8);
	if (inet_ntop(AF_INET6, &a, text, sizeof(text)) == NULL)
		return false;
	snprintf(out, SOURCE_MAX + 1, "%s/64", text);
	return true;
}

static bool
network_of(const char *address, char out[SOURCE_MAX + 1])
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
		return network_4((const unsigned char *)&four.s_addr, out);
	if (inet_pton(AF_INET6, bare, &six) == 1)
		return network_6(six, out);
	return false;
}

void
source_from(const char *address, uid_t uid, char out[SOURCE_MAX + 1])
{
	if (address == NULL || !network_of(address, out))
		snprintf(out, SOURCE_MAX + 1, "uid:%u", (unsigned)uid);
}

void
source_socket(uid_t uid, char out[SOURCE_MAX + 1])
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

/* A base_url: https everywhere, http on this machine. */
#define DIGITS "0123456789"
#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" DIGITS
#define HOST_MAX 120 /* leaves room for the port in struct base_url */
#define PORT_MAX 5

_Static_assert(
    HOST_MAX + sizeof(":") - 1 + PORT_MAX < BASE_URL_HOST_MAX, "host");

static bool
host_fits(const char *host, size_t len)
{
	char text[HOST_MAX + 1];
	unsigned char addr[16];

	if (len < 1 || len > HOST_MAX)
		return false;
	snprintf(text, sizeof(text), "%.*s", (int)len, host);
	if (text[0] == '[' && text[len - 1] == ']') {
		text[len - 1] = '\0';
		return inet_pton(AF_INET6, text + 1, addr) == 1;
	}
	return strspn(text, ALNUM "-.") == len && strspn(text, "-.") == 0 &&
	    strstr(text, "..") == NULL;
}

static bool
port_fits(const char *port, size_t len)
{
	unsigned n = 0;

	if (len < 1 || len > PORT_MAX || port[0] == '0')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (port[i] < '0' || port[i] > '9')
			return false;
		n = n * 10 + (unsigned)(port[i] - '0');
	}
	return n <= 65535;
}

/* "" or /SEGMENT[/SEGMENT...], in characters that no software rewrites. */
static bool
prefix_fits(const char *prefix)
{
	while (*prefix != '\0') {
		size_t len;

		if (*prefix++ != '/')
			return false;
		len = strspn(prefix, ALNUM "-._~");
		if (len == 0 || strspn(prefix, ".") == len)
			return false;
		prefix += len;
	}
	return true;
}

static size_t
host_len(const char *host)
{
	const char *end;

	if (host[0] != '[')
		return strcspn(host, ":/");
	end = strchr(host, ']');
	return end != NULL ? (size_t)(end - host) + 1 : 0;
}

/* Plain http stays on this machine, so names are refused: they could lead
 * elsewhere. */
static bool
is_loopback(const char *host, size_t len)
{
	return (len == 9 && memcmp(host, "127.0.0.1", 9) == 0) ||
	    (len == 5 && memcmp(host, "[::1]", 5) == 0);
}

/* What is wrong behind "SCHEME://", or NULL; *len is the length of the host
 * with its port. */
static const char *
fault_of(const char *host, bool https, size_t *len)
{
	const char *rest;
	size_t port;

	if (host[strcspn(host, "@?#")] != '\0')
		return "has a user name, a query or a fragment";
	*len = host_len(host);
	if (!host_fits(host, *len))
		return "has no host name or address that could be right";
	if (!https && !is_loopback(host, *len))
		return "is http, which is for 127.0.0.1 and [::1] alone";
	rest = host + *len;
	if (*rest == ':') {
		port = strcspn(++rest, "/");
		if (!port_fits(rest, port))
			return "has a port that is not from 1 to 65535";
		rest += port;
	}
	*len = (size_t)(rest - host);
	if (!prefix_fits(rest))
		return "has a prefix with other characters than letters, "
		       "digits and -._~, or ends with /";
	return NULL;
}

const char *
base_url_read(const char *url, struct base_url *out)
{
	const char *scheme, *host, *fault;
	size_t len;

	memset(out, 0, sizeof(*out));
	if (strncmp(url, "https://", 8) == 0)
		scheme = "https";
	else if (strncmp(url, "http://", 7) == 0)
		scheme = "http";
	else
		return "does not begin with https://";
	host = url + strlen(scheme) + strlen("://");
	fault = fault_of(host, scheme[4] == 's', &len);
	if (fault != NULL)
		return fault;
	memcpy(out->scheme, scheme, strlen(scheme));
	memcpy(out->host, host, len);
	return NULL;
}

bool
base_url_is_proxy(const char *url)
{
	const size_t at = strlen("http://");
	size_t len;

	return strncmp(url, "http://", at) == 0 &&
	    fault_of(url + at, true, &len) == NULL && url[at + len] == '\0' &&
	    url[at + host_len(url + at)] == ':';
}

/* The order of what was out of reach. */
void
reach_move_last(const bool passed[], size_t count, size_t order[])
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (!passed[i])
			order[n++] = i;
	for (size_t i = 0; i < count; i++)
		if (passed[i])
			order[n++] = i;
}
