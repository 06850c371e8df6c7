import { read } from '@vitalgate/health/read';
import { type Answer, ask, askRaw } from './ask.ts';

/** What one rule found. */
export interface Finding {
  readonly rule: string;
  readonly passed: boolean;
  /** What was seen. */
  readonly seen: string;
  /** Why it matters and what to do; only told when it was not passed. */
  readonly advice: string;
  /** Points it is worth. */
  readonly weight: number;
}

interface Rule {
  readonly name: string;
  readonly weight: number;
  readonly advice: string;
  /** Undefined when there is nothing to find fault with; otherwise what was seen. */
  readonly look: (url: URL, first: Answer) => Promise<string | undefined> | string | undefined;
}

const with_ = (url: URL, change: (copy: URL) => void): URL => {
  const copy = new URL(url);
  change(copy);
  return copy;
};

const code = (answer: Answer | undefined): string =>
  answer === undefined ? 'no answer' : String(answer.code);

/** Requests at once, and in all, that must not make an endpoint slow or different. */
const CROWD = 50;
const ROUNDS = 4;
/** Kubernetes gives a probe one second unless told otherwise. */
const PROBE_MS = 1000;

const leaks: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a stack trace', /^\s+at .+:\d+:\d+\)?$|Traceback \(most recent call last\)/m],
  [
    'a connection string',
    /\b(?:postgres(?:ql)?|mysql|mongodb(?:\+srv)?|redis|amqp|jdbc):\S*\/\/\S+/i,
  ],
  ['a private address', /\b(?:10\.\d{1,3}|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d{1,3}\.\d{1,3}\b/],
  ['a socket error with its address', /\bE(?:CONNREFUSED|HOSTUNREACH|TIMEDOUT)\b.*\d+\.\d+/],
  ['a password or key', /\b(?:password|passwd|secret|api[_-]?key)\b\s*[=:]/i],
];

