/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads sudoers: PAM services, and lines without a password. */
#include "twofactl/host/host.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define FILE_MAX (1024 * 1024)
#define DEPTH_MAX 16
#define FILES_MAX 1000 /* in total, as files may include each other */
#define WORD_MAX 128
#define BLANKS " \t\r"
#define SINGLE ",=:()!" /* characters that are words by themselves */

struct reader {
	void *ctx;
	sudoers_receiver *report;
	const char *file;
	unsigned line, depth;
	unsigned *files; /* number of files read */
};

static bool sudoers_read_file(const struct reader *from, const char *path);

/* Reads the next word, or one of SINGLE, without quotes and backslashes. A word
 * that is too long is cut, as no keyword is. False at the end of the line. */
static bool
sudoers_next_word(const char **from, char word[WORD_MAX])
{
	const char *p = *from + strspn(*from, BLANKS);
	bool quoted = false;
	size_t used = 0;

	if (*p == '\0')
		return false;
	if (strchr(SINGLE, *p) != NULL)
		word[used++] = *p++;
	else
		for (; *p != '\0' &&
		     (quoted || strchr(BLANKS SINGLE, *p) == NULL);
		     p++) {
			if (*p == '"') {
				quoted = !quoted;
				continue;
			}
			if (*p == '\\' && p[1] != '\0')
				p++;
			if (used < WORD_MAX - 1)
				word[used++] = *p;
		}
	word[used] = '\0';
	*from = p;
	return true;
}

static void
sudoers_report(const struct reader *r, enum sudoers_kind kind, const char *text)
{
	const struct sudoers_found found = {
		.kind = kind, .file = r->file, .line = r->line, .text = text
	};

	r->report(r->ctx, &found);
}

/* Reports an unreadable file, since admins may be missing then. */
static void
sudoers_include(const struct reader *r, const char *path)
{
	if (!sudoers_read_file(r, path) && errno != 0)
		sudoers_report(r, SUDOERS_UNREAD, path);
}

static void
take_defaults(const struct reader *r, const char *line)
{
	static const char *const services[] = { "pam_service",
		"pam_login_service", "pam_askpass_service", NULL };
	char word[WORD_MAX], last[WORD_MAX] = "", setting[WORD_MAX] = "";
	static const char *const others[] = { "rootpw", "runaspw", "targetpw",
		NULL };
	const bool scoped = strchr("@:!>", line[8]) != NULL;
	bool unasked = false;

	for (const char *p = line; sudoers_next_word(&p, word);) {
		if (strcmp(word, "=") == 0)
			memcpy(setting, last, sizeof(setting));
		else if (strcmp(last, "=") == 0 &&
		    text_is_one_of(setting, services))
			sudoers_report(r, SUDOERS_SERVICE, word);
		if (text_is_one_of(word, others) && strcmp(last, "=") != 0) {
			const bool off = strcmp(last, "!") == 0;

			PRINT_TO(setting, "%s%.64s", off ? "!" : "", word);
			if (!off || !scoped)
				sudoers_report(r, SUDOERS_OTHER, setting);
		}
		unasked |=
		    strcmp(last, "!") == 0 && strcmp(word, "authenticate") == 0;
		unasked |= strcmp(last, "=") == 0 &&
		    strcmp(setting, "exempt_group") == 0;
		memcpy(last, word, sizeof(last));
	}
	if (unasked)
		sudoers_report(r, SUDOERS_NOPASSWD, line);
}

static void
take_rule(const struct reader *r, const char *line)
{
	char word[WORD_MAX], last[WORD_MAX] = "";

	for (const char *p = line; sudoers_next_word(&p, word);) {
		if (strcmp(last, "NOPASSWD") == 0 && strcmp(word, ":") == 0) {
			sudoers_report(r, SUDOERS_NOPASSWD, line);
			return;
		}
		memcpy(last, word, sizeof(last));
	}
}

/* sudo skips names with a dot or a final tilde. */
static int
is_included(const struct dirent *entry)
{
	const size_t len = strlen(entry->d_name);

	return strchr(entry->d_name, '.') == NULL && len > 0 &&
	    entry->d_name[len - 1] != '~';
}

static void
include_folder(const struct reader *r, const char *path)
{
	struct dirent **list;
	const int count = scandir(path, &list, is_included, alphasort);
	char file[PATH_MAX];

	for (int i = 0; i < count; i++) {
		if (PRINT_FITS(file, "%s/%s", path, list[i]->d_name))
			sudoers_include(r, file);
		free(list[i]);
	}
	if (count >= 0)
		free(list);
	else if (errno != ENOENT)
		sudoers_report(r, SUDOERS_UNREAD, path);
}

/* Writes the path of an include: without quotes and backslashes, with %h
 * replaced, and relative to the including file. */
static bool
sudoers_path_of(const struct reader *r, const char *name, char path[PATH_MAX])
{
	const char *slash = strrchr(r->file, '/');
	char host[HOST_NAME_MAX + 1] = "";
	size_t used = 0;

	(void)gethostname(host, sizeof(host) - 1);
	host[strcspn(host, ".")] = '\0';
	if (name[strspn(name, "\"")] != '/' && slash != NULL)
		used = (size_t)snprintf(path, PATH_MAX, "%.*s",
		    (int)(slash + 1 - r->file), r->file);
	for (; *name != '\0' && used < PATH_MAX - sizeof(host); name++) {
		if (*name == '"')
			continue;
		if (name[0] == '%' && name[1] == 'h') {
			used += (size_t)snprintf(
			    path + used, sizeof(host), "%s", host);
			name++;
			continue;
		}
		if (*name == '\\' && name[1] != '\0')
			name++;
		path[used++] = *name;
	}
	path[used] = '\0';
	return *name == '\0';
}

