import type { ProviderCodec } from '../codec.ts';
import { resold } from '../without-model.ts';
import { InvokeReader } from './stream-reader.ts';
import { wrapping } from './wire.ts';

export const codec: ProviderCodec = {
  ...resold(wrapping),
  readStream: (origin) => new InvokeReader(origin),
};
