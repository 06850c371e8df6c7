/** A real Prometheus and its tools, before a real Vitalgate. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { alerts, prometheusRules } from '@vitalgate/gateway';
import { startSimulator } from '@vitalgate/simulator';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { debianProgram } from '../harness/debian.ts';
import { freePort } from '../harness/free-port.ts';
import { KEY, post, temporaryFolder, testGateway } from '../harness/gateway.ts';
import { Process, vitalgate } from '../harness/process.ts';

const run = promisify(execFile);
let promtool = '';
let prometheus = '';
beforeAll(async () => {
  promtool = await debianProgram('promtool', 'prometheus');
  prometheus = await debianProgram('prometheus', 'prometheus');
}, 300_000);

async function simulated(model: string) {
  const simulator = await startSimulator({ seed: 7 });
  onTestFinished(() => simulator.close());
  const gateway = await testGateway({
    config: `health: { fall: 2, rest: 1s, maxRest: 1s, probeInterval: 1s }
providers:
  - { name: toy, dialect: openai-chat, baseUrl: "${simulator.url}/v1", private: true, credentials: [{ name: a, value: sk-toy }] }
models:
  - { name: ${JSON.stringify(model)}, targets: [{ provider: toy, model: vitalgate-sim-1 }] }
keys:
  - { name: client, secret: ${KEY} }
`,
  });
  const ask = () =>
    post(gateway.url, '/v1/chat/completions', {
      model,
      messages: [{ role: 'user', content: 'Hi' }],
    });
  return { simulator, gateway, ask };
}

describe('metrics', () => {
  it('O1: are clean under promtool', async () => {
    const { gateway, ask } = await simulated('a.name:with@odd-signs');
    expect((await ask()).status).toBe(200);
    const answer = await fetch(`${gateway.addresses.probes}/metrics`);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const file = join(temporaryFolder(), 'metrics');
    writeFileSync(file, await answer.text());
    const { stdout, stderr } = await run('sh', ['-c', `'${promtool}' check metrics < '${file}'`]);
    expect(stdout + stderr).toBe('');
  });

  it('O5: give each target exactly one state, and each model one status', async () => {
    const { gateway } = await simulated('chat');
    const text = await (await fetch(`${gateway.addresses.probes}/metrics`)).text();
    for (const family of ['vitalgate_target_state', 'vitalgate_model_status']) {
      const samples = text.split('\n').filter((line) => line.startsWith(`${family}{`));
      expect(samples.filter((line) => line.endsWith(' 1'))).toHaveLength(1);
      expect(samples.length).toBeGreaterThan(3);
    }
  });
});

describe('/probe', () => {
  it('O12: answers like blackbox_exporter, for configured targets alone', async () => {
    const { simulator, gateway } = await simulated('chat');
    const probe = async (target: string) => {
      const url = `${gateway.addresses.probes}/probe?target=${encodeURIComponent(target)}&module=http_2xx`;
      const answer = await fetch(url);
      return { status: answer.status, text: await answer.text() };
    };
    for (const target of ['toy', 'toy/vitalgate-sim-1', `${simulator.url}/v1`]) {
      const { status, text } = await probe(target);
      expect([target, status]).toEqual([target, 200]);
      expect(text).toMatch(/^probe_success 1$/m);
      expect(text).toMatch(/^probe_http_status_code 200$/m);
      expect(text).toMatch(/^probe_duration_seconds [\d.e-]+$/m);
    }
    expect((await probe('http://169.254.169.254/')).status).toBe(400);
    await simulator.set({ refuse: true });
    await expect
      .poll(async () => (await probe('toy')).text, { timeout: 10_000 })
      .toMatch(/^probe_success 0$/m);
  });
});

describe('alert rules', () => {
  /** Series that make an alert fire, one minute after they begin. */
  const series: Readonly<Record<string, readonly string[]>> = {
    VitalgateDown: ['up{job="vitalgate",instance="a"} 0x60'],
    VitalgateNotReady: ['vitalgate_ready{instance="a"} 0x60'],
    VitalgateModelWithoutTarget: ['vitalgate_model_status{model="chat",status="fail"} 1x60'],
    VitalgateTargetResting: ['vitalgate_target_state{target="p/m",state="resting"} 1x60'],
    VitalgateCredentialResting: ['vitalgate_credential_resting{provider="p",credential="c"} 1x60'],
    VitalgateErrors: [
      'vitalgate_requests_total{model="chat",outcome="failed",status="502"} 0+10x60',
      'vitalgate_requests_total{model="chat",outcome="completed",status="200"} 0+90x60',
    ],
    VitalgateLoopBlocked: ['vitalgate_event_loop_blocked_seconds{instance="a"} 2x60'],
    VitalgateConfigNotApplied: ['vitalgate_config_applied{instance="a"} 0x60'],
    VitalgateStoreDown: ['vitalgate_store_up{instance="a"} 0x60'],
    VitalgateLedgerWaiting: ['vitalgate_ledger_waiting_bytes{instance="a"} 100000000x60'],
    VitalgateLedgerLosing: ['vitalgate_ledger_rows_lost{instance="a"} 0+1x60'],
  };
  /** The same, well. */
  const well = [
    'up{job="vitalgate",instance="a"} 1x60',
    'vitalgate_ready{instance="a"} 1x60',
    'vitalgate_model_status{model="chat",status="fail"} 0x60',
    'vitalgate_target_state{target="p/m",state="resting"} 0x60',
    'vitalgate_credential_resting{provider="p",credential="c"} 0x60',
    'vitalgate_requests_total{model="chat",outcome="failed",status="502"} 0+1x60',
    'vitalgate_requests_total{model="chat",outcome="completed",status="200"} 0+99x60',
    'vitalgate_event_loop_blocked_seconds{instance="a"} 0x60',
    'vitalgate_config_applied{instance="a"} 1x60',
    'vitalgate_ledger_rows_lost{instance="a"} 3x60',
    'vitalgate_store_up{instance="a"} 1x60',
    'vitalgate_ledger_waiting_bytes{instance="a"} 5000x60',
  ];

  const input = (all: readonly string[]) =>
    all.map((one) => {
      const at = one.indexOf('} ') + 1;
      return { series: one.slice(0, at), values: one.slice(at + 1) };
    });

  it('fire when they should and are silent when all is well', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'rules.yaml'), prometheusRules());
    expect(Object.keys(series)).toEqual(alerts.map(({ name }) => name));
    // promtool compares whole alerts; counting those that fire asks only what matters here.
    const firing = (alertname: string, value: number) => ({
      expr: `count(ALERTS{alertname="${alertname}",alertstate="firing"}) or vector(0)`,
      eval_time: '15m',
      exp_samples: [{ labels: '{}', value }],
    });
    const tests = [
      ...alerts.map(({ name }) => ({
        interval: '1m',
        input_series: input(series[name] ?? []),
        promql_expr_test: [firing(name, 1)],
      })),
      {
        interval: '1m',
        input_series: input(well),
        promql_expr_test: alerts.map(({ name }) => firing(name, 0)),
      },
    ];
    const file = join(folder, 'test.yaml');
    const suite = { rule_files: ['rules.yaml'], evaluation_interval: '30s', tests };
    writeFileSync(file, stringify(suite));
    const { stdout, stderr } = await run(promtool, ['test', 'rules', file]);
    expect(stdout + stderr).toContain('SUCCESS');
  });

  it('stand in the runbook, each under its name, with what to do', () => {
    const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');
    for (const { name, impact, action } of alerts) {
      expect(runbook).toContain(`## ${name}\n`);
      expect(runbook).toContain(`- **Impact**: ${impact}\n- **Do**: ${action}\n`);
    }
  });

  it('are written by the command line as Prometheus loads them', async () => {
    const file = join(temporaryFolder(), 'rules.yaml');
    const { code } = await vitalgate(['export', 'prometheus-rules', '-o', file]).ended;
    expect(code).toBe(0);
    const { stdout } = await run(promtool, ['check', 'rules', file]);
    expect(stdout).toContain(`SUCCESS: ${alerts.length} rules found`);
  });
});

