/* SPDX-License-Identifier: BSD-2-Clause */
/* The login password, alone or with a code behind it. */
#include "pam_module/pam_password.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <security/pam_ext.h>
#include <security/pam_modules.h>

#define DATA "twofa-field"

struct field {
	char part[ONE_FIELD_MAX + 1];
	char user[]; /* the user whose code it is */
};

/* The stand-in is cut to the typed length, so only its first byte is
 * certain. */
bool
password_refused(const char *authtok)
{
	return authtok[0] == '\b';
}

bool
password_seen(const char *authtok)
{
	return authtok[0] != '\0' && !password_refused(authtok);
}

/* In constant time once the lengths agree. */
bool
password_is(const char *authtok, const char *answer)
{
	const size_t len = strlen(authtok);
	unsigned char differ = 0;

	if (!password_seen(authtok) || strlen(answer) != len)
		return false;
	for (size_t i = 0; i < len; i++)
		differ |= (unsigned char)(answer[i] ^ authtok[i]);
	return differ == 0;
}

static void
field_free(pam_handle_t *pamh, void *data, int status)
{
	struct field *f = data;

	(void)pamh, (void)status;
	explicit_bzero(f->part, sizeof(f->part));
	free(f);
}

/* PAM_USER at this moment: the conversation may change it, and the code belongs
 * to the user whose password was asked for. */
static struct field *
field_new(pam_handle_t *pamh)
{
	const char *user = NULL;
	struct field *f;
	size_t size;

	if (pam_get_user(pamh, &user, NULL) != 0 || user == NULL)
		return NULL;
	size = strlen(user) + 1;
	f = calloc(1, sizeof(*f) + size);
	if (f != NULL)
		memcpy(f->user, user, size);
	return f;
}

/* What another module asked for, or what is typed now; NULL: nothing. */
static char *
text_get(pam_handle_t *pamh)
{
	const void *item = NULL;
	char *text = NULL;

	if (pam_get_item(pamh, PAM_AUTHTOK, &item) == 0 && item != NULL &&
	    *(const char *)item != '\0')
		return strdup(item);
	if (pam_prompt(pamh, PAM_PROMPT_ECHO_OFF, &text, "Password: ") != 0)
		return NULL;
	return text;
}

/* false: PAM_AUTHTOK could not be set, so it still holds password and code. */
static bool
part_them(pam_handle_t *pamh, char *text, struct field *f)
{
	const size_t size = strlen(text);
	const char *part;
	const size_t len = one_field_split(text, &part);
	bool set;

	(void)snprintf(f->part, sizeof(f->part), "%s", part);
	text[len] = '\0';
	set = pam_set_item(pamh, PAM_AUTHTOK, text) == 0;
	explicit_bzero(text, size);
	return set;
}

int
pam_password_split(pam_handle_t *pamh)
{
	struct field *f;
	char *text;

	(void)pam_set_data(pamh, DATA, NULL, NULL);
	f = field_new(pamh);
	text = f != NULL ? text_get(pamh) : NULL;
	if (text != NULL && part_them(pamh, text, f) &&
	    pam_set_data(pamh, DATA, f, field_free) == 0)
		f = NULL; /* libpam owns it now */
	if (f != NULL)
		field_free(pamh, f, 0);
	free(text);
	return PAM_CRED_INSUFFICIENT;
}

bool
pam_password_take(
    pam_handle_t *pamh, const char *user, char part[ONE_FIELD_MAX + 1])
{
	const void *data = NULL;
	const struct field *f;
	bool own;

	part[0] = '\0';
	if (pam_get_data(pamh, DATA, &data) != 0 || data == NULL)
		return true;
	f = data;
	own = strcmp(f->user, user) == 0;
	if (own)
		memcpy(part, f->part, sizeof(f->part));
	(void)pam_set_data(pamh, DATA, NULL, NULL);
	return own;
}
