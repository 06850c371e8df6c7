/** Libraries that tell of a service's health, each in a process that serves nothing else. */
import { readFileSync } from 'node:fs';
import type { Contender } from '../contenders/contender.ts';
import { peer, served } from '../peer.ts';

export const healthContenders: readonly Contender[] = [
  {
    ...served(new URL('serve-node.ts', import.meta.url)),
    name: 'node:http',
    subjects: ['health'],
    prepare: () => Promise.resolve({ version: 'no library' }),
  },
  {
    ...served(new URL('serve-vitalgate.ts', import.meta.url)),
    name: '@vitalgate/health',
    subjects: ['health'],
    prepare() {
      const manifest = new URL('../../packages/health/package.json', import.meta.url);
      return Promise.resolve(JSON.parse(readFileSync(manifest, 'utf8')) as { version: string });
    },
  },
  peer(
    ['health'],
    new URL('serve-nest-terminus.ts', import.meta.url),
    '@nestjs/terminus',
    '12.1.0',
    '@nestjs/common@12.5.1',
    '@nestjs/core@12.5.1',
    '@nestjs/platform-express@12.5.1',
    'reflect-metadata@0.2.2',
    'rxjs@7.8.2',
  ),
  peer(
    ['health'],
    new URL('serve-godaddy-terminus.ts', import.meta.url),
    '@godaddy/terminus',
    '4.12.1',
  ),
  peer(
    ['health'],
    new URL('serve-fastify-healthcheck.ts', import.meta.url),
    'fastify-healthcheck',
    '5.1.0',
    'fastify@5.12.8',
  ),
];
