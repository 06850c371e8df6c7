import { wires, type ProviderDialect } from '@vitalgate/dialects';

/** Headers of a request of our own: what the vendor demands. */
export function ownHeaders(dialect: ProviderDialect): string[] {
  return ['accept-encoding', 'identity', ...Object.entries(wires[dialect].demanded).flat()];
}
