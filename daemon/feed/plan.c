/* plan.c - when to poll a feed again, and why then. */
#include "feed/plan.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "feed/date.h"
#include "item/item.h"

#define HOUR 3600
#define DAY 86400
#define WEEK ((int64_t)7 * DAY)
#define ALL_HOURS 0xffffffu
#define ALL_DAYS 0x7fu
#define JITTER 0.1                      /* of the pause, to both sides */
#define SECONDS_MAX INT64_C(0x7fffffff) /* RFC 9111, 1.2.2 */

/* --- what headers say --- */

/* A whole decimal number; -1 when it is none. Too large ones are cut. */
static int64_t
read_seconds(const char *p, size_t len)
{
	int64_t v = 0;

	if (len == 0)
		return -1;
	for (size_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)p[i]))
			return -1;
		v = v * 10 + (p[i] - '0');
		v = MIN(v, SECONDS_MAX);
	}
	return v;
}

static int64_t
header_seconds(const char *s)
{
	return s != NULL ? read_seconds(s, strlen(s)) : -1;
}

/* An HTTP-date; a bare number or a word is none. */
static int64_t
header_date(const char *s)
{
	if (s == NULL || strchr(s, ':') == NULL)
		return ITEM_NO_TIME;
	return date_parse(s);
}

/* Value of `name` in a Cache-Control, -1 if absent; 0 for one without. */
static int64_t
directive(const char *list, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = list; p != NULL && *p != '\0';) {
		size_t len;

		p += strspn(p, " \t,");
		len = strcspn(p, ",");
		if (len >= n && strncasecmp(p, name, n) == 0) {
			const char *v = p + n;

			if (len == n || *v == ' ' || *v == '\t')
				return 0;
			if (*v == '=') {
				v += 1 + strspn(v + 1, " \"");
				return read_seconds(v, strspn(v, "0123456789"));
			}
		}
		p += len;
	}
	return -1;
}

int64_t
plan_freshness(const struct plan_headers *h, int64_t now, const char **why)
{
	const char *cc = h->cache_control;
	int64_t max_age = directive(cc, "max-age"), age, expires, date;

	if (directive(cc, "no-cache") != -1 || directive(cc, "no-store") != -1)
		return 0;
	if (max_age != -1) {
		age = MAX(header_seconds(h->age), 0);
		*why = "max-age";
		return MAX(max_age - age, 0);
	}
	expires = header_date(h->expires);
	if (expires == ITEM_NO_TIME)
		return 0;
	date = header_date(h->date);
	*why = "expires";
	return MAX(expires - (date != ITEM_NO_TIME ? date : now), 0);
}

int64_t
plan_retry_after(const struct plan_headers *h, int64_t now)
{
	int64_t s = header_seconds(h->retry_after), date;

	if (s >= 0)
		return s;
	s = header_date(h->retry_after);
	if (s == ITEM_NO_TIME)
		return 0;
	/* Their clock is the one their date is of. */
	date = header_date(h->date);
	return MAX(s - (date != ITEM_NO_TIME ? date : now), 0);
}

uint32_t
plan_moves(const char *before, uint32_t count, const char *now)
{
	if (now == NULL)
		return 0;
	if (before == NULL || strcmp(before, now) != 0)
		return 1;
	return count < UINT32_MAX ? count + 1 : count;
}

/* --- the pause --- */

/* -1..1, even; splitmix64 makes a good number of any seed. */
static double
jitter_of(uint64_t seed)
{
	uint64_t z = seed + UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	z ^= z >> 31;
	return (double)(z >> 11) / (double)(UINT64_C(1) << 52) - 1.0;
}

/* A pause in the making: what we would like, what others demand. */
struct pause {
	int64_t wish_s;   /* about so long */
	int64_t demand_s; /* not shorter */
	int64_t max_s;
	const char *why;
};

static void
pause_demand(struct pause *pa, int64_t s, const char *why)
{
	if (s <= pa->demand_s)
		return;
	pa->demand_s = s;
	if (s > pa->wish_s)
		pa->why = why;
}

static int64_t
pause_ms(const struct pause *pa, double jitter)
{
	double up = JITTER * (jitter < 0 ? -jitter : jitter);
	double wish = (double)MIN(pa->wish_s, pa->max_s);
	double demand = (double)MIN(pa->demand_s, pa->max_s);

	wish *= 1.0 + JITTER * jitter;
	/* A demand is spread to its far side only. */
	return (int64_t)(1000.0 * (wish < demand ? demand * (1.0 + up) : wish));
}

