import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import type { Level } from '../judge/verdict.ts';
import { Private } from '../private.ts';
import type { CheckReport, Report } from '../report.ts';
import type { Details, Format } from '../serve/format.ts';
import { actuator, actuatorV2 } from './actuator.ts';
import { aspnet, aspnetUi, timeSpan } from './aspnet.ts';
import { consul, consulTtl } from './consul.ts';
import { csv } from './csv.ts';
import { dockerResult } from './docker.ts';
import { formats } from './formats.ts';
import { ft } from './ft.ts';
import { govuk } from './govuk.ts';
import { agentLine } from './haproxy.ts';
import { healthJson } from './health-json.ts';
import { html } from './html.ts';
import { kubernetes } from './kubernetes.ts';
import { openmetrics, prometheus } from './metrics.ts';
import { microprofile } from './microprofile.ts';
import { nagiosExit, nagiosLine } from './nagios.ts';
import { notifyLines, watchdogMs } from './systemd.ts';
import { text } from './text.ts';
import { xml } from './xml.ts';
import { yaml } from './yaml.ts';

const NOW = Date.UTC(2026, 10, 24, 12);

function check(name: string, told: Partial<CheckReport> = {}): CheckReport {
  return {
    name,
    status: 'pass',
    reason: undefined,
    scope: 'shared',
    onFail: 'fail',
    probes: ['readiness'],
    groups: [],
    componentType: 'datastore',
    since: NOW - 60_000,
    reading: { at: NOW - 5000, durationMs: 12.3456, level: 'pass' },
    measured: [],
    impairedBy: [],
    affects: [],
    runbook: {},
    detail: undefined,
    ...told,
  };
}

const bad = check('db', {
  status: 'fail',
  reason: 'timeout',
  affects: ['/orders/*'],
  detail: new Private('host db.internal refused'),
  runbook: { url: 'https://example.com/db', severity: 2, impact: 'no orders', action: 'call' },
});

function report(told: Partial<Report> = {}): Report {
  return {
    id: 'r1',
    service: {
      name: 'shop',
      version: '1.2.3',
      releaseId: undefined,
      description: undefined,
      instance: 'i-1',
      startedAt: NOW - 3_600_000,
    },
    view: 'health',
    probe: undefined,
    phase: 'ready',
    status: 'pass',
    reasons: [],
    at: NOW - 60_000,
    freshUntil: NOW + 5000,
    checks: [
      check('db'),
      check('disk', { measured: [{ name: 'utilization', value: 0, unit: 'percent' }] }),
    ],
    ...told,
  };
}

const failing = report({ status: 'fail', reasons: ['db:timeout'], checks: [check('disk'), bad] });
const degraded = report({
  status: 'warn',
  reasons: ['db:timeout'],
  checks: [{ ...bad, onFail: 'warn' }],
});
const draining = report({
  status: 'fail',
  phase: 'draining',
  view: 'readiness',
  probe: 'readiness',
  reasons: ['draining'],
});

const written = (format: Format, of: Report, details: Details = 'codes', query = '') =>
  format.write(of, details, NOW, new URLSearchParams(query));
const json = (format: Format, of: Report, details?: Details) =>
  JSON.parse(written(format, of, details).body) as Record<string, unknown>;

