import { createHash } from 'node:crypto';
import type { DayShares } from '../history/uptime.ts';
import { escaped } from './escape.ts';
import type { PublicIncident, PublicRoute, StatusSnapshot } from './snapshot.ts';
import { percent, statusWords, uptimeWords } from './words.ts';

const style = `
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;--pass:#1a7f37;--warn:#9a6700;--fail:#cf222e;--unknown:#8c959f}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9da7b3;--line:#30363d;--pass:#3fb950;--warn:#d29922;--fail:#f85149;--unknown:#6e7681}body{background:#0d1117}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);max-width:52rem;margin:0 auto;padding:1.5rem 1rem;overflow-wrap:anywhere}
h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}h3{font-size:1rem;margin:0}
.now{border:1px solid var(--line);border-left:6px solid var(--c);padding:.75rem 1rem;margin:1rem 0;font-weight:600}
.pass{--c:var(--pass)}.warn,.degraded{--c:var(--warn)}.fail,.down{--c:var(--fail)}.unknown{--c:var(--unknown)}
section,article{border-top:1px solid var(--line);padding:.75rem 0}
.head{display:flex;flex-wrap:wrap;gap:.25rem 1rem;justify-content:space-between}
.state{color:var(--c);font-weight:600}p{margin:.25rem 0}small,.soft{color:var(--soft)}
svg{display:block;width:100%;height:2.25rem;margin:.5rem 0}
.up{fill:var(--pass)}svg .degraded{fill:var(--warn)}svg .down{fill:var(--fail)}svg .unknown{fill:var(--unknown);opacity:.45}
a{color:inherit}
`;

const digest = createHash('sha256').update(style).digest('base64');

/** No script at all, no picture, no frame, and the one style that is in it. */
export const PAGE_POLICY: string = `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** The page as it is; it works without script, and in a browser of any age. */
export function htmlPage(snapshot: StatusSnapshot): string {
  const { title, status, updatedAt, routes, incidents } = snapshot;
  const open = incidents.filter(({ endedAt }) => endedAt === null);
  const past = incidents.filter(({ endedAt }) => endedAt !== null);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="refresh" content="60"><title>${escaped(title)}</title>
<link rel="alternate" type="application/rss+xml" title="${escaped(title)}" href="/status/feed.xml">
<style>${style}</style></head>
<body><main><h1>${escaped(title)}</h1>
<p class="now ${status}">${status === 'pass' ? 'Everything works' : statusWords[status]}</p>
${open.map(incidentPart).join('\n')}
<h2>Last 90 days</h2>
${routes.length === 0 ? '<p class="soft">Nothing is shown here yet.</p>' : routes.map(routePart).join('\n')}
<h2>Past incidents</h2>
${past.length === 0 ? '<p class="soft">None in the last 90 days.</p>' : past.map(incidentPart).join('\n')}
</main><footer><p><small>As of <time datetime="${updatedAt}">${shownTime(updatedAt)}</time>. Uptime is weighted by time and counts what is known. <a href="/status/feed.xml">RSS</a> · <a href="/status/data.json">JSON</a></small></p></footer></body></html>
`;
}

function routePart({ name, status, uptime, unknown, days }: PublicRoute): string {
  const words = `${uptimeWords(uptime)} up, ${percent(unknown)} unknown`;
  return `<section><div class="head"><h3>${escaped(name)}</h3><span class="state ${status}">${statusWords[status]}</span></div>
<svg viewBox="0 0 ${days.length * 4} 36" preserveAspectRatio="none" role="img" aria-label="${escaped(name)}: ${words}">${days.map(dayPart).join('')}</svg>
<p class="soft">${words}</p></section>`;
}

function dayPart(day: DayShares, i: number): string {
  let top = 0;
  const rects = (['unknown', 'down', 'degraded', 'up'] as const).flatMap((part) => {
    if (day[part] <= 0) return [];
    // What is short and bad must be seen.
    const height = part === 'up' ? 36 - top : Math.max(2, day[part] * 36);
    const rect = `<rect class="${part}" x="${i * 4}" y="${top.toFixed(2)}" width="3" height="${Math.max(0, Math.min(height, 36 - top)).toFixed(2)}"/>`;
    top += height;
    return [rect];
  });
  const words = `${day.day}: up ${percent(day.up)}, degraded ${percent(day.degraded)}, down ${percent(day.down)}, unknown ${percent(day.unknown)}`;
  return `<g><title>${words}</title>${rects.join('')}</g>`;
}

function incidentPart(incident: PublicIncident): string {
  const { id, title, severity, routes, reason, startedAt, endedAt, notes } = incident;
  const until =
    endedAt === null
      ? 'still going on'
      : `to <time datetime="${endedAt}">${shownTime(endedAt)}</time>`;
  return `<article id="${escaped(id)}"><div class="head"><h3>${escaped(title)}</h3><span class="state ${severity}">${severity === 'down' ? 'Down' : 'Degraded'}</span></div>
<p class="soft">${escaped(routes.join(', '))} · ${escaped(reason)} · from <time datetime="${startedAt}">${shownTime(startedAt)}</time> ${until}</p>
${notes.map(({ at, text }) => `<p><small>${shownTime(at)}</small> ${escaped(text)}</p>`).join('\n')}</article>`;
}

const shownTime = (iso: string) => `${escaped(iso.slice(0, 16).replace('T', ' '))} UTC`;
