/* config_sinks.c - the keys of a sink: one row each, and what must agree. */
#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/url.h"
#include "config/config.h"
#include "config/config_keys.h"
#include "config/yaml.h"

#define MINUTE 60
#define HOUR (60 * MINUTE)
#define KIB ((uint64_t)1 << 10)
#define TIB ((uint64_t)1 << 40)

#define SINK(m) SCHEMA_FIELD(config_sink, m)
#define TABLE(name, text, rows, ...)                                           \
	const struct schema_table name = { .what = (text),                     \
		.keys = (rows),                                                \
		.n = ARRAY_LEN(rows),                                          \
		__VA_ARGS__ }

/* The order of these words is the order of the enums. */
static const char *const copies_words[] = { "first", "all", "none", NULL };
static const char *const level_words[] = { "", "mentions", "about", NULL };
static const char *const stories_words[] = { "auto", "true", "false", NULL };
static const char *const start_words[] = { "auto", "oldest", "newest", NULL };
static const char *const reject_words[] = { "skip", "stop", NULL };
static const char *const template_words[] = { "none", "ntfy", "apprise", NULL };
static const char *const batch_words[] = { "array", "ndjson", NULL };
static const char *const starttls_words[] = { "auto", "opportunistic",
	"required", "off", NULL };

static const struct schema_key webhook_rows[] = {
	{ .key = "url",
	    .type = SCHEMA_TEXT,
	    .flags = SCHEMA_REQUIRED | SCHEMA_HOST,
	    SINK(webhook.url),
	    .help = "Where each frame is posted, http or https." },
	{ .key = "secret_file",
	    .type = SCHEMA_PATH,
	    SINK(webhook.secret_file),
	    .help = "A file with the key of the signature; none without." },
	{ .key = "headers",
	    .type = SCHEMA_TEXTS,
	    .flags = SCHEMA_HEADER,
	    SCHEMA_FIELDS(config_sink, webhook.headers, webhook.nheaders),
	    .help = "More request headers, each as \"Name: value\"." },
	{ .key = "headers_file",
	    .type = SCHEMA_PATH,
	    SINK(webhook.headers_file),
	    .help = "A file with more of them, one a line: those that are "
		    "secret." },
	{ .key = "timeout",
	    .type = SCHEMA_DURATION,
	    .def = "30s",
	    .min = 1,
	    .max = 10 * MINUTE,
	    SINK(webhook.timeout_s),
	    .help = "Time for one request." },
	{ .key = "template",
	    .type = SCHEMA_ENUM,
	    .def = "none",
	    .words = template_words,
	    SINK(webhook.form),
	    .help = "The body: the frame, or what ntfy or Apprise want." },
	{ .key = "batch",
	    .type = SCHEMA_UINT,
	    .def = "1",
	    .min = 1,
	    .max = CONFIG_MAX_BATCH,
	    SINK(webhook.batch),
	    .help = "Frames that one request has at most; of more than 1 it "
		    "has a list, all of which is taken or none." },
	{ .key = "batch_form",
	    .type = SCHEMA_ENUM,
	    .def = "array",
	    .words = batch_words,
	    SINK(webhook.batch_form),
	    .help = "That list: a JSON array, or ndjson, a frame a line." },
	{ .key = "allow_private",
	    .type = SCHEMA_BOOL,
	    SINK(webhook.allow_private),
	    .help = "May connect to addresses that are not public." },
};
static TABLE(webhook_keys, "webhook", webhook_rows, .shorthand = NULL);

static const struct schema_key mail_rows[] = {
	{ .key = "smtp",
	    .type = SCHEMA_TEXT,
	    .flags = SCHEMA_REQUIRED,
	    SINK(mail.smtp),
	    .help = "The mail server, smtp://HOST:PORT or smtps://." },
	{ .key = "from",
	    .type = SCHEMA_TEXT,
	    .flags = SCHEMA_REQUIRED,
	    SINK(mail.from),
	    .help = "The sender's address." },
	{ .key = "to",
	    .type = SCHEMA_TEXTS,
	    .flags = SCHEMA_REQUIRED,
	    SCHEMA_FIELDS(config_sink, mail.to, mail.nto),
	    .help = "Addresses that get every mail." },
	{ .key = "subject",
	    .type = SCHEMA_TEXT,
	    SINK(mail.subject),
	    .help = "Put before each title." },
	{ .key = "user",
	    .type = SCHEMA_TEXT,
	    SINK(mail.user),
	    .help = "Log in with this name." },
	{ .key = "password_file",
	    .type = SCHEMA_PATH,
	    SINK(mail.password_file),
	    .help = "A file with the password." },
	{ .key = "starttls",
	    .type = SCHEMA_ENUM,
	    .def = "auto",
	    .words = starttls_words,
	    SINK(mail.starttls),
	    .help = "Encrypt: required (with a valid certificate), "
		    "opportunistic, off; auto is required with a user." },
	{ .key = "timeout",
	    .type = SCHEMA_DURATION,
	    .def = "60s",
	    .min = 1,
	    .max = 10 * MINUTE,
	    SINK(mail.timeout_s),
	    .help = "Time for one mail." },
};
static TABLE(mail_keys, "mail", mail_rows, .shorthand = NULL);

