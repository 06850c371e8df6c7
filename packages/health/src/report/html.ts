import type { Report } from '../report.ts';
import type { Details, Format, Written } from '../serve/format.ts';
import type { Status } from '../status.ts';
import { rowsOf } from './rows.ts';

/** A page for people: light and dark, without script, and nothing fetched from anywhere. */
export const html: Format = {
  name: 'html',
  types: ['text/html; charset=utf-8', 'application/xhtml+xml'],
  write,
};

const titles = {
  healthy: 'All is well',
  degraded: 'Working, with trouble',
  unhealthy: 'Not working',
} as const;

const marks: Readonly<Record<Status, string>> = { pass: '●', warn: '▲', fail: '■', unknown: '○' };

/** Only what the page itself brings may be used. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const STYLE = `:root{color-scheme:light dark;--ink:#1b1f24;--soft:#5d6570;--paper:#f7f8fa;--card:#fff;--line:#e2e5ea;
--pass:#1a7f37;--warn:#9a6700;--fail:#cf222e;--unknown:#6e7781}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ee;--soft:#9aa4b1;--paper:#14171c;--card:#1c2027;--line:#2e343d;
--pass:#3fb950;--warn:#d29922;--fail:#ff6b63;--unknown:#9aa4b1}}
*{box-sizing:border-box}body{margin:0;padding:2rem 1rem;background:var(--paper);color:var(--ink);
font:16px/1.5 system-ui,sans-serif}main{max-width:46rem;margin:auto}
h1{margin:0;font-size:1.6rem}header{background:var(--card);border:1px solid var(--line);
border-left:.5rem solid var(--tone);border-radius:.5rem;padding:1.25rem 1.5rem}
p{margin:.35rem 0 0;color:var(--soft)}ul{list-style:none;margin:1rem 0 0;padding:0;background:var(--card);
border:1px solid var(--line);border-radius:.5rem}li{display:flex;flex-wrap:wrap;gap:.25rem .75rem;padding:.7rem 1.5rem;
border-top:1px solid var(--line)}li:first-child{border-top:0}
b{font-weight:600;flex:1 1 12rem;overflow-wrap:anywhere}
i{font-style:normal;color:var(--tone);width:1rem}span{color:var(--soft);overflow-wrap:anywhere}
small{flex-basis:100%;color:var(--soft);overflow-wrap:anywhere}
.pass{--tone:var(--pass)}.warn{--tone:var(--warn)}.fail{--tone:var(--fail)}.unknown{--tone:var(--unknown)}`;

function write(report: Report, details: Details, now: number): Written {
  const {
    status,
    uptime,
    name = 'Health',
    version,
    reasons,
    checks,
  } = rowsOf(report, details, now);
  const title = titles[status as keyof typeof titles];
  const why = reasons.length === 0 ? '' : `<p>${escaped(reasons.join(' · '))}</p>`;
  const rows = checks.map((row) => {
    const one = row.status as Status;
    const detail = row.detail === '' ? '' : `<small>${escaped(row.detail)}</small>`;
    const about = [row.reason === '' ? one : row.reason, since(row.since, now)].join(' · ');
    return (
      `<li class="${one}"><i aria-hidden="true">${marks[one]}</i><b>${escaped(row.name)}</b>` +
      `<span>${escaped(about)}</span>${detail}</li>`
    );
  });
  const known = [`up ${span(uptime)}`, ...(version === undefined ? [] : [`version ${version}`])];
  const body = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="15"><title>${escaped(`${title} – ${name}`)}</title><style>${STYLE}</style></head>
<body><main><header class="${report.status}" role="status"><h1>${escaped(title)}</h1>
<p>${escaped([name, ...known].join(' · '))}</p>${why}</header>
${rows.length === 0 ? '' : `<ul>${rows.join('\n')}</ul>`}
</main></body></html>
`;
  return { body, headers: { 'content-security-policy': POLICY, 'referrer-policy': 'no-referrer' } };
}

const since = (iso: string, now: number): string =>
  `for ${span(Math.max(0, Math.floor((now - Date.parse(iso)) / 1000)))}`;

const steps = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
] as const;

/** The largest unit alone: nobody reads seconds of a day. */
function span(seconds: number): string {
  for (const [size, unit] of steps) {
    if (seconds >= size) return `${Math.floor(seconds / size)} ${unit}`;
  }
  return `${seconds} s`;
}

/** Text as text: in elements and in quoted attributes (WHATWG HTML, 13.3). */
function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
