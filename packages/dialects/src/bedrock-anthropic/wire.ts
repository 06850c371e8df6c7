import { wire as anthropic } from '../anthropic/wire.ts';
import { endOfLastFrame } from '../bedrock/frames.ts';
import { wire as bedrock } from '../bedrock/wire.ts';
import { EventWatch } from '../event-watch.ts';
import type { ProviderWire, Wrapping } from '../wire.ts';
import { withoutModel } from '../without-model.ts';
import { InvokeReader } from './stream-reader.ts';

export const wrapping: Wrapping = {
  wrap: withoutModel('bedrock-2023-05-31', { keepsStream: false }),
  unwrap: (onText) => new InvokeReader('', onText),
};

/**
 * Claude through Bedrock's InvokeModel (Amazon Bedrock User Guide, "Anthropic Claude Messages
 * API"): Messages, whose events come in frames. Callers of Messages lose nothing on this way;
 * others are served by Converse.
 */
export const wire: ProviderWire = {
  ...anthropic,
  like: 'anthropic',
  wrapping,
  path(base, operation, { model, streamed }) {
    if (operation !== 'chat' || !/(?:^|[./])anthropic\.claude/.test(model)) return undefined;
    const method = streamed ? 'invoke-with-response-stream' : 'invoke';
    return `${base}/model/${encodeURIComponent(model)}/${method}`;
  },
  credential: (secret) => bedrock.credential(secret),
  demanded: {},
  isModelInPath: true,
  streamTypes: bedrock.streamTypes,
  endOfLastFrame,
  watch: () => new EventWatch(new InvokeReader('')),
};
