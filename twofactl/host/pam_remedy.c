/* SPDX-License-Identifier: BSD-2-Clause */
/* Tries changes that correct a stack, smallest first. Pure. */
#include "twofactl/host/host_inside.h"

#define DENY "pam_deny.so"
#define UNIX "pam_unix.so"
#define MODULES_MAX 8
#define BEFORE_OURS "right before pam_twofa: "

struct draft {
	const struct pam_stack *original;
	const struct pam_stack_line *target;
	const struct pam_walk *walk; /* of the original */
	struct pam_walk_login service;
	bool can_add_rule;
	unsigned line, twofa; /* indexes in changed: the target, pam_twofa */
	const struct pam_stack_line *vouches; /* see struct pam_change */
	char *text;
	struct pam_stack changed;
};

static void __attribute__((format(printf, 2, 3)))
append_text(struct draft *d, const char *fmt, ...)
{
	if (d->text[0] != '\0')
		PRINT_BEHIND(d->text, PAM_REMEDY_TEXT, ", ");
	PRINT_GIVEN_BEHIND(d->text, PAM_REMEDY_TEXT, fmt);
}

/* True if the line is in the same file as pam_twofa's. */
static bool
is_same_part(const struct draft *d, unsigned i)
{
	const struct pam_stack_line *l = &d->changed.line[i];

	return l->kind == PAM_STACK_MODULE &&
	    l->part == d->changed.line[d->twofa].part;
}

static void
write_control(struct draft *d, unsigned i, const char *control)
{
	struct pam_stack_line *l = &d->changed.line[i];
	const bool values = strchr(control, '=') != NULL;

	if (strcmp(l->control, control) == 0)
		return;
	append_text(d, "%s:%u: write %s%s%s in place of \"%s\"", l->file,
	    l->number, values ? "[" : "", control, values ? "]" : "",
	    l->control);
	PRINT_TO(l->control, "%s", control);
	(void)pam_control_read(control, l->action);
}

/* False if the stack is full. */
static bool
insert_line(struct draft *d, unsigned before, const char *control,
    const char *module, const char *args)
{
	const char *slash = strrchr(module, '/');
	struct pam_stack_line *at = &d->changed.line[before];

	if (d->changed.count == PAM_STACK_LINES)
		return false;
	memmove(at + 1, at,
	    (d->changed.count++ - before) * sizeof(d->changed.line[0]));
	memset(at->action, 0, sizeof(at->action));
	at->task = TASK_ASK;
	at->copy = at->missing = false;
	at->name = slash != NULL ? (size_t)(slash + 1 - module) : 0;
	PRINT_TO(at->control, "%s", control);
	PRINT_TO(at->module, "%s", module);
	PRINT_TO(at->args, "%s", args);
	(void)pam_control_read(control, at->action);
	pam_line_find_factor(at);
	d->line += d->line >= before;
	d->twofa++;
	return true;
}

static bool
require_twofa(struct draft *d)
{
	if (d->line != d->twofa)
		return false;
	write_control(d, d->line,
	    strcmp(d->original->line[d->line].control, "required") == 0
		? "requisite"
		: "required");
	return true;
}

/* The module asks for the password that no line before it has asked for. */
static bool
ask_itself(struct draft *d)
{
	struct pam_stack_line *line = &d->changed.line[d->line];
	char *word = strstr(line->args, "use_first_pass");

	if (d->target != d->walk->unprompted ||
	    d->target != &d->original->line[d->line] || word == NULL)
		return false;
	append_text(d, "remove use_first_pass");
	memset(word, ' ', strlen("use_first_pass"));
	pam_line_find_factor(line);
	return true;
}

/* The line then neither ends the stack nor jumps. */
static bool
make_optional(struct draft *d)
{
	if (d->changed.line[d->line].factor != PAM_FACTOR_NONE)
		return false;
	write_control(d, d->line, "optional");
	return true;
}

