/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads sshd's files in its order, up to the first Match. */
#include "twofactl/sshd/sshd_first.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DEPTH 16 /* sshd's own limit of nested includes */
#define BLANKS " \t\r\n"

struct search {
	const char *key;  /* NULL: searches for a file */
	const char *file; /* NULL: searches for a key */
	const char *folder;
	int folder_len;
	struct sshd_first *found;
	bool over; /* found */
	bool is_found;
};

static void read_file(struct search *, const char *path, unsigned depth);

static bool
is_key(const char *word, const char *key)
{
	return strcasecmp(word, key) == 0 ||
	    (strcasecmp(key, "KbdInteractiveAuthentication") == 0 &&
		(strcasecmp(word, "ChallengeResponseAuthentication") == 0 ||
		    strcasecmp(word, "SkeyAuthentication") == 0));
}

static void
include(struct search *s, char *words, unsigned depth)
{
	char *save = NULL;
	char pattern[SSHD_FIRST_PATH];

	for (char *word = strtok_r(words, BLANKS "\"", &save);
	     word != NULL && !s->over;
	     word = strtok_r(NULL, BLANKS "\"", &save)) {
		glob_t found = { 0 };

		(void)snprintf(pattern, sizeof(pattern), "%.*s%s",
		    word[0] == '/' ? 0 : s->folder_len, s->folder, word);
		(void)glob(pattern, 0, NULL, &found);
		for (size_t i = 0; i < found.gl_pathc && !s->over; i++)
			read_file(s, found.gl_pathv[i], depth + 1);
		globfree(&found);
	}
}

static void
read_line(struct search *s, const char *path, unsigned number, char *line,
    unsigned depth)
{
	char *save = NULL;
	const char *word = strtok_r(line, BLANKS "=\"", &save);

	if (word == NULL || word[0] == '#')
		return;
	if (s->key != NULL && is_key(word, s->key)) {
		(void)snprintf(
		    s->found->file, sizeof(s->found->file), "%s", path);
		s->found->number = number;
		s->over = s->is_found = true;
	} else if (strcasecmp(word, "Include") == 0) {
		include(s, save, depth);
	}
}

/* After a Match in an included file nothing in it applies to every login,
 * unless it is "Match all". */
static void
read_file(struct search *s, const char *path, unsigned depth)
{
	FILE *file = depth < DEPTH ? fopen(path, "re") : NULL;
	bool match = false;
	char *line = NULL;
	size_t cap = 0;

	if (s->file != NULL && strcmp(s->file, path) == 0)
		s->over = s->is_found = true;
	for (unsigned n = 1;
	     file != NULL && !s->over && getline(&line, &cap, file) > 0; n++) {
		const char *word = line + strspn(line, BLANKS);

		if (strncasecmp(word, "match", 5) == 0 &&
		    strchr(BLANKS, word[5]) != NULL)
			match = strncasecmp(word + 5 + strspn(word + 5, BLANKS),
				    "all", 3) != 0;
		else if (!match)
			read_line(s, path, n, line, depth);
	}
	free(line);
	if (file != NULL)
		fclose(file);
}

static bool
search(struct search *s, const char *config)
{
	const char *slash = strrchr(config, '/');

	s->folder = config;
	s->folder_len = slash != NULL ? (int)(slash - config) + 1 : 0;
	read_file(s, config, 0);
	return s->is_found;
}

bool
sshd_first_find(struct sshd_first *first, const char *config, const char *key)
{
	struct search s = { .key = key, .found = first };

	return search(&s, config);
}

bool
sshd_first_reads(const char *config, const char *file)
{
	struct search s = { .file = file };

	return search(&s, config);
}
