import type { ProviderCodec } from '../codec.ts';
import { resold } from '../without-model.ts';
import { wrapping } from './wire.ts';

export const codec: ProviderCodec = resold(wrapping);
