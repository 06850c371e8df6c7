import { createMock, type Mock } from '@vitalgate/contract/api/mock';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { answerFrom, consoleFolder, showFolder, type Shown, visit } from '../harness/console.ts';
import { ENDLESS, HOSTILE, harmOf } from '../harness/hostile.ts';
import { pages } from './pages.ts';

/**
 * Every page over answers in which all that somebody else may have written means harm: names,
 * reasons, titles, notes, addresses, what models said and what logs tell.
 */
let shown: Shown;
const mock: Mock = createMock({ requests: 300, every: () => () => {} });

/** Fields of others; what is not named here is one of a few words that the contract knows. */
const OF_OTHERS = new Set(
  `name title words message reason subject address userAgent owner model target provider detail
   problem note text label path url baseUrl hint cause email description scenario seen effects
   channels warnings guardrails models group id requestId author actor device`.split(/\s+/),
);
/** One of each answer is endless. */
const MAY_BE_ENDLESS = new Set(['words', 'message', 'title', 'reason', 'problem', 'description']);

function poisoned(value: unknown, field = '', once = { isUsed: false }): unknown {
  if (Array.isArray(value)) return value.map((one) => poisoned(one, field, once));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [name, poisoned(one, name, once)]),
    );
  }
  const isDate = typeof value === 'string' && /^\d{4}-\d\d-\d\d/.test(value);
  if (typeof value !== 'string' || isDate || !OF_OTHERS.has(field)) return value;
  if (once.isUsed || !MAY_BE_ENDLESS.has(field)) return value + HOSTILE;
  once.isUsed = true;
  return value + ENDLESS;
}

beforeAll(async () => {
  shown = await showFolder(consoleFolder);
  await answerFrom(shown.page, mock, {
    // What is asked for by a poisoned name is there without it.
    asked: (path) => path.replaceAll(encodeURIComponent(HOSTILE), ''),
    answer: (told) => poisoned(told),
  });
});
afterAll(() => shown.close());

it.each(pages)('%s', async (_name, path) => {
  await visit(shown.page, shown.url, path);
  // A page that shows nothing of the kind yet is not asked too soon.
  await shown.page.waitForLoadState('networkidle');
  expect(await harmOf(shown.page)).toEqual([]);
});

it('has shown it, and the content policy had nothing to refuse', async () => {
  for (const path of ['/targets', '/teams', '/audit']) {
    await visit(shown.page, shown.url, path);
    await shown.page.getByText('⟨U+202E⟩gnp.exe').first().waitFor();
  }
  expect(shown.wrongs).toEqual([]);
});