describe('health+json', () => {
  const entries = (of: Report, details?: Details) =>
    Object.entries((json(healthJson, of, details)['checks'] ?? {}) as Record<string, object[]>);

  it('J1: has its own media type, and is offered under it', () => {
    expect(healthJson.types[0]).toBe('application/health+json');
  });
  it.each([
    [report(), 'pass'],
    [degraded, 'warn'],
    [failing, 'fail'],
  ] as const)('J2, J3: says one of three words, with no code of its own', (of, word) => {
    expect(json(healthJson, of)['status']).toBe(word);
    expect(written(healthJson, of).status).toBeUndefined();
  });
  it('J4: says why it warns', () => {
    expect(json(healthJson, degraded)['notes']).toEqual(['db:timeout']);
  });
  it('J5: has neither output nor endpoints where all is well', () => {
    const body = written(healthJson, report({ checks: [check('db', { affects: ['/a'] })] })).body;
    expect(body).not.toMatch(/output|affectedEndpoints|notes/);
    expect(written(healthJson, failing).body).toMatch(/"output":"timeout".*"\/orders\/\*"/);
  });
  it('J6, J7: gives each key an array, and keys one colon', () => {
    const odd = check('a', {
      measured: [
        { name: 'x:y', value: 1 },
        { name: 'x:y', value: 2 },
      ],
    });
    const found = entries(report({ checks: [odd, check('b', { reading: undefined })] }));
    expect(found.map(([key, { length }]) => [key, length])).toEqual([
      ['a:responseTime', 1],
      ['a:x_y', 2],
      ['b', 1],
    ]);
    for (const [key] of found) expect(key).toMatch(/^[^:]+(:[^:]+)?$/);
  });
  it('J8: gives the time of the reading, whenever it is asked', () => {
    const [, [first] = []] = entries(report())[0] ?? [];
    expect(first).toMatchObject({ time: '2026-11-24T11:59:55.000Z' });
  });
  it('J9, J10: keeps what is falsy, and every value has a unit', () => {
    const measured = [0, false, ''].map((value, i) => ({ name: `m${i}`, value }));
    const values = entries(report({ checks: [check('a', { measured, reading: undefined })] }));
    expect(values.map(([, [one]]) => one)).toMatchObject([
      { observedValue: 0, observedUnit: 'count' },
      { observedValue: false, observedUnit: 'boolean' },
      { observedValue: '', observedUnit: 'string' },
    ]);
  });
  it('J11: links to where help is', () => {
    const [, [one] = []] = entries(failing).find(([key]) => key.startsWith('db')) ?? [];
    const { links } = one as { links: Record<string, string> };
    expect(new URL(links['help'] ?? '').hostname).toBe('example.com');
  });
});

describe('Actuator', () => {
  it.each([
    [report(), 'UP', 200],
    [degraded, 'UP', 200],
    [failing, 'DOWN', 503],
    [draining, 'OUT_OF_SERVICE', 503],
  ] as const)('A16: says %#', (of, word, code) => {
    expect(json(actuator, of)['status']).toBe(word);
    expect(written(actuator, of).status).toBe(code);
  });
  it('A8: shows no components to those who see the status alone', () => {
    expect(written(actuator, failing, 'status').body).toBe('{"status":"DOWN"}');
    expect(written(actuator, failing).body).not.toContain('db.internal');
    expect(written(actuator, failing, 'full').body).toContain('db.internal');
  });
  it('A10, A13: sorts, and names groups at the root alone', () => {
    const root = json(actuator, report({ checks: [check('b'), check('a')] }));
    expect(Object.keys(root['components'] as object)).toEqual(['a', 'b']);
    expect(root['groups']).toEqual(['liveness', 'readiness', 'startup']);
    expect(json(actuator, draining)).not.toHaveProperty('groups');
  });
  it('A12: calls components details in version 2', () => {
    expect(json(actuatorV2, report())).toHaveProperty('details.db.status', 'UP');
  });
  it('A14: is UP with nothing to say', () => {
    expect(json(actuator, report({ checks: [], view: 'liveness' }))).toEqual({ status: 'UP' });
  });
});

describe('MicroProfile', () => {
  it.each([
    [report(), 'UP', 200],
    [degraded, 'UP', 200],
    [failing, 'DOWN', 503],
  ] as const)('M1, M2: is the sum of its checks %#', (of, word, code) => {
    const told = json(microprofile, of) as { status: string; checks: { status: string }[] };
    expect(told.status).toBe(word);
    expect(told.checks.every(({ status }) => status === 'UP')).toBe(word === 'UP');
    expect(written(microprofile, of).status).toBe(code);
  });
  it('M11: is UP with nothing to check', () => {
    expect(json(microprofile, report({ checks: [] }))).toEqual({ status: 'UP', checks: [] });
  });
  it('M13: has flat data under the names it was given', () => {
    const measured = [
      { name: 'first-key', value: 'a' },
      { name: 'second-key', value: 2 },
    ];
    expect(json(microprofile, report({ checks: [check('a', { measured })] }))).toMatchObject({
      checks: [{ data: { 'first-key': 'a', 'second-key': 2 } }],
    });
  });
  it('explains by an entry of its own why it is DOWN without a check to blame', () => {
    expect(json(microprofile, draining)).toMatchObject({
      status: 'DOWN',
      checks: [{ status: 'UP' }, { status: 'UP' }, { name: 'draining', status: 'DOWN' }],
    });
  });
});

