/*
 * sha256 - SHA-256 (FIPS 180-4) and HMAC over it (RFC 2104), whole messages.
 *
 * Here because it is all that we would want of a library for cryptography:
 * the signature of webhooks. Nothing is encrypted with it.
 */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_LEN 32
#define SHA256_HEX (2 * SHA256_LEN + 1)

void sha256(const void *p, size_t len, uint8_t out[SHA256_LEN]);
/* Lower-case hex digits and a NUL. */
void hmac_sha256_hex(const void *key, size_t key_len, const void *p, size_t len,
    char out[SHA256_HEX]);

#endif
