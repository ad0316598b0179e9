/*
 * verdict.c - the rules by which two texts are a copy, a story, or nothing.
 *
 * What speaks against comes first: opposites, other numbers. Then the ways in
 * which a copy shows, each tried for the forms of text that it holds for. The
 * thresholds were set on labelled pairs of real items and of written
 * families; where two classes overlap, they favour not linking.
 */
#include "copy/verdict.h"

#include <math.h>
#include <stddef.h>

#include "base/macros.h"
#include "copy/doc.h"
#include "copy/signature.h"

#define MINUTE 60
#define HOUR 3600
#define TELLING 240.0F    /* 15 nats: a title that could be of one thing only */
#define OWN_WORDS 12      /* of a body that tells something itself */
#define FULL_REWORDED 150 /* words in which an order cannot be a chance */

/* The two docs by length, and all that the rules look at. */
struct pair {
	const struct doc *a, *b; /* newer, older */
	const struct doc *fuller, *other;
	const struct features *f;
	bool one_full, both_full;
};

/* Headings that come back with other matter below. */
static bool
is_series(const struct pair *p)
{
	return ((p->a->marks | p->b->marks) & SIGNATURE_GENERIC) != 0;
}

/* Do the numbers say another day, another match, another price? */
static bool
numbers_differ(const struct pair *p)
{
	const struct features *f = p->f;

	if (f->tnc > 0.0F)
		return true;
	/* The same words around another figure: a later version. */
	if (f->swapped && f->nc >= 0.25F && f->w < 0.97F && !p->both_full)
		return true;
	/* A text nearly whole in the other may have rounded one of two. */
	if (f->w >= 0.75F && f->nc <= 0.5F)
		return false;
	if (p->both_full)
		return f->numbers >= 4 && f->nc >= 0.6F;
	return f->nc >= 0.5F;
}

/*
 * A feed repeats its own phrases from item to item: signatures, shop links,
 * templates, headings. Two items of one feed are one text only when next to
 * everything is the same, their titles name the same, and they come soon.
 */
static bool
repeated_in_feed(const struct pair *p)
{
	const struct features *f = p->f;
	bool soon = f->apart_s <= 6 * HOUR;

	if (!f->same_feed || f->anti || f->tnc > 0.0F || f->nc >= 0.15F ||
	    f->elsewhere || f->apart_s > 36 * HOUR)
		return false;
	/* "Market roundup" over a line that never changes. */
	if (is_series(p) && !soon)
		return false;
	if (f->same_body || f->w >= 0.85F) {
		if (f->c < (f->same_title ? 0.5F : 0.78F) ||
		    (p->a->body_words < 20 && f->ts < 0.5F))
			return false;
		/* Below two links stand the same words about links. */
		if (p->a->body_words < OWN_WORDS &&
		    (f->ts < 0.95F || (!soon && p->a->ntitle < 6)))
			return false;
		/* "Things to know today": the line does not tell the day. */
		if (!soon && p->a->body_words > 0 &&
		    p->a->body_words < OWN_WORDS)
			return false;
		/* Its own phrases below another day's title. */
		if (!soon && p->a->body_words < 20 && f->ts < 0.9F)
			return false;
		/* A set of songs, of goods: one text with other names. */
		if (!f->same_body && ((f->w < 0.98F && f->ts < 0.81F) ||
					 (!soon && f->ts < 0.9F)))
			return false;
		return f->ts >= 0.7F ||
		       (soon && f->same_body && f->ts >= 0.3F) ||
		       (f->apart_s <= HOUR && f->same_body);
	}
	return f->tb >= 0.99F && f->ts >= 0.85F && !is_series(p) &&
	       MIN(p->a->ntitle, p->b->ntitle) >= 6 &&
	       (p->other->form == DOC_TITLE || f->w >= 0.5F);
}

