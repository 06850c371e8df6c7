/**
 * The JSON document in what a model has said. Models put one into a fence, or a sentence before it;
 * that much is taken off. What is cut short is not made whole: half an answer is none.
 */
export function documentIn(
  said: string,
): { readonly value: unknown; readonly isRepaired: boolean } | undefined {
  const text = said.trim();
  const whole = parsed(text);
  if (whole !== undefined) return { ...whole, isRepaired: false };
  for (const candidate of candidatesIn(text)) {
    const found = parsed(candidate) ?? parsed(withoutTrailingCommas(candidate));
    if (found !== undefined) return { ...found, isRepaired: true };
  }
  return undefined;
}

function* candidatesIn(said: string): Generator<string> {
  // Some models think aloud before they answer.
  const text = said.replace(/^[\s\S]*<\/think(?:ing)?>/, '').trim();
  if (text !== said) yield text;
  const fences = [...text.matchAll(/```[\w+-]*[ \t]*\r?\n([\s\S]*?)```/g)];
  for (const [, inside = ''] of fences.toReversed()) yield inside.trim();
  const start = text.search(/[[{]/);
  if (start === -1) return;
  const end = text.lastIndexOf(text[start] === '{' ? '}' : ']');
  if (end > start) yield text.slice(start, end + 1);
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

/**
 * Texts are passed over whole, so that a comma inside of one stays; one without an end, too, which would
 * be read to the end again from each quote in it.
 */
const withoutTrailingCommas = (text: string): string =>
  text.replace(
    /("(?:[^"\\]|\\[^])*(?:"|\\?$))|,(?=\s*[\]}])/g,
    (_all, quoted: string | undefined) => quoted ?? '',
  );
