/* date_names.c - tables of the words that dates in feeds are made of. */
#include <string.h>

#include "base/macros.h"
#include "feed/date_names.h"

/*
 * A name is known by its beginning, so one row serves the short and the long
 * form and every case ending. Where languages disagree, the one met more
 * often in feeds has the row (listopad: November, as in Polish and Czech).
 */
static const struct {
	const char *start;
	int month;
} months[] = {
	/* English, German, Dutch, Scandinavian, Romance languages */
	{ "jan", 1 },
	{ "feb", 2 },
	{ "mar", 3 },
	{ "apr", 4 },
	{ "may", 5 },
	{ "jun", 6 },
	{ "jul", 7 },
	{ "aug", 8 },
	{ "sep", 9 },
	{ "oct", 10 },
	{ "nov", 11 },
	{ "dec", 12 },
	{ "jän", 1 },
	{ "ene", 1 },
	{ "gen", 1 },
	{ "ian", 1 },
	{ "fév", 2 },
	{ "fev", 2 },
	{ "mär", 3 },
	{ "mrz", 3 },
	{ "mrt", 3 },
	{ "maa", 3 },
	{ "avr", 4 },
	{ "abr", 4 },
	{ "mai", 5 },
	{ "mei", 5 },
	{ "maj", 5 },
	{ "mag", 5 },
	{ "maí", 5 },
	{ "juin", 6 },
	{ "giu", 6 },
	{ "iun", 6 },
	{ "juil", 7 },
	{ "lug", 7 },
	{ "iul", 7 },
	{ "ago", 8 },
	{ "aoû", 8 },
	{ "aou", 8 },
	{ "agu", 8 },
	{ "agt", 8 },
	{ "ágú", 8 },
	{ "set", 9 },
	{ "okt", 10 },
	{ "ott", 10 },
	{ "out", 10 },
	{ "noi", 11 },
	{ "nóv", 11 },
	{ "déc", 12 },
	{ "dez", 12 },
	{ "dic", 12 },
	{ "des", 12 },
	/* Hungarian */
	{ "már", 3 },
	{ "ápr", 4 },
	{ "máj", 5 },
	{ "máu", 5 },
	{ "jún", 6 },
	{ "júl", 7 },
	{ "szep", 9 },
	/* Polish */
	{ "sty", 1 },
	{ "lut", 2 },
	{ "kwi", 4 },
	{ "cze", 6 },
	{ "lip", 7 },
	{ "sie", 8 },
	{ "wrz", 9 },
	{ "paź", 10 },
	{ "paz", 10 },
	{ "lis", 11 },
	{ "gru", 12 },
	/* Czech, Slovak, Croatian */
	{ "led", 1 },
	{ "úno", 2 },
	{ "bře", 3 },
	{ "dub", 4 },
	{ "kvě", 5 },
	{ "červenec", 7 },
	{ "července", 7 },
	{ "čer", 6 },
	{ "srp", 8 },
	{ "zář", 9 },
	{ "říj", 10 },
	{ "pro", 12 },
	/* Finnish */
	{ "tammi", 1 },
	{ "helmi", 2 },
	{ "maalis", 3 },
	{ "huhti", 4 },
	{ "touko", 5 },
	{ "kesä", 6 },
	{ "heinä", 7 },
	{ "elo", 8 },
	{ "syys", 9 },
	{ "loka", 10 },
	{ "marras", 11 },
	{ "joulu", 12 },
	/* Turkish */
	{ "oca", 1 },
	{ "şub", 2 },
	{ "nis", 4 },
	{ "haz", 6 },
	{ "tem", 7 },
	{ "ağu", 8 },
	{ "eyl", 9 },
	{ "eki", 10 },
	{ "kas", 11 },
	{ "ara", 12 },
	/* Russian, Bulgarian */
	{ "янв", 1 },
	{ "яну", 1 },
	{ "фев", 2 },
	{ "мар", 3 },
	{ "апр", 4 },
	{ "май", 5 },
	{ "мая", 5 },
	{ "июн", 6 },
	{ "юни", 6 },
	{ "июл", 7 },
	{ "юли", 7 },
	{ "авг", 8 },
	{ "сен", 9 },
	{ "сеп", 9 },
	{ "окт", 10 },
	{ "ноя", 11 },
	{ "ное", 11 },
	{ "дек", 12 },
	/* Ukrainian */
	{ "січ", 1 },
	{ "лют", 2 },
	{ "бер", 3 },
	{ "кві", 4 },
	{ "тра", 5 },
	{ "чер", 6 },
	{ "лип", 7 },
	{ "сер", 8 },
	{ "вер", 9 },
	{ "жов", 10 },
	{ "лис", 11 },
	{ "гру", 12 },
	/* Greek, with and without accents */
	{ "ιαν", 1 },
	{ "φεβ", 2 },
	{ "μάώ", 3 },
	{ "μαώ", 3 },
	{ "μαρ", 3 },
	{ "μάρ", 3 },
	{ "απρ", 4 },
	{ "μάι", 5 },
	{ "μαϊ", 5 },
	{ "μαΐ", 5 },
	{ "μαι", 5 },
	{ "ιούν", 6 },
	{ "ιουν", 6 },
	{ "ιον", 6 },
	{ "ιούλ", 7 },
	{ "ιουλ", 7 },
	{ "ιολ", 7 },
	{ "αύγ", 8 },
	{ "αυγ", 8 },
	{ "σεπ", 9 },
	{ "οκτ", 10 },
	{ "νοέ", 11 },
	{ "νοε", 11 },
	{ "δεκ", 12 },
	/* Arabic */
	{ "يناير", 1 },
	{ "فبراير", 2 },
	{ "مارس", 3 },
	{ "أبريل", 4 },
	{ "ابريل", 4 },
	{ "مايو", 5 },
	{ "يونيو", 6 },
	{ "يوليو", 7 },
	{ "أغسطس", 8 },
	{ "اغسطس", 8 },
	{ "سبتمبر", 9 },
	{ "أكتوبر", 10 },
	{ "اكتوبر", 10 },
	{ "نوفمبر", 11 },
	{ "ديسمبر", 12 },
	/* Hebrew */
	{ "ינו", 1 },
	{ "פבר", 2 },
	{ "מרץ", 3 },
	{ "מרס", 3 },
	{ "אפר", 4 },
	{ "מאי", 5 },
	{ "יונ", 6 },
	{ "יול", 7 },
	{ "אוג", 8 },
	{ "ספט", 9 },
	{ "אוק", 10 },
	{ "נוב", 11 },
	{ "דצמ", 12 },
};