/* A site gives an article one number, and other words when it is retitled. */
static bool
renamed(const struct pair *p)
{
	const struct features *f = p->f;

	return f->same_number && (f->c >= 0.35F || f->ts >= 0.35F);
}

/* It may have done so because the figures moved. */
static bool
renumbered(const struct pair *p)
{
	const struct features *f = p->f;

	return renamed(p) && !f->same_body &&
	       (f->tnc > 0.0F || (f->swapped && f->nc >= 0.15F));
}

/* One headline over both: the same words in the same order. */
static bool
same_headline(const struct pair *p)
{
	const struct features *f = p->f;
	uint32_t words = MIN(p->a->ntitle, p->b->ntitle);

	if (f->same_feed)
		return false;
	if (f->tnc > 0.0F || f->anti || is_series(p) || f->elsewhere ||
	    words < 4 ||
	    (words < 5 && MIN(p->a->title_mass, p->b->title_mass) < TELLING))
		return false;
	/* The same words around other figures: see updated(). */
	if (f->swapped && f->nc >= 0.25F && f->w >= 0.6F)
		return false;
	/* A heading that comes again with another day's figures. */
	if (f->swapped && f->nc >= 0.5F && f->numbers >= 2 &&
	    ((f->apart_s >= 12 * HOUR && words < 7) || f->w >= 0.4F))
		return false;
	if (f->same_title || (f->tb >= 0.99F && f->ts >= 0.85F))
		return f->c >= (words < 5      ? 0.4F
				   : words < 6 ? 0.34F
					       : 0.2F) ||
		       p->other->form == DOC_TITLE;
	if (f->apart_s > 36 * HOUR)
		return false;
	/* One is the beginning of the other: sites cut, and add half a line. */
	if (f->tp >= 0.99F && words >= 6 && f->nc < 0.5F &&
	    f->apart_s <= 18 * HOUR && f->w >= (words < 7 ? 0.6F : 0.45F))
		return true;
	/* Two desks may choose nearly the same words for one event, but not
	 * a whole sentence of them. */
	if (words >= 11 && f->ts >= 0.9F && f->tb >= 0.85F)
		return true;
	if (f->w < 0.3F && p->other->form != DOC_TITLE)
		return false;
	if (f->tb < 0.85F && f->w < 0.3F && (f->c < 0.62F || f->tb < 0.8F))
		return false;
	if (words < 8)
		return false;
	return (f->tb >= 0.85F && f->ts >= 0.85F) ||
	       (f->tb >= 0.77F && f->ts >= 0.9F);
}

/*
 * The smaller body stands in the larger. Few shingles are chance or a quote,
 * so they need a like title; a summary must hold something of the fuller
 * text's lead, else it is background that both carry.
 */
static bool
contained(const struct pair *p)
{
	const struct features *f = p->f;

	if (f->same_feed)
		return false;
	if (f->anti && f->w < 0.97F)
		return false;
	if (p->both_full) {
		return (f->w >= 0.85F && (f->w >= 0.97F || f->nc < 0.6F)) ||
		       (f->w >= 0.5F && f->nc < 0.15F &&
			   (f->h >= 0.8F || f->c >= 0.72F));
	}
	if (numbers_differ(p) ||
	    (f->elsewhere && f->names < 0.8F && f->w < 0.85F))
		return false;
	if (f->m < 10 && f->tb < 0.6F && !(f->w >= 0.95F && f->m >= 6))
		return false;
	if (p->one_full)
		return f->w >= 0.7F && f->h >= 0.6F &&
		       (f->hf >= 0.25F || f->ts >= 0.4F);
	/* Half a sentence more is what two desks share by chance. */
	if ((f->w < 0.7F && f->c < 0.74F) || (f->w < 0.78F && f->c < 0.62F))
		return false;
	/* Under another headline, one quoted sentence is in both. */
	if (f->w < 0.75F && f->tp < 0.7F && (f->hf < 0.5F || f->o < 0.8F))
		return false;
	return f->w >= 0.6F && f->c >= 0.35F && (f->hf >= 0.1F || f->c >= 0.5F);
}

