/* lexicon.c - words that mean another word, an opposite, or an agency. */
#include "copy/lexicon.h"

#include <stdbool.h>
#include <string.h>

#include "base/macros.h"
#include "text/token.h"

/* Words, and the one they stand for. */
static const struct {
	const char *as, *words;
} same[] = {
	{ "2", "two" },
	{ "3", "three" },
	{ "4", "four" },
	{ "5", "five" },
	{ "6", "six" },
	{ "7", "seven" },
	{ "8", "eight" },
	{ "9", "nine" },
	{ "10", "ten" },
	{ "11", "eleven" },
	{ "12", "twelve" },
	{ "13", "thirteen" },
	{ "14", "fourteen" },
	{ "15", "fifteen" },
	{ "16", "sixteen" },
	{ "17", "seventeen" },
	{ "18", "eighteen" },
	{ "19", "nineteen" },
	{ "20", "twenty" },
	{ "30", "thirty" },
	{ "40", "forty" },
	{ "50", "fifty" },
	{ "60", "sixty" },
	{ "70", "seventy" },
	{ "80", "eighty" },
	{ "90", "ninety" },
	{ "100", "hundred" },
	{ "us", "usa american americans" },
	{ "uk", "britain british britons" },
	{ "israel", "israeli israelis" },
	{ "iraq", "iraqi iraqis" },
	{ "iran", "iranian iranians" },
	{ "russia", "russian russians" },
	{ "ukraine", "ukrainian ukrainians" },
	{ "china", "chinese" },
	{ "palestinian", "palestinians palestine" },
	{ "syria", "syrian syrians" },
	{ "lebanon", "lebanese" },
	{ "yemen", "yemeni yemenis" },
	{ "turkey", "turkish turkiye turks" },
	{ "jordan", "jordanian jordanians" },
	{ "egypt", "egyptian egyptians" },
	{ "france", "french" },
	{ "germany", "german germans" },
	{ "spain", "spanish" },
	{ "italy", "italian italians" },
	{ "india", "indian indians" },
	{ "pakistan", "pakistani pakistanis" },
	{ "japan", "japanese" },
	{ "australia", "australian australians" },
	{ "canada", "canadian canadians" },
	{ "poland", "polish poles" },
	{ "mexico", "mexican mexicans" },
	{ "brazil", "brazilian brazilians" },
	{ "nigeria", "nigerian nigerians" },
	{ "kenya", "kenyan kenyans" },
	{ "afghanistan", "afghan afghans" },
	{ "armenia", "armenian armenians" },
	{ "azerbaijan", "azerbaijani" },
	{ "serbia", "serbian serbs" },
	{ "sweden", "swedish swedes" },
	{ "argentina", "argentine argentinian" },
	{ "philippines", "philippine filipino" },
	{ "isis", "isil daesh" },
	{ "kill", "dead die died death killing slain" },
	{ "strike", "struck airstrike" },
	{ "shoot", "shot shooting gunman" },
	{ "say", "said saying" },
	{ "win", "won winner" },
	{ "begin", "began begun start" },
	{ "leave", "left" },
	{ "find", "found" },
	{ "hold", "held" },
	{ "make", "made" },
	{ "buy", "bought" },
	{ "sell", "sold" },
	{ "wound", "injure injured injury" },
	{ "arrest", "detain detained" },
	{ "talk", "negotiation negotiate dialogue" },
	{ "percent", "pc" },
};