static bool
take_jump_out(struct draft *d)
{
	return d->changed.line[d->line].action[RETURN_SUCCESS] > 0 &&
	    make_optional(d);
}

/* The success of a line that can deny is no more than that. */
static bool
keep_gate(struct draft *d)
{
	const struct pam_stack_line *line = &d->changed.line[d->line];
	const int action = line->action[RETURN_PERM_DENIED];

	if (line->factor != PAM_FACTOR_NONE ||
	    (action != CONTROL_BAD && action != CONTROL_DIE))
		return false;
	write_control(d, d->line,
	    action == CONTROL_DIE ? "success=ok default=die"
				  : "success=ok default=bad");
	return true;
}

/* Moves pam_twofa before the line that bypasses it. */
static bool
move_twofa_before(struct draft *d)
{
	struct pam_stack_line *line = &d->changed.line[d->line];
	struct pam_stack_line ours = d->changed.line[d->twofa];

	if (d->walk->bypass != &d->original->line[d->line] ||
	    d->line >= d->twofa || !is_same_part(d, d->line))
		return false;
	append_text(d, "put the line of pam_twofa before %s:%u", line->file,
	    line->number);
	memmove(line + 1, line, (d->twofa - d->line) * sizeof(*line));
	*line = ours;
	return true;
}

/* Moves pam_twofa after the line, or after the include of that line's file. */
static bool
move_twofa_after(struct draft *d)
{
	const struct pam_stack_line *line = &d->changed.line[d->line];
	const struct pam_stack_line ours = d->changed.line[d->twofa];
	const bool beside = is_same_part(d, d->line);

	if (d->line <= d->twofa || (!beside && ours.part != 0))
		return false;
	append_text(d, "put the line of pam_twofa after %s:%u",
	    beside ? line->file : ours.file,
	    beside ? line->number : line->include_line);
	while (!beside && d->line + 1 < d->changed.count && line[1].part != 0) {
		d->line++;
		line++;
	}
	memmove(&d->changed.line[d->twofa], &d->changed.line[d->twofa + 1],
	    (d->line - d->twofa) * sizeof(ours));
	d->changed.line[d->line] = ours;
	d->twofa = d->line;
	return true;
}

static bool
insert_password(struct draft *d)
{
	if (!d->walk->no_factor || d->walk->factor_after != NULL ||
	    !insert_line(d, d->twofa, "requisite", UNIX, ""))
		return false;
	append_text(d, BEFORE_OURS "auth requisite " UNIX);
	return true;
}

static bool
jump_over_deny(struct draft *d)
{
	const struct pam_stack_line *line = &d->changed.line[d->line];

	if (!pam_stack_line_has_module(line, "pam_deny") || d->line >= d->twofa)
		return false;
	append_text(d,
	    "before %s:%u: auth [success=1 default=ignore] " UNIX
	    "; or, if it should deny everybody, put # before the line of "
	    "pam_twofa",
	    line->file, line->number);
	return insert_line(d, d->line, "success=1 default=ignore", UNIX, "");
}

/* A failure then ends the login at once. */
static bool
make_requisite(struct draft *d)
{
	if (d->changed.line[d->line].factor == PAM_FACTOR_NONE)
		return false;
	write_control(d, d->line, "requisite");
	return true;
}

static bool
make_all_requisite(struct draft *d)
{
	for (unsigned i = 0; i < d->twofa; i++)
		if (d->changed.line[i].factor != PAM_FACTOR_NONE &&
		    d->changed.line[i].action[RETURN_AUTH_ERR] == CONTROL_BAD)
			write_control(d, i, "requisite");
	return true;
}

/* The success of each first factor, and of the line also, jumps to pam_twofa;
 * pam_deny before it denies all other logins. */
