import { isJsonObject, listIn, objectIn, wordIn } from '../fields.ts';
import type { Citation } from '../reply.ts';

/** Reads what an answer rests on (Gemini API reference, "GroundingMetadata", "CitationMetadata"). */
export function readCitations(candidate: unknown): readonly Citation[] {
  const chunks = listIn(objectIn(candidate, 'groundingMetadata'), 'groundingChunks');
  const sources = listIn(objectIn(candidate, 'citationMetadata'), 'citationSources');
  return [
    ...chunks.flatMap((chunk) => {
      const found =
        objectIn(chunk, 'web') ?? objectIn(chunk, 'retrievedContext') ?? objectIn(chunk, 'maps');
      if (found === undefined) return [];
      const quote = wordIn(found, 'text');
      return [{ url: wordIn(found, 'uri'), title: wordIn(found, 'title'), quote }];
    }),
    ...sources
      .filter((source) => isJsonObject(source))
      .map((source) => ({ url: wordIn(source, 'uri'), title: undefined, quote: undefined })),
  ];
}

/** Only what was retrieved has room for a quote. */
export function writeCitations(citations: readonly Citation[]): object {
  if (citations.length === 0) return {};
  const groundingChunks = citations.map(({ url, title, quote }) =>
    quote === undefined
      ? { web: { uri: url, title } }
      : { retrievedContext: { uri: url, title, text: quote } },
  );
  return { groundingMetadata: { groundingChunks } };
}