/* Two sides that one text does not hold at once. */
static const struct {
	const char *one, *other;
} opposites[] = {
	{ "rises rise rose climbs climb climbed gains gained jumps jumped "
	  "surges surged soars soared rallies rallied higher",
	    "falls fall fell drops dropped drop slips slipped slides slid "
	    "plunges plunged declines declined tumbles tumbled sinks lower" },
	{ "raises raise raised hikes lifts increases increased",
	    "cuts cut lowers lowered slashes slashed reduces reduced" },
	{ "opens open opened reopens reopened",
	    "closes close closed shuts shut" },
	{ "arrested arrests detained jailed", "released freed frees releases" },
	{ "convicted guilty", "acquitted" },
	{ "accepts accepted agrees agreed approves approved backs passes "
	  "passed",
	    "rejects rejected refuses refused denies vetoes vetoed blocks" },
	{ "begins began start starts started kicks",
	    "ends ended finishes finished concludes concluded" },
	{ "buys bought acquires", "sells sold" },
	{ "upgrades upgraded", "downgrades downgraded" },
	{ "morning", "evening" },
	{ "midday", "close" },
	{ "enters joins joined", "leaves quits exits" },
	{ "launches launched", "cancels cancelled canceled postpones" },
};

/* From Sunday on: see lexeme.anti. */
static const char *const days[] = { "sunday", "monday", "tuesday", "wednesday",
	"thursday", "friday", "saturday" };

_Static_assert(2 * ARRAY_LEN(opposites) <= LEXICON_DAYS &&
		   LEXICON_DAYS + ARRAY_LEN(days) <= 64,
    "a set of sides and days fits into 64 bits");

/* Words of titles that come every day. */
static const char generics[] =
    "live liveblog blog updates briefing newsletter quiz crossword wordle "
    "horoscope horoscopes podcast lottery recap roundup highlights headlines "
    "digest schedule watchlist connections quordle "
    "glance";

static const char *const agencies[] = {
	"ap",
	"reuters",
	"afp",
	"bloomberg",
	"dpa",
	"efe",
	"xinhua",
	"tass",
	"kyodo",
	"pti",
	"ani",
	"ians",
	"upi",
	"aap",
	"aa",
	"ansa",
	"cnn",
	"interfax",
	"yonhap",
};

#define SLOTS 1024 /* a power of two, several times the words */

static struct {
	uint64_t fold;
	struct lexeme lex;
	bool used;
} table[SLOTS];
static bool ready;

static struct lexeme *
slot(const char *word, size_t len)
{
	uint64_t fold = token_hash(word, len);
	size_t i = (size_t)fold & (SLOTS - 1);

	while (table[i].used && table[i].fold != fold)
		i = (i + 1) & (SLOTS - 1);
	if (!table[i].used) {
		table[i].used = true;
		table[i].fold = fold;
		table[i].lex.anti = -1;
	}
	return &table[i].lex;
}

/* Each word of the list: anti or generic is set where given. */
static void
add(const char *words, int anti, bool generic)
{
	while (*words != '\0') {
		size_t len = strcspn(words, " ");
		struct lexeme *lex = slot(words, len);

		if (anti >= 0)
			lex->anti = (int8_t)anti;
		if (generic)
			lex->generic = 1;
		words += len + (words[len] == ' ');
	}
}

static void
make(void)
{
	for (size_t i = 0; i < ARRAY_LEN(opposites); i++) {
		add(opposites[i].one, (int)(2 * i), false);
		add(opposites[i].other, (int)(2 * i + 1), false);
	}
	for (size_t i = 0; i < ARRAY_LEN(days); i++)
		add(days[i], (int)(LEXICON_DAYS + i), false);
	add(generics, -1, true);
	ready = true;
}

const struct lexeme *
lexicon_find(uint64_t fold)
{
	size_t i = (size_t)fold & (SLOTS - 1);

	if (!ready)
		make();
	while (table[i].used) {
		if (table[i].fold == fold)
			return &table[i].lex;
		i = (i + 1) & (SLOTS - 1);
	}
	return NULL;
}

bool
lexicon_same(size_t i, const char **as, const char **words)
{
	if (i >= ARRAY_LEN(same))
		return false;
	*as = same[i].as;
	*words = same[i].words;
	return true;
}

uint8_t
lexicon_agency(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(agencies); i++) {
		if (strcmp(agencies[i], word) == 0)
			return (uint8_t)(i + 1);
	}
	return 0;
}
