/* tail_table.c - the words by which furniture is known. */
#include "text/tail_table.h"

#include "base/macros.h"

const struct tail_row tail_rows[] = {
	/* English. */
	{ TAIL_HEADING,
	    "Related|Related Posts|Related Post|Related Stories|Related Story|"
	    "Related Articles|Related Article|Related News|Related Content|"
	    "Related Topics|Related Coverage|Related Links|Related Reading|"
	    "Related Items|Related Videos|Read more|Read More Stories|"
	    "Read also|Also read|Also in the news|More news|More stories|"
	    "More headlines|More to read|More like this|More on this story|"
	    "More on this|More on this topic|More from this section|"
	    "More coverage|Most read|Most popular|Most viewed|Most shared|"
	    "Most recent|Recommended|Recommended Stories|Recommended reading|"
	    "Recommended for you|Recommended articles|Recommendation|"
	    "Recommendations|Ranking|Trending|Trending now|Trending stories|"
	    "Trending news|Trending topics|Top stories|Top news|Latest news|"
	    "Latest stories|Latest headlines|Latest posts|Editors' Picks|"
	    "Editor's Picks|Editor's Pick|Editor's choice|You may also like|"
	    "You might also like|You may like|You may be interested in|"
	    "You may also be interested in|Don't miss|Up next|Read next|"
	    "What to read next|What others are reading|Popular now|"
	    "Popular posts|Popular stories|Popular news|Popular articles|"
	    "In case you missed it|ICYMI|Keep reading|See also|"
	    "Further reading|Must read|Must reads|Follow us|"
	    "Follow us on social media|Follow us on|Connect with us|"
	    "Share this|Share this article|Share this story|Share this post|"
	    "Sponsored|Sponsored content|Sponsored stories|Promoted content|"
	    "Paid content|Around the web|From around the web|From the web|"
	    "From our partners|Next article|Previous article|Next post|"
	    "Previous post|About the author|About the authors|Leave a comment|"
	    "Leave a reply|Post a comment|Join the conversation|Comments|"
	    "Hot topics|Hot news|Filed under|Featured stories|"
	    "Explore more|Discover more|Other stories|Other news|"
	    "Our latest stories|Today's top stories|Top picks|For you" },
	{ TAIL_LINE,
	    "Scroll to top|Back to top|Advertisement|Advertising|"
	    "Story continues below advertisement|Article continues below|"
	    "Article continues after advertisement|Skip advertisement|"
	    "Story continues|Loading|Share|Tweet|Print|Email|Save|View|"
	    "View comments|Show more|Load more|See more|More|Read more|"
	    "Copy link|Link copied|Beacon|Subscribe|Subscribe now|Sign up|"
	    "Watch live|Listen now|View gallery|View image in fullscreen|"
	    "Newsletter|Newsletter sign up|Tags|Photos|All rights reserved" },
	{ TAIL_PREFIX,
	    "Read more|Read also|Also read|Read full article|"
	    "Read the full article|Read the full story|Read full story|"
	    "Continue reading|Click here|Click to|Tap here|Sign up for|"
	    "Sign up to|Subscribe to|Subscribe now|Follow us on|"
	    "Follow our|Like us on|Join us on|Join our|Download our|"
	    "Download the app|Get the latest|Get our|Get all the latest|"
	    "This article originally appeared|This article was originally|"
	    "This story originally appeared|This story was originally|"
	    "This post originally appeared|All rights reserved|Copyright|"
	    "Reporting by|Listen to this article|Story continues below|"
	    "Article continues below|veryGood|Our Standards|"
	    "Never miss a story|Stay up to date with|"
	    "For more stories like this|For all the latest" },
	{ TAIL_LABEL,
	    "Related|Related story|Related stories|Related article|"
	    "Related news|Read|Read here|Read this|Watch|Watch now|"
	    "Watch video|Date|Updated|Published|Current|See also|See more|"
	    "More|More on this|More news|"
	    "Tags|Tag|Topics|Topic|Filed under|Categories|Category|"
	    "Posted in|Must read|Don't miss|Recommended|Trending|ICYMI|"
	    "Also see|Don't miss this|Share this|Next|Previous" },
	{ TAIL_LEADING,
	    "View|Share|Print|Listen|Save|Home|Menu|Search|News|World|"
	    "Share this article|Share on Facebook|Share on Twitter|"
	    "Add to favorites|Bookmark|Comments|Comment|Like|"
	    "1 min read|2 min read|3 min read|4 min read|5 min read|"
	    "6 min read|7 min read|8 min read|1 minute read|2 minute read|"
	    "3 minute read|4 minute read|5 minute read" },

	/* Arabic, Persian. */
	{ TAIL_HEADING,
	    "اقرأ أيضا|إقرأ أيضا|اقرأ المزيد|اقرأوا أيضا|مواضيع ذات صلة|"
	    "موضوعات ذات صلة|أخبار ذات صلة|مقالات ذات صلة|ذات صلة|"
	    "الأكثر قراءة|الأكثر مشاهدة|الأكثر تداولا|قد يهمك|قد يهمك أيضا|"
	    "قد يعجبك أيضا|تابعنا|تابعونا|تابعنا على|شاهد أيضا|"
	    "مواضيع مرتبطة|أخبار متعلقة|آخر الأخبار|المزيد من الأخبار|"
	    "بیشتر بخوانید|مطالب مرتبط|اخبار مرتبط" },
	{ TAIL_PREFIX,
	    "اقرأ أيضا|إقرأ أيضا|اقرأ المزيد|شاهد أيضا|بیشتر بخوانید" },

	/* French, German, Dutch. */
	{ TAIL_HEADING,
	    "À lire aussi|Lire aussi|Lire la suite|Lire également|"
	    "Sur le même sujet|Sur le même thème|Articles liés|"
	    "Articles similaires|À découvrir|Voir aussi|Les plus lus|"
	    "Les plus lues|Le plus lu|Suivez-nous|Recommandé pour vous|"
	    "Dans la même rubrique|Mehr zum Thema|Lesen Sie auch|"
	    "Auch interessant|Das könnte Sie auch interessieren|Meistgelesen|"
	    "Weitere Artikel|Verwandte Artikel|Ähnliche Artikel|"
	    "Weitere Nachrichten|Weiterlesen|Mehr lesen|"
	    "Meistgelesene Artikel|Lees ook|Lees meer|Meest gelezen|"
	    "Gerelateerd|Gerelateerde artikelen" },
	{ TAIL_PREFIX, "À lire aussi|Lire aussi|Lire la suite|Lesen Sie auch|"
		       "Weiterlesen|Lees ook|Lees meer" },

	/* Spanish, Portuguese, Italian. */
	{ TAIL_HEADING,
	    "Noticias relacionadas|Relacionadas|Relacionado|"
	    "Te puede interesar|También te puede interesar|"
	    "Le puede interesar|Lee también|Lea también|Leer más|Más leídas|"
	    "Lo más leído|Las más leídas|Más noticias|Más información|"
	    "Artículos relacionados|Síguenos|Leia também|Leia mais|"
	    "Veja também|Mais lidas|Mais lidos|Notícias relacionadas|"
	    "Leggi anche|Articoli correlati|Potrebbe interessarti|"
	    "Potrebbe interessarti anche|Leggi di più|I più letti|"
	    "Ti potrebbe interessare" },
	{ TAIL_PREFIX,
	    "Lee también|Lea también|Leia também|Leia mais|Veja também|"
	    "Leggi anche" },

	/* Turkish, Indonesian, Russian, Ukrainian, Hindi, East Asia. */
	{ TAIL_HEADING,
	    "İlgili haberler|En çok okunanlar|Devamını oku|"
	    "Bunlar da ilginizi çekebilir|Baca juga|Artikel terkait|"
	    "Berita terkait|Читайте также|По теме|Материалы по теме|"
	    "Самое читаемое|Популярное|Ещё по теме|Новости по теме|"
	    "Читайте також|За темою|यह भी पढ़ें|相关新闻|相关阅读|推荐阅读|"
	    "延伸阅读|相關新聞|延伸閱讀|関連記事|おすすめ|おすすめ記事|"
	    "관련기사|관련 기사" },
	{ TAIL_PREFIX, "Baca juga|Читайте также|Читайте також|यह भी पढ़ें" },
};
const size_t tail_rows_len = ARRAY_LEN(tail_rows);

const struct tail_closing tail_closings[] = {
	{ "Continue reading", 160 },
	{ "Read Full Article at ", 60 },
	{ "Read full story", 60 },
	{ "Read full article", 60 },
	{ "Read the full story", 60 },
	{ "Read the full article", 60 },
	{ "Read more at ", 60 },
	{ "Read more on ", 60 },
	{ "Read more", 8 },
	{ "Read on", 4 },
	{ "[Read more", 12 },
	{ "[...]", 8 },
	{ "[\342\200\246]", 8 },
	{ "(Reporting by ", 400 },
	{ "(Additional reporting by ", 400 },
	{ "(Writing by ", 400 },
	{ "(This story has not been edited by ", 200 },
	{ "(This article was ", 200 },
};
const size_t tail_closings_len = ARRAY_LEN(tail_closings);
