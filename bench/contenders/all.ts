import { healthContenders } from '../health/contenders.ts';
import { peer } from '../peer.ts';
import type { Contender } from './contender.ts';
import { direct } from './direct.ts';
import { nginx } from './nginx.ts';
import { portkey } from './portkey.ts';
import {
  vitalgate,
  vitalgateBefore,
  vitalgateControlled,
  vitalgateManyTargets,
  vitalgateTranslating,
} from './vitalgate.ts';

/** In the order in which they are measured and shown. */
export const contenders: readonly Contender[] = [
  direct,
  nginx,
  vitalgateBefore,
  vitalgate,
  vitalgateControlled,
  vitalgateManyTargets,
  vitalgateTranslating,
  portkey,
  peer(['apis'], new URL('../proxies/serve-fast-proxy.ts', import.meta.url), 'fast-proxy', '2.2.0'),
  peer(
    ['apis'],
    new URL('../proxies/serve-fastify-http-proxy.ts', import.meta.url),
    '@fastify/http-proxy',
    '11.6.3',
    'fastify@5.12.8',
  ),
  ...healthContenders,
];
