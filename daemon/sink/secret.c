/* secret.c - keys and passwords, read from their files. */
#include "sink/secret.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/fsutil.h"

int
secret_read(const char *path, struct strbuf *out, char *why, size_t size)
{
	if (fs_read(path, out) == -1) {
		snprintf(why, size, "%.140s: %s", path,
		    errno == EFBIG ? "too long for a secret" : strerror(errno));
		return -1;
	}
	while (out->len > 0 && (out->data[out->len - 1] == '\n' ||
				   out->data[out->len - 1] == '\r'))
		strbuf_trunc(out, out->len - 1);
	if (out->len > 0)
		return 0;
	snprintf(why, size, "%.140s: is empty", path);
	errno = EINVAL;
	return -1;
}

void
secret_wipe(struct strbuf *sb)
{
	explicit_bzero(sb->data, sb->size);
	strbuf_fini(sb);
}

int
secret_check(const char *path, char *why, size_t size)
{
	struct strbuf sb;
	int rc;

	strbuf_init(&sb, SECRET_MAX);
	rc = secret_read(path, &sb, why, size);
	secret_wipe(&sb);
	return rc;
}