describe('ASP.NET', () => {
  it('N2: is a word, and Degraded is 200', () => {
    expect(written(aspnet, degraded)).toMatchObject({ body: 'Degraded', status: 200 });
    expect(written(aspnet, failing)).toMatchObject({ body: 'Unhealthy', status: 503 });
  });
  it('N6: forbids caches', () => {
    expect(written(aspnet, report()).headers).toMatchObject({
      'cache-control': 'no-store, no-cache',
    });
  });
  it('N7: writes durations as .NET does', () => {
    expect(timeSpan(12.3456)).toBe('00:00:00.0123456');
    expect(timeSpan(3_723_004)).toBe('01:02:03.0040000');
  });
  it('N8: leaves out what is null', () => {
    expect(written(aspnetUi, report()).body).not.toContain('null');
  });
  it('N9: has no text of the other side for those who may not see it', () => {
    expect(written(aspnetUi, failing).body).not.toContain('internal');
    expect(written(aspnetUi, failing, 'full').body).toContain('db.internal');
  });
});

describe('kube-apiserver', () => {
  const empty = report({ checks: [] });
  const broken = report({
    status: 'fail',
    reasons: ['bad:failed'],
    checks: [check('ping'), check('bad', { status: 'fail', reason: 'failed' })],
  });
  it.each([
    ['K1', empty, 'verbose', 200, '[+]ping ok\nhealthz check passed\n'],
    ['K2', empty, 'exclude=dontexist', 200, 'ok'],
    ['K3', broken, 'exclude=bad', 200, 'ok'],
    [
      'K4',
      broken,
      'verbose=true&exclude=bad',
      200,
      '[+]ping ok\n[+]bad excluded: ok\nhealthz check passed\n',
    ],
    [
      'K5',
      empty,
      'verbose=true&exclude=dontexist',
      200,
      '[+]ping ok\nwarn: some health checks cannot be excluded: no matches for "dontexist"\nhealthz check passed\n',
    ],
    [
      'K7',
      broken,
      'verbose',
      500,
      '[+]ping ok\n[-]bad failed: reason withheld\nhealthz check failed\n',
    ],
    ['K8', broken, '', 500, '[+]ping ok\n[-]bad failed: reason withheld\nhealthz check failed\n'],
  ] as const)('%s', (_id, of, query, status, body) => {
    expect(written(kubernetes, of, 'codes', query)).toMatchObject({ status, body });
  });
  it('K10: keeps the order of being added', () => {
    const of = report({ checks: [check('z'), check('a')], probe: 'readiness' });
    expect(written(kubernetes, of, 'codes', 'verbose').body).toBe(
      '[+]z ok\n[+]a ok\nreadyz check passed\n',
    );
  });
  it('fails while draining, with nobody to blame', () => {
    expect(written(kubernetes, draining).body).toContain('[-]draining failed: reason withheld');
  });
});

describe('Consul', () => {
  it.each([
    [report(), 200, 'pass'],
    [degraded, 429, 'warn'],
    [failing, 503, 'fail'],
  ] as const)('C1: %#', (of, code, path) => {
    expect(written(consul, of).status).toBe(code);
    expect(consulTtl(of).path).toBe(path);
  });
  it('C4, C6: says at most 4 KB, cut between characters, and nothing private', () => {
    const { note } = consulTtl(
      report({ status: 'fail', reasons: ['ü'.repeat(5000)], checks: [bad] }),
    );
    expect(Buffer.byteLength(note)).toBeLessThanOrEqual(4096);
    expect(note).not.toContain('\uFFFD');
    expect(note).not.toContain('internal');
  });
});

describe('Nagios', () => {
  it.each([
    [report(), 0, 'OK'],
    [degraded, 1, 'WARNING'],
    [failing, 2, 'CRITICAL'],
  ] as const)('R6: %#', (of, exit, word) => {
    expect(nagiosExit(of)).toBe(exit);
    expect(nagiosLine(of)).toMatch(new RegExp(`^SHOP ${word} - `));
  });
  it('R8, R9: has measured values that plugins’ readers take, without exponents', () => {
    const measured = [
      { name: 'tiny', value: 1e-7 },
      { name: "it's=", value: 12.5, unit: 'percent' },
    ];
    const line = nagiosLine(report({ checks: [check('a', { measured })] }));
    const data = line.split(' | ')[1] ?? '';
    expect(data).toBe("'a_time'=0.012346s;;;0 'a_tiny'=0 'a_it_s_'=12.5%");
  });
  it('R10, R11: is one line with one bar', () => {
    const line = nagiosLine(report({ status: 'fail', reasons: ['a|b\nc'] }));
    expect(line.split('\n')).toHaveLength(1);
    expect(line.split('|')).toHaveLength(2);
  });
});

