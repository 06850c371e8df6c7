import type { Answer, Body } from '../endpoints.ts';
import type { Guardrail } from '../guardrails.ts';
import { ApiFailure } from '../problems.ts';
import { found } from './asked.ts';

type Settings = Guardrail['settings'];
type Tried = Answer<'POST /api/guardrails/try'>;

/** A few of what the gateway detects, as far as a demonstration needs them. */
const patterns: Readonly<Record<string, RegExp>> = {
  email: /[\w.+-]+@[\w-]+\.\w+/g,
  card: /\b(?:\d{4}[ -]?){3}\d{4}\b/g,
  iban: /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}\b/g,
  secrets: /\b(?:sk|ghp|vg)[-_]\w{12,}/g,
};

export function guardrailOf(name: string, settings: Settings, version: string): Guardrail {
  const { action, onError } = settings;
  if (action !== 'block' && action !== 'redact' && action !== 'flag') {
    throw invalid('action', 'expected one of: block, redact, flag');
  }
  if (detectOf(settings).length === 0) throw invalid('detect', 'expected what to look for');
  return {
    name,
    managedBy: 'console',
    settings,
    action,
    onError: onError === 'allow' || (onError !== 'block' && action === 'flag') ? 'allow' : 'block',
    version,
  };
}

export function tryGuardrails(
  kept: readonly Guardrail[],
  { text, guardrail, draft, direction }: Body<'POST /api/guardrails/try'>,
): Tried {
  const side = direction === 'input' ? 'request' : 'answer';
  const named = guardrail === undefined ? kept : [found(kept, guardrail)];
  const tried = draft === undefined ? named : [guardrailOf('draft', draft, '')];
  const findings = tried
    .filter(({ settings: { on } }) => on === undefined || listOf(on).includes(side))
    .flatMap(({ name, action, settings }) =>
      detectOf(settings).flatMap(([detector, pattern]) =>
        [...text.matchAll(pattern)].map(({ index, 0: { length } }) => ({
          guardrail: name,
          detector,
          action,
          start: index,
          end: index + length,
        })),
      ),
    )
    .toSorted((a, b) => a.start - b.start);
  const verdict = (['block', 'redact', 'flag'] as const).find((wanted) =>
    findings.some(({ action }) => action === wanted),
  );
  return {
    verdict: verdict ?? 'pass',
    findings,
    output: verdict === 'block' ? null : withoutFindings(text, findings),
    untried: (['models', 'tools', 'webhook'] as const).filter((what) =>
      tried.some(({ settings }) =>
        listOf(settings['detect']).some((one) => typeof one === 'object' && what in (one ?? {})),
      ),
    ),
    ms: 0.4,
  };
}

function withoutFindings(text: string, findings: Tried['findings']): string {
  let output = '';
  let at = 0;
  for (const { action, detector, start, end } of findings) {
    if (action !== 'redact' || start < at) continue;
    output += `${text.slice(at, start)}[${detector.toUpperCase()}]`;
    at = end;
  }
  return output + text.slice(at);
}

const listOf = (value: unknown): readonly unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

function detectOf({ detect }: Settings): [detector: string, pattern: RegExp][] {
  return listOf(detect).flatMap((one): [string, RegExp][] => {
    if (one === 'pii') return [named('email'), named('card'), named('iban')];
    if (typeof one === 'string') return [named(one)];
    const { words, patterns: sources } = one as { words?: string[]; patterns?: string[] };
    return [
      ...(words ?? []).map((word): [string, RegExp] => [
        'word',
        new RegExp(`\\b${word.replaceAll(/[^\w ]/g, '\\$&')}\\b`, 'gi'),
      ]),
      ...(sources ?? []).map((source): [string, RegExp] => ['pattern', compiled(source)]),
      ...(words === undefined && sources === undefined ? [named('')] : []),
    ];
  });
}

const named = (name: string): [string, RegExp] => [name, patterns[name] ?? /(?!)/g];

function compiled(source: string): RegExp {
  try {
    return new RegExp(source, 'g');
  } catch {
    throw invalid('detect', "expected a pattern in RE2's syntax");
  }
}

function invalid(field: string, message: string): ApiFailure {
  const path = `body.settings.${field}`;
  return new ApiFailure('invalid_configuration', `${path}: ${message}`, {
    errors: [{ path, message }],
  });
}
