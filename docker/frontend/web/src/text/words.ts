// Small matters of wording.

/** "1 task", "2 tasks". */
export const count = (number: number, noun: string) =>
  `${number} ${noun}${number === 1 ? "" : "s"}`;

/** "home, car " becomes ["home", "car"], each once. */
export function parseTags(text: string): string[] {
  const tags = text.split(/[,\s]+/).map((tag) => tag.replace(/^#+/, "").trim());
  return [...new Set(tags.filter((tag) => tag !== ""))];
}

/** The letters that stand for a person. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map(
    (word) => word?.[0] ?? "",
  );
  return letters.join("").toUpperCase() || "?";
}

/**
 * A title inside a sentence: in quotation marks, and isolated, so that a title written from right to
 * left does not turn the sentence around it.
 */
export const quote = (title: string) => `“\u2068${title}\u2069”`;