describe('HAProxy agent', () => {
  it.each([
    ['X1', degraded, 'up ready 50%\n'],
    ['X1', failing, 'down #db:timeout\n'],
    ['X1', draining, 'drain\n'],
    ['X1', report({ phase: 'maintenance', status: 'fail' }), 'maint\n'],
    ['X2', report(), 'up ready 100%\n'],
    ['X3', report({ status: 'fail', reasons: ['a,b\n#c\u0007'] }), 'down #a b  c\n'],
  ] as const)('%s: %#', (_id, of, line) => {
    expect(agentLine(of)).toBe(line);
  });
});

describe('Prometheus and OpenMetrics', () => {
  it('O5: gives each check exactly one state', () => {
    const lines = written(prometheus, failing).body.split('\n');
    const of = lines.filter((line) => line.startsWith('vitalgate_check_status{check="db"'));
    expect(of.filter((line) => line.endsWith(' 1'))).toEqual([
      'vitalgate_check_status{check="db",status="fail"} 1',
    ]);
    expect(of).toHaveLength(4);
  });
  it('O4: escapes labels', () => {
    const service = { ...report().service, name: 'a"b\\c\nd👋' };
    expect(written(prometheus, report({ service })).body).toContain(
      String.raw`service="a\"b\\c\nd👋"`,
    );
  });
  it('O6: forgets a check that is gone', () => {
    expect(written(prometheus, report({ checks: [] })).body).not.toContain('check=');
  });
  it('O2: ends OpenMetrics with its end, and names states after their family', () => {
    const { body } = written(openmetrics, failing);
    expect(body.endsWith('# EOF\n')).toBe(true);
    expect(body).toContain('vitalgate_check_status{check="db",vitalgate_check_status="fail"} 1');
    expect(body).toContain('# TYPE vitalgate_check_status stateset\n');
    expect(body).toContain('# UNIT vitalgate_check_staleness_seconds seconds\n');
  });
});

describe('Docker and systemd', () => {
  it('D1: ends with 0 or 1', () => {
    expect([report(), degraded, failing].map((of) => dockerResult(of).exit)).toEqual([0, 0, 1]);
  });
  it('Y2, Y4, Y5: says READY once, STOPPING once, and a status of one line', () => {
    expect(notifyLines(report(), undefined)).toEqual(['READY=1', 'STATUS=pass']);
    expect(notifyLines(report(), 'ready')).toEqual(['STATUS=pass']);
    expect(notifyLines(draining, 'ready')).toEqual(['STOPPING=1', 'STATUS=fail draining']);
    expect(notifyLines(report({ reasons: ['a\nb'], status: 'fail' }), 'ready')).toEqual([
      'STATUS=fail a b',
    ]);
  });
  it('Y1: pings at half the time, for this process alone', () => {
    expect(watchdogMs({}, 5)).toBeUndefined();
    expect(watchdogMs({ WATCHDOG_USEC: '20000000' }, 5)).toBe(10_000);
    expect(watchdogMs({ WATCHDOG_USEC: '20000000', WATCHDOG_PID: '6' }, 5)).toBeUndefined();
  });
});

describe('FT and GOV.UK', () => {
  it('F1, F3, F4, F5: tells every check with its runbook', () => {
    expect(json(ft, failing)).toMatchObject({
      schemaVersion: 1,
      systemCode: 'shop',
      checks: [
        { name: 'disk', ok: true },
        {
          name: 'db',
          ok: false,
          severity: 2,
          businessImpact: 'no orders',
          panicGuide: 'https://example.com/db',
          lastUpdated: '2026-11-24T11:59:55.000Z',
        },
      ],
    });
  });
  it('F6: hides no failure behind a 200', () => {
    expect(written(ft, failing).status).toBe(503);
  });
  it.each([
    [report(), 'ok', 200],
    [degraded, 'warning', 500],
    [failing, 'critical', 500],
  ] as const)('F2: %#', (of, word, code) => {
    expect(json(govuk, of)['status']).toBe(word);
    expect(written(govuk, of).status).toBe(code);
  });
});

