import { wire as anthropic } from '../anthropic/wire.ts';
import { isClaude, publisher } from '../vertex/wire.ts';
import type { ProviderWire, Wrapping } from '../wire.ts';
import { withoutModel } from '../without-model.ts';
import { PassingReader } from './stream-reader.ts';

export const wrapping: Wrapping = {
  wrap: withoutModel('vertex-2023-10-16', { keepsStream: true }),
  unwrap: (onText) => new PassingReader(onText),
};

/** Claude on Vertex AI (Anthropic, "Claude on Vertex AI"): Messages, but for where the model is named. */
export const wire: ProviderWire = {
  ...anthropic,
  like: 'anthropic',
  apart: ['count-tokens'],
  wrapping,
  path(base, operation, { model, streamed }) {
    if (!isClaude(model)) return undefined;
    // The model that is counted for is named in the body.
    if (operation === 'count-tokens')
      return `${publisher(base, 'anthropic')}/count-tokens:rawPredict`;
    if (operation !== 'chat') return undefined;
    const method = streamed ? 'streamRawPredict' : 'rawPredict';
    return `${publisher(base, 'anthropic')}/${encodeURIComponent(model)}:${method}`;
  },
  credential: (secret) => ['authorization', `Bearer ${secret}`],
  // The version stands in the body.
  demanded: {},
  isModelInPath: true,
};