static bool
take_include(const struct reader *r, char *line)
{
	const bool marked = line[0] == '@' || line[0] == '#';
	const bool folder = marked && strncmp(line + 1, "includedir", 10) == 0;
	const size_t len = folder ? 11 : 8;
	char path[PATH_MAX], *name, *end;

	if (!marked || strncmp(line + 1, "include", 7) != 0 ||
	    strchr(BLANKS, line[len]) == NULL || line[len] == '\0')
		return false;
	name = line + len + strspn(line + len, BLANKS);
	end = name + strlen(name);
	while (end > name && strchr(BLANKS, end[-1]) != NULL)
		*--end = '\0';
	if (!sudoers_path_of(r, name, path))
		return true;
	if (folder)
		include_folder(r, path);
	else
		sudoers_include(r, path);
	return true;
}

/* "#" begins a comment, but before a number a uid. */
static void
cut_comment(char *line)
{
	bool quoted = false;

	for (char *p = line; *p != '\0'; p++) {
		if (*p == '\\' && p[1] != '\0')
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (*p == '#' && !quoted &&
		    strspn(p + 1, "-" TEXT_DIGITS) == 0)
			*p = '\0';
		if (*p == '\0')
			return;
	}
}

static void
sudoers_take_line(const struct reader *r, char *line)
{
	line += strspn(line, BLANKS);
	if (take_include(r, line))
		return;
	cut_comment(line);
	if (strncmp(line, "Defaults", 8) == 0 && line[8] != '\0' &&
	    strchr(BLANKS "@:!>", line[8]) != NULL)
		take_defaults(r, line);
	else
		take_rule(r, line);
}

/* Ends the line after joining its continuations. Returns the next line. */
static char *
sudoers_join_line(char *text, unsigned *lines)
{
	char *end = text;

	for (*lines = 1; *end != '\0' && *end != '\n'; end++)
		if (end[0] == '\\' && end[1] == '\n') {
			memset(end, ' ', 2);
			++*lines;
		}
	if (*end == '\0')
		return end;
	*end = '\0';
	return end + 1;
}

static bool
sudoers_read_file(const struct reader *from, const char *path)
{
	struct reader r = { .ctx = from->ctx,
		.report = from->report,
		.file = path,
		.line = 1,
		.depth = from->depth + 1,
		.files = from->files };
	char *text OWNED(owned_text) = NULL;
	struct stat st;
	unsigned lines;
	size_t len;

	errno = E2BIG;
	if (r.depth <= DEPTH_MAX && ++*r.files <= FILES_MAX)
		text = host_file_load(path, 0, FILE_MAX, &st, &len);
	if (text == NULL)
		return false;
	for (char *line = text, *next; *line != '\0'; line = next) {
		next = sudoers_join_line(line, &lines);
		sudoers_take_line(&r, line);
		r.line += lines;
	}
	return true;
}

/* Reports each line that begins with head and has a word not in own: sudo may
 * have other rules than those in its file. */
static void
check_other_sources(struct reader r, const char *head, const char *const *own)
{
	struct stat st;
	size_t len;
	char *text = host_file_load(r.file, 0, FILE_MAX, &st, &len);
	char *next, word[WORD_MAX];
	unsigned lines;

	if (text == NULL && errno != ENOENT)
		sudoers_report(&r, SUDOERS_UNREAD, r.file);
	for (char *line = text; line != NULL && *line != '\0'; line = next) {
		const char *p = line;

		next = sudoers_join_line(line, &lines);
		cut_comment(line);
		r.line += lines;
		if (!sudoers_next_word(&p, word) || strcmp(word, head) != 0)
			continue;
		while (sudoers_next_word(&p, word))
			if (!text_is_one_of(word, own))
				sudoers_report(&r, SUDOERS_UNREAD, line);
	}
	free(text);
}

bool
sudoers_read(const char *path, void *ctx, sudoers_receiver *report)
{
	static const char *const files_only[] = { ":", "files", NULL };
	static const char *const plugins[] = { "sudoers_policy", "sudoers_io",
		"sudoers_audit", "sudoers.so", NULL };
	unsigned files = 0;
	struct reader from = { .ctx = ctx, .report = report, .files = &files };

	if (path != NULL)
		return sudoers_read_file(&from, path);
	from.file = "/etc/nsswitch.conf";
	check_other_sources(from, "sudoers", files_only);
	from.file = "/etc/sudo.conf";
	check_other_sources(from, "Plugin", plugins);
	return sudoers_read_file(&from, "/etc/sudoers") ||
	    sudoers_read_file(&from, "/usr/etc/sudoers");
}

/* Keeps the last setting that is on. */
static void
note_other(void *ctx, const struct sudoers_found *found)
{
	char *text = ctx;
	const bool off = found->text[0] == '!';

	if (found->kind != SUDOERS_OTHER ||
	    (off && strstr(text, found->text + 1) == NULL))
		return;
	snprintf(text, off ? 1 : SUDOERS_OTHER_TEXT,
	    "%.200s:%u: by %s sudo asks PAM about another user, such as root, "
	    "and not about who runs it",
	    found->file, found->line, found->text);
}

bool
sudoers_find_other(const char *path, char text[SUDOERS_OTHER_TEXT])
{
	text[0] = '\0';
	(void)sudoers_read(path, text, note_other);
	return text[0] != '\0';
}
