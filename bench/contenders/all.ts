import { healthContenders } from '../health/contenders.ts';
import type { Contender } from './contender.ts';
import { direct } from './direct.ts';
import { nginx } from './nginx.ts';
import { portkey } from './portkey.ts';
import {
  vitalgate,
  vitalgateBefore,
  vitalgateControlled,
  vitalgateManyTargets,
} from './vitalgate.ts';

/** In the order in which they are measured and shown. */
export const contenders: readonly Contender[] = [
  direct,
  nginx,
  vitalgateBefore,
  vitalgate,
  vitalgateControlled,
  vitalgateManyTargets,
  portkey,
  ...healthContenders,
];
