/**
 * Runs every rule the machine keeps, in one go, and says how each ended. All of them run even
 * when one fails, so that one round of mending suffices. Last line: `N passed, N failed`.
 */
import { spawnSync } from 'node:child_process';

const packages = [
  'health',
  'dialects',
  'formats',
  'simulator',
  'contract',
  'gateway',
  'cli',
  'console',
];