/* Edited: much is shared, and the headlines agree. */
static bool
edited(const struct pair *p)
{
	const struct features *f = p->f;

	if (f->same_feed)
		return false;
	if (f->anti || numbers_differ(p) || is_series(p))
		return false;
	/* A title as long as a summary, and it is the other's. */
	if (p->other->form == DOC_TITLE && p->other->ntitle >= 14 &&
	    f->c >= 0.8F && f->r >= 0.85F && f->o >= 0.85F && f->rare >= 8)
		return true;
	if (f->w >= 0.4F && f->m >= 7 && f->c >= 0.6F && f->ts >= 0.8F &&
	    f->tb >= 0.6F)
		return true;
	/* Half of it in other words, but the same names and numbers in the
	 * same order, and none of its own. */
	if (f->w >= 0.55F && f->m >= 10 && f->c >= 0.7F && f->facts >= 0.9F &&
	    f->both >= 5 && f->kinds >= 6 && f->telling >= 0.9F &&
	    f->nc <= 0.0F && f->r >= 0.66F && f->o >= 0.85F &&
	    f->apart_s <= 24 * HOUR)
		return true;
	/* Another headline, but the same names in the same order. */
	return f->w >= 0.5F && f->c >= 0.75F && f->ts >= 0.45F &&
	       f->nc <= 0.0F && f->rare >= 6 && f->r >= 0.66F &&
	       f->o >= 0.85F && f->names >= 0.85F && f->lead >= 0.6F &&
	       f->apart_s <= 24 * HOUR;
}

/*
 * Who rewords a text has no names and numbers of his own, keeps most of those
 * he found, and tells them in the order in which he found them. Another
 * report of the event names others, or tells the same ones in an order of its
 * own; background that both carry stands in one place.
 */
static bool
retold(const struct pair *p)
{
	const struct features *f = p->f;
	float chance = 2.0F * sqrtf((float)f->rare);

	return p->both_full && f->w < 0.12F && f->facts >= 0.5F &&
	       f->both >= 7 && f->kinds >= 11 && f->telling >= 0.8F &&
	       f->o >= 0.6F && f->order >= 10 &&
	       (float)f->order >= chance + 2.5F && f->lead >= 0.1F &&
	       f->spread >= 0.4F;
}

/*
 * Reworded or translated back: hardly three words in a row, but the rare
 * words come in the same order, more than chance would have it (2 * sqrt(n)
 * of n shuffled ones), and from the beginning on: a passage of background
 * stands further down, a list of names in one place. A site does not reword
 * itself.
 */
