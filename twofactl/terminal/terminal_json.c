/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON by a format string. */
#include "twofactl/terminal/terminal.h"

/* A character of len bytes, 2 to 4, in ASCII: no terminal shows it otherwise
 * than it is. */
static void
print_json_character(const char *text, size_t len)
{
	unsigned point = (unsigned char)*text & 0xffu >> (len + 1);

	for (size_t i = 1; i < len; i++)
		point = point << 6 | ((unsigned char)text[i] & 0x3f);
	if (point > 0xffff) {
		printf("\\u%04x", 0xd7c0 + (point >> 10));
		point = 0xdc00 | (point & 0x3ff);
	}
	printf("\\u%04x", point);
}

static void
print_json_text(const char *text)
{
	size_t len;

	putchar('"');
	for (; *text != '\0'; text += len > 0 ? len : 1) {
		unsigned char c = (unsigned char)*text;

		len = escape_utf8_char_len(text);
		if (len > 1)
			print_json_character(text, len);
		else if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (len == 1)
			putchar(c);
		else /* like escape_text() */
			printf(c < 0x80 ? "\\u%04x" : "\\\\x%02x", c);
	}
	putchar('"');
}

/* Prints the value of a conversion. Returns the length of the conversion. */
static size_t
print_json_value(const char *conversion, va_list *ap)
{
	switch (conversion[1]) {
	case 's':
		print_json_text(va_arg(*ap, const char *));
		return 2;
	case 'd':
		fputs(va_arg(*ap, int) != 0 ? "true" : "false", stdout);
		return 2;
	case 'u':
		printf("%u", va_arg(*ap, unsigned));
		return 2;
	case 'z':
		printf("%zu", va_arg(*ap, size_t));
		return 3;
	default:
		printf("%jd", va_arg(*ap, intmax_t));
		return 3;
	}
}

void
terminal_json(const char *fmt, ...)
{
	static char last; /* the character before fmt */
	va_list ap;
	size_t len;

	va_start(ap, fmt);
	for (; *fmt != '\0'; last = *fmt, fmt += len) {
		len = strspn(fmt, TEXT_LOWER "_");
		if (len > 0) {
			printf("\"%.*s\"", (int)len, fmt);
		} else if (*fmt == '%') {
			len = print_json_value(fmt, &ap);
		} else {
			len = 1;
			if (*fmt != ',' || strchr("\n{[:", last) == NULL)
				putchar(*fmt);
		}
	}
	va_end(ap);
}
