import type { Contender } from './contender.ts';

/** No gateway: what loader and upstream cost by themselves. */
export const direct: Contender = {
  name: 'direct',
  subjects: ['models', 'apis'],
  prepare: () => Promise.resolve({ version: 'no gateway' }),
  start: ({ upstreamPort }) =>
    Promise.resolve({ port: upstreamPort, headers: {}, model: 'bench-upstream' }),
};
