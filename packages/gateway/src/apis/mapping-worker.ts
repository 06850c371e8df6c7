/** The back of `mapping.ts`: maps one document after the other. */
import { parentPort } from 'node:worker_threads';
import { FormatError, Mapping } from '@vitalgate/formats';
import type { FromThread } from '../job-thread.ts';
import { boxed, unboxed, type FromMapping, type ToMapping } from './mapping-messages.ts';

/** Configurations change, and what they said before is not to be kept. */
const MOST_MAPPINGS = 256;
const mappings = new Map<string, Mapping>();

function mappingOf(text: string): Mapping {
  let mapping = mappings.get(text);
  if (mapping === undefined) {
    mapping = new Mapping(text);
    if (mappings.size >= MOST_MAPPINGS) mappings.clear();
    mappings.set(text, mapping);
  }
  return mapping;
}

async function apply({ text, input, bindings }: ToMapping): Promise<FromMapping> {
  try {
    return { made: boxed(await mappingOf(text).apply(unboxed(input), bindings)) };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { code: error.code, detail: error.detail };
  }
}

const tell = (message: FromThread<FromMapping>) => parentPort?.postMessage(message);

parentPort?.on('message', (order: ToMapping) => {
  void apply(order).then((answer) => tell({ answer }));
});
tell({ ready: true });
