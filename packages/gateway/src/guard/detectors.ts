// Types alone: this is loaded again for a thread, and the schemas take a second.
import type { DetectorName } from '@vitalgate/contract';
import type { Detector } from './detector.ts';
import { command, sql, xss } from './detect/attacks.ts';
import { cards } from './detect/cards.ts';
import { emails } from './detect/emails.ts';
import { ciphers, encoded } from './detect/encoded.ts';
import { ibans } from './detect/ibans.ts';
import { injection } from './detect/injection.ts';
import { invisible } from './detect/invisible.ts';
import { allowance, patternList, wordList } from './detect/lists.ts';
import { nationalIds } from './detect/national-ids.ts';
import { phones } from './detect/phones.ts';
import { secrets, urlPasswords } from './detect/secrets.ts';
import type { Guardrail, Looks, One } from './guardrail.ts';

/** The sum of signals that ordinary texts stay below; docs/guardrails.md has the rates. */
const INJECTION_THRESHOLD = 5;

const builtIn: Readonly<Record<DetectorName, readonly Detector[]>> = {
  card: [cards],
  iban: [ibans],
  'national-id': [nationalIds],
  phone: [phones(['US'])],
  email: [emails],
  secrets: [secrets, urlPasswords],
  invisible: [invisible],
  encoded: [encoded, ...ciphers],
  injection: [injection(INJECTION_THRESHOLD)],
  sql: [sql],
  command: [command],
  xss: [xss],
};

export function lookingFor({ detect, allow }: Looks): Pick<Guardrail, 'detectors' | 'isAllowed'> {
  const isAllowed = allow.words.length + allow.patterns.length > 0;
  return {
    detectors: detect.flatMap(detectorsOf),
    isAllowed: isAllowed ? allowance(allow.words, allow.patterns) : undefined,
  };
}

function detectorsOf(one: One): readonly Detector[] {
  if (typeof one === 'string') return builtIn[one];
  if ('words' in one) return [wordList('word', one.words)];
  if ('patterns' in one) return [patternList('pattern', one.patterns)];
  if ('injection' in one) return [injection(one.injection.threshold)];
  if ('phone' in one) return [phones(one.phone.countries)];
  return [];
}