static const struct schema_key feedout_rows[] = {
	{ .key = "dir",
	    .type = SCHEMA_PATH,
	    .flags = SCHEMA_REQUIRED,
	    SINK(feed.dir),
	    .help = "Folder of the feeds, TOPIC.atom and TOPIC.json." },
	{ .key = "formats",
	    .type = SCHEMA_TEXTS,
	    SCHEMA_FIELDS(config_sink, feed.formats, feed.nformats),
	    .help = "atom, json; default: both." },
	{ .key = "items",
	    .type = SCHEMA_UINT,
	    .def = "50",
	    .min = 1,
	    .max = 1000,
	    SINK(feed.items),
	    .help = "The newest so many of each topic." },
	{ .key = "url",
	    .type = SCHEMA_TEXT,
	    SINK(feed.url),
	    .help = "Where readers find the folder: for links of the feeds to "
		    "themselves." },
};
static TABLE(feedout_keys, "feed", feedout_rows, .shorthand = NULL);

static const struct schema_key rotate_rows[] = {
	{ .key = "size",
	    .type = SCHEMA_SIZE,
	    .flags = SCHEMA_REQUIRED,
	    .min = 4 * KIB,
	    .max = TIB,
	    SINK(rotate_bytes),
	    .help = "A file that has grown to so many bytes is renamed." },
	{ .key = "keep",
	    .type = SCHEMA_UINT,
	    .def = "10",
	    .min = 1,
	    .max = 10000,
	    SINK(rotate_keep),
	    .help = "So many old files, FILE.1 the newest." },
};
static TABLE(rotate_keys, "rotate", rotate_rows, .shorthand = NULL);

