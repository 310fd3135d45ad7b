/* SPDX-License-Identifier: BSD-2-Clause */
/* host.key: read it, or make it once. */
#include "helper/state/host_key.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/system/system.h"
#include "lib/values/values.h"

#define FILE_NAME "host.key"
#define MD_LEN 32

static int
refuse(int error)
{
	errno = error;
	return -1;
}

/* Reading the key is enough to tell decoys from users. */
static int
check(int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return -1;
	if (!S_ISREG(st.st_mode))
		return refuse(EINVAL);
	if (st.st_uid != geteuid() || (st.st_mode & 07077) != 0)
		return refuse(EPERM);
	if (st.st_size != HOST_KEY_LEN)
		return refuse(EBADMSG);
	return 0;
}

static int
read_key(int dirfd, unsigned char key[HOST_KEY_LEN])
{
	int fd, saved, rc = -1;
	ssize_t n;

	fd = openat(
	    dirfd, FILE_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (check(fd) == 0) {
		n = read(fd, key, HOST_KEY_LEN);
		if (n == HOST_KEY_LEN)
			rc = 0;
		else if (n >= 0)
			errno = EBADMSG;
	}
	saved = errno;
	close(fd);
	errno = saved;
	return rc;
}

static int
write_key(int fd)
{
	unsigned char key[HOST_KEY_LEN];
	ssize_t n = -1;

	if (getrandom(key, sizeof(key), 0) == (ssize_t)sizeof(key))
		n = write(fd, key, sizeof(key));
	explicit_bzero(key, sizeof(key));
	if (n >= 0 && n != HOST_KEY_LEN)
		return refuse(ENOSPC);
	if (n < 0 || fchmod(fd, 0600) != 0)
		return -1;
	return fsync(fd);
}

/* Written under another name first: the key appears whole or not at all. */
static int
make_key(int dirfd)
{
	char temp[64];
	uint64_t unique;
	int fd, saved, rc;

	if (getrandom(&unique, sizeof(unique), 0) != (ssize_t)sizeof(unique))
		return -1;
	snprintf(temp, sizeof(temp), ".%s.%016llx", FILE_NAME,
	    (unsigned long long)unique);
	fd = openat(dirfd, temp,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	rc = write_key(fd);
	if (rc == 0) {
		rc = linkat(dirfd, temp, dirfd, FILE_NAME, 0);
		if (rc != 0 && errno == EEXIST)
			rc = 0; /* another helper was first: use its key */
	}
	saved = errno;
	close(fd);
	unlinkat(dirfd, temp, 0);
	if (rc == 0)
		fsync(dirfd);
	errno = saved;
	return rc;
}

static int
key_of(const char *dir, bool make, unsigned char key[HOST_KEY_LEN])
{
	int dirfd, saved, rc;

	dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0)
		return -1;
	rc = read_key(dirfd, key);
	if (rc != 0 && make && errno == ENOENT && make_key(dirfd) == 0)
		rc = read_key(dirfd, key);
	saved = errno;
	close(dirfd);
	if (rc != 0)
		explicit_bzero(key, HOST_KEY_LEN); /* part of it may be there */
	errno = saved;
	return rc;
}

int
host_key_read(const char *dir, unsigned char key[HOST_KEY_LEN])
{
	return key_of(dir, true, key);
}

int
host_key_look(const char *dir, unsigned char key[HOST_KEY_LEN])
{
	return key_of(dir, false, key);
}

int
shared_key_read(const char *dir, const unsigned char *fleet,
    unsigned char key[HOST_KEY_LEN])
{
	if (fleet == NULL)
		return host_key_read(dir, key);
	memcpy(key, fleet, HOST_KEY_LEN);
	return 0;
}

void
host_key_hmac(const unsigned char key[HOST_KEY_LEN], const char *name,
    unsigned char out[32])
{
	unsigned len = 0;

	if (HMAC(EVP_sha256(), key, HOST_KEY_LEN, (const unsigned char *)name,
		strlen(name), out, &len) == NULL ||
	    len != 32) {
		log_mend("out of memory, or a broken libcrypto: the login "
			 "ends; see free(1), reinstall the OpenSSL package");
		_exit(1);
	}
}

void
host_key_text(const unsigned char key[HOST_KEY_LEN], const char *name,
    char out[HOST_KEY_TEXT])
{
	unsigned char md[MD_LEN];

	host_key_hmac(key, name, md);
	hex_text(md, sizeof(md), out);
}

int
host_key_number(const unsigned char key[HOST_KEY_LEN], const char *number,
    char out[HOST_KEY_TEXT])
{
	unsigned char md[EVP_MAX_MD_SIZE];
	char plain[HOST_KEY_TEXT];
	unsigned len = 0;

	if (EVP_Digest(number, strlen(number), md, &len, EVP_sha256(), NULL) !=
		1 ||
	    len != MD_LEN)
		return -1;
	hex_text(md, len, plain);
	host_key_text(key, plain, out);
	return 0;
}
