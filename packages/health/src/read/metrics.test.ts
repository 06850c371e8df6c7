import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { metrics } from './metrics.ts';
import { read } from './read.ts';
import { parseSample } from './sample.ts';

const told = (body: string) => read({ code: 200, contentType: 'text/plain; version=0.0.4', body });
const openMetrics = (body: string) =>
  read({
    code: 200,
    contentType: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
    body,
  });

test.each([
  ['up 1', 'pass'],
  ['up 0', 'fail'],
  ['up{job="node",instance="a:9100"} 1', 'pass'],
  ['probe_success 0', 'fail'],
  ['shop_health_check_status{check="db"} 1', 'pass'],
  ['shop_healthcheck_status{name="db"} 0', 'fail'],
  ['aspnetcore_healthcheck_status{name="db"} 0.5', 'warn'],
  ['healthcheck{healthcheck="db"} 2', 'pass'],
  ['healthcheck{healthcheck="db"} 1', 'warn'],
  ['monitor_status{monitor_name="shop"} 1', 'pass'],
  ['monitor_status{monitor_name="shop"} 2', 'unknown'],
  ['monitor_status{monitor_name="shop"} 3', 'fail'],
  ['gatus_results_endpoint_success{name="shop"} 0', 'fail'],
  ['vitalgate_check_up{check="db"} 1', 'pass'],
  ['up 7', 'unknown'],
  ['up NaN', 'unknown'],
  ['process_uptime_seconds 12', 'unknown'],
  ['http_requests_total 5', 'unknown'],
])('%s is %s', (line, status) => {
  expect(told(`# HELP x y\n${line}\n`)).toMatchObject({
    format: 'metrics',
    status,
    disagrees: false,
  });
});

test.each([
  [1, 1, 'pass'],
  [1, 0, 'warn'],
  [0, 1, 'fail'],
  [0.5, 1, 'unknown'],
  [NaN, 1, 'unknown'],
] as const)('a page with a sum of %d and a check at %d is %s', (sum, check, status) => {
  const page = `# TYPE x gauge\nvitalgate_health{view="health"} ${sum}\nx_check_up{check="db"} ${check}\n`;
  expect(told(page).status).toBe(status);
});

test('the HELP of a family may say that 0 is well', () => {
  const help =
    '# HELP app_healthcheck_status Current check status (0 indicates success, 1 failure)';
  expect(told(`${help}\napp_healthcheck_status{check="db"} 0\n`).status).toBe('pass');
});

test('the worst sample counts, and each is a component by its label', () => {
  const found = told('# TYPE up gauge\nup{job="a"} 1\nup{job="b"} 0 1700000000000\n');
  expect(found).toMatchObject({ status: 'fail', reason: 'failed' });
  expect(found.components).toMatchObject([
    { name: 'a', status: 'pass', observedValue: 1, measurement: 'up' },
    { name: 'b', status: 'fail', at: 1_700_000_000_000 },
  ]);
});

describe('O2 grammar', () => {
  test.each([
    'a 1',
    'a{} 1',
    'a{b="c"} 1',
    'a{b="c",} 1',
    'a{b="c",d="e"} 1.5e3',
    'a{b="}"} 1',
    'a:b_c 0x',
    'a +Inf',
    'a -Inf',
    'a NaN',
    'a 1 1520879607.789',
    'a 1 # {id="x"} 0.5',
    'a\t1',
  ])('takes %j', (line) => {
    const isGood = line !== 'a:b_c 0x';
    expect(parseSample(line) !== undefined).toBe(isGood);
  });

  test.each([
    '',
    'a',
    'a ',
    '1a 1',
    'a-b 1',
    'a{b=c} 1',
    'a{b="c} 1',
    'a{b="c"',
    'a{b="c" d="e"} 1',
    'a{1b="c"} 1',
    'a{b="c",b="d"} 1',
    'a{,} 1',
    'a one',
    'a 1 2 3',
    'a 1.2.3',
    'a {b="c"}1',
    'a{b="c"}1',
    'a 1 x',
  ])('refuses %j', (line) => {
    expect(parseSample(line)).toBeUndefined();
    expect(told(`# TYPE up gauge\nup 1\n${line === '' ? '{' : line}\n`)).toMatchObject({
      status: 'unknown',
      reason: 'malformed_body',
    });
  });

  test('an exposition of OpenMetrics ends with # EOF', () => {
    expect(openMetrics('up 1\n# EOF\n').status).toBe('pass');
    for (const cut of ['up 1\n', 'up 1\n# EOF', 'up 1\n# EOF\nup 1\n'])
      expect(openMetrics(cut)).toMatchObject({ status: 'unknown', reason: 'malformed_body' });
    expect(openMetrics('up 0\n').status).toBe('fail');
  });
});

test('O3 what is written is read back equal', () => {
  const escape = (text: string): string =>
    text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 50 }), fc.double(), (text, value) => {
      const shown = Number.isFinite(value)
        ? value
        : Number.isNaN(value)
          ? 'NaN'
          : value > 0
            ? '+Inf'
            : '-Inf';
      const sample = parseSample(`a{b="${escape(text)}"} ${shown}`);
      expect(sample?.labels.get('b')).toBe(text);
      expect(sample?.value === value || Number.isNaN(value)).toBe(true);
    }),
  );
});

test.each([
  ['a quote', '\\"', '"'],
  ['a backslash', '\\\\', '\\'],
  ['a line feed', '\\n', '\n'],
  ['an emoji', '🌡', '🌡'],
  ['NUL', '\0', '\0'],
  ['a prototype', '__proto__', '__proto__'],
])('O4 a label value with %s', (_, written, name) => {
  expect(told(`# TYPE up gauge\nup{name="${written}"} 1\n`).components[0]?.name).toBe(name);
});

test.each([
  [[1, 0, 0], 'pass', undefined],
  [[0, 1, 0], 'warn', 'degraded'],
  [[0, 0, 1], 'fail', 'failed'],
  [[0, 0, 0], 'unknown', 'contradictory'],
  [[1, 0, 1], 'unknown', 'contradictory'],
] as const)('O5 of a StateSet exactly one is 1: %j', (values, status, reason) => {
  const family = 'vitalgate_check_status';
  const states = ['pass', 'warn', 'fail'].map(
    (state, n) => `${family}{check="db",${family}="${state}"} ${values[n]}`,
  );
  const found = openMetrics(`${states.join('\n')}\n# EOF\n`);
  expect(found.components).toMatchObject([{ name: 'db', status, reason }]);
  expect(found.status).toBe(status);
});

test('O7 of very many series a thousand are told, and all are judged', () => {
  const many = Array.from({ length: 5_000 }, (_, n) => `up{job="${n}"} ${n === 4_999 ? 0 : 1}`);
  const found = metrics.read({ body: `${many.join('\n')}\n` });
  expect(found.components).toHaveLength(1_000);
  expect(found.status).toBe('fail');
});

test('O12 the page of a blackbox exporter is judged by its success', () => {
  const page = (success: number) =>
    told(
      `# HELP probe_duration_seconds x\n# TYPE probe_duration_seconds gauge\nprobe_duration_seconds 0.1\n` +
        `probe_http_status_code 200\nprobe_success ${success}\n`,
    );
  expect(page(1).status).toBe('pass');
  expect(page(0)).toMatchObject({ status: 'fail', components: [{ name: 'probe_success' }] });
});
