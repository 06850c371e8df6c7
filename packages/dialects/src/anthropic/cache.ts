import type { Fields } from '../fields.ts';
import type { CacheHint } from '../intent.ts';

export function readCache(fields: Fields): CacheHint | undefined {
  const hint = fields.object('cache_control');
  return hint === undefined ? undefined : { ttl: hint.string('ttl') };
}

export function writeCache(cache: CacheHint | undefined): object {
  if (cache === undefined) return {};
  const ttl = cache.ttl === undefined ? {} : { ttl: cache.ttl };
  return { cache_control: { type: 'ephemeral', ...ttl } };
}
