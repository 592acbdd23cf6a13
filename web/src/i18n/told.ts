/** English texts that a server says, by what they are in another language. Names in braces stand for what changes. */
export type Dictionary = Readonly<Record<string, string>>;

interface Template {
  pattern: RegExp;
  text: string;
}

/** Reasons within reasons: no sentence of the server goes deeper. */
const DEPTH_MAX = 4;
/** Where the server puts several of its sentences in one line. */
const SEAMS = [/; /, /\n/, /(?<=\.) (?=[\dA-Z])/];
const KEPT_MAX = 500;

/**
 * Gives the text in the dictionary's language, or null where it has no words for it.
 *
 * A hole takes anything and hands it on as it is, since it holds names and numbers; one whose name begins with `why`
 * takes only another text that the dictionary knows, and hands on what that is called there.
 */
export function createTold(dictionary: Dictionary): (text: string) => string | null {
  let templates: readonly Template[] | undefined;
  const kept = new Map<string, string | null>();

  function find(text: string, depth: number): string | null {
    if (Object.hasOwn(dictionary, text)) return dictionary[text] ?? null;
    if (depth >= DEPTH_MAX) return null;
    templates ??= compile(dictionary);
    for (const template of templates) {
      const found = fill(template, text, depth);
      if (found !== null) return found;
    }
    for (const seam of SEAMS) {
      const parts = text.split(seam);
      if (parts.length < 2) continue;
      const told = parts.map((part) => find(part, depth + 1));
      if (told.every((part) => part !== null)) return told.join(/\n/.test(text) ? "\n" : seam === SEAMS[0] ? "\u00a0; " : " ");
    }
    return null;
  }

  function fill({ pattern, text: made }: Template, text: string, depth: number): string | null {
    const holes = pattern.exec(text)?.groups;
    if (!holes) return null;
    const values: Record<string, string> = {};
    for (const [name, value] of Object.entries(holes)) {
      const told = name.startsWith("why") ? find(value, depth + 1) : value;
      if (told === null) return null;
      values[name] = told;
    }
    return made.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
  }

  return (text) => {
    let found = kept.get(text);
    if (found === undefined) {
      found = find(text, 0);
      if (kept.size >= KEPT_MAX) kept.clear();
      kept.set(text, found);
    }
    return found;
  };
}

function compile(dictionary: Dictionary): Template[] {
  return Object.entries(dictionary)
    .filter(([english]) => /\{\w+\}/.test(english))
    .map(([english, text]) => ({ pattern: patternOf(english), text }));
}

/** Who says something is named in front of a colon, so no name goes beyond one; what is counted is a number. */
function hole(name: string): string {
  if (name === "count") return "(?<count>\\d[\\d,]*)";
  return name === "name" || name === "label" ? `(?<${name}>(?:(?!: ).)+?)` : `(?<${name}>.+?)`;
}

function patternOf(english: string): RegExp {
  const source = english
    .split(/(\{\w+\})/)
    .map((part) => (/^\{\w+\}$/.test(part) ? hole(part.slice(1, -1)) : part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")))
    .join("");
  return new RegExp(`^${source}$`, "s");
}