static const struct schema_key sink_rows[] = {
	{ .key = "name",
	    .type = SCHEMA_TEXT,
	    .flags = SCHEMA_REQUIRED,
	    SINK(name),
	    .help = "What the sink is known by; its place in the journal "
		    "belongs to this name." },
	{ .key = "socket",
	    .type = SCHEMA_PATH,
	    SINK(socket),
	    .help = "Path of a socket that subscribers connect to "
		    "(wiresift-protocol(7))." },
	{ .key = "file",
	    .type = SCHEMA_PATH,
	    SINK(file),
	    .help = "Path of a file that gets one frame a line." },
	{ .key = "webhook",
	    .type = SCHEMA_MAP,
	    .flags = SCHEMA_OPTIONAL,
	    .sub = &webhook_keys,
	    .help = "Each frame is posted by HTTP." },
	{ .key = "mail",
	    .type = SCHEMA_MAP,
	    .flags = SCHEMA_OPTIONAL,
	    .sub = &mail_keys,
	    .help = "Each match is a mail." },
	{ .key = "exec",
	    .type = SCHEMA_TEXTS,
	    SCHEMA_FIELDS(config_sink, exec, nexec),
	    .help = "A program with its arguments: it gets one frame a line "
		    "on its standard input." },
	{ .key = "feed",
	    .type = SCHEMA_MAP,
	    .flags = SCHEMA_OPTIONAL,
	    .sub = &feedout_keys,
	    .help = "A feed of each topic, in files." },
	{ .key = "topics",
	    .type = SCHEMA_TEXTS,
	    .def = "*",
	    SCHEMA_FIELDS(config_sink, topics, ntopics),
	    .help = "Only these topics (names, * and ? match any text); [] "
		    "for none." },
	{ .key = "min",
	    .type = SCHEMA_ENUM,
	    .def = "about",
	    .words = level_words,
	    SINK(min),
	    .help = "Lowest level: about, or mentions for both." },
	{ .key = "copies",
	    .type = SCHEMA_ENUM,
	    .def = "first",
	    .words = copies_words,
	    SINK(copies),
	    .help = "Of each text that several feeds publish: the first, all, "
		    "or none but what was never copied." },
	{ .key = "updates",
	    .type = SCHEMA_BOOL,
	    .def = "true",
	    SINK(updates),
	    .help = "Edits of an item that was sent." },
	{ .key = "stories",
	    .type = SCHEMA_ENUM,
	    .def = "auto",
	    .words = stories_words,
	    SINK(stories),
	    .help = "That a story has one origin more, or is one with another; "
		    "auto tells it on sockets, and nowhere else." },
	{ .key = "lookbacks",
	    .type = SCHEMA_ENUM,
	    .def = "auto",
	    .words = stories_words,
	    SINK(lookbacks),
	    .help = "What `wiresift lookback --deliver` finds for a topic; "
		    "auto tells it everywhere but by webhooks and mails, "
		    "which may wake people." },
	{ .key = "start",
	    .type = SCHEMA_ENUM,
	    .def = "auto",
	    .words = start_words,
	    SINK(start),
	    .help = "Where a webhook, mail or exec sink begins when its name "
		    "is new: oldest is all that is kept, newest what comes "
		    "from now on; auto is newest." },
	{ .key = "on_reject",
	    .type = SCHEMA_ENUM,
	    .def = "skip",
	    .words = reject_words,
	    SINK(on_reject),
	    .help = "What is done with a record that a webhook or a mail "
		    "server refuses for good: skip it after three tries, or "
		    "stop and try on." },
	{ .key = "rotate",
	    .type = SCHEMA_MAP,
	    .flags = SCHEMA_OPTIONAL,
	    .sub = &rotate_keys,
	    .help = "Rotation of a file sink by size." },
	{ .key = "user",
	    .type = SCHEMA_TEXT,
	    SINK(user),
	    .help = "Whom an exec sink's program runs as; needs a daemon that "
		    "runs as root, where it is nobody if not given." },
	{ .key = "ack",
	    .type = SCHEMA_BOOL,
	    SINK(ack),
	    .help = "An exec sink's line is delivered when the program has "
		    "printed its cursor." },
	{ .key = "ack_timeout",
	    .type = SCHEMA_DURATION,
	    .def = "60s",
	    .min = 1,
	    .max = HOUR,
	    SINK(ack_timeout_s),
	    .help = "Time that an exec sink's program has for a line." },
	{ .key = "nats", .type = SCHEMA_LATER, .help = "delivery by NATS" },
	{ .key = "format",
	    .type = SCHEMA_LATER,
	    .help = "another form of the frames" },
};

/* What makes a sink one of a kind, in the order of messages. */
static const char *const kinds[] = { "socket", "file", "webhook", "mail",
	"exec", "feed" };

static bool
is_kind(const struct config_sink *s, size_t kind)
{
	const void *const given[] = { s->socket, s->file, s->webhook.url,
		s->mail.smtp, s->nexec > 0 ? s->exec : NULL, s->feed.dir };

	return given[kind] != NULL;
}

const char *
config_sink_kind(const struct config_sink *s)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (is_kind(s, i))
			return kinds[i];
	return "none";
}

bool
config_sink_looks_back(const struct config_sink *s)
{
	if (s->lookbacks != STORIES_AUTO)
		return s->lookbacks == STORIES_TRUE;
	return s->webhook.url == NULL && s->mail.smtp == NULL;
}

const char *
config_sink_path(const struct config_sink *s)
{
	if (s->socket != NULL)
		return s->socket;
	return s->file != NULL ? s->file : s->feed.dir;
}

struct config_sink *
config_sink_copy(struct arena *a, const struct config_sink *s)
{
	struct config_sink *copy = arena_alloc(a, sizeof(*copy));

	*copy = *s;
	schema_own(&config_sink_keys, copy, a);
	copy->mark_file = arena_strdup(a, s->mark_file);
	return copy;
}

/* Of keys that belong to one kind alone, those that another one has. */
static const char *
stray_key(const struct config_sink *s)
{
	bool exec = s->nexec > 0;

	if (s->rotate_bytes > 0 && s->file == NULL)
		return "rotate without file";
	if (s->user != NULL && !exec)
		return "user without exec";
	if (s->ack && !exec)
		return "ack without exec";
	if (s->on_reject != REJECT_SKIP && s->webhook.url == NULL &&
	    s->mail.smtp == NULL)
		return "on_reject without webhook or mail";
	return NULL;
}

/* A line for a header: NAME: VALUE. */
static bool
is_header(const char *h)
{
	const char *p = h;

	while (isalnum((unsigned char)*p) || *p == '-' || *p == '_')
		p++;
	return p > h && p[0] == ':' && p[1] != '\0';
}