static bool
reworded(const struct pair *p)
{
	const struct features *f = p->f;
	float chance = 2.0F * sqrtf((float)f->rare);
	float order = (float)f->order;

	if (f->same_feed || f->same_site || f->tnc > 0.0F ||
	    p->other->body_words < FEATURES_ORDER_WORDS)
		return false;
	/* One name over and over has an order, and tells nothing by it. */
	if (f->kinds < 10 || f->apart_s > 30 * HOUR)
		return false;
	/* Beginnings of two reports name the same things in the same order. */
	if (p->fuller->body_words < FULL_REWORDED &&
	    (f->lead < 0.7F || f->o < 0.8F || f->c < 0.55F))
		return false;
	if ((f->nc >= 0.5F && f->numbers >= 2) || (f->anti && f->nc > 0.3F))
		return false;
	/* Whole passages but another lead: background of a saga. */
	if (f->w >= 0.12F && f->lead < 0.3F)
		return false;
	/* Whole passages, but other names: a template. */
	if (f->w >= 0.12F && f->elsewhere && f->nc >= 0.5F)
		return false;
	if (f->w >= 0.3F && (f->hf < 0.15F || f->ts < 0.1F))
		return false;
	if (retold(p))
		return true;
	/* Not a passage that both took over, and told in one order. */
	if (f->w < 0.1F && f->lead >= 0.15F && f->c >= 0.25F && f->o >= 0.7F &&
	    order >= chance + 6.0F)
		return true;
	/* One was cut before or after it was reworded. */
	if (f->lead >= 0.4F && f->c >= 0.45F && f->r >= 0.48F && f->o >= 0.8F &&
	    f->order >= 12 && f->nc < 0.3F)
		return true;
	if (f->spread < 0.25F)
		return false;
	if (f->w >= 0.18F && f->c >= 0.55F && f->r >= 0.5F && f->o >= 0.8F &&
	    f->order >= 12 && f->nc < 0.15F)
		return true;
	/* So few may stand in one order for the things they are about. */
	if ((f->o < 0.85F && order < chance + 5.0F) ||
	    (f->order < 20 && f->lead < 0.25F))
		return false;
	if (p->other->body_words < 110)
		return f->r >= 0.45F && f->o >= 0.8F && f->order >= 16;
	return f->order >= 10 && f->r >= 0.2F && f->o >= 0.66F &&
	       f->c >= 0.23F && f->lead >= 0.15F && order >= chance + 2.8F;
}

/*
 * A round-up holds the other and goes on to other things: it is longer, and
 * its title shares nothing with what it holds.
 */
static bool
embeds(const struct pair *p)
{
	const struct features *f = p->f;

	if (p->fuller != p->a || f->ts >= 0.1F || p->other->form == DOC_TITLE)
		return false;
	return f->w >= 0.8F && f->m >= 12 && f->h >= 0.8F &&
	       (float)p->a->body_words >= 1.6F * (float)p->b->body_words;
}

/* A page that comes every day, by its title, holds a passage of it. */
static bool
embeds_daily(const struct pair *p)
{
	const struct features *f = p->f;

	return (p->a->marks & ~p->b->marks & SIGNATURE_GENERIC) != 0 &&
	       f->ts < 0.3F && f->w >= 0.6F && f->m >= 12 &&
	       p->b->form != DOC_TITLE && !f->same_feed && !f->same_number;
}

/* A round-up may take just the lead of a long text. */
static bool
embeds_lead(const struct pair *p)
{
	const struct features *f = p->f;

	if (f->same_feed || f->same_site)
		return false;
	return f->ts < 0.1F && f->hf >= 0.4F && f->w >= 0.2F && f->w < 0.6F &&
	       f->m >= 14 && f->c < 0.5F && p->b->form != DOC_TITLE;
}

/*
 * A newer version by the same hand: its title says so, or the site that had
 * the text, or its agency, brings it with other figures or another beginning.
 * A template of one feed has other names or figures, and comes another day.
 */
static bool
revised(const struct pair *p)
{
	const struct features *f = p->f;
	bool agency = p->a->agency != 0 && p->a->agency == p->b->agency;
	bool figures = f->swapped && f->nc >= 0.15F;

	if (f->same_body || p->other->form == DOC_TITLE || is_series(p) ||
	    f->w < 0.5F || f->c < 0.6F || f->apart_s > 24 * HOUR)
		return false;
	if ((p->a->marks & SIGNATURE_UPDATE) != 0)
		return f->nc < 0.75F;
	if (f->anti || f->tnc > 0.0F || f->names < 0.8F || f->ts < 0.5F)
		return false;
	/* Two at once are two of a set. */
	if (f->same_feed && (f->elsewhere || f->apart_s < 10 * MINUTE))
		return false;
	if (f->same_feed)
		return f->apart_s <= 12 * HOUR && f->lead >= 0.4F &&
		       f->ts >= 0.6F && (!figures || f->nc < 0.5F) &&
		       (figures || !f->same_title) && f->rare >= 5;
	return agency && figures && f->nc < 0.75F;
}