/* Hours and minutes east, as hhmm. RFC 822 and the abbreviations in use. */
static const struct {
	const char *name;
	int hhmm;
} zones[] = {
	{ "z", 0 },
	{ "ut", 0 },
	{ "utc", 0 },
	{ "gmt", 0 },
	{ "wet", 0 },
	{ "est", -500 },
	{ "edt", -400 },
	{ "et", -500 },
	{ "cst", -600 },
	{ "cdt", -500 },
	{ "ct", -600 },
	{ "mst", -700 },
	{ "mdt", -600 },
	{ "mt", -700 },
	{ "pst", -800 },
	{ "pdt", -700 },
	{ "pt", -800 },
	{ "ast", -400 },
	{ "adt", -300 },
	{ "at", -400 },
	{ "nst", -330 },
	{ "ndt", -230 },
	{ "akst", -900 },
	{ "akdt", -800 },
	{ "hst", -1000 },
	{ "art", -300 },
	{ "brt", -300 },
	{ "clt", -400 },
	{ "a", -100 },
	{ "n", 100 },
	{ "m", -1200 },
	{ "y", 1200 },
	{ "bst", 100 },
	{ "west", 100 },
	{ "wat", 100 },
	{ "cet", 100 },
	{ "met", 100 },
	{ "mez", 100 },
	{ "cest", 200 },
	{ "mest", 200 },
	{ "mesz", 200 },
	{ "eet", 200 },
	{ "cat", 200 },
	{ "sast", 200 },
	{ "eest", 300 },
	{ "msk", 300 },
	{ "eat", 300 },
	{ "trt", 300 },
	{ "msd", 400 },
	{ "gst", 400 },
	{ "irst", 330 },
	{ "pkt", 500 },
	{ "ist", 530 },
	{ "npt", 545 },
	{ "ict", 700 },
	{ "wib", 700 },
	{ "hkt", 800 },
	{ "sgt", 800 },
	{ "myt", 800 },
	{ "pht", 800 },
	{ "awst", 800 },
	{ "jst", 900 },
	{ "kst", 900 },
	{ "acst", 930 },
	{ "aest", 1000 },
	{ "aedt", 1100 },
	{ "nzst", 1200 },
	{ "nzdt", 1300 },
};

static const struct {
	const char *word;
	char half;
} halves[] = {
	{ "am", 'a' },
	{ "pm", 'p' },
	{ "오전", 'a' },
	{ "오후", 'p' },
	{ "上午", 'a' },
	{ "下午", 'p' },
	{ "午前", 'a' },
	{ "午後", 'p' },
	{ "πμ", 'a' },
	{ "μμ", 'p' },
};

int
date_month_of(const char *word)
{
	size_t best = 0;
	int month = 0;

	for (size_t i = 0; i < ARRAY_LEN(months); i++) {
		size_t n = strlen(months[i].start);

		if (n > best && strncmp(word, months[i].start, n) == 0) {
			best = n;
			month = months[i].month;
		}
	}
	return month;
}

bool
date_zone_of(const char *word, int *minutes)
{
	for (size_t i = 0; i < ARRAY_LEN(zones); i++) {
		if (strcmp(word, zones[i].name) == 0) {
			*minutes =
			    zones[i].hhmm / 100 * 60 + zones[i].hhmm % 100;
			return true;
		}
	}
	return false;
}

char
date_half_of(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(halves); i++) {
		if (strcmp(word, halves[i].word) == 0)
			return halves[i].half;
	}
	return 0;
}