/* A sink that is read, and where its faults go. */
struct judged {
	struct schema_load *sl;
	const struct yaml_node *n;
};

static void
sink_fault(const struct judged *jd, const char *what)
{
	diags_add(jd->sl->ds, DIAG_ERROR, jd->sl->file, jd->n->line, jd->n->col,
	    "%s", what);
}

static void
judge_webhook(const struct judged *jd, const struct config_webhook *w)
{
	struct url u;

	if (!url_is_http(w->url) || strlen(w->url) > URL_MAX ||
	    url_split(w->url, &u) == -1)
		sink_fault(jd, "a webhook's url; expected http://HOST/... or "
			       "https://HOST/...");
	else if (w->form == TEMPLATE_NTFY &&
		 (u.path_len < 2 || u.path[u.path_len - 1] == '/'))
		sink_fault(jd, "an ntfy url without topic; expected "
			       "https://HOST/TOPIC");
	if (w->batch > 1 && w->form != TEMPLATE_NONE)
		sink_fault(jd, "batch with template; expected one of them");
	for (size_t i = 0; i < w->nheaders; i++)
		if (!is_header(w->headers[i]))
			sink_fault(jd, "a header; expected \"Name: value\"");
}

/* What can stand between < and > in SMTP and in a header without quoting. */
bool
config_is_mail(const char *s)
{
	const char *at = strrchr(s, '@');

	if (at == NULL || at == s || at[1] == '\0' || strlen(s) > 254)
		return false;
	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s > '~' ||
		    strchr("<>\",;:\\()[]", *s) != NULL)
			return false;
	return true;
}

static void
judge_mail(const struct judged *jd, const struct config_mail *m)
{
	bool tls = strncmp(m->smtp, "smtps://", 8) == 0;

	if ((!tls && strncmp(m->smtp, "smtp://", 7) != 0) ||
	    strlen(m->smtp) > URL_MAX || strpbrk(m->smtp, "@ ") != NULL ||
	    strchr("/:?#", m->smtp[tls ? 8 : 7]) != NULL)
		sink_fault(jd,
		    "smtp is no mail server; expected smtp://HOST:PORT or "
		    "smtps://HOST:PORT");
	if (!config_is_mail(m->from))
		sink_fault(jd, "from is no address; expected NAME@DOMAIN");
	if (m->nto == 0)
		sink_fault(jd, "a mail to nobody; expected addresses in to");
	for (size_t i = 0; i < m->nto; i++)
		if (!config_is_mail(m->to[i]))
			sink_fault(jd, "to holds what is no address; expected "
				       "NAME@DOMAIN");
	if ((m->user == NULL) != (m->password_file == NULL))
		sink_fault(jd, "user and password_file; expected both or none");
}

static void
judge_feedout(const struct judged *jd, const struct config_feedout *f)
{
	for (size_t i = 0; i < f->nformats; i++)
		if (strcmp(f->formats[i], "atom") != 0 &&
		    strcmp(f->formats[i], "json") != 0)
			sink_fault(
			    jd, "a format of feeds; expected atom or json");
	if (f->url != NULL && !url_is_http(f->url))
		sink_fault(jd, "a url of feeds; expected http://HOST/... or "
			       "https://HOST/...");
}

static void
sink_loaded(struct schema_load *sl, const struct yaml_node *n, void *elem)
{
	const struct judged jd = { sl, n };
	struct config_sink *s = elem;
	const char *what;
	size_t given = 0;

	s->mark_file = sl->file;
	s->mark_line = n->line;
	s->mark_col = n->col;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		given += is_kind(s, i);
	if (given != 1) {
		diags_add(sl->ds, DIAG_ERROR, sl->file, n->line, n->col,
		    "a sink that is %s; expected one of socket, file, "
		    "webhook, mail, exec and feed",
		    given == 0 ? "of no kind" : "of two kinds");
		return;
	}
	if (s->webhook.url != NULL)
		judge_webhook(&jd, &s->webhook);
	else if (s->mail.smtp != NULL)
		judge_mail(&jd, &s->mail);
	else if (s->feed.dir != NULL)
		judge_feedout(&jd, &s->feed);
	else if (s->nexec > 0 && s->exec[0][0] != '/')
		sink_fault(&jd, "a program; expected its whole path, /...");
	if ((what = stray_key(s)) != NULL)
		diags_add(sl->ds, DIAG_ERROR, sl->file, n->line, n->col,
		    "%s; leave it out", what);
}

TABLE(config_sink_keys, "a sink", sink_rows,
    .elem_size = sizeof(struct config_sink), .loaded = sink_loaded);
