import { ApiFailure, type Answer } from '@vitalgate/contract/api';
import type { Guardrail } from '../guard/guardrail.ts';
import { Scanner } from '../guard/scanner.ts';
import type { Running } from '../running.ts';
import type { Handlers } from './asked.ts';

type Tried = Answer<'POST /api/guardrails/try'>;

/** Guardrails of the configuration, and what they would say of a text. */
export function guardrailHandlers(current: () => Running): Handlers {
  return {
    'GET /api/guardrails': () => ({
      items: current().config.guardrails.map((one) => ({
        name: one.name,
        managedBy: 'file',
        action: one.action,
        onError: one.onError ?? (one.action === 'flag' ? 'allow' : 'block'),
        settings: shown(one) as Record<string, unknown>,
        version: 'file',
      })),
    }),
    'POST /api/guardrails/try'({ body }): Tried {
      const { guardrails, clock } = current();
      const { text, guardrail, direction } = body;
      const side = direction === 'input' ? 'request' : 'answer';
      const guarded = guardrails.tried(guardrail, side);
      if (guarded === undefined) throw new ApiFailure('not_found', 'there is no such guardrail');
      const began = clock.now();
      const { hits } = new Scanner(guarded.search, 'text').push(text, true);
      const findings = hits.flatMap(({ guardrail: by, kind, start, end }) =>
        by === undefined
          ? []
          : [{ guardrail: by.name, detector: kind, action: by.action, start, end }],
      );
      const tooLong = guarded.guardrails.find(
        ({ maxCharacters }) => maxCharacters !== undefined && text.length > maxCharacters,
      );
      if (tooLong !== undefined) findings.push(lengthFinding(tooLong, text));
      const verdict = verdictOf(findings);
      return {
        verdict,
        findings,
        output: verdict === 'block' ? null : redacted(text, findings),
        ms: clock.now() - began,
      };
    },
  };
}

const lengthFinding = ({ name, action }: Guardrail, text: string): Tried['findings'][number] => ({
  guardrail: name,
  detector: 'maxCharacters',
  action,
  start: 0,
  end: text.length,
});

function verdictOf(findings: Tried['findings']): Tried['verdict'] {
  const worst = (['block', 'redact', 'flag'] as const).find((wanted) =>
    findings.some(({ action }) => action === wanted),
  );
  return worst ?? 'pass';
}

function redacted(text: string, findings: Tried['findings']): string {
  let output = '';
  let at = 0;
  for (const { action, detector, start, end } of findings) {
    if (action !== 'redact' || start < at) continue;
    output += `${text.slice(at, start)}[${detector}]`;
    at = end;
  }
  return output + text.slice(at);
}

/** Settings as they are, but for secrets of webhooks and the places they are at. */
function shown(value: unknown): unknown {
  if (value instanceof URL) return value.origin;
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== 'secret')
      .map(([name, one]) => [name, shown(one)]),
  );
}
