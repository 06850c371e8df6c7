import type { GuardrailConfig } from '@vitalgate/contract';
import { ApiFailure, type Answer, type Body } from '@vitalgate/contract/api';
import { buildGuardrail } from '../guard/build.ts';
import type { Guardrail, Side } from '../guard/guardrail.ts';
import { guarded, type Guarded } from '../guard/guardrails.ts';
import { stump } from '../guard/placeholders.ts';
import { Scanner } from '../guard/scanner.ts';
import type { Running } from '../running.ts';

type Tried = Answer<'POST /api/guardrails/try'>;
type Asked = Omit<Body<'POST /api/guardrails/try'>, 'draft'> & {
  readonly draft: GuardrailConfig | undefined;
};

/**
 * What guardrails would say of a text. Nobody else is asked: a webhook is named in `untried`.
 *
 * @throws {ApiFailure} `not_found`
 */
export function tryText({ text, guardrail, draft, direction }: Asked, running: Running): Tried {
  const { clock } = running;
  const side = direction === 'input' ? 'request' : 'answer';
  const applied =
    draft === undefined ? running.guardrails.tried(guardrail, side) : drafted(draft, side);
  if (applied === undefined) throw new ApiFailure('not_found', 'there is no such guardrail');
  const began = clock.now();
  const { hits } = new Scanner(applied.search, 'text').push(text, true);
  const findings = hits.flatMap(({ guardrail: by, kind, start, end }) =>
    by === undefined ? [] : [{ guardrail: by.name, detector: kind, action: by.action, start, end }],
  );
  const tooLong = applied.guardrails.find(
    ({ maxCharacters }) => maxCharacters !== undefined && text.length > maxCharacters,
  );
  if (tooLong !== undefined) findings.push(lengthFinding(tooLong, text));
  const verdict = verdictOf(findings);
  const asks = draft === undefined ? applied.guardrails : [untriedOf(draft)];
  return {
    verdict,
    findings,
    output: verdict === 'block' ? null : redacted(text, findings),
    untried: (['models', 'tools', 'webhook'] as const).filter((what) =>
      asks.some((one) => one[what] !== undefined),
    ),
    ms: clock.now() - began,
  };
}

/** A rule that is not kept. */
const drafted = (draft: GuardrailConfig, side: Side): Guarded =>
  guarded([buildGuardrail(draft)], side);

const untriedOf = ({ detect }: GuardrailConfig): Partial<Record<Tried['untried'][number], true>> =>
  Object.fromEntries(
    detect.flatMap((one) => (typeof one === 'string' ? [] : [[Object.keys(one)[0], true]])),
  );

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
    output += `${text.slice(at, start)}${stump(detector)}`;
    at = end;
  }
  return output + text.slice(at);
}
