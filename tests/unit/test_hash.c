/* test_hash.c - hash and hmap. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/hash.h"
#include "base/hmap.h"
#include "base/xmalloc.h"

static void
hashes_depend_on_both_words_of_the_key(void **state)
{
	struct hash_key a = { { 1, 2 } }, b = { { 1, 3 } }, c = { { 2, 2 } };
	struct hash_key r1, r2;
	char hex[33];

	(void)state;
	assert_int_equal(hash_str(&a, "x"), hash_bytes(&a, "xy", 1));
	assert_int_not_equal(hash_str(&a, "x"), hash_str(&b, "x"));
	assert_int_not_equal(hash_str(&a, "x"), hash_str(&c, "x"));
	assert_int_not_equal(hash_mix(1, 2), hash_mix(2, 1));
	hash_key_random(&r1);
	hash_key_random(&r2);
	assert_memory_not_equal(&r1, &r2, sizeof(r1));
	/* The published XXH3-128 of nothing. */
	hash_hex128("", 0, hex);
	assert_string_equal(hex, "99aa06d3014798d86001c324468d497f");
}

/* The same random work on a map and on a plain array must agree. */
static void
map_agrees_with_an_array_under_random_work(void **state)
{
	enum { KEYS = 3000, STEPS = 60000 };
	struct hmap *m = hmap_new(), *n = hmap_new();
	static void *want[KEYS];
	uint64_t seed = 7, key64;
	size_t live = 0, pos = 0, seen = 0;
	const char *key;
	void *v;

	(void)state;
	for (uintptr_t i = 0; i < STEPS; i++) {
		size_t k = (seed = hash_mix(seed, i)) % KEYS;
		/* Few low bits differ: long chains, gaps to close. */
		uint64_t hk = (uint64_t)k << 3;
		void *value = (seed >> 40) % 3 ? (void *)(i + 1) : NULL;
		char name[16];

		snprintf(name, sizeof(name), "%zu", k);
		assert_ptr_equal(hmap_get(m, name), want[k]);
		assert_ptr_equal(hmap_get64(n, hk), want[k]);
		live += (size_t)(value != NULL);
		live -= (size_t)(want[k] != NULL);
		v = value != NULL ? hmap_put(m, name, value)
				  : hmap_del(m, name);
		assert_ptr_equal(v, want[k]);
		v = value != NULL ? hmap_put64(n, hk, value)
				  : hmap_del64(n, hk);
		assert_ptr_equal(v, want[k]);
		want[k] = value;
		assert_int_equal(hmap_len(m), live);
		assert_int_equal(hmap_len(n), live);
	}
	while (hmap_next(m, &pos, &key, NULL, &v)) {
		assert_ptr_equal(v, want[atoi(key)]);
		seen++;
	}
	assert_int_equal(seen, live);
	for (pos = seen = 0; hmap_next(n, &pos, NULL, &key64, NULL); seen++)
		assert_non_null(want[key64 >> 3]);
	assert_int_equal(seen, live);
	hmap_free(m, NULL);
	hmap_free(n, NULL);
}

static void
map_frees_its_values_when_asked(void **state)
{
	struct hmap *m = hmap_new();
	size_t pos = 0;

	(void)state;
	assert_null(hmap_get(m, "none"));
	assert_null(hmap_del64(m, 0));
	assert_false(hmap_next(m, &pos, NULL, NULL, NULL));
	for (uint64_t i = 0; i < 100; i++)
		hmap_put64(m, i, xstrdup("value"));
	assert_non_null(hmap_get64(m, 0));
	hmap_free(m, free);
	hmap_free(NULL, free);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_depend_on_both_words_of_the_key),
		cmocka_unit_test(map_agrees_with_an_array_under_random_work),
		cmocka_unit_test(map_frees_its_values_when_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
