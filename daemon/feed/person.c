/* person.c - "Name (mail)", "mail (Name)", "Name <mail>" into their parts. */
#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/macros.h"
#include "feed/parser.h"

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

/* The mail address in a text: [*from, *to). False if there is none. */
static bool
find_mail(const char *s, size_t len, size_t *from, size_t *to)
{
	const char *at = memchr(s, '@', len);
	size_t i, j, dot = 0;

	if (at == NULL)
		return false;
	i = j = (size_t)(at - s);
	while (i > 0 && (is_word(s[i - 1]) || strchr("._-+%", s[i - 1])))
		i--;
	for (j++; j < len && (is_word(s[j]) || s[j] == '-' || s[j] == '.');
	     j++) {
		if (s[j] == '.')
			dot = j;
	}
	while (j > 0 && s[j - 1] == '.')
		j--;
	if (dot == 0 || i == (size_t)(at - s) || j <= (size_t)(at - s) + 1)
		return false;
	*from = i;
	*to = j;
	return true;
}

/* Drop what stands around a name once the address is out of it. */
static size_t
trim_name(char *s, size_t len)
{
	static const char *const empty[] = { "()", "<>", "[]", "&lt;&gt;",
		"mailto:" };
	size_t skip = 0;

	for (size_t i = 0; i < ARRAY_LEN(empty); i++) {
		size_t n = strlen(empty[i]);
		char *p;

		while ((p = memmem(s, len, empty[i], n)) != NULL) {
			memmove(p, p + n, len - (size_t)(p + n - s));
			len -= n;
		}
	}
	while (len > skip && strchr(" \t\r\n,;\"", s[skip]) != NULL)
		skip++;
	while (len > skip && strchr(" \t\r\n,;\"", s[len - 1]) != NULL)
		len--;
	/* "mail (Name)": what is left is the name in its brackets. */
	if (len - skip >= 2 && ((s[skip] == '(' && s[len - 1] == ')') ||
				   (s[skip] == '[' && s[len - 1] == ']'))) {
		skip++;
		len--;
	}
	memmove(s, s + skip, len - skip);
	return len - skip;
}

void
person_split(
    struct arena *a, const char *text, size_t len, struct item_person *p)
{
	char *name;
	size_t from, to, n = len;

	*p = (struct item_person){ 0 };
	name = arena_strndup(a, text, len);
	if (find_mail(text, len, &from, &to)) {
		p->email = arena_strndup(a, text + from, to - from);
		memmove(name + from, name + to, len - to);
		n = trim_name(name, len - (to - from));
	}
	name[n] = '\0';
	if (n > 0)
		p->name = name;
}
