/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts for the server and for root alone: the SQL of lib/fleet_records/sql,
 * quoting, SCRAM verifiers, files of secrets. */
#include "twofactl/fleet/fleet.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "twofactl/fleet/fleet_inside.h"

#define ROOT_FILE_PATH_MAX 4096

static const char *
secrets_beside(const char *path)
{
	static char name[ROOT_FILE_PATH_MAX];

	if (snprintf(name, sizeof(name), "%s.new", path) < (int)sizeof(name))
		return name;
	errno = ENAMETOOLONG;
	return NULL;
}

static int
secrets_failed(const char *path)
{
	return terminal_error(
	    "%s cannot be written: %s; look at its folder and disk", path,
	    strerror(errno));
}

int
fleet_root_file_prepare(
    const char *path, mode_t mode, gid_t gid, const void *bytes, size_t len)
{
	const struct place_file_owner owner = {
		.uid = geteuid(), .gid = gid, .mode = mode
	};
	const char *name = secrets_beside(path);

	return name != NULL &&
		place_file_write(AT_FDCWD, name, &owner, bytes, len) == 0
	    ? 0
	    : secrets_failed(path);
}

int
fleet_root_file_place(const char *path)
{
	const char *name = secrets_beside(path);

	if (name == NULL || rename(name, path) != 0)
		return secrets_failed(path);
	(void)place_file_sync_folder(path);
	return 0;
}

void
fleet_root_file_drop(const char *path)
{
	const char *name = secrets_beside(path);

	if (name != NULL)
		(void)unlink(name);
}

#define KEY SHA256_DIGEST_LENGTH
#define BASE64(len) (((len) + 2) / 3 * 4 + 1)

int
fleet_scram_password(char out[FLEET_SCRAM_PASSWORD_LEN + 1])
{
	unsigned char bytes[FLEET_SCRAM_PASSWORD_LEN / 2];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return -1;
	hex_text(bytes, sizeof(bytes), out);
	explicit_bzero(bytes, sizeof(bytes));
	return 0;
}

static int
secrets_hmac(
    const unsigned char key[KEY], const char *text, unsigned char out[KEY])
{
	unsigned len = KEY;

	return HMAC(EVP_sha256(), key, KEY, (const unsigned char *)text,
		   strlen(text), out, &len) != NULL
	    ? 0
	    : -1;
}

int
fleet_scram_verifier_of(const char *password, const unsigned char *salt,
    size_t salt_len, unsigned rounds, char out[FLEET_SCRAM_VERIFIER_MAX])
{
	unsigned char salted[KEY], client[KEY], stored[KEY], server[KEY];
	unsigned char text[3][BASE64(KEY)];
	int rc = -1;

	if (salt_len <= KEY &&
	    PKCS5_PBKDF2_HMAC(password, (int)strlen(password), salt,
		(int)salt_len, (int)rounds, EVP_sha256(), KEY, salted) == 1 &&
	    secrets_hmac(salted, "Client Key", client) == 0 &&
	    EVP_Digest(client, KEY, stored, NULL, EVP_sha256(), NULL) == 1 &&
	    secrets_hmac(salted, "Server Key", server) == 0) {
		(void)EVP_EncodeBlock(text[0], salt, (int)salt_len);
		(void)EVP_EncodeBlock(text[1], stored, KEY);
		(void)EVP_EncodeBlock(text[2], server, KEY);
		snprintf(out, FLEET_SCRAM_VERIFIER_MAX,
		    "SCRAM-SHA-256$%u:%s$%s:%s", rounds, (char *)text[0],
		    (char *)text[1], (char *)text[2]);
		rc = 0;
	}
	explicit_bzero(salted, sizeof(salted));
	explicit_bzero(client, sizeof(client));
	return rc;
}

int
fleet_scram_verifier(const char *password, char out[FLEET_SCRAM_VERIFIER_MAX])
{
	unsigned char salt[FLEET_SCRAM_SALT_LEN];

	if (getrandom(salt, sizeof(salt), 0) != (ssize_t)sizeof(salt))
		return -1;
	errno = ENOMEM; /* all that can go wrong from here */
	return fleet_scram_verifier_of(password, salt, sizeof(salt), 1, out);
}

void
fleet_sql_open(struct fleet_sql *s)
{
	*s = (struct fleet_sql){ 0 };
	s->f = open_memstream(&s->text, &s->len);
}

void
fleet_sql_add(struct fleet_sql *s, const char *fmt, ...)
{
	va_list ap;

	if (s->f == NULL)
		return;
	va_start(ap, fmt);
	(void)vfprintf(s->f, fmt, ap);
	va_end(ap);
}

/* Of doubled, the first one is the quote. */
static void
quoted(struct fleet_sql *s, const char *begin, const char *text,
    const char *doubled)
{
	fleet_sql_add(s, "%s", begin);
	for (; *text != '\0'; text++)
		for (int n = strchr(doubled, *text) != NULL ? 2 : 1; n > 0; n--)
			fleet_sql_add(s, "%c", *text);
	fleet_sql_add(s, "%c", doubled[0]);
}

void
fleet_sql_literal(struct fleet_sql *s, const char *text)
{
	/* E'' has one meaning under both of the server's settings */
	if (strchr(text, '\\') == NULL)
		quoted(s, "'", text, "'");
	else
		quoted(s, "E'", text, "'\\");
}

void
fleet_sql_name(struct fleet_sql *s, const char *text)
{
	quoted(s, "\"", text, "\"");
}

void
fleet_sql_comment(struct fleet_sql *s, const char *text)
{
	while (*text != '\0') {
		const size_t len = strcspn(text, "\n");

		fleet_sql_add(
		    s, "--%s%.*s\n", len > 0 ? " " : "", (int)len, text);
		text += len + (text[len] == '\n');
	}
}

int
fleet_sql_close(struct fleet_sql *s)
{
	const int rc = s->f == NULL ? -1 : ferror(s->f) | fclose(s->f);

	s->f = NULL;
	if (rc != 0)
		terminal_error("out of memory");
	return rc != 0 ? -1 : 0;
}

void
fleet_sql_free(struct fleet_sql *s)
{
	if (s->f != NULL)
		(void)fclose(s->f);
	if (s->text != NULL)
		explicit_bzero(s->text, s->len);
	free(s->text);
	*s = (struct fleet_sql){ 0 };
}

#define SQL(name)                                                              \
	extern const char fleet_schema_##name[];                               \
	__asm__(".section .rodata\n.globl fleet_schema_" #name                 \
		"\n.hidden fleet_schema_" #name "\nfleet_schema_" #name ":\n"  \
		".incbin \"lib/fleet_records/sql/" #name ".sql\"\n"            \
		".byte 0\n.previous")

SQL(roles);
SQL(tables);
SQL(guesses);
SQL(verification);
SQL(login);
SQL(counts);
SQL(admin);
SQL(records);
SQL(rights);

const char *const fleet_schema[] = { fleet_schema_tables, fleet_schema_guesses,
	fleet_schema_verification, fleet_schema_login, fleet_schema_counts,
	fleet_schema_admin, fleet_schema_records, fleet_schema_rights, NULL };
