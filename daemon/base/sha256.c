/* sha256.c - SHA-256 and HMAC over it. */
#include "base/sha256.h"

#include <stdio.h>
#include <string.h>

#include "base/macros.h"

#define BLOCK 64

/* FIPS 180-4, 4.2.2: of the cube roots of the first 64 primes. */
static const uint32_t k[64] = { 0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5,
	0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
	0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
	0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138,
	0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624,
	0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5,
	0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f,
	0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2 };

struct sha256 {
	uint32_t h[8];
	uint64_t len; /* bytes taken */
	uint8_t block[BLOCK];
};

static uint32_t
rotr(uint32_t x, int n)
{
	return x >> n | x << (32 - n);
}

static void
compress(uint32_t h[8], const uint8_t block[BLOCK])
{
	uint32_t w[64], v[8];

	for (int i = 0; i < 16; i++)
		w[i] = (uint32_t)block[4 * i] << 24 |
		       (uint32_t)block[4 * i + 1] << 16 |
		       (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
	for (int i = 16; i < 64; i++) {
		uint32_t a = w[i - 15], b = w[i - 2];

		w[i] = w[i - 16] + (rotr(a, 7) ^ rotr(a, 18) ^ a >> 3) +
		       w[i - 7] + (rotr(b, 17) ^ rotr(b, 19) ^ b >> 10);
	}
	memcpy(v, h, sizeof(v));
	for (int i = 0; i < 64; i++) {
		uint32_t e = v[4], a = v[0];
		uint32_t t1 = v[7] + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) +
			      ((e & v[5]) ^ (~e & v[6])) + k[i] + w[i];
		uint32_t t2 = (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) +
			      ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));

		memmove(v + 1, v, 7 * sizeof(v[0]));
		v[4] += t1;
		v[0] = t1 + t2;
	}
	for (int i = 0; i < 8; i++)
		h[i] += v[i];
}

static void
start(struct sha256 *s)
{
	static const uint32_t first[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372,
		0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };

	memcpy(s->h, first, sizeof(first));
	s->len = 0;
}

static void
take(struct sha256 *s, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len > 0) {
		size_t have = (size_t)(s->len % BLOCK);
		size_t n = MIN(len, BLOCK - have);

		memcpy(s->block + have, p, n);
		s->len += n;
		p += n;
		len -= n;
		if (have + n == BLOCK)
			compress(s->h, s->block);
	}
}

static void
finish(struct sha256 *s, uint8_t out[SHA256_LEN])
{
	static const uint8_t pad[BLOCK] = { 0x80 };
	uint64_t bits = s->len * 8;
	uint8_t tail[8];

	take(s, pad, 1 + (size_t)((119 - s->len % BLOCK) % BLOCK));
	for (int i = 0; i < 8; i++)
		tail[i] = (uint8_t)(bits >> (56 - 8 * i));
	take(s, tail, sizeof(tail));
	for (int i = 0; i < SHA256_LEN; i++)
		out[i] = (uint8_t)(s->h[i / 4] >> (24 - 8 * (i % 4)));
}

void
sha256(const void *p, size_t len, uint8_t out[SHA256_LEN])
{
	struct sha256 s;

	start(&s);
	take(&s, p, len);
	finish(&s, out);
}

void
hmac_sha256_hex(const void *key, size_t key_len, const void *p, size_t len,
    char out[SHA256_HEX])
{
	uint8_t pad[BLOCK] = { 0 }, sum[SHA256_LEN];
	struct sha256 s;

	if (key_len > BLOCK)
		sha256(key, key_len, pad);
	else if (key_len > 0)
		memcpy(pad, key, key_len);
	for (int i = 0; i < BLOCK; i++)
		pad[i] ^= 0x36;
	start(&s);
	take(&s, pad, BLOCK);
	take(&s, p, len);
	finish(&s, sum);
	for (int i = 0; i < BLOCK; i++)
		pad[i] ^= 0x36 ^ 0x5c;
	start(&s);
	take(&s, pad, BLOCK);
	take(&s, sum, sizeof(sum));
	finish(&s, sum);
	for (int i = 0; i < SHA256_LEN; i++)
		snprintf(out + 2 * i, 3, "%02x", sum[i]);
}