static bool
jump_all(struct draft *d, unsigned also)
{
	char control[48];
	bool begun = false;
	bool deny = d->twofa > 0 && is_same_part(d, d->twofa - 1) &&
	    pam_stack_line_has_module(
		&d->changed.line[d->twofa - 1], "pam_deny");

	if (!deny && !insert_line(d, d->twofa, "requisite", DENY, ""))
		return false;
	for (unsigned i = 0; i + 1 < d->twofa; i++) {
		if (!is_same_part(d, i) && begun)
			return false;
		if (d->changed.line[i].level > d->changed.line[d->twofa].level)
			continue; /* no jump leaves a substack */
		if (i != also && d->changed.line[i].factor == PAM_FACTOR_NONE)
			continue;
		begun = true;
		PRINT_TO(
		    control, "success=%u default=ignore", d->twofa - i - 1);
		write_control(d, i, control);
	}
	if (deny)
		write_control(d, d->twofa - 1, "requisite");
	else
		append_text(d, BEFORE_OURS "auth requisite " DENY);
	return true;
}

static bool
jump_to_twofa(struct draft *d)
{
	return jump_all(d, PAM_STACK_LINES);
}

static bool
jump_with_rule(struct draft *d)
{
	const struct pam_stack_line *line = &d->original->line[d->line];

	if (line != d->walk->bypass || pam_proves_nothing(line))
		return false;
	d->service.verified = true;
	d->vouches = line;
	return d->can_add_rule && d->line < d->twofa && jump_all(d, d->line);
}

/* Replaces substack by include before pam_twofa, or include by substack. */
static bool
set_level(struct draft *d, bool substack)
{
	const unsigned level = d->changed.line[d->twofa].level;
	unsigned i = d->line;

	if ((d->changed.line[i].level > level) == substack ||
	    is_same_part(d, i) || i >= d->twofa)
		return false;
	append_text(d,
	    "a substack does not end the login: write %s in place of %s",
	    substack ? "substack" : "include",
	    substack ? "include" : "substack");
	if (!substack) {
		for (size_t n = 0; n < d->twofa; n++)
			if (d->changed.line[n].kind != PAM_STACK_SUB)
				d->changed.line[n].level = level;
		return true;
	}
	while (i > 0 && !is_same_part(d, i - 1))
		i--;
	if (d->changed.count == PAM_STACK_LINES)
		return false;
	memmove(&d->changed.line[i + 1], &d->changed.line[i],
	    (d->changed.count++ - i) * sizeof(d->changed.line[0]));
	d->changed.line[i].kind = PAM_STACK_SUB;
	d->line++;
	for (d->twofa++; !is_same_part(d, ++i);)
		d->changed.line[i].level++;
	return true;
}

static bool
use_include(struct draft *d)
{
	return set_level(d, false);
}

/* Checks the password again: one line for each module that used it, of which
 * the last ends the login. */
static bool
check_password_again(struct draft *d)
{
	const unsigned end = d->twofa;
	const struct pam_stack_line *list[MODULES_MAX];
	size_t count = 0;
	char control[48];

	for (unsigned i = 0; i < end; i++) {
		const struct pam_stack_line *l = &d->changed.line[i];
		bool known = l->missing || is_same_part(d, i) ||
		    l->factor != PAM_FACTOR_PASSWORD;

		for (size_t n = 0; n < count; n++)
			known |= pam_stack_line_has_module(
			    l, pam_stack_module_name(list[n]));
		if (!known && count < MODULES_MAX)
			list[count++] = l;
	}
	for (size_t i = 0; i < count; i++) {
		const bool last = i + 1 == count;

		PRINT_TO(control,
		    last ? "requisite" : "success=%zu default=ignore",
		    count - 1 - i);
		if (!insert_line(d, d->twofa, control, list[i]->module,
			"use_first_pass"))
			return false;
		append_text(d,
		    last ? "%sauth %s %s use_first_pass"
			 : "%sauth [%s] %s use_first_pass",
		    i == 0 ? BEFORE_OURS : "", control, list[i]->module);
	}
	return count > 0;
}

static bool
substack(struct draft *d)
{
	return set_level(d, true) && check_password_again(d);
}