export const rules: readonly Rule[] = [
  {
    name: 'answers within the second that a kubelet waits',
    weight: 12,
    advice: 'Answer from what is already known; look at dependencies in the background.',
    look: (_url, { ms }) => (ms < PROBE_MS ? undefined : `${Math.round(ms)} ms`),
  },
  {
    name: 'body and code agree',
    weight: 12,
    advice: 'Load balancers read the code, people the body: 200 with "DOWN" keeps traffic coming.',
    look(_url, { code: status, headers, body }) {
      const told = read({ code: status, headers, body });
      return told.disagrees ? `code ${status}, body says ${told.said ?? told.status}` : undefined;
    },
  },
  {
    name: 'says well or ill in words or by a code that others understand',
    weight: 8,
    advice: 'Answer 200 when well and 503 when not; 404, 401 and redirects say neither.',
    look: (_url, answer) =>
      [200, 204, 429, 500, 503].includes(answer.code) ? undefined : code(answer),
  },
  {
    name: 'does not redirect',
    weight: 8,
    advice: 'Most probers do not follow redirects; some take them for success.',
    look: (_url, answer) =>
      answer.code >= 300 && answer.code < 400
        ? `${answer.code} to ${String(answer.headers.location)}`
        : undefined,
  },
  {
    name: 'answers HEAD like GET, without a body',
    weight: 6,
    advice: 'Uptime monitors ask with HEAD (RFC 9110, section 9.3.2).',
    async look(url, { code: expected }) {
      const answer = await ask(url, 'HEAD');
      return answer?.code === expected && answer.body === '' ? undefined : code(answer);
    },
  },
  {
    name: 'answers OPTIONS like GET',
    weight: 5,
    advice: 'HAProxy asks with OPTIONS unless it is told otherwise.',
    async look(url, { code: expected }) {
      const answer = await ask(url, 'OPTIONS');
      return answer?.code === expected ? undefined : code(answer);
    },
  },
  {
    name: 'answers HTTP/1.0 without a Host',
    weight: 5,
    advice: 'HAProxy and old monitors ask so.',
    async look(url, { code: expected }) {
      const status = await askRaw(url, `GET ${url.pathname} HTTP/1.0\r\n\r\n`);
      return status === expected ? undefined : String(status ?? 'no answer');
    },
  },
  {
    name: 'takes a slash at the end',
    weight: 3,
    advice: 'A slash too many in a manifest should not look like an outage.',
    async look(url, { code: expected }) {
      const slashed = with_(
        url,
        (copy) => (copy.pathname = `${copy.pathname.replace(/\/$/, '')}/`),
      );
      const answer = await ask(slashed, 'GET');
      return answer?.code === expected ? undefined : code(answer);
    },
  },
  {
    name: 'takes a query it does not know',
    weight: 3,
    advice: 'Monitors add one to get past caches.',
    async look(url, { code: expected }) {
      const answer = await ask(
        with_(url, (copy) => copy.searchParams.set('x', '1')),
        'GET',
      );
      return answer?.code === expected ? undefined : code(answer);
    },
  },
  {
    name: 'refuses other methods with 405 and says which it takes',
    weight: 3,
    advice: 'Answer 405 with Allow (RFC 9110, section 15.5.6).',
    async look(url) {
      const answer = await ask(url, 'DELETE');
      if (answer?.code === 405 && answer.headers.allow !== undefined) return undefined;
      return answer?.code === 405 ? '405 without Allow' : code(answer);
    },
  },
  {
    name: 'keeps its body small, with the status at its beginning',
    weight: 4,
    advice:
      'Google Cloud and Envoy look at 1,024 bytes: the status goes first, details behind ?format.',
    look(_url, { body }) {
      const bytes = Buffer.byteLength(body);
      if (bytes > 1024) return `${bytes} bytes`;
      const isEarly = body === '' || /\b(?:status|ok|up|healthy|pass)\b/i.test(body.slice(0, 256));
      return isEarly ? undefined : 'no status in the first 256 bytes';
    },
  },
  {
    name: 'says what its body is',
    weight: 3,
    advice: 'Send a content type; JSON under text/html is read as a page.',
    look(_url, { body, headers }) {
      const type = headers['content-type'] ?? '';
      if (body === '') return undefined;
      const isJson = /^\s*[{[]/.test(body);
      if (type === '') return 'no content type';
      return isJson && !/json/i.test(type) ? `JSON as ${type}` : undefined;
    },
  },
  {
    name: 'is not kept by caches',
    weight: 5,
    advice:
      'Without Cache-Control a cache may show yesterday’s health; send no-store or a short max-age.',
    look: (_url, { headers }) =>
      headers['cache-control'] === undefined ? 'no cache-control' : undefined,
  },
  {
    name: 'sets no cookie',
    weight: 3,
    advice: 'A prober has no session: each look would make one.',
    look: (_url, { headers }) =>
      headers['set-cookie'] === undefined ? undefined : 'a cookie was set',
  },
  {
    name: 'tells strangers nothing that helps an attacker',
    weight: 8,
    advice: 'Show reason codes to everybody, and texts of drivers only to the trusted.',
    look(_url, { body }) {
      const found = leaks.find(([, pattern]) => pattern.test(body));
      return found === undefined ? undefined : `${found[0]} in the body`;
    },
  },
  {
    name: 'does not name the software it runs on',
    weight: 2,
    advice: 'Leave out X-Powered-By and the version in Server.',
    look(_url, { headers }) {
      const powered = headers['x-powered-by'];
      if (powered !== undefined) return `x-powered-by: ${String(powered)}`;
      const server = String(headers['server'] ?? '');
      return /\d+\.\d+/.test(server) ? `server: ${server}` : undefined;
    },
  },
  {
    name: 'stands a crowd: two hundred looks change nothing',
    weight: 10,
    advice: 'Run a check once for all who ask, in the background; never limit the rate of health.',
    async look(url, first) {
      let slowest = 0;
      for (let round = 0; round < ROUNDS; round += 1) {
        const answers = await Promise.all(Array.from({ length: CROWD }, () => ask(url, 'GET')));
        const other = answers.find((answer) => answer?.code !== first.code);
        if (answers.some((answer) => answer?.code !== first.code)) return `then ${code(other)}`;
        slowest = Math.max(slowest, ...answers.map((answer) => answer?.ms ?? 0));
      }
      return slowest < PROBE_MS ? undefined : `then ${Math.round(slowest)} ms`;
    },
  },
];
