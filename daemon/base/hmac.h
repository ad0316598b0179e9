/*
 * hmac - HMAC over SHA-256 (RFC 2104, FIPS 180-4) of a whole message: the
 * signature of webhooks. Nothing is encrypted with it.
 */
#ifndef BASE_HMAC_H
#define BASE_HMAC_H

#include <stddef.h>

#define SHA256_HEX 65 /* 64 digits and a NUL */

/* Lower-case hex digits and a NUL. */
void hmac_sha256_hex(const void *key, size_t key_len, const void *p, size_t len,
    char out[SHA256_HEX]);

#endif
