/* verdict.c - the rules by which two texts are a copy, a story, or nothing. */
#include "copy/verdict.h"

#include <stddef.h>

#include "base/macros.h"
#include "copy/doc.h"
#include "copy/signature.h"

#define STORY_S (36 * 3600) /* two reports of one event are not further apart */

/* Two full texts. */
static enum verdict
full_full(const struct doc *a, const struct doc *b, const struct features *f,
    const char **why)
{
	(void)b;
	if (f->anti && f->w < 0.97F)
		return VERDICT_NONE;
	if (f->nc >= 0.6F && f->numbers >= 4)
		return VERDICT_NONE;
	*why = "contained";
	if (f->w >= 0.85F)
		return VERDICT_COPY;
	if (f->w >= 0.5F && f->nc < 0.15F && (f->h >= 0.8F || f->c >= 0.72F))
		return VERDICT_COPY;
	*why = "embeds";
	if (f->h >= 0.8F && f->m >= 60 && a->nlead >= 25)
		return VERDICT_EMBEDS;
	*why = "reworded";
	if (f->w >= 0.25F && f->c >= 0.6F && f->r >= 0.5F && f->o >= 0.6F &&
	    f->order >= 12 && f->nc < 0.15F)
		return VERDICT_COPY;
	if (f->r >= 0.33F && f->o >= 0.66F && f->order >= 24 && f->nc < 0.3F)
		return VERDICT_COPY;
	return VERDICT_NONE;
}

static enum verdict
short_short(const struct doc *a, const struct doc *b, const struct features *f,
    const char **why)
{
	if (f->anti || f->nc >= 0.5F)
		return VERDICT_NONE;
	*why = "title";
	if ((a->form == DOC_TITLE || b->form == DOC_TITLE) && f->ts >= 0.8F &&
	    MIN(a->ntitle, b->ntitle) >= 4)
		return VERDICT_COPY;
	*why = "contained";
	if (f->w >= 0.6F && f->c >= 0.5F)
		return VERDICT_COPY;
	*why = "same-title";
	if (f->same_title && f->c >= 0.35F)
		return VERDICT_COPY;
	*why = "edited";
	if (f->c >= 0.5F && f->w >= 0.25F && f->r >= 0.5F)
		return VERDICT_COPY;
	return VERDICT_NONE;
}

static enum verdict
full_short(const struct doc *a, const struct doc *b, const struct features *f,
    const char **why)
{
	(void)a;
	(void)b;
	if (f->anti || f->nc >= 0.5F)
		return VERDICT_NONE;
	*why = "contained";
	if (f->w >= 0.7F && f->h >= 0.6F && (f->hf >= 0.25F || f->ts >= 0.4F))
		return VERDICT_COPY;
	*why = "same-title";
	if (f->same_title && f->c >= 0.3F)
		return VERDICT_COPY;
	return VERDICT_NONE;
}

enum verdict
verdict_of(const struct doc *a, const struct doc *b, const struct features *f,
    float *score, const char **why)
{
	enum verdict v;

	*why = "";
	*score = f->c + f->w;
	if (a->form == DOC_FULL && b->form == DOC_FULL)
		v = full_full(a, b, f, why);
	else if (a->form != DOC_FULL && b->form != DOC_FULL)
		v = short_short(a, b, f, why);
	else
		v = full_short(a, b, f, why);
	if (v != VERDICT_NONE)
		return v;
	*why = "event";
	if (f->c >= 0.30F && f->nc < 0.6F && f->apart_s <= STORY_S)
		return VERDICT_STORY;
	*why = "";
	return VERDICT_NONE;
}
