/* SPDX-License-Identifier: BSD-2-Clause */
/* sshd_config and its drop-ins: Match blocks, and which line counts first. */
#include "twofactl/sshd/sshd.h"

#include <ctype.h>
#include <fnmatch.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define LEVELS 16 /* as many as sshd allows */
#define BLANKS " \t\r\n"

struct reader {
	struct sshd_match *out;
	char folder[PATH_MAX]; /* the base of relative includes */
};

/* The block of a line; NULL: none. */
struct place {
	const char *file;
	unsigned number, level;
	struct sshd_match_block *block;
};

static void sshd_files_read_path(struct reader *, const char *path,
    unsigned level, struct sshd_match_block *);

/* Cut off the next word: it ends at blanks or one =; quotes hold it
 * together. */
static char *
cut_word(char **rest)
{
	char *p = *rest + strspn(*rest, BLANKS), *word = p;
	const char *ends = BLANKS "=";

	if (*p == '\0' || *p == '#')
		return NULL;
	if (*p == '"') {
		word = ++p;
		ends = "\"";
	}
	p += strcspn(p, ends);
	if (*p != '\0')
		*p++ = '\0';
	*rest = p;
	return word;
}

/* Fails when the text does not fit. */
static void
sshd_files_append(struct sshd_match *m, char *out, size_t cap, const char *text)
{
	size_t used = strlen(out), len = strlen(text);

	if (used + len < cap)
		memcpy(out + used, text, len + 1);
	else
		m->cut = true;
}

static void
take_criteria(struct reader *r, struct sshd_match_block *block, char *rest)
{
	for (char *key = cut_word(&rest); key != NULL; key = cut_word(&rest)) {
		const char *value;

		if (strcasecmp(key, "all") == 0)
			continue;
		value = cut_word(&rest);
		if (strcasecmp(key, "user") == 0 && value != NULL)
			sshd_files_append(
			    r->out, block->users, sizeof(block->users), value);
		else if (strcasecmp(key, "group") == 0 && value != NULL)
			sshd_files_append(r->out, block->groups,
			    sizeof(block->groups), value);
		else
			block->other = true;
	}
}

static struct sshd_match_block *
begin_block(struct reader *r, const struct place *at, char *rest)
{
	struct sshd_match_block *block;

	if (r->out->count == SSHD_MATCH_BLOCKS) {
		r->out->cut = true;
		return NULL;
	}
	block = &r->out->block[r->out->count++];
	snprintf(block->file, sizeof(block->file), "%s", at->file);
	block->number = at->number;
	sshd_files_append(r->out, block->words, sizeof(block->words), rest);
	block->words[strcspn(block->words, "\r\n")] = '\0';
	take_criteria(r, block, rest);
	return block;
}

static void
lower(char *text)
{
	for (; *text != '\0'; text++)
		*text = (char)tolower((unsigned char)*text);
}

/* Has the block a line with this key? */
static bool
sshd_files_has_key(const char *lines, const char *key)
{
	const size_t len = strlen(key);

	while (*lines != '\0') {
		if (strncmp(lines, key, len) == 0 && lines[len] == ' ')
			return true;
		lines += strcspn(lines, "\n");
		lines += *lines == '\n';
	}
	return false;
}

static void
sshd_files_add_line(
    struct reader *r, struct sshd_match_block *block, char *key, char *rest)
{
	char line[SSHD_MATCH_WORDS] = "";
	char *word;

	lower(key);
	if (sshd_files_has_key(block->lines, key))
		return; /* the first one counts */
	sshd_files_append(r->out, line, sizeof(line), key);
	while ((word = cut_word(&rest)) != NULL) {
		lower(word);
		sshd_files_append(r->out, line, sizeof(line), " ");
		sshd_files_append(r->out, line, sizeof(line),
		    strcmp(word, "true") == 0        ? "yes"
			: strcmp(word, "false") == 0 ? "no"
						     : word);
	}
	sshd_files_append(r->out, line, sizeof(line), "\n");
	sshd_files_append(r->out, block->lines, sizeof(block->lines), line);
}

static void
sshd_match_include(struct reader *r, const struct place *at, char *rest)
{
	char pattern[PATH_MAX];
	glob_t found = { 0 };

	for (char *w = cut_word(&rest); w != NULL; w = cut_word(&rest)) {
		int n = snprintf(pattern, sizeof(pattern), "%s%s%s",
		    w[0] == '/' ? "" : r->folder, w[0] == '/' ? "" : "/", w);

		if (n < 0 || (size_t)n >= sizeof(pattern) ||
		    glob(pattern, 0, NULL, &found) != 0)
			continue;
		for (size_t i = 0; i < found.gl_pathc; i++)
			sshd_files_read_path(
			    r, found.gl_pathv[i], at->level + 1, at->block);
		globfree(&found);
	}
}

