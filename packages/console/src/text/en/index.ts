import { users } from './users.ts';
import { usage } from './usage.ts';
import { tokens } from './tokens.ts';
import { setUp } from './set-up.ts';
import { providers } from './providers.ts';
import { prompts } from './prompts.ts';
import { playground } from './playground.ts';
import { health } from './health.ts';
import { guide } from './guide.ts';
import { guardrails } from './guardrails.ts';
import { drills } from './drills.ts';
import { configuration } from './configuration.ts';
import { audit } from './audit.ts';
import { alerts } from './alerts.ts';
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
  users,
  usage,
  tokens,
  setUp,
  providers,
  prompts,
  playground,
  health,
  guide,
  guardrails,
  drills,
  configuration,
  audit,
  alerts,
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
