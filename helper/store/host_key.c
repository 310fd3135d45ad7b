/* SPDX-License-Identifier: BSD-2-Clause */
/* The file host.key in state_dir, and HMACs by it. */
#include "helper/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/system/system.h"

#define HOST_KEY_FILE_NAME "host.key"
#define MD_LEN 32

static int
host_key_refuse(int error)
{
	errno = error;
	return -1;
}

/* Checks owner and mode, as the key reveals which logins are decoys. */
static int
host_key_check(int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return -1;
	if (!S_ISREG(st.st_mode))
		return host_key_refuse(EINVAL);
	if (st.st_uid != geteuid() || (st.st_mode & 07077) != 0)
		return host_key_refuse(EPERM);
	if (st.st_size != HOST_KEY_LEN)
		return host_key_refuse(EBADMSG);
	return 0;
}

static int
host_key_read_key(int dirfd, unsigned char key[HOST_KEY_LEN])
{
	const int fd OWNED(owned_fd) = openat(dirfd, HOST_KEY_FILE_NAME,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	ssize_t n;

	if (fd < 0 || host_key_check(fd) != 0)
		return -1;
	n = read(fd, key, HOST_KEY_LEN);
	if (n >= 0 && n != HOST_KEY_LEN)
		errno = EBADMSG;
	return n == HOST_KEY_LEN ? 0 : -1;
}

static int
host_key_load(const char *dir, bool make, unsigned char key[HOST_KEY_LEN])
{
	const int dirfd OWNED(owned_fd) =
	    open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc;

	if (dirfd < 0)
		return -1;
	rc = host_key_read_key(dirfd, key);
	/* if two helpers create one, both use the first */
	if (rc != 0 && make && errno == ENOENT &&
	    getrandom(key, HOST_KEY_LEN, 0) == HOST_KEY_LEN &&
	    folder_replace_file(
		dir, HOST_KEY_FILE_NAME, key, HOST_KEY_LEN, true) == 0)
		rc = host_key_read_key(dirfd, key);
	if (rc != 0)
		explicit_bzero(key, HOST_KEY_LEN); /* it may be partly filled */
	return rc;
}

int
host_key_read_existing(const char *dir, unsigned char key[HOST_KEY_LEN])
{
	return host_key_load(dir, false, key);
}

int
host_key_read_shared(const char *dir, const unsigned char *fleet,
    unsigned char key[HOST_KEY_LEN])
{
	if (fleet == NULL)
		return host_key_load(dir, true, key);
	memcpy(key, fleet, HOST_KEY_LEN);
	return 0;
}

static _Noreturn void
no_libcrypto(void)
{
	log_problem("out of memory, or a broken libcrypto: the login ends; see "
		    "free(1), reinstall the OpenSSL package");
	_exit(1);
}

/* HMAC-SHA-256 without a key, which libcrypto looks for once. */
static const EVP_MAC_CTX *
keyless(void)
{
	static EVP_MAC_CTX *found;
	const OSSL_PARAM digest[] = { OSSL_PARAM_utf8_string(
					  "digest", (char *)"SHA256", 6),
		OSSL_PARAM_END };
	EVP_MAC *mac = found == NULL ? EVP_MAC_fetch(NULL, "HMAC", NULL) : NULL;

	if (mac != NULL)
		found = EVP_MAC_CTX_new(mac);
	if (found == NULL ||
	    (mac != NULL && EVP_MAC_CTX_set_params(found, digest) != 1))
		no_libcrypto();
	EVP_MAC_free(mac);
	return found;
}

/* No key stays in memory. */
void
host_key_hmac(const unsigned char key[HOST_KEY_LEN], const char *name,
    unsigned char out[MD_LEN])
{
	EVP_MAC_CTX *mac = EVP_MAC_CTX_dup(keyless());
	size_t len = 0;

	if (mac == NULL || EVP_MAC_init(mac, key, HOST_KEY_LEN, NULL) != 1 ||
	    EVP_MAC_update(mac, (const unsigned char *)name, strlen(name)) !=
		1 ||
	    EVP_MAC_final(mac, out, &len, MD_LEN) != 1 || len != MD_LEN)
		no_libcrypto();
	EVP_MAC_CTX_free(mac);
}

void
host_key_hash_text_unkeyed(const char *text, unsigned char out[32])
{
	if (!sha256_of(text, strlen(text), out))
		no_libcrypto();
}

void
host_key_hmac_hex(const unsigned char key[HOST_KEY_LEN], const char *name,
    char out[HOST_KEY_TEXT])
{
	unsigned char md[MD_LEN];

	host_key_hmac(key, name, md);
	hex_text(md, sizeof(md), out);
}
