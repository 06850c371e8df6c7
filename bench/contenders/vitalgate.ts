import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Running } from '../processes.ts';
import type { Contender } from './contender.ts';

const root = join(import.meta.dirname, '..', '..');
const key = 'vg-bench-0123456789abcdef0123456789abcdef';
/** A start compiles all sources, on a core that others may use. */
const READY_MS = 60_000;

/** Lines of the configuration where contenders differ. */
interface Extra {
  readonly dialect?: string;
  readonly routing?: string;
  readonly target: string;
  /** More of them. */
  readonly targets?: string;
  readonly key: string;
  /** The ones that `proxy` calls. */
  readonly apis?: true;
  readonly sections: string;
}

/** Ourselves, as `npm start` starts it, with key check, ledger and health as they are by default. */
export const vitalgate: Contender = {
  ...ourselves('vitalgate', { target: '', key: '', apis: true, sections: '' }),
  subjects: ['models', 'apis'],
};

/** Another commit, so that growth is seen within one run. Models alone: old ones know no `apis:`. */
export const vitalgateBefore: Contender = ourselves(
  'before',
  { target: '', key: '', sections: '' },
  join(root, 'bench/.cache/before'),
  'git worktree add bench/.cache/before COMMIT, and npm ci inside of it',
);

/** With every control that a request can pass: key, networks, limits, guardrails, ledger. */
export const vitalgateControlled: Contender = ourselves('all controls', {
  target: ', price: { input: 0.4, output: 1.6 }',
  key: `
    ips: [127.0.0.0/8]
    limits:
      - { requests: 1000000000, per: 1m }
      - { cost: 1000000, unit: USD, per: 1d }`,
  sections: `
access: { allow: [127.0.0.0/8], deny: [192.0.2.0/24] }
guardrails:
  - { name: people, detect: pii, action: flag }
  - { name: no-secrets, detect: secrets, action: block }`,
});

const twoHundred = Array.from({ length: 199 }, (_, i) => `bench-upstream-${i}`);

/** With one model at two hundred targets, drawn by weight: what choosing among many costs. */
export const vitalgateManyTargets: Contender = ourselves('200 targets', {
  routing: 'weighted',
  target: '',
  targets: twoHundred.map((model) => `\n      - { provider: bench, model: ${model} }`).join(''),
  key: '',
  sections: '',
});

/** With a provider of another dialect, so that every request, answer and chunk is translated. */
export const vitalgateTranslating: Contender = ourselves('translated', {
  dialect: 'anthropic',
  target: '',
  key: '',
  sections: '',
});

function ourselves(
  name: string,
  extra: Extra,
  checkout = root,
  missing = 'packages/cli/src/bin.ts',
): Contender {
  const program = join(checkout, 'packages/cli/src/bin.ts');
  return {
    name,

    prepare() {
      if (!existsSync(program)) return Promise.resolve({ missing });
      const manifest = readFileSync(join(checkout, 'packages/cli/package.json'), 'utf8');
      return Promise.resolve(JSON.parse(manifest) as { version: string });
    },

    async start({ upstreamPort, scratch, core, profiles }) {
      const file = join(scratch, 'vitalgate.yaml');
      await writeFile(file, configuration(upstreamPort, scratch, extra));
      const profiling = profiles === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profiles];
      const process = new Running(core, globalThis.process.execPath, [
        '--conditions=vitalgate-source',
        ...profiling,
        program,
        'start',
        '--config',
        file,
      ]);
      const [, port] = await process.says(
        /^gateway +http:\/\/127\.0\.0\.1:(\d+)[^]*^ready/m,
        READY_MS,
      );
      return {
        port: Number(port),
        process,
        headers: { authorization: `Bearer ${key}` },
        model: 'chat',
        inXml: '/in-xml',
      };
    },
  };
}

const configuration = (upstreamPort: number, scratch: string, extra: Extra): string => `
version: 1
listen: { gateway: 127.0.0.1:0, admin: 127.0.0.1:0, probes: 127.0.0.1:0 }
store: sqlite:${join(scratch, 'vitalgate.db')}
providers:
  - name: bench
    dialect: ${extra.dialect ?? 'openai-chat'}
    baseUrl: http://127.0.0.1:${upstreamPort}/v1
    credentials:
      - { name: main, value: sk-bench }
    private: true
models:
  - name: chat
    routing: ${extra.routing ?? 'ordered'}
    targets:
      - { provider: bench, model: bench-upstream${extra.target} }${extra.targets ?? ''}
keys:
  - name: bench
    secret: ${key}${extra.key}
${extra.apis ? apis(upstreamPort) : ''}${extra.sections}
`;

const apis = (upstreamPort: number): string => `
apis:
  - name: shop
    path: /shop
    upstreams: [http://127.0.0.1:${upstreamPort}]
    private: true
  - name: in-xml
    path: /in-xml
    rewrite: /shop
    upstreams: [http://127.0.0.1:${upstreamPort}]
    private: true
    formats: { upstream: json, offered: [json, xml] }
`;