/* Is this second in an hour or on a day that the document wants us off? */
static const char *
skipped(const struct plan_hints *h, int64_t t)
{
	if (h->skip_days & 1u << (t / DAY + 4) % 7)
		return "skip-days"; /* 1970-01-01 was a Thursday */
	if (h->skip_hours & 1u << t % DAY / HOUR)
		return "skip-hours";
	return NULL;
}

/* Move the end of the pause out of skipped hours, as far as max_s allows. */
static void
plan_skip(const struct plan_input *in, const struct pause *pa, double jitter,
    struct plan *out)
{
	struct plan_hints h = in->hints;
	int64_t at = in->now + out->delay_ms / 1000, t = at;
	double spread = JITTER * HOUR * (jitter < 0 ? -jitter : jitter);

	if ((h.skip_hours & ALL_HOURS) == ALL_HOURS)
		h.skip_hours = 0;
	if ((h.skip_days & ALL_DAYS) == ALL_DAYS)
		h.skip_days = 0;
	while (skipped(&h, t) != NULL && t < at + WEEK + DAY) {
		out->why = skipped(&h, t);
		t = (t / HOUR + 1) * HOUR;
	}
	if (t == at)
		return;
	out->delay_ms = (t - in->now) * 1000 + (int64_t)(spread * 1000.0);
	out->delay_ms = MIN(out->delay_ms, pa->max_s * 1000);
}

/* Polled more often while it brings news, less while it does not. */
static uint32_t
plan_adapt(const struct plan_input *in)
{
	uint64_t s = in->interval_s;

	if (s == 0)
		s = in->every_s;
	else if (in->event == PLAN_NEWS)
		s /= 2;
	else if (in->event == PLAN_SAME)
		s += (s + 1) / 2;
	s = MIN(s, in->max_s);
	return (uint32_t)MAX(s, in->min_s);
}

/* wish * 2^(failures - 1): 1, 2, 4, 8... intervals. */
static void
pause_back_off(struct pause *pa, uint32_t failures)
{
	for (uint32_t i = 1; i < failures && pa->wish_s < pa->max_s; i++)
		pa->wish_s *= 2;
	pa->why = "backoff";
}

static void
plan_good(const struct plan_input *in, struct pause *pa)
{
	const char *why = "";
	int64_t fresh = plan_freshness(&in->headers, in->now, &why);

	pause_demand(pa, fresh, why);
	pause_demand(pa, in->hints.ttl_s, "ttl");
	pause_demand(pa, in->hints.period_s, "update-period");
}

static void
plan_failed(const struct plan_input *in, struct pause *pa, struct plan *out)
{
	const char *why = "";
	int64_t fresh;

	pause_back_off(pa, in->failures);
	out->retry_s = MIN(plan_retry_after(&in->headers, in->now), pa->max_s);
	if (in->event == PLAN_THROTTLED) {
		/* Some say it by max-age alone (lemon24/reader#376). */
		fresh = plan_freshness(&in->headers, in->now, &why);
		pause_demand(pa, fresh, why);
		if (out->retry_s > 0) {
			pa->wish_s = 0; /* they know best */
			pa->why = "retry-after";
		}
	}
	pause_demand(pa, out->retry_s, "retry-after");
}

/* One 410 may be a slip of the pen: it is confirmed once, a day later. */
static void
plan_gone(const struct plan_input *in, struct pause *pa)
{
	pa->wish_s = DAY;
	pa->why = in->gone_before ? "gone" : "gone?";
}

void
plan_next(const struct plan_input *in, struct plan *out)
{
	double jitter = jitter_of(in->seed);
	struct pause pa = { 0 };

	memset(out, 0, sizeof(*out));
	out->interval_s = in->adaptive ? plan_adapt(in) : 0;
	pa.why = in->adaptive ? "adaptive" : "interval";
	pa.wish_s = in->adaptive ? out->interval_s : in->every_s;
	pa.max_s = in->adaptive ? in->max_s : MAX(in->max_s, in->every_s);
	pause_demand(&pa, in->min_s, "min-interval");
	switch (in->event) {
	case PLAN_NEWS:
	case PLAN_SAME:
		plan_good(in, &pa);
		break;
	case PLAN_FAILED:
	case PLAN_THROTTLED:
		plan_failed(in, &pa, out);
		break;
	case PLAN_GONE:
		plan_gone(in, &pa);
		break;
	}
	out->delay_ms = pause_ms(&pa, jitter);
	out->why = pa.why;
	if (in->event == PLAN_NEWS || in->event == PLAN_SAME)
		plan_skip(in, &pa, jitter, out);
	out->next = in->now + (out->delay_ms + 999) / 1000;
	if (in->event == PLAN_GONE && in->gone_before)
		out->next = PLAN_NEVER;
}
