import { FormatError } from './errors.ts';
import type { PromptFormat } from './format.ts';
import { parseJson, stringifyJson } from './json.ts';
import { textOfBody, utf8 } from './text.ts';
import { isList } from './value.ts';

/** One JSON value to a line (https://github.com/ndjson/ndjson-spec): the items of a list. */
export const ndjson: PromptFormat = {
  name: 'ndjson',
  mediaTypes: ['application/x-ndjson', 'application/ndjson', 'application/jsonl'],
  read(bytes, options) {
    const lines = textOfBody(bytes, options.contentType).split('\n');
    return lines.flatMap((line, index) => {
      if (line.trim() === '') return [];
      try {
        return [parseJson(line, options)];
      } catch (cause) {
        if (!(cause instanceof FormatError) || cause.code !== 'unreadable') throw cause;
        throw new FormatError('unreadable', `line ${index + 1} is no JSON`, { cause });
      }
    });
  },
  write(value) {
    const items = isList(value) ? value : [value];
    return {
      bytes: utf8(items.map((item) => `${stringifyJson(item)}\n`).join('')),
      contentType: 'application/x-ndjson; charset=utf-8',
    };
  },
};
