import { Failure } from '@vitalgate/contract';
import type { Running } from '../running.ts';
import type { Admitted } from './exchange.ts';

/** Models have no date of their own here; both vendors demand one. */
const CREATED_SECONDS = Date.UTC(2026, 0, 1) / 1000;

/** Answers `GET /v1/models` and `/v1/models/{id}` with what the key may use, in the caller's dialect. */
export function listModels(admitted: Admitted, running: Running): string {
  const { key, dialect, listed } = admitted;
  const names = [...running.routes.keys()].filter(
    (name) => key?.models === undefined || key.models.has(name),
  );
  const describe: (name: string) => object = dialect === 'anthropic' ? asAnthropic : asOpenAi;
  if (listed !== undefined) {
    const name = decode(listed);
    if (name === undefined || !names.includes(name)) {
      throw new Failure('model_not_found', 'there is no model of this name; see GET /v1/models');
    }
    return JSON.stringify(describe(name));
  }
  const data = names.map(describe);
  return JSON.stringify(
    dialect === 'anthropic'
      ? { data, has_more: false, first_id: names[0] ?? null, last_id: names.at(-1) ?? null }
      : { object: 'list', data },
  );
}

function decode(id: string): string | undefined {
  try {
    return decodeURIComponent(id);
  } catch {
    return undefined;
  }
}

/** OpenAI API reference, "The model object". */
const asOpenAi = (name: string) => ({
  id: name,
  object: 'model',
  created: CREATED_SECONDS,
  owned_by: 'vitalgate',
});

/** Anthropic API reference, "List Models". */
const asAnthropic = (name: string) => ({
  type: 'model',
  id: name,
  display_name: name,
  created_at: new Date(CREATED_SECONDS * 1000).toISOString(),
});
