import { readFileSync } from 'node:fs';
import type { Config } from '@vitalgate/contract';
import { parseSource, type PlacedMistake } from '../config/load.ts';
import { isAddress } from './description-source.ts';
import { brokenIn, Description } from './openapi.ts';

/**
 * What is wrong with the descriptions of APIs in files that a configuration names, each told at the place that names
 * it. Every schema is compiled for it, which takes seconds where there are thousands. Addresses are not asked.
 */
export function mistakesInDescriptions(text: string, { apis }: Config): PlacedMistake[] {
  const { place } = parseSource(text, (value) => ({ value }));
  return apis.flatMap(({ openapi }, i) => {
    if (openapi === undefined || isAddress(openapi.document)) return [];
    return mistakesOf(openapi.document).map((mistake) =>
      place(['apis', i, 'openapi', 'document'], `apis.${i}.openapi.document: ${mistake}`),
    );
  });
}

function mistakesOf(file: string): string[] {
  try {
    return brokenIn(Description.read(readFileSync(file, 'utf8'))).map(
      ({ operation, detail }) => `${operation}: ${detail}`,
    );
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
