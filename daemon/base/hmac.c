/* hmac.c - nettle's HMAC-SHA-256, as hex digits. */
#include <nettle/hmac.h>

#include "base/hmac.h"

void
hmac_sha256_hex(const void *key, size_t key_len, const void *p, size_t len,
    char out[SHA256_HEX])
{
	static const char digits[] = "0123456789abcdef";
	struct hmac_sha256_ctx ctx;
	uint8_t sum[SHA256_DIGEST_SIZE];

	hmac_sha256_set_key(&ctx, key_len, key);
	hmac_sha256_update(&ctx, len, p);
	hmac_sha256_digest(&ctx, sizeof(sum), sum);
	for (size_t i = 0; i < sizeof(sum); i++) {
		out[2 * i] = digits[sum[i] >> 4];
		out[2 * i + 1] = digits[sum[i] & 0xf];
	}
	out[2 * sizeof(sum)] = '\0';
}
