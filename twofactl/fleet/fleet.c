/* SPDX-License-Identifier: BSD-2-Clause */
/* What the commands of a fleet have in common. */
#include "twofactl/fleet/fleet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "lib/values/values.h"
#include "twofactl/fleet/fleet_schema.h"
#include "twofactl/fleet/root_file.h"
#include "twofactl/link/link.h"
#include "twofactl/terminal/terminal.h"

#define KEY_MODE 0640

int
fleet_key_write(const char *path, const unsigned char key[CONFIG_FLEET_KEY_LEN])
{
	char cause[HELPER_ACCOUNT_CAUSE_MAX];
	const struct passwd *pw = helper_account_find(cause);

	if (pw == NULL) {
		complain("%s", cause);
		return -1;
	}
	return root_file_prepare(
		   path, KEY_MODE, pw->pw_gid, key, CONFIG_FLEET_KEY_LEN) == 0
	    ? root_file_place(path)
	    : -1;
}

int
fleet_key_make(const char *path)
{
	unsigned char key[CONFIG_FLEET_KEY_LEN];
	int rc = -1;

	if (getrandom(key, sizeof(key), 0) == (ssize_t)sizeof(key))
		rc = fleet_key_write(path, key);
	else
		complain("no random bytes: %s", strerror(errno));
	explicit_bzero(key, sizeof(key));
	return rc;
}

/* The file that the settings name is not there: no host has it yet. */
static enum ctl_exit
make_key(const struct ctl *ctl)
{
	char path[TRUSTED_FILE_PATH_MAX + 1];

	if (settings_fleet_key_place(ctl->conf, 0, path, sizeof(path)) != 0 ||
	    path[0] == '\0' || access(path, F_OK) == 0 || errno != ENOENT)
		return CTL_DONE; /* what is wrong the settings' reader says */
	if (fleet_key_make(path) != 0)
		return CTL_FAILED;
	(void)fprintf(stderr,
	    "Made the fleet's key, %s: each host needs this file.\n", path);
	return CTL_DONE;
}

static void
take_mark(struct fleet *f)
{
	const unsigned char *key = settings_fleet_key(f->conf);

	f->keyed = key != NULL && record_seal_key(key, f->mark) == 0;
}

static enum ctl_exit
read_settings(struct fleet *f, bool key)
{
	enum ctl_exit status;

	if (access(f->ctl->conf, F_OK) != 0 && errno == ENOENT)
		return CTL_DONE;
	status = key ? make_key(f->ctl) : CTL_DONE;
	if (status != CTL_DONE)
		return status;
	f->conf = settings_load(f->ctl->conf, 0, &complain_report);
	if (f->conf == NULL)
		return CTL_SETTINGS;
	take_mark(f);
	return CTL_DONE;
}

enum ctl_exit
fleet_open(
    struct fleet *f, const struct ctl *ctl, const char *url, bool make_key)
{
	enum ctl_exit status;

	*f = (struct fleet){ .ctl = ctl };
	status = read_settings(f, make_key);
	if (status != CTL_DONE)
		return status;
	if (url == NULL && f->conf != NULL && store_url_is(f->conf->state))
		url = f->conf->state;
	if (url == NULL) {
		complain("%s names no server as its state; name one: --url "
			 "postgresql://USER@HOST/DATABASE",
		    ctl->conf);
		return CTL_SETTINGS;
	}
	return fleet_server_read(&f->server, url,
		   f->conf != NULL ? f->conf->store.ca_file : NULL) == 0
	    ? CTL_DONE
	    : CTL_USAGE;
}

void
fleet_close(struct fleet *f)
{
	settings_free(f->conf);
	explicit_bzero(f, sizeof(*f));
}

enum ctl_exit
fleet_do(const struct fleet *f, struct sql *s)
{
	enum ctl_exit status = CTL_FAILED;
	char out[FLEET_LOOK_MAX];

	if (sql_close(s) == 0) {
		if (f->ctl->print) {
			fputs(s->text, stdout);
			status = CTL_DONE;
		} else if (fleet_server_run(&f->server, false, s->text, out,
			       sizeof(out)) == 0) {
			status = CTL_DONE;
		}
	}
	sql_free(s);
	return status;
}

int
fleet_look(const struct fleet *f, const char *select, char text[FLEET_LOOK_MAX],
    char **column, size_t max)
{
	if (fleet_server_run(&f->server, false, select, text, FLEET_LOOK_MAX) !=
	    0)
		return -1;
	return (int)fleet_row(&(char *){ text }, column, max);
}

#define ROLE_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789-_"

/* Does roles.sql name twofa_NAME, or is it the administrators' role? */
static bool
is_role(const char *name)
{
	const char *at = fleet_schema_roles;
	char role[FLEET_HOST_MAX + 8];
	size_t len;

	(void)snprintf(role, sizeof(role), "twofa_%s", name);
	len = strlen(role);
	while ((at = strstr(at, role)) != NULL) {
		if (strspn(at, ROLE_CHARACTERS) == len)
			return true;
		at += len;
	}
	return strcmp(name, "operator") == 0; /* fleet_operator.c makes it */
}

bool
fleet_host_name(const char *name)
{
	const size_t len = strlen(name);

	if (len < 1 || len > FLEET_HOST_MAX ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != len) {
		complain("\"%.60s\" is no name of a host: 1 to %d of a to z, 0 "
			 "to 9 and -",
		    name, FLEET_HOST_MAX);
		return false;
	}
	if (!is_role(name))
		return true;
	complain("the name \"%s\" is taken by a role of the state itself; give "
		 "the host another one",
	    name);
	return false;
}

void
fleet_functions_digest(char out[FLEET_DIGEST_TEXT])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char sum[32] = { 0 };

	if (ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1) {
		for (size_t i = 1; fleet_schema[i] != NULL; i++)
			(void)EVP_DigestUpdate(
			    ctx, fleet_schema[i], strlen(fleet_schema[i]));
		(void)EVP_DigestFinal_ex(ctx, sum, NULL);
	}
	EVP_MD_CTX_free(ctx);
	hex_text(sum, sizeof(sum), out);
}