describe('a Prometheus that scrapes', () => {
  it('is told when a dependency dies, and when it is back', async () => {
    const { simulator, gateway, ask } = await simulated('chat');
    const folder = temporaryFolder();
    const port = await freePort();
    // Nobody wants to wait half a minute for a test.
    const rules = prometheusRules().replaceAll(/for: .*$/gm, 'for: 1s');
    writeFileSync(join(folder, 'rules.yaml'), rules);
    writeFileSync(
      join(folder, 'prometheus.yaml'),
      stringify({
        global: { scrape_interval: '500ms', evaluation_interval: '500ms' },
        rule_files: ['rules.yaml'],
        scrape_configs: [
          {
            job_name: 'vitalgate',
            static_configs: [{ targets: [new URL(gateway.addresses.probes).host] }],
          },
        ],
      }),
    );
    const started = new Process(
      prometheus,
      [
        `--config.file=${join(folder, 'prometheus.yaml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      {},
    );
    const firing = async (): Promise<string[]> => {
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/alerts`).catch(() => undefined);
      if (answer === undefined) return ['not up yet'];
      const { data } = (await answer.json()) as {
        data: { alerts: { state: string; labels: { alertname: string; model?: string } }[] };
      };
      return data.alerts
        .filter(({ state }) => state === 'firing')
        .map(({ labels }) => `${labels.alertname} ${labels.model ?? ''}`.trim())
        .sort();
    };
    const patience = { timeout: 30_000, interval: 200 };
    await expect.poll(firing, patience).toEqual([]);

    await simulator.set({ refuse: true });
    const isDown = async () => {
      await ask();
      return firing();
    };
    await expect.poll(isDown, patience).toContain('VitalgateModelWithoutTarget chat');

    await simulator.clear();
    await expect.poll(firing, patience).not.toContain('VitalgateModelWithoutTarget chat');
    expect((await ask()).status).toBe(200);
    started.child.kill('SIGTERM');
    await started.ended;
  }, 120_000);
});