static void
sshd_files_take_line(struct reader *r, struct place *at, char *line)
{
	char *rest = line;
	char *key = cut_word(&rest);

	if (key == NULL)
		return;
	rest += strspn(rest, BLANKS "=");
	if (strcasecmp(key, "match") == 0)
		at->block = begin_block(r, at, rest);
	else if (strcasecmp(key, "include") == 0)
		sshd_match_include(r, at, rest);
	else if (at->block != NULL)
		sshd_files_add_line(r, at->block, key, rest);
}

/* A Match block ends with the included file. */
static void
sshd_files_read_path(struct reader *r, const char *path, unsigned level,
    struct sshd_match_block *block)
{
	struct place at = { .file = path, .level = level, .block = block };
	char *line = NULL;
	size_t cap = 0;
	struct stat st;
	FILE *f;

	f = level > LEVELS || stat(path, &st) != 0 || !S_ISREG(st.st_mode)
	    ? NULL
	    : fopen(path, "re");
	if (f == NULL) {
		r->out->cut = true;
		return;
	}
	while (getline(&line, &cap, f) > 0) {
		at.number++;
		sshd_files_take_line(r, &at, line);
	}
	r->out->cut |= ferror(f) != 0;
	free(line);
	fclose(f);
}

void
sshd_match_read(struct sshd_match *m, const char *path)
{
	struct reader r = { .out = m };
	const char *slash = strrchr(path, '/');

	memset(m, 0, sizeof(*m));
	snprintf(r.folder, sizeof(r.folder), "%.*s",
	    slash == NULL ? 0 : (int)(slash - path), path);
	sshd_files_read_path(&r, path, 0, NULL);
}

bool
sshd_match_asks_who(const struct sshd_match *m)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->block[i].users[0] != '\0' ||
		    m->block[i].groups[0] != '\0')
			return true;
	return m->cut;
}

bool
sshd_match_list(const char *patterns, const char *name)
{
	char list[SSHD_MATCH_WORDS], *save = NULL;
	bool found = false;

	snprintf(list, sizeof(list), "%s", patterns);
	for (const char *p = strtok_r(list, ",", &save); p != NULL;
	     p = strtok_r(NULL, ",", &save)) {
		const bool negated = p[0] == '!';

		if (fnmatch(p + (negated ? 1 : 0), name, FNM_NOESCAPE) != 0)
			continue;
		if (negated)
			return false;
		found = true;
	}
	return found;
}

/* Reads sshd's files in its order, up to the first Match. */

#define DEPTH 16 /* sshd's own limit of nested includes */

struct search {
	const char *key;  /* NULL: searches for a file */
	const char *file; /* NULL: searches for a key */
	const char *folder;
	int folder_len;
	struct sshd_files_first *found;
	bool over; /* found */
	bool is_found;
};

static void sshd_files_read_file(
    struct search *, const char *path, unsigned depth);

static bool
is_key(const char *word, const char *key)
{
	return strcasecmp(word, key) == 0 ||
	    (strcasecmp(key, "KbdInteractiveAuthentication") == 0 &&
		(strcasecmp(word, "ChallengeResponseAuthentication") == 0 ||
		    strcasecmp(word, "SkeyAuthentication") == 0));
}

static void
sshd_first_include(struct search *s, char *words, unsigned depth)
{
	char *save = NULL;
	char pattern[SSHD_FILES_FIRST_PATH];

	for (char *word = strtok_r(words, BLANKS "\"", &save);
	     word != NULL && !s->over;
	     word = strtok_r(NULL, BLANKS "\"", &save)) {
		glob_t found = { 0 };

		(void)snprintf(pattern, sizeof(pattern), "%.*s%s",
		    word[0] == '/' ? 0 : s->folder_len, s->folder, word);
		(void)glob(pattern, 0, NULL, &found);
		for (size_t i = 0; i < found.gl_pathc && !s->over; i++)
			sshd_files_read_file(s, found.gl_pathv[i], depth + 1);
		globfree(&found);
	}
}

static void
sshd_files_read_line(struct search *s, const char *path, unsigned number,
    char *line, unsigned depth)
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
		sshd_first_include(s, save, depth);
	}
}

/* After a Match in an included file nothing in it applies to every login,
 * unless it is "Match all". */
static void
sshd_files_read_file(struct search *s, const char *path, unsigned depth)
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
			sshd_files_read_line(s, path, n, line, depth);
	}
	free(line);
	if (file != NULL)
		fclose(file);
}

static bool
sshd_files_search(struct search *s, const char *config)
{
	const char *slash = strrchr(config, '/');

	s->folder = config;
	s->folder_len = slash != NULL ? (int)(slash - config) + 1 : 0;
	sshd_files_read_file(s, config, 0);
	return s->is_found;
}

bool
sshd_files_first_find(
    struct sshd_files_first *first, const char *config, const char *key)
{
	struct search s = { .key = key, .found = first };

	return sshd_files_search(&s, config);
}

bool
sshd_files_first_reads(const char *config, const char *file)
{
	struct search s = { .file = file };

	return sshd_files_search(&s, config);
}
