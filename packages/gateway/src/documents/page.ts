/** The page at `/docs`: three files without anything from elsewhere, which show `/openapi.json`. */

interface PageFile {
  readonly type: string;
  readonly text: string;
}

const HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>API</title>
<link rel="stylesheet" href="docs/page.css">
<script type="module" src="docs/page.js"></script>
</head>
<body>
<header>
<h1 id="title">API</h1>
<p id="description"></p>
<form id="ask">
<label for="key">Key</label>
<input id="key" type="password" autocomplete="off" spellcheck="false">
<button>Show what it may call</button>
</form>
<p id="status" role="status"></p>
</header>
<main id="operations"></main>
</body>
</html>
`;

const CSS = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{max-width:56rem;margin:2rem auto;padding:0 1rem}
form{display:flex;gap:.5rem;align-items:center;flex-wrap:wrap}
input{flex:1;min-width:14rem}
input,button{font:inherit;padding:.4rem .75rem}
h2{margin-top:2.5rem}
details{border:1px solid #8886;border-radius:.4rem;margin:.5rem 0;padding:.5rem .75rem}
summary{cursor:pointer;display:flex;gap:.75rem;flex-wrap:wrap;overflow-wrap:anywhere}
.method{font-weight:700;min-width:4.5rem}
pre{padding:.75rem;border:1px solid #8886;border-radius:.4rem;overflow:auto;max-height:24rem}
`;

/** The key stays in the page: it is in no address, and kept nowhere. */
const SCRIPT = `const at = (id) => document.getElementById(id);
const METHODS = ['get', 'put', 'post', 'patch', 'delete', 'options', 'head'];

function made(name, text, className) {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  if (className !== undefined) element.className = className;
  return element;
}

function pointed(root, value) {
  const reference = value?.$ref;
  if (typeof reference !== 'string' || !reference.startsWith('#/')) return value;
  return reference
    .slice(2)
    .split('/')
    .map((one) => decodeURIComponent(one).replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((found, name) => found?.[name], root);
}

/** A schema with its references followed, as far as a person would. */
function plain(root, value, depth = 0) {
  if (depth > 8) return '…';
  const found = pointed(root, value);
  if (Array.isArray(found)) return found.map((one) => plain(root, one, depth + 1));
  if (typeof found !== 'object' || found === null) return found;
  return Object.fromEntries(
    Object.entries(found).map(([name, one]) => [name, plain(root, one, depth + 1)]),
  );
}

function bodies(root, label, content) {
  return Object.entries(content ?? {}).flatMap(([type, { schema }], i) => [
    made('h4', label + ' · ' + type),
    ...(i === 0 && schema !== undefined
      ? [made('pre', JSON.stringify(plain(root, schema), null, 2))]
      : []),
  ]);
}

function operation(root, path, method, item, described) {
  const details = made('details');
  const summary = made('summary');
  summary.append(
    made('span', method.toUpperCase(), 'method'),
    made('code', path),
    made('span', described.summary ?? ''),
  );
  details.append(summary);
  if (described.description) details.append(made('p', described.description));
  const parameters = [...(item.parameters ?? []), ...(described.parameters ?? [])]
    .map((one) => pointed(root, one))
    .filter((one) => one !== undefined);
  if (parameters.length > 0) {
    const list = made('ul');
    for (const { name, in: where, required, description, schema } of parameters) {
      const line = made('li');
      line.append(
        made('code', name),
        ' in ' + where + (required ? ', required' : '') + (description ? ': ' + description : ''),
      );
      if (schema !== undefined) line.append(made('pre', JSON.stringify(plain(root, schema))));
      list.append(line);
    }
    details.append(made('h4', 'Parameters'), list);
  }
  details.append(...bodies(root, 'Body', pointed(root, described.requestBody)?.content));
  for (const [status, answer] of Object.entries(described.responses ?? {})) {
    const found = pointed(root, answer);
    details.append(
      made('h4', status + ' · ' + (found?.description ?? '')),
      ...bodies(root, 'Answer', found?.content),
    );
  }
  return details;
}

async function show() {
  const key = at('key').value.trim();
  const status = at('status');
  const headers = key === '' ? {} : { authorization: 'Bearer ' + key };
  const answer = await fetch('openapi.json', { headers, credentials: 'omit' }).catch(() => undefined);
  const root = await answer?.json().catch(() => undefined);
  if (!answer?.ok || root === undefined) {
    at('operations').replaceChildren();
    const isMissing = answer?.status === 401 && key === '';
    status.textContent = isMissing
      ? 'Enter a key of this gateway.'
      : (root?.detail ?? 'The gateway does not answer.');
    return;
  }
  status.textContent = '';
  document.title = root.info.title;
  at('title').textContent = root.info.title;
  at('description').textContent = root.info.description ?? '';
  const sections = new Map(root.tags.map(({ name }) => [name, [made('h2', name)]]));
  for (const [path, item] of Object.entries(root.paths)) {
    for (const method of METHODS.filter((one) => one in item)) {
      const [tag] = item[method].tags ?? [];
      sections.get(tag)?.push(operation(root, path, method, item, item[method]));
    }
  }
  at('operations').replaceChildren(
    ...[...sections.values()].map((children) => {
      const section = made('section');
      section.append(...children);
      return section;
    }),
  );
}

at('ask').addEventListener('submit', (event) => {
  event.preventDefault();
  void show();
});
void show();
`;

export const DOCUMENT = '/openapi.json';

export const pageFiles: ReadonlyMap<string, PageFile> = new Map([
  ['/docs', { type: 'text/html; charset=utf-8', text: HTML }],
  ['/docs/page.css', { type: 'text/css; charset=utf-8', text: CSS }],
  ['/docs/page.js', { type: 'text/javascript; charset=utf-8', text: SCRIPT }],
]);

/** Nothing runs and nothing is loaded but what is ours; nobody frames it. */
export const pageHead: readonly string[] = [
  'content-security-policy',
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options',
  'nosniff',
  'referrer-policy',
  'no-referrer',
  'cross-origin-opener-policy',
  'same-origin',
];
