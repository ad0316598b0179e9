/* sqlite_wal.c - walk the frames of a log (sqlite.org/walformat.html). */
#include "store/sqlite_wal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xmalloc.h"

#define WAL_HEADER 32
#define FRAME_HEADER 24
#define MAGIC 0x377f0682U /* its lowest bit: words are big-endian */
#define MAX_PAGE 65536U

static uint32_t
be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static uint32_t
le32(const unsigned char *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[1] << 8 | (uint32_t)p[0];
}

/* Go on with the running check sum over `len` bytes, a multiple of 8. */
static void
sum(const unsigned char *p, size_t len, bool big, uint32_t s[2])
{
	for (size_t i = 0; i < len; i += 8) {
		s[0] += (big ? be32(p + i) : le32(p + i)) + s[1];
		s[1] += (big ? be32(p + i + 4) : le32(p + i + 4)) + s[0];
	}
}

static bool
full_read(int fd, void *p, size_t len)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = read(fd, (char *)p + got, len - got);

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		got += (size_t)n;
	}
	return true;
}

/* Frames of the file behind its header; `good` as long as all are. */
static void
walk(int fd, size_t page, bool big, bool good, uint32_t s[2],
    const unsigned char *header, struct wal_state *ws)
{
	unsigned char *frame = xmalloc(FRAME_HEADER + page), salt[8];
	bool header_good = good;

	/* Frames of a log before this one lie behind its end: their salts
	 * are others. */
	memcpy(salt, header + 16, sizeof(salt));
	while (full_read(fd, frame, FRAME_HEADER + page)) {
		/* A header that is wrong may have wrong salts, too. */
		if (!header_good && ws->beyond == 0)
			memcpy(salt, frame + 8, sizeof(salt));
		if (good) {
			sum(frame, 8, big, s);
			sum(frame + FRAME_HEADER, page, big, s);
			good = memcmp(frame + 8, salt, sizeof(salt)) == 0 &&
			       be32(frame + 16) == s[0] &&
			       be32(frame + 20) == s[1];
		}
		if (good)
			ws->frames++;
		else if (memcmp(frame + 8, salt, sizeof(salt)) == 0 &&
			 be32(frame + 4) != 0)
			ws->beyond++; /* of this log, and ends a commit */
	}
	free(frame);
}

int
wal_look(const char *path, struct wal_state *ws)
{
	unsigned char header[WAL_HEADER];
	uint32_t s[2] = { 0, 0 }, page;
	bool big, good;
	int fd;

	*ws = (struct wal_state){ 0, 0 };
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return errno == ENOENT ? 0 : -1;
	if (full_read(fd, header, sizeof(header))) {
		big = (be32(header) & 1) != 0;
		page = be32(header + 8);
		sum(header, WAL_HEADER - 8, big, s);
		good = (be32(header) | 1U) == (MAGIC | 1U) &&
		       be32(header + 24) == s[0] && be32(header + 28) == s[1];
		/* Ours has the default; a damaged header may say anything. */
		if (!good || page < 512 || page > MAX_PAGE ||
		    (page & (page - 1)) != 0)
			page = 4096;
		walk(fd, page, big, good, s, header, ws);
	}
	close(fd);
	return 0;
}

bool
wal_is_damaged(const struct wal_state *ws)
{
	return ws->beyond > 1;
}