describe('plain forms', () => {
  it('survive whatever texts are, and say the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (odd) => {
        const of = report({
          status: 'fail',
          reasons: [odd],
          checks: [check('db', { status: 'fail', reason: odd, detail: new Private(odd) })],
        });
        const told = parseYaml(written(yaml, of, 'full').body) as {
          reasons: string[];
          checks: object[];
        };
        expect(told.reasons).toEqual([odd.toWellFormed()]);
        expect(told.checks).toHaveLength(1);
        const markup = written(xml, of, 'full').body;
        expect(markup.match(/</g)).toHaveLength(6);
        // eslint-disable-next-line no-control-regex
        expect(markup).not.toMatch(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/);
        expect(written(html, of, 'full').body.match(/<script/i)).toBeNull();
        expect(written(text, of, 'full').body.split('\n')).toHaveLength(3);
      }),
    );
  });
  it('stop formulas in spreadsheets', () => {
    const of = report({
      status: 'fail',
      reasons: ['=cmd|x'],
      checks: [check('a', { reason: '+1,"2"', status: 'fail' })],
    });
    expect(written(csv, of).body).toContain(`shop,unhealthy,'=cmd|x,`);
    expect(written(csv, of).body).toContain(`a,fail,"'+1,""2""",`);
  });
  it('show a page that is one, with its policy', () => {
    const { body, headers } = written(html, failing);
    expect(body).toContain('<h1>Not working</h1>');
    expect(headers?.['content-security-policy']).toContain("default-src 'none'");
    expect(body).not.toContain('internal');
  });
});

describe('every format', () => {
  const levels = fc.constantFrom<Level>('pass', 'warn', 'fail');
  const wells: Readonly<Record<string, RegExp>> = {
    json: /"status":"(healthy|degraded)"/,
    'health+json': /^\{"status":"(pass|warn)"/,
    actuator: /^\{"status":"UP"/,
    'actuator-v2': /^\{"status":"UP"/,
    microprofile: /^\{"status":"UP"/,
    aspnet: /^(Healthy|Degraded)$/,
    'aspnet-ui': /^\{"status":"(Healthy|Degraded)"/,
    xml: /<health status="(healthy|degraded)"/,
    yaml: /^status: "(healthy|degraded)"/,
    csv: /\r\nshop,(healthy|degraded),/,
    text: /^(healthy|degraded)/,
    html: /<h1>(All is well|Working, with trouble)</,
    k8s: /(^ok$)|check passed\n$/,
    nagios: /^SHOP (OK|WARNING)/,
    consul: /^(pass|warn)/,
    haproxy: /^up /,
    govuk: /"status":"(ok|warning)"/,
  };

  it('has a name of its own, and no media type of another', () => {
    expect(new Set(formats.map(({ name }) => name)).size).toBe(formats.length);
    const types = formats.flatMap((format) =>
      format.types.map((type) => type.split('; charset')[0]),
    );
    expect(new Set(types).size).toBe(types.length);
  });

  it.each(formats.map((format) => [format.name, format] as const))(
    '%s: body and code never disagree, and nothing private is told to the public',
    (name, format) => {
      fc.assert(
        fc.property(levels, levels, fc.boolean(), (status, of, tolerated) => {
          const told = report({
            status,
            reasons: status === 'pass' ? [] : ['db:timeout'],
            checks: [
              check('db', {
                status: status === 'fail' ? 'fail' : of,
                reason: 'timeout',
                onFail: status === 'fail' ? 'fail' : tolerated ? 'warn' : 'ignore',
                detail: new Private('SECRET'),
              }),
            ],
          });
          const { body, status: own = status === 'fail' ? 503 : 200 } = written(format, told);
          expect(body).not.toContain('SECRET');
          const well = wells[name];
          if (well === undefined) return;
          expect(well.test(body)).toBe(status !== 'fail');
          // Two standards have a code of their own for a warning.
          if (status !== 'warn') expect(own < 400).toBe(status === 'pass');
        }),
      );
    },
  );
});
