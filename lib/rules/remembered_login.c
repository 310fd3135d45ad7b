/* SPDX-License-Identifier: BSD-2-Clause */
/* Computes what a remembered login is bound to. Pure. */

#include "lib/rules/rules.h"

#include <arpa/inet.h>
#include <openssl/evp.h>

/* The length precedes each part, so that different parts never give one text.
 */
static bool
remembered_add(EVP_MD_CTX *md, const void *part, size_t len)
{
	const uint64_t n = len;

	return EVP_DigestUpdate(md, &n, sizeof(n)) == 1 &&
	    EVP_DigestUpdate(md, part, len) == 1;
}

static bool
add_text(EVP_MD_CTX *md, const char *text)
{
	return remembered_add(md, text, strlen(text));
}

static bool
add_number(EVP_MD_CTX *md, int64_t n)
{
	return remembered_add(md, &n, sizeof(n));
}

static bool
is_loopback_text(const char *address)
{
	struct in6_addr six;

	return strncmp(address, "127.", 4) == 0 ||
	    (inet_pton(AF_INET6, address, &six) == 1 &&
		IN6_IS_ADDR_LOOPBACK(&six));
}

/* Adds SSH_AUTH_INFO_0 without the signature counts of security keys, which
 * change with each login. */
static bool
add_keys(EVP_MD_CTX *md, const char *info)
{
	const char *end;
	bool added = true;

	while (added && (end = strstr(info, " signature count = ")) != NULL) {
		added = remembered_add(md, info, (size_t)(end - info));
		info = end + strcspn(end, "\n");
	}
	return added && add_text(md, info);
}

/* Hosts change the second half of an IPv6 address every day, so it is zeroed.
 * It is kept, as the first half alone could be the text of an IPv4 address. Of
 * a translated address that half has the address of the peer. */
static bool
add_address(EVP_MD_CTX *md, const char *address)
{
	struct in6_addr six;

	if (inet_pton(AF_INET6, address, &six) != 1 ||
	    IN6_IS_ADDR_V4MAPPED(&six))
		return add_text(md, address);
	if (!network_is_translated(six.s6_addr))
		memset(&six.s6_addr[sizeof(six) / 2], 0, sizeof(six) / 2);
	return remembered_add(md, &six, sizeof(six));
}

static bool
bind_ssh(EVP_MD_CTX *md, const struct facts *f, const char *address, bool key)
{
	return address[0] != '\0' && !is_loopback_text(address) &&
	    module_arguments_method_passed(
		SSH_METHOD_PUBLICKEY, f->auth_info) &&
	    add_address(md, key ? "" : address) && add_keys(md, f->auth_info);
}

static bool
bind_terminal(EVP_MD_CTX *md, const struct facts *f)
{
	return f->leader_tty > 0 && f->rhost[0] == '\0' && f->session_id > 0 &&
	    f->leader_start > 0 && f->boot_id[0] != '\0' &&
	    add_number(md, f->leader_tty) && add_text(md, f->ruser) &&
	    add_number(md, f->real_uid) && add_number(md, f->session_id) &&
	    add_number(md, f->leader_start) && add_text(md, f->boot_id);
}

static bool
write_binding(const struct facts *f, const char *user, const char *address,
    bool key, const struct user_record *record,
    unsigned char out[REMEMBERED_LOGIN_LEN])
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	unsigned len = 0;
	bool bound;

	if (md == NULL)
		return false;
	bound = EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1 &&
	    add_text(md, user) && add_text(md, f->service) &&
	    remembered_add(md, record->digest, sizeof(record->digest)) &&
	    (strcmp(f->service, "sshd") == 0 ? bind_ssh(md, f, address, key)
					     : bind_terminal(md, f)) &&
	    EVP_DigestFinal_ex(md, out, &len) == 1 &&
	    len == REMEMBERED_LOGIN_LEN;
	EVP_MD_CTX_free(md);
	return bound;
}

bool
remembered_login_bind_if_allowed(const struct settings *cfg,
    const struct facts *f, const char *user, const char *address, bool key,
    const struct user_record *record,
    unsigned char binding[REMEMBERED_LOGIN_LEN])
{
	/* in a rehearsal, a simulator's codes are accepted */
	return !settings_is_rehearsal(cfg) && f->socket_uid == 0 &&
	    write_binding(f, user, address, key, record, binding);
}
