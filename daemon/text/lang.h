/*
 * lang - in which language is a text?
 *
 * Pure. By script where that decides, else by the commonest words of a dozen
 * languages in Latin script. Meant for choosing stems and lists, not for
 * linguistics: a few words give no answer rather than a guess.
 */
#ifndef TEXT_LANG_H
#define TEXT_LANG_H

struct tokens;

/*
 * Fill `lang` ("en", "ar", "" when unknown) from `given` (an RFC 5646 tag such
 * as "en-US", may be NULL) and the tokens. What is given holds, unless the
 * text is in another script.
 */
void lang_detect(const struct tokens *tk, const char *given, char lang[4]);

#endif