/*
 * The same text, but figures in it moved: a toll rose. Whoever brings it, that
 * is news. A template has all its figures moved, other names or another day.
 */
static bool
figures_moved(const struct pair *p)
{
	const struct features *f = p->f;
	bool one_hand =
	    f->same_feed || (p->a->agency != 0 && p->a->agency == p->b->agency);

	if (f->moved == 0 || f->same_body || is_series(p) ||
	    f->apart_s > 24 * HOUR || f->w < 0.5F || f->c < 0.6F ||
	    f->names < 0.8F || f->anti)
		return false;
	/* Two at once are two of a set, two a day apart a report that comes
	 * daily. */
	if (f->same_feed &&
	    (f->elsewhere || f->other_day || f->apart_s < 10 * MINUTE ||
		f->apart_s > 12 * HOUR))
		return false;
	if (f->ts < 0.5F && !p->both_full)
		return false;
	/* Other names between the same words: another place's. */
	if (!one_hand && (f->elsewhere || (f->w < 0.7F && f->ts < 0.9F)))
		return false;
	/* The headline has its figure still. */
	if (!one_hand && f->same_title && p->a->ntitle_numbers > 0 &&
	    f->moved < 2)
		return false;
	/* All figures new: another day's, unless it comes soon. */
	if (f->nc >= 0.75F || (f->moved > 1 && f->stayed == 0))
		return f->apart_s <= (one_hand ? 6 : 12) * HOUR &&
		       f->names >= 0.85F && f->moved <= (one_hand ? 3 : 2) &&
		       (f->rare >= 6 || (f->rare >= 3 && f->w >= 0.7F &&
					    f->c >= 0.75F && f->ts >= 0.6F));
	/* One far down may be a slip that was mended, or another measure. */
	return one_hand || f->moved_first || f->moved > 1 ||
	       (f->swapped && f->nc >= 0.15F);
}

/*
 * What came in since stands on top of the old text, which it holds: by the
 * hand that wrote it. Another hand's lead on a text is an edited copy.
 */
static bool
new_lead(const struct pair *p)
{
	const struct features *f = p->f;
	bool agency = p->a->agency != 0 && p->a->agency == p->b->agency;

	if ((!f->same_feed && !agency) || p->fuller != p->a || is_series(p) ||
	    p->b->body_words < OWN_WORDS ||
	    p->a->body_words < p->b->body_words + OWN_WORDS)
		return false;
	if (f->apart_s < 10 * MINUTE || f->apart_s > 12 * HOUR ||
	    f->other_day || f->elsewhere || f->anti)
		return false;
	return f->w >= 0.7F && f->c >= 0.6F && f->hf < 0.5F && f->ts >= 0.4F &&
	       f->names >= 0.7F && f->rare >= 5;
}

/*
 * The same text with other facts, by whom it may be. All figures new is
 * another day's template, other names another place's.
 */
static bool
updated(const struct pair *p)
{
	const struct features *f = p->f;

	if (f->w < 0.5F || f->c < 0.6F || f->apart_s > 24 * HOUR || f->anti ||
	    f->same_feed || f->names < 0.8F || (f->elsewhere && f->w < 0.9F))
		return false;
	/* A day later half the figures are another day's. */
	return f->nc >= 0.15F &&
	       f->nc < (f->apart_s > 12 * HOUR ? 0.45F : 0.75F) &&
	       (f->ts >= 0.5F || p->both_full);
}

/* How long other figures are those of another desk; one is soon another. */
static int64_t
few_figures(const struct features *f)
{
	return f->numbers < 2 ? 12 * HOUR : 8 * HOUR;
}

/*
 * Another report of the event. The sooner it comes the less it must share:
 * what is told about a saga the next day is mostly its next step.
 */
