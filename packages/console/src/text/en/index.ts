import { app } from './app.ts';
import { keys, keyStatus, measures, per } from './keys.ts';
import { limits } from './limits.ts';
import { me } from './me.ts';
import { now } from './now.ts';
import { requests } from './requests.ts';
import { signIn } from './sign-in.ts';
import { targets } from './targets.ts';
import { teams } from './teams.ts';

/** Every text of the console. Another language is an object of the same shape. */
export const en = {
  ...app,
  now,
  keys,
  keyStatus,
  measures,
  per,
  limits,
  me,
  teams,
  targets,
  requests,
  signIn,
} as const;
