import { describe, expect, it } from 'vitest';
import { draftOf, settingsOfDraft } from './draft.ts';

describe('the form of a guardrail', () => {
  const both = { on: ['request', 'answer'], action: 'block' };
  it.each([
    { ...both, detect: ['pii', 'secrets'] },
    {
      on: ['answer'],
      detect: [{ words: ['a, b', 'c'] }, { patterns: ['x{1,2}'] }],
      action: 'flag',
    },
    { ...both, detect: [{ injection: { threshold: 8 } }, { phone: { countries: ['DE', 'FR'] } }] },
    { ...both, detect: [{ tools: { allow: [] } }, { models: { deny: ['gpt'] } }] },
    { ...both, detect: [{ maxCharacters: 20_000 }], appliesTo: 'named', onError: 'allow' },
    {
      on: ['request'],
      detect: ['email'],
      action: 'redact',
      appliesTo: { models: ['chat'], keys: ['ci'] },
      restore: true,
      allow: { words: ['me@example.com'], patterns: ['.*@example\\.com'] },
    },
    {
      ...both,
      detect: [{ webhook: { url: 'https://judge.example/', timeout: '2s', private: true } }],
    },
    // Of a gateway that is newer than this console.
    { ...both, detect: ['card', { ofTomorrow: 1 }], somethingElse: [2] },
  ])('keeps what it was given: %j', (settings) => {
    expect(settingsOfDraft(draftOf(settings))).toEqual(settings);
  });

  it('reads what is written short, and leaves out what goes with another action', () => {
    const draft = draftOf({ detect: 'pii', action: 'redact', on: 'request', restore: true });
    expect(draft).toMatchObject({ detect: ['pii'], on: 'request', appliesTo: 'all' });
    expect(settingsOfDraft({ ...draft, action: 'flag' })).toEqual({
      on: ['request'],
      detect: ['pii'],
      action: 'flag',
    });
  });
});
