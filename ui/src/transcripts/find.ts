/** Finding words in passages, whatever their case. */
export interface Place {
  passage: number;
  /** In characters of the passage. */
  at: number;
}

export function places(passages: string[], wanted: string): Place[] {
  const needle = wanted.trim().toLocaleLowerCase();
  if (!needle) return [];
  return passages.flatMap((text, passage) => {
    const low = text.toLocaleLowerCase();
    // A letter that changes its length with its case would move everything behind it.
    const hay = low.length === text.length ? low : text;
    const found: Place[] = [];
    for (let at = hay.indexOf(needle); at >= 0; at = hay.indexOf(needle, at + needle.length)) found.push({ passage, at });
    return found;
  });
}