static bool
same_event(const struct pair *p)
{
	const struct features *f = p->f;
	float least = f->apart_s <= 8 * HOUR    ? 0.20F
		      : f->apart_s <= 16 * HOUR ? 0.30F
		      : f->apart_s <= 24 * HOUR ? 0.45F
						: 0.60F;

	if (f->apart_s > 36 * HOUR)
		return false;
	/* Two live pages are of one event when they name the same things. */
	if (is_series(p) &&
	    (f->same_feed || f->c < 0.45F || f->names < 0.8F || f->rare < 2))
		return false;
	if (f->same_feed && f->ts < 0.2F)
		return false; /* the feed's own phrases, see above */
	/* Passages of background below other news. */
	if (f->w >= 0.12F && f->m >= 8 && f->lead < 0.15F &&
	    (f->hf < 0.05F || p->both_full) && f->apart_s > 6 * HOUR)
		return false;
	/* Whole passages, but no word of the beginning: the next step. */
	if (f->w >= 0.25F && f->m >= 20 && f->hf < 0.1F && f->ts < 0.4F)
		return false;
	/* One happened on Wednesday, the other on Thursday. */
	if (f->other_day && (f->apart_s > 6 * HOUR || f->c < 0.45F))
		return false;
	/* Early figures differ from report to report. */
	if (f->nc >= 0.6F && (f->apart_s > few_figures(f) || f->w >= 0.25F ||
				 (f->c < 0.3F && f->kinds < 8)))
		return false;
	return f->c >= least;
}

static const struct {
	bool (*holds)(const struct pair *);
	enum verdict verdict;
	const char *why;
} rules[] = {
	{ embeds, VERDICT_EMBEDS, "embeds" },
	{ embeds_lead, VERDICT_EMBEDS, "embeds" },
	{ embeds_daily, VERDICT_EMBEDS, "embeds" },
	{ revised, VERDICT_UPDATE, "revised" },
	{ figures_moved, VERDICT_UPDATE, "figures" },
	{ new_lead, VERDICT_UPDATE, "new lead" },
	{ renumbered, VERDICT_UPDATE, "figures" },
	{ renamed, VERDICT_COPY, "renamed" },
	{ repeated_in_feed, VERDICT_COPY, "repeated" },
	{ contained, VERDICT_COPY, "contained" },
	{ same_headline, VERDICT_COPY, "headline" },
	{ edited, VERDICT_COPY, "edited" },
	{ reworded, VERDICT_COPY, "reworded" },
	{ updated, VERDICT_UPDATE, "update" },
	{ same_event, VERDICT_STORY, "event" },
};

/* A site tells a thing once, and what has no text is no other one. */
bool
verdict_by_headline(
    const struct doc *a, const struct doc *b, const struct features *f)
{
	uint32_t words = MIN(a->ntitle, b->ntitle);
	uint32_t own = MIN(a->body_words, b->body_words);

	if (f->same_site || f->w >= 0.15F || own < DOC_TITLE_WORDS)
		return false;
	return words < (own < OWN_WORDS ? 7 : 10);
}

enum verdict
verdict_of(const struct doc *a, const struct doc *b, const struct features *f,
    float *score, const char **why)
{
	bool a_fuller = a->body_words >= b->body_words;
	struct pair p = {
		.a = a,
		.b = b,
		.fuller = a_fuller ? a : b,
		.other = a_fuller ? b : a,
		.f = f,
		.one_full = (a->form == DOC_FULL) != (b->form == DOC_FULL),
		.both_full = a->form == DOC_FULL && b->form == DOC_FULL,
	};

	*score = f->c + f->w + f->tb;
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		if (!rules[i].holds(&p))
			continue;
		*why = rules[i].why;
		/* It says that it is newer than what says no such thing. */
		if (rules[i].verdict == VERDICT_COPY && !f->same_body &&
		    (a->marks & ~b->marks & SIGNATURE_UPDATE) != 0)
			return VERDICT_UPDATE;
		return rules[i].verdict;
	}
	*why = "";
	return VERDICT_NONE;
}
