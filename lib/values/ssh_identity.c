/* SPDX-License-Identifier: BSD-2-Clause */
/* The identity in a line of SSH_AUTH_INFO_0. Formats: keys in RFC 4253 section
 * 6.6 and RFC 4251 section 5, certificates in PROTOCOL.certkeys and
 * PROTOCOL.u2f of OpenSSH. Without <ctype.h>, which depends on the
 * application's locale. */
#include "lib/values/values.h"

#include <openssl/evp.h>
#include <stdlib.h>

#define METHOD "publickey "
/* the last of 43 characters: their 258 bits are two more than the hash has */
#define LAST "AEIMQUYcgkosw048"
#define HASH_TEXT 44 /* with one = of padding */
#define TYPE_USER 1
#define CERT_MARK "-cert-"

static const char prefix[] = "SHA256:";

/* The unread rest of a key, or one string in it. */
struct bytes {
	const unsigned char *at;
	size_t left;
};

/* Certificate types, and the number of strings in the key of each. */
static const struct cert_type {
	const char *name;
	unsigned strings;
} cert_types[] = {
	{ "ssh-rsa-cert-v01@openssh.com", 2 },
	{ "ecdsa-sha2-nistp256-cert-v01@openssh.com", 2 },
	{ "ecdsa-sha2-nistp384-cert-v01@openssh.com", 2 },
	{ "ecdsa-sha2-nistp521-cert-v01@openssh.com", 2 },
	{ "ssh-ed25519-cert-v01@openssh.com", 1 },
	{ "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", 3 },
	{ "sk-ssh-ed25519-cert-v01@openssh.com", 2 },
};

bool
ssh_fingerprint_is_valid(const char *text)
{
	const size_t len = SSH_FINGERPRINT_LEN - strlen(prefix);

	return text_take(&text, prefix) && strlen(text) == len &&
	    strspn(text, BASE64_ALPHABET) == len &&
	    strchr(LAST, text[len - 1]) != NULL;
}

static bool
ssh_id_is_valid(const unsigned char *id, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (id[i] <= ' ' || id[i] > '~')
			return false;
	return len >= 1 && len <= SSH_CERT_ID_MAX;
}

bool
ssh_cert_id_is_valid(const char *text)
{
	return ssh_id_is_valid((const unsigned char *)text, strlen(text));
}

static bool
take_bytes(struct bytes *b, size_t len, struct bytes *out)
{
	if (len > b->left)
		return false;
	*out = (struct bytes){ b->at, len };
	b->at += len;
	b->left -= len;
	return true;
}

static bool
take_number(struct bytes *b, uint32_t *out)
{
	struct bytes n;

	if (!take_bytes(b, 4, &n))
		return false;
	*out = (uint32_t)n.at[0] << 24 | (uint32_t)n.at[1] << 16 |
	    (uint32_t)n.at[2] << 8 | n.at[3];
	return true;
}

static bool
take_string(struct bytes *b, struct bytes *out)
{
	uint32_t len;

	return take_number(b, &len) && take_bytes(b, len, out);
}

static bool
skip_strings(struct bytes *b, unsigned count)
{
	struct bytes one;

	for (; count > 0; count--)
		if (!take_string(b, &one))
			return false;
	return true;
}

static bool
fingerprint(struct bytes key, char out[SSH_FINGERPRINT_LEN + 1])
{
	unsigned char hash[SHA256_LEN], text[HASH_TEXT + 1];

	if (!sha256_of(key.at, key.left, hash) ||
	    EVP_EncodeBlock(text, hash, SHA256_LEN) != HASH_TEXT)
		return false;
	memcpy(out, prefix, sizeof(prefix) - 1);
	memcpy(out + sizeof(prefix) - 1, text, HASH_TEXT - 1);
	out[SSH_FINGERPRINT_LEN] = '\0';
	return true;
}

/* b is the certificate after its type's name. */
static bool
read_cert(struct bytes b, const struct cert_type *type, const char *account,
    struct ssh_identity *out)
{
	struct bytes serial, id, principals, one, valid, ca;
	uint32_t kind;

	if (!skip_strings(&b, 1 + type->strings) || /* the nonce, the key */
	    !take_bytes(&b, 8, &serial) || !take_number(&b, &kind) ||
	    !take_string(&b, &id) || !take_string(&b, &principals) ||
	    !take_bytes(&b, 16, &valid) ||
	    !skip_strings(&b, 3) || /* options, extensions, reserved */
	    !take_string(&b, &ca) || !skip_strings(&b, 1) || b.left != 0)
		return false;
	if (kind != TYPE_USER || !ssh_id_is_valid(id.at, id.left) ||
	    ca.left == 0 || !fingerprint(ca, out->ca))
		return false;
	memcpy(out->cert_id, id.at, id.left);
	out->cert_id[id.left] = '\0';
	while (take_string(&principals, &one))
		out->is_user |= one.left == strlen(account) &&
		    memcmp(one.at, account, one.left) == 0;
	return true;
}

/* The type's name precedes the key, and is also the key's first string. */
static bool
read_key(struct bytes key, const char *name, size_t len, const char *account,
    struct ssh_identity *out)
{
	struct bytes rest = key, type;

	if (!take_string(&rest, &type) || type.left != len ||
	    memcmp(type.at, name, len) != 0)
		return false;
	out->sk = strncmp(name, "sk-", 3) == 0;
	for (size_t i = 0; i < COUNT_OF(cert_types); i++)
		if (strlen(cert_types[i].name) == len &&
		    memcmp(cert_types[i].name, name, len) == 0)
			return read_cert(rest, &cert_types[i], account, out);
	/* an unknown certificate type must not pass as a plain key */
	if (memmem(name, len, CERT_MARK, sizeof(CERT_MARK) - 1) != NULL)
		return false;
	return fingerprint(key, out->key);
}

/* Reads "ssh-ed25519 AAAA..."; more text may follow. */
static bool
read_line(
    const char *line, size_t len, const char *account, struct ssh_identity *out)
{
	const size_t name = strcspn(line, " \n");
	const char *text = line + name + 1;
	unsigned char *bytes;
	size_t size;
	int count;
	bool known;

	if (name == 0 || name + 1 >= len)
		return false;
	size = strcspn(text, " \n");
	bytes = malloc(size / 4 * 3 + 3);
	if (bytes == NULL)
		return false;
	count = base64_decode(text, size, bytes);
	known = count > 0 &&
	    read_key((struct bytes){ bytes, (size_t)count }, line, name,
		account, out);
	free(bytes);
	return known;
}

bool
ssh_identity_next(
    const char **at, const char *account, struct ssh_identity *out)
{
	memset(out, 0, sizeof(*out));
	while (**at != '\0') {
		const char *line = *at, *end = line + strcspn(line, "\n");

		*at = end + (*end == '\n' ? 1 : 0);
		if (!text_take(&line, METHOD))
			continue;
		if (!read_line(line, (size_t)(end - line), account, out))
			memset(out, 0, sizeof(*out));
		return true;
	}
	return false;
}
