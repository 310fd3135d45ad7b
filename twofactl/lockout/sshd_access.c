/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is excluded by sshd's own lists. */
#include "twofactl/lockout/sshd_access.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#define WORD_MAX 512

static void
append(struct sshd_access *a, char list[SSHD_ACCESS_WORDS], const char *value,
    size_t len)
{
	const size_t used = strlen(list);

	if (used + len + 1 < SSHD_ACCESS_WORDS)
		snprintf(list + used, SSHD_ACCESS_WORDS - used, "%.*s ",
		    (int)len, value);
	else
		a->cut = true;
}

static void
take(struct sshd_access *a, const char *line, size_t len)
{
	const struct {
		const char *name;
		char *list;
	} lists[] = {
		{ "allowusers ", a->allow_users },
		{ "denyusers ", a->deny_users },
		{ "allowgroups ", a->allow_groups },
		{ "denygroups ", a->deny_groups },
		{ "authorizedkeysfile ", a->key_files },
	};
	static const char *const others[] = { "authorizedkeyscommand ",
		"trustedusercakeys " };

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		const size_t name = strlen(lists[i].name);

		if (len > name && strncmp(line, lists[i].name, name) == 0)
			append(a, lists[i].list, line + name, len - name);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		const size_t name = strlen(others[i]);

		if (len > name && strncmp(line, others[i], name) == 0)
			a->other_keys |=
			    strncmp(line + name, "none", len - name) != 0;
	}
}

void
sshd_access_read(struct sshd_access *a, const char *text)
{
	memset(a, 0, sizeof(*a));
	while (*text != '\0') {
		const size_t len = strcspn(text, "\n");

		take(a, text, len);
		text += len + (text[len] == '\n' ? 1 : 0);
	}
}

/* The next word of a list; false at its end. */
static bool
next_word(const char **list, char word[WORD_MAX])
{
	size_t len;

	*list += strspn(*list, " ");
	len = strcspn(*list, " ");
	snprintf(word, WORD_MAX, "%.*s", (int)len, *list);
	*list += len;
	return len > 0;
}

static bool
matches(const char *list, const char *name)
{
	char word[WORD_MAX];

	while (next_word(&list, word))
		if (fnmatch(word, name, FNM_NOESCAPE) == 0)
			return true;
	return false;
}

/* USER@HOST only applies to logins from that host. */
static bool
matches_user(const char *list, const char *user, bool somewhere)
{
	char word[WORD_MAX];

	while (next_word(&list, word)) {
		char *at = strrchr(word, '@');

		if (at != NULL && !somewhere)
			continue;
		if (at != NULL)
			*at = '\0';
		if (fnmatch(word, user, FNM_NOESCAPE) == 0)
			return true;
	}
	return false;
}

static bool
matches_group(const char *list, const char *const *groups, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (matches(list, groups[i]))
			return true;
	return false;
}

bool
sshd_access_shuts(const struct sshd_access *a, const char *user,
    const char *const *groups, size_t count)
{
	if (a->cut)
		return false;
	return matches_user(a->deny_users, user, false) ||
	    matches_group(a->deny_groups, groups, count) ||
	    (a->allow_users[0] != '\0' &&
		!matches_user(a->allow_users, user, true)) ||
	    (a->allow_groups[0] != '\0' &&
		!matches_group(a->allow_groups, groups, count));
}

/* Replace %% %h %u %U in a word: 0, or -1 when it is too long. */
static int
expand(const char *word, const char *user, unsigned uid, const char *home,
    char *out, size_t cap)
{
	size_t used = 0;

	for (const char *p = word; *p != '\0'; p++) {
		char one[16];
		const char *text = one;
		int n;

		snprintf(one, sizeof(one), "%c", *p);
		if (*p == '%' && p[1] != '\0') {
			p++;
			if (*p == 'h')
				text = home;
			else if (*p == 'u')
				text = user;
			else if (*p == 'U')
				snprintf(one, sizeof(one), "%u", uid);
		}
		n = snprintf(out + used, cap - used, "%s", text);
		if (n < 0 || (size_t)n >= cap - used)
			return -1;
		used += (size_t)n;
	}
	return 0;
}

int
sshd_access_key_file(const struct sshd_access *a, size_t n, const char *user,
    unsigned uid, const char *home, char *path, size_t cap)
{
	const char *list = a->key_files;
	char word[WORD_MAX], full[WORD_MAX + 3];

	for (size_t i = 0; i <= n; i++)
		if (!next_word(&list, word) || strcmp(word, "none") == 0)
			return -1;
	snprintf(full, sizeof(full), "%s%s",
	    word[0] == '/' || strncmp(word, "%h", 2) == 0 ? "" : "%h/", word);
	return expand(full, user, uid, home, path, cap) == 0 ? 0 : 1;
}
