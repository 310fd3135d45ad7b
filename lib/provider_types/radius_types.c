/* SPDX-License-Identifier: BSD-2-Clause */
/* RADIUS: a code that a server of the organisation checks. */
#include "lib/provider_types/provider_types.h"

#define SECRET_LEN_MIN 16 /* RFC 2865, 3 */
#define SECRET_LEN_GOOD 32

static const struct setting_key radius_keys[] = {
	{ "secret_file", CONF_SECRET_FILE, RADIUS_SECRET, .required = false },
	{ "client_key_file", CONF_KEY_FILE, .elliptic = true },
	{ "begin", CONF_TEXT, RADIUS_BEGIN, false, 0, 128, .dflt = 0 },
	{ "nas", CONF_TEXT, RADIUS_NAS, false, 1, RADIUS_NAS_MAX, .dflt = 0 },
	{ 0 },
};

/* tls://HOST[:PORT] or udp://HOST[:PORT]. */
static const char *
radius_url_read(const char *url, struct base_url *out)
{
	char web[BASE_URL_HOST_MAX + 16];
	const char *wrong;

	memset(out, 0, sizeof(*out));
	if (strncmp(url, "tls://", 6) != 0 && strncmp(url, "udp://", 6) != 0)
		return "does not begin with tls:// or udp://";
	PRINT_TO(web, "https://%s", url + 6);
	wrong = base_url_read(web, out);
	if (wrong == NULL && strcmp(out->host, url + 6) != 0)
		wrong = "has more than a host and a port";
	PRINT_TO(out->scheme, "%.3s", url);
	return wrong;
}

bool
radius_is_tls(const struct provider_conf *p)
{
	return strcmp(p->scheme, "tls") == 0;
}

/* RFC 6614, 2.3 */
const struct secret *
radius_secret(const struct provider_conf *p)
{
	static const struct secret radsec = { .b = "radsec", .len = 6 };
	const struct secret *set = &p->secret[RADIUS_SECRET];

	return set->len == 0 && radius_is_tls(p) ? &radsec : set;
}

static const char *
radius_settings(const struct provider_conf *p, const char **key)
{
	const size_t len = p->secret[RADIUS_SECRET].len;

	*key = "base_url";
	if (p->base_url == NULL)
		return "the server, tls://HOST[:PORT] or udp://HOST[:PORT]";
	*key = "secret_file";
	if (!radius_is_tls(p) && len < SECRET_LEN_MIN)
		return "a file with a secret of 16 bytes or more with udp://";
	*key = "client_key_file";
	return !radius_is_tls(p) && p->key.len > 0 ? "nothing with udp://"
						   : NULL;
}

static const struct provider_finding *
radius_finding(const struct provider_conf *p, unsigned n)
{
	static const struct provider_finding udp = { "radius-udp",
		PROVIDER_NOTE,
		"udp:// shows names and addresses to the network, and its MD5 "
		"is broken: use tls://, or a RADIUS proxy on this host" };
	static const struct provider_finding weak = { "radius-secret-short",
		PROVIDER_NOTE,
		"the secret has less than 32 bytes, and can be found from one "
		"recorded packet: make a random one of 32 bytes" };
	const struct provider_finding *all[2];
	unsigned count = 0;

	if (!radius_is_tls(p) &&
	    !base_url_is_loopback(p->base_url + strlen("udp://")))
		all[count++] = &udp;
	if (!radius_is_tls(p) && p->secret[RADIUS_SECRET].len < SECRET_LEN_GOOD)
		all[count++] = &weak;
	return n < count ? all[n] : NULL;
}

const struct provider_type radius_type = {
	.name = "radius",
	.address = "tls://HOST[:PORT]; in a tunnel also udp://",
	.keys = radius_keys,
	.read_base_url = radius_url_read,
	.settings = radius_settings,
	.finding = radius_finding,
	.methods = METHOD_BIT(METHOD_TOTP),
	.wrong_codes = 3,
	.account = "the User-Name",
};
