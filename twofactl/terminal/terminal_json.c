/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON by a format string. */
#include "twofactl/terminal/terminal.h"

#include <stdarg.h>

static void
print_json_text(const char *text)
{
	putchar('"');
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			printf("\\u%04x", c);
		else if (c >= 0x80) /* like escape_text() */
			printf("\\\\x%02x", c);
		else
			putchar(c);
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
		len = strspn(fmt, "abcdefghijklmnopqrstuvwxyz_");
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
