/* test_memory.c - arena and xmalloc. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/xmalloc.h"

static void
arena_pieces_are_aligned_and_do_not_overlap(void **state)
{
	static const size_t sizes[] = { 0, 1, 15, 16, 17, 100, 5000, 300000 };
	struct arena *a = arena_new(0);
	unsigned char *p[ARRAY_LEN(sizes)];

	(void)state;
	for (int round = 0; round < 3; round++) {
		size_t sum = 0;

		for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
			p[i] = arena_alloc(a, sizes[i]);
			assert_int_equal((uintptr_t)p[i] % 16, 0);
			memset(p[i], (int)i + 1, sizes[i]);
			sum += sizes[i];
		}
		for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
			for (size_t j = 0; j < sizes[i]; j++)
				assert_int_equal(p[i][j], i + 1);
		assert_int_equal(arena_used(a), sum);
		arena_reset(a);
		assert_int_equal(arena_used(a), 0);
	}
	arena_free(a);
	arena_free(NULL);
}

static void
arena_grow_stays_in_place_only_for_the_last_piece(void **state)
{
	struct arena *a = arena_new(256);
	char *p = arena_strdup(a, "abc"), *q, *r;

	(void)state;
	q = arena_grow(a, p, 4, 100);
	assert_ptr_equal(p, q);
	arena_alloc(a, 1);
	r = arena_grow(a, q, 100, 120);
	assert_ptr_not_equal(q, r);
	assert_string_equal(r, "abc");
	r = arena_grow(a, r, 120, 100000);
	assert_string_equal(r, "abc");
	memset(r, 'x', 100000);
	assert_ptr_equal(arena_grow(a, r, 100000, 3), r);
	arena_free(a);
}

static void
arena_strings_end_where_they_should(void **state)
{
	struct arena *a = arena_new(1);
	int *v = arena_calloc(a, 10, sizeof(*v));

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_int_equal(v[i], 0);
	assert_null(arena_strdup(a, NULL));
	assert_string_equal(arena_strndup(a, "abcdef", 3), "abc");
	assert_string_equal(arena_strndup(a, "ab", 9), "ab");
	assert_string_equal(arena_printf(a, "%s-%d", "n", 7), "n-7");
	arena_free(a);
}

static void
xmalloc_family_never_answers_null(void **state)
{
	char *p[] = { xmalloc(0), xcalloc(0, 8), xreallocarray(NULL, 0, 4),
		xstrndup("abc", 2), xasprintf("%d", 42) };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(p); i++)
		assert_non_null(p[i]);
	assert_string_equal(p[3], "ab");
	assert_string_equal(p[4], "42");
	for (size_t i = 0; i < ARRAY_LEN(p); i++)
		free(p[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arena_pieces_are_aligned_and_do_not_overlap),
		cmocka_unit_test(
		    arena_grow_stays_in_place_only_for_the_last_piece),
		cmocka_unit_test(arena_strings_end_where_they_should),
		cmocka_unit_test(xmalloc_family_never_answers_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
