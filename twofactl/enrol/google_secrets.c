/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes a table for import of the files that pam_google_authenticator has in
 * the homes. */
#include "twofactl/enrol/enrol.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "twofactl/client/client.h"
#include "twofactl/enrol/enrol_inside.h"

#define NAME ".google_authenticator"
#define TEXT_MAX 16384
#define READ_S 10

/* By the user's own rights: a link there may lead anywhere. Returns 0, also
 * without a file, when text is "". */
static int
read_home(const struct passwd *pw, char text[TEXT_MAX])
{
	char path[PATH_MAX];
	const char *const argv[] = { "/usr/bin/head", "-c", "8192", path,
		NULL };
	const struct program p = { .argv = argv,
		.uid = pw->pw_uid,
		.gid = pw->pw_gid,
		.timeout_s = READ_S };
	struct stat st;
	int status = -1;

	text[0] = '\0';
	PRINT_TO(path, "%s/" NAME, pw->pw_dir);
	if (pw->pw_dir[0] != '/' ||
	    (lstat(path, &st) != 0 && (errno == ENOENT || errno == ENOTDIR)))
		return 0;
	if (run_program(&p, text, TEXT_MAX, &status) == PROGRAM_ENDED &&
	    status == 0)
		return 0;
	text[0] = '\0';
	return terminal_error("%s: %s cannot be read by its user, and is left "
			      "out",
	    terminal_shell_quote(pw->pw_name), terminal_shell_quote(path));
}

/* Writes the user's row, unless the app counts its codes. */
static void
write_secret_row(FILE *out, const char *user, const char *text)
{
	const char *step = strstr(text, "\n\" STEP_SIZE ");
	const size_t len = strcspn(text, "\r\n ");
	char secret[SECRET_MAX + 1];

	PRINT_TO(secret, "%.*s", (int)len, text);
	if (strstr(text, "\n\" HOTP_COUNTER") != NULL)
		terminal_error("%s: the app counts its codes, and is left out; "
			       "a new secret: twofactl totp %s",
		    user, terminal_shell_quote(user));
	else if (len > 0 && len <= SECRET_MAX &&
	    strspn(secret, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567=") == len)
		fprintf(out, "%s,otpauth://totp/x?secret=%s&period=%ld\n", user,
		    secret,
		    step != NULL
			? strtol(step + strlen("\n\" STEP_SIZE "), NULL, 10)
			: (long)TOTP_STEP_S);
	else
		terminal_error("%s: " NAME
			       " does not begin with a secret, and is left out",
		    user);
	explicit_bzero(secret, sizeof(secret));
}

char *
google_secrets_table(void)
{
	char *table = NULL, text[TEXT_MAX];
	const struct passwd *pw;
	size_t size;
	FILE *out = open_memstream(&table, &size);

	if (out == NULL)
		return NULL;
	fputs("user,totp\n", out);
	setpwent();
	while ((pw = getpwent()) != NULL)
		if (user_name_is_valid(pw->pw_name) &&
		    read_home(pw, text) == 0 && text[0] != '\0')
			write_secret_row(out, pw->pw_name, text);
	endpwent();
	explicit_bzero(text, sizeof(text));
	return fclose(out) == 0 ? table : NULL;
}
