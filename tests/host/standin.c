/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stands in for modules of others that need a directory, a finger, a card or a
 * secret: copied to pam_sss.so, pam_fprintd.so and so on it behaves as that one
 * does. PAM's environment "pam_sss=authinfo_unavail" says what it comes to;
 * else the right password of a directory is PASSWORD, the right code CODE, and
 * no finger fits.
 */
#include <dlfcn.h>
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define PASSWORD "pw-directory"
#define CODE "google-code"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *name;
	int value;
} results[] = {
	{ "success", PAM_SUCCESS },
	{ "auth_err", PAM_AUTH_ERR },
	{ "authinfo_unavail", PAM_AUTHINFO_UNAVAIL },
	{ "user_unknown", PAM_USER_UNKNOWN },
	{ "maxtries", PAM_MAXTRIES },
	{ "ignore", PAM_IGNORE },
};

/* These ask for no password. */
static const char *const silent[] = { "pam_fprintd.so", "pam_u2f.so",
	"pam_poldi.so", "pam_ssh_agent_auth.so", "pam_duo.so", "pam_oath.so",
	"pam_timestamp.so", "pam_gnome_keyring.so", "pam_gdm.so",
	"pam_zfs_key.so" };

/* These let everybody pass; with a list of their own, nobody. */
static const char *const gates[] = { "pam_access.so", "pam_geoip.so" };

static const char *
own_name(void)
{
	Dl_info info;
	const char *slash;

	if (dladdr(results, &info) == 0)
		return "";
	slash = strrchr(info.dli_fname, '/');
	return slash != NULL ? slash + 1 : info.dli_fname;
}

static bool
is_one_of(const char *name, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i], name) == 0)
			return true;
	return false;
}

/* What the environment says that it comes to; else what it is. */
static int
told(pam_handle_t *pamh, const char *name, int otherwise)
{
	char key[64] = "";
	const char *value;

	(void)strncat(key, name, strcspn(name, "."));
	value = pam_getenv(pamh, key);
	for (size_t i = 0; value != NULL && i < COUNT(results); i++)
		if (strcmp(results[i].name, value) == 0)
			return results[i].value;
	return otherwise;
}

static bool
has(int argc, const char **argv, const char *word)
{
	for (int i = 0; i < argc; i++)
		if (strcmp(argv[i], word) == 0)
			return true;
	return false;
}

static int
by_password(pam_handle_t *pamh, const char *name, int argc, const char **argv)
{
	const char *password = NULL;
	int result = pam_get_authtok(pamh, PAM_AUTHTOK, &password, NULL);

	if (result != PAM_SUCCESS || password == NULL)
		return PAM_AUTH_ERR;
	result = told(pamh, name,
	    strcmp(password, PASSWORD) == 0 ? PAM_SUCCESS : PAM_AUTH_ERR);
	if ((result == PAM_USER_UNKNOWN &&
		(has(argc, argv, "ignore_unknown_user") ||
		    has(argc, argv, "unknown_ok"))) ||
	    (result == PAM_AUTHINFO_UNAVAIL &&
		has(argc, argv, "ignore_authinfo_unavail")))
		return PAM_IGNORE;
	return result;
}

static int
by_code(pam_handle_t *pamh)
{
	char *code = NULL;
	int result =
	    pam_prompt(pamh, PAM_PROMPT_ECHO_OFF, &code, "Verification code: ");

	if (result == PAM_SUCCESS)
		result = code != NULL && strcmp(code, CODE) == 0 ? PAM_SUCCESS
								 : PAM_AUTH_ERR;
	free(code);
	return result;
}

int
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	const char *name = own_name();

	(void)flags;
	if (is_one_of(name, silent, COUNT(silent)))
		return told(pamh, name, PAM_AUTH_ERR);
	if (is_one_of(name, gates, COUNT(gates)))
		return told(
		    pamh, name, argc == 0 ? PAM_SUCCESS : PAM_PERM_DENIED);
	if (strcmp(name, "pam_google_authenticator.so") == 0)
		return by_code(pamh);
	return by_password(pamh, name, argc, argv);
}

int
pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh;
	(void)flags;
	(void)argc;
	(void)argv;
	return PAM_SUCCESS;
}
