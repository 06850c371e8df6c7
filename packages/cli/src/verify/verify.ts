import { StartFailure } from '@vitalgate/contract';
import { read } from '@vitalgate/health/read';
import { ask } from './ask.ts';
import { type Finding, rules } from './rules.ts';

/** From here on an endpoint can be trusted with a fleet. */
const GOOD = 85;

/** `vitalgate verify URL`: how well a health endpoint keeps to what those who ask it expect. */
export async function verify(text: string, { json }: { json?: boolean }): Promise<void> {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new StartFailure('invalid_url', `${text}: expected an http:// or https:// URL`);
  }
  const first = await ask(url, 'GET');
  if (first === undefined) {
    const nothing = { url: url.href, status: 'unknown', score: 0, findings: [] };
    process.stdout.write(
      json === true
        ? `${JSON.stringify(nothing)}\n`
        : `${url.href}: no connection, or no answer within five seconds\n`,
    );
    process.exitCode = 2;
    return;
  }
  const findings: Finding[] = [];
  for (const { name, weight, advice, look } of rules) {
    const seen = await look(url, first);
    findings.push({ rule: name, passed: seen === undefined, seen: seen ?? '', advice, weight });
  }
  const told = read({ code: first.code, headers: first.headers, body: first.body });
  const score = scoreOf(findings);
  if (score < GOOD) process.exitCode = 1;
  process.stdout.write(
    json === true
      ? `${JSON.stringify({ url: url.href, format: told.format, status: told.status, score, findings })}\n`
      : described(url, `${told.status}, told as ${told.format}`, score, findings),
  );
}

function scoreOf(findings: readonly Finding[]): number {
  const all = findings.reduce((sum, { weight }) => sum + weight, 0);
  const kept = findings.reduce((sum, { weight, passed }) => sum + (passed ? weight : 0), 0);
  return Math.round((kept / all) * 100);
}

function described(url: URL, told: string, score: number, findings: readonly Finding[]): string {
  const lines = findings.map(({ passed, rule, seen, advice, weight }) =>
    passed ? `  ✓ ${rule}` : `  ✗ ${rule} (−${weight}): ${seen}\n      ${advice}`,
  );
  return `${url.href}\n${told}\n\n${lines.join('\n')}\n\nscore ${score} of 100\n`;
}
