import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

type FetchLike = (url: string, init?: RequestInit) => Promise<Response>;

interface Described {
  readonly content?: Readonly<Record<string, { readonly schema: unknown }>>;
  readonly $ref?: string;
}
export interface Description {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<Record<string, { readonly responses: Readonly<Record<string, Described>> }>>
    >
  >;
  readonly components: { readonly responses: Readonly<Record<string, Described>> };
}

/** What has been answered, by endpoint, and what of it the document does not say. */
export interface Checked {
  readonly fetch: FetchLike;
  /** `GET /api/keys`, with the statuses that were seen. */
  readonly seen: Map<string, Set<number>>;
  readonly wrongs: string[];
}

/** Looks at each answer that passes whether it is one that the document (OpenAPI 3.1) describes. */
export function checkedBy(document: Description, send: FetchLike = fetch): Checked {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema(document, 'api');
  const templates = Object.keys(document.paths).map((path) => ({
    path,
    // The one with the fewest names in braces is meant: `/api/providers/test` and not `{name}`.
    names: path.split('{').length,
    pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
  }));
  templates.sort((one, other) => one.names - other.names);
  const seen = new Map<string, Set<number>>();
  const wrongs: string[] = [];

  const validators = new Map<string, ValidateFunction>();
  function validatorAt($ref: string): ValidateFunction {
    const made = validators.get($ref) ?? ajv.compile({ $ref });
    validators.set($ref, made);
    return made;
  }

  async function look(key: string, method: string, path: string, answer: Response): Promise<void> {
    const described = document.paths[path]?.[method.toLowerCase()]?.responses ?? {};
    const status = String(answer.status);
    const name = status in described ? status : 'default';
    const found = described[name];
    const referred = found?.$ref?.split('/').at(-1) ?? '';
    const { content } = document.components.responses[referred] ?? found ?? {};
    const type = answer.headers.get('content-type')?.split(';')[0] ?? '';
    const say = (what: string) => wrongs.push(`${key} ${status}: ${what}`);
    if (name === 'default' && answer.status < 400) say('a success that is not described');
    if (content === undefined) {
      if ((await answer.text()) !== '') say('a body that is not described');
      return;
    }
    if (!(type in content)) return void say(`${type} that is not described`);
    if (!type.endsWith('json')) return void (await answer.text());
    const place =
      found?.$ref ?? `#/paths/${escaped(path)}/${method.toLowerCase()}/responses/${name}`;
    const isSo = validatorAt(`api${place}/content/${escaped(type)}/schema`);
    if (!isSo(await answer.json())) say(ajv.errorsText(isSo.errors));
  }

  return {
    seen,
    wrongs,
    async fetch(url, init = {}) {
      const answer = await send(url, init);
      const { method = 'GET' } = init;
      const { pathname } = new URL(url);
      const path = templates.find(({ pattern }) => pattern.test(pathname))?.path ?? pathname;
      const key = `${method} ${path}`;
      const statuses = seen.get(key) ?? new Set();
      seen.set(key, statuses.add(answer.status));
      const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream') === true;
      if (!isStream) await look(key, method, path, answer.clone());
      return answer;
    },
  };
}

/** A name within a JSON Pointer (RFC 6901), in a URI fragment. */
const escaped = (name: string) =>
  encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));