/* True unless this error is new, or the one that the change is for. */
static bool
may_stay(const struct draft *d, const struct pam_stack_line *now,
    const struct pam_stack_line *before)
{
	return now == NULL || (before != NULL && before != d->target);
}

/* True if the changed stack allows the same users, or more if the original
 * denied users with both factors, and nobody without pam_twofa. */
static bool
draft_is_remedy(const struct draft *d, const struct pam_walk_login *before)
{
	const struct pam_change change = { .before = d->original,
		.after = &d->changed,
		.service = *before,
		.vouches = d->vouches,
		.widens = d->walk->denies_valid != NULL || !d->walk->reached ||
		    d->walk->no_factor || d->target == d->walk->locked_out ||
		    d->target == d->walk->stray ||
		    d->target == d->walk->unprompted ||
		    d->target == d->walk->silent };
	struct pam_walk w;

	pam_walk_check_stack(&d->changed, &d->service, &w);
	return !w.too_complex && w.reached && w.bypass == NULL &&
	    w.failed == NULL && w.optional == NULL && w.denies_valid == NULL &&
	    w.cut_off == NULL && !w.no_factor && w.unjudged == NULL &&
	    may_stay(d, w.unprompted, d->walk->unprompted) &&
	    may_stay(d, w.stray, d->walk->stray) &&
	    may_stay(d, w.locked_out, d->walk->locked_out) &&
	    (d->service.verified || may_stay(d, w.silent, d->walk->silent)) &&
	    (w.other_code == NULL || d->walk->other_code != NULL) &&
	    pam_logins_keep(&change);
}

/* once: the change does not depend on the line. */
static const struct change {
	bool (*make)(struct draft *);
	bool once;
} changes[] = {
	{ require_twofa, false },
	{ ask_itself, false },
	{ use_include, false },
	{ take_jump_out, false },
	{ move_twofa_before, false },
	{ move_twofa_after, false },
	{ make_requisite, false },
	{ make_all_requisite, true },
	{ check_password_again, true },
	{ jump_to_twofa, true },
	{ jump_with_rule, false },
	{ make_optional, false },
	{ keep_gate, false },
	{ substack, false },
	{ jump_over_deny, false },
	{ insert_password, true },
};

bool
pam_remedy(const struct pam_stack *stack, const struct pam_walk_login *of,
    const struct pam_walk *walk, const struct pam_stack_line *line,
    bool can_add_rule, char text[PAM_REMEDY_TEXT], bool *needs_rule)
{
	const unsigned first = (unsigned)(line - stack->line);
	const unsigned twofa = (unsigned)(walk->twofa - stack->line);
	const size_t count = COUNT_OF(changes);
	static struct draft draft;
	struct draft *d = &draft;
	bool found = false;

	for (size_t i = 0; !found; i++) {
		const struct change *c = &changes[i % count];
		const unsigned n = first + (unsigned)(i / count);

		if (n >= stack->count ||
		    (n > first && n > twofa && !walk->no_factor))
			break;
		if (n > first && c->once)
			continue;
		*d = (struct draft){ .original = stack,
			.target = line,
			.walk = walk,
			.service = *of,
			.can_add_rule = can_add_rule,
			.line = n,
			.twofa = twofa,
			.text = text };
		d->changed = *stack;
		text[0] = '\0';
		found = c->make(d) && text[0] != '\0' &&
		    strlen(text) < PAM_REMEDY_TEXT - 1 &&
		    draft_is_remedy(d, of);
		*needs_rule = d->service.verified && !of->verified;
	}
	return found;
}

bool
pam_remedy_rule_is_safe(const struct pam_stack *stack,
    const struct pam_walk_login *of, const struct pam_stack_line *line)
{
	const struct pam_change change = { .before = stack,
		.after = stack,
		.service = *of,
		.vouches = line,
		.widens = true };

	return pam_logins_keep(&change);
}
