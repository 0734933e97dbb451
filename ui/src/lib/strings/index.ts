/** The words in the system's language, English where there is no translation. A new language is one more file. */
import { de } from "./de";
import { en, type Strings } from "./en";

const languages: Record<string, Strings> = { en, de };

/** The first of the wished languages that there is. */
export function chosen(wished: readonly string[]): [string, Strings] {
  for (const language of wished) {
    const short = language.toLowerCase().split("-")[0] ?? "";
    const words = languages[short];
    if (words) return [short, words];
  }
  return ["en", en];
}

const [language, words] = chosen(globalThis.navigator?.languages ?? []);
export const strings: Strings = words;

/** Screen readers pronounce a page by its declared language. */
export function declareLanguage() {
  document.documentElement.lang = language;
}
