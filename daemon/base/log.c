/* log.c - one line for one thing that happened. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "base/fsutil.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "base/url.h"
#include "base/utf8.h"
#include "base/xmalloc.h"

#define LINE_MAX_BYTES 8192 /* escaped; what came in is cut at a quarter */
#define FIELDS_MAX 16       /* leading key=value pairs made fields */

static struct {
	char *proc;
	enum log_level level;
	bool native; /* stderr is the journal's stream */
	void (*hook)(void *cookie, enum log_level level, const char *line);
	void *hook_cookie;
} lg = { .level = LOG_LEVEL_INFO };

static const struct {
	const char *word;
	int priority; /* syslog's */
} levels[] = {
	[LOG_LEVEL_ERROR] = { "error", 3 },
	[LOG_LEVEL_WARN] = { "warn", 4 },
	[LOG_LEVEL_INFO] = { "info", 6 },
	[LOG_LEVEL_DEBUG] = { "debug", 7 },
};

/* systemd.exec(5): JOURNAL_STREAM is device:inode of stdout or stderr. */
static bool
stderr_is_journal(void)
{
	const char *s = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	if (s == NULL || sscanf(s, "%llu:%llu", &dev, &ino) != 2)
		return false;
	return fstat(STDERR_FILENO, &st) == 0 && st.st_dev == dev &&
	       st.st_ino == ino;
}

void
log_init(const char *proc, enum log_level level)
{
	char *old = lg.proc;

	lg.proc = xstrdup(proc);
	free(old);
	lg.level = level;
	lg.native = stderr_is_journal();
}

void
log_set_level(enum log_level level)
{
	lg.level = level;
}

void
log_set_hook(void (*cb)(void *cookie, enum log_level level, const char *line),
    void *cookie)
{
	lg.hook = cb;
	lg.hook_cookie = cookie;
}

/* Append p with what could forge a line or a screen as \xNN, byte by byte. */
static void
escape(struct strbuf *sb, const char *p)
{
	const char *end = p + strlen(p);
	uint32_t cp;
	size_t n;

	for (; p < end; p += n) {
		n = utf8_decode(p, end, &cp);
		if (!utf8_is_unsafe(cp) &&
		    !(cp == UTF8_REPLACEMENT && (n != 3 || *p != '\xef'))) {
			strbuf_append(sb, p, n);
			continue;
		}
		for (size_t i = 0; i < n; i++)
			strbuf_printf(sb, "\\x%02x", (unsigned char)p[i]);
	}
}

/*
 * The next leading "key=value" of *s as "WIRESIFT_KEY=value", or false. Keys
 * are letters, digits and "_", values end at white space.
 */
static bool
next_field(const char **s, struct strbuf *out)
{
	const char *p = *s;
	size_t key, len;

	for (key = 0; isalnum((unsigned char)p[key]) || p[key] == '_'; key++)
		;
	if (key == 0 || key > 40 || p[key] != '=')
		return false;
	len = strcspn(p, " ");
	strbuf_puts(out, "WIRESIFT_");
	for (size_t i = 0; i < key; i++)
		strbuf_putc(out, (char)toupper((unsigned char)p[i]));
	strbuf_append(out, p + key, len - key);
	*s = p + len + strspn(p + len, " ");
	return true;
}

static int
send_journal(enum log_level level, const char *line)
{
	struct strbuf sb[FIELDS_MAX + 3];
	struct iovec iov[ARRAY_LEN(sb)];
	const char *rest = line;
	int n = 0, rv;

	for (size_t i = 0; i < ARRAY_LEN(sb); i++)
		strbuf_init(&sb[i], LINE_MAX_BYTES + 64);
	strbuf_printf(&sb[n++], "MESSAGE=%s", line);
	strbuf_printf(&sb[n++], "PRIORITY=%d", levels[level].priority);
	strbuf_printf(
	    &sb[n++], "WIRESIFT_PROC=%s", lg.proc != NULL ? lg.proc : "");
	while (n < (int)ARRAY_LEN(sb) && next_field(&rest, &sb[n]))
		n++;
	for (int i = 0; i < n; i++) {
		iov[i].iov_base = sb[i].data;
		iov[i].iov_len = sb[i].len;
	}
	rv = sd_journal_sendv(iov, n);
	for (size_t i = 0; i < ARRAY_LEN(sb); i++)
		strbuf_fini(&sb[i]);
	return rv;
}

static void
emit(enum log_level level, const char *line)
{
	char *s;

	if (lg.hook != NULL) {
		lg.hook(lg.hook_cookie, level, line);
		return;
	}
	if (lg.native && send_journal(level, line) >= 0)
		return;
	/* One write, so that lines of several processes never mix. */
	s = xasprintf("%s %s: %s\n", levels[level].word,
	    lg.proc != NULL ? lg.proc : "wiresift", line);
	if (fs_write_all(STDERR_FILENO, s, strlen(s)) == -1)
		lg.native = false; /* nowhere left to say it */
	free(s);
}

/* The last net under all who log: what is in URLs. Takes `raw`. */
static char *
hide_secrets(char *raw)
{
	struct strbuf sb;

	if (strstr(raw, "://") == NULL)
		return raw;
	strbuf_init(&sb, 4 * strlen(raw) + 64);
	url_redact_text(&sb, raw);
	free(raw);
	return strbuf_take(&sb);
}

/* `err` is added as words; 0 for none. */
static void PRINTF_LIKE(3, 0)
    vlog(enum log_level level, int err, const char *fmt, va_list ap)
{
	struct strbuf sb;
	char *raw;

	if (level > lg.level)
		return;
	if (vasprintf(&raw, fmt, ap) == -1)
		return;
	raw = hide_secrets(raw);
	if (strlen(raw) > LINE_MAX_BYTES / 4)
		raw[utf8_cut(raw, LINE_MAX_BYTES / 4)] = '\0';
	strbuf_init(&sb, LINE_MAX_BYTES);
	escape(&sb, raw);
	if (err != 0)
		strbuf_printf(&sb, ": %s", strerror(err));
	emit(level, sb.data);
	strbuf_fini(&sb);
	free(raw);
}

void
log_warn(const char *fmt, ...)
{
	int e = errno;
	va_list ap;

	va_start(ap, fmt);
	vlog(LOG_LEVEL_WARN, e, fmt, ap);
	va_end(ap);
	errno = e;
}

void
log_warnx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vlog(LOG_LEVEL_WARN, 0, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vlog(LOG_LEVEL_INFO, 0, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vlog(LOG_LEVEL_DEBUG, 0, fmt, ap);
	va_end(ap);
}

void
log_at(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vlog(level, 0, fmt, ap);
	va_end(ap);
}

void
log_fatalx(int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vlog(LOG_LEVEL_ERROR, 0, fmt, ap);
	va_end(ap);
	exit(code);
}
