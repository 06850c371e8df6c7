/** What callers saw in one second. */
export interface Second {
  first: number;
  others: number;
  failed: number;
  attemptsOnDead: number;
}

interface Scale {
  readonly brokenFrom: number;
  readonly brokenUntil: number;
  readonly provider: string;
  readonly perSecond: number;
}

const WIDTH = 960;
const HEIGHT = 320;
const LEFT = 48;
const TOP = 48;
const PLOT_W = WIDTH - LEFT - 16;
const PLOT_H = HEIGHT - TOP - 48;

/** A picture (SVG) of an outage: who answered in each second, and who was not answered. */
export function plot(seconds: readonly Second[], scale: Scale): string {
  const barWidth = PLOT_W / seconds.length;
  const most = Math.max(scale.perSecond, ...seconds.map((s) => s.first + s.others + s.failed));
  const y = (count: number) => (count / most) * PLOT_H;
  const x = (second: number) => LEFT + second * barWidth;

  const bars = seconds.flatMap((second, i) => {
    let base = TOP + PLOT_H;
    return (['first', 'others', 'failed'] as const).map((kind) => {
      const height = y(second[kind]);
      base -= height;
      return `<rect class="${kind}" x="${x(i).toFixed(1)}" y="${base.toFixed(1)}" width="${(barWidth - 0.5).toFixed(1)}" height="${height.toFixed(1)}"/>`;
    });
  });
  const marks = [0, 0.5, 1].map((part) => {
    const at = TOP + PLOT_H * (1 - part);
    return `<line x1="${LEFT}" x2="${WIDTH - 16}" y1="${at}" y2="${at}" class="grid"/><text x="${LEFT - 6}" y="${at + 4}" text-anchor="end">${Math.round(most * part)}</text>`;
  });
  const times = seconds
    .map((_, i) => i)
    .filter((i) => i % 10 === 0)
    .map(
      (i) =>
        `<text x="${x(i).toFixed(1)}" y="${TOP + PLOT_H + 18}" text-anchor="middle">${i} s</text>`,
    );
  const legend = [
    ['first', `answered by ${escape(scale.provider)}`],
    ['others', 'answered by another target'],
    ['failed', 'not answered'],
  ].map(
    ([kind, words], i) =>
      `<rect class="${kind ?? ''}" x="${LEFT + i * 250}" y="${HEIGHT - 20}" width="12" height="12"/><text x="${LEFT + 18 + i * 250}" y="${HEIGHT - 10}">${words ?? ''}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Calls per second during an outage of ${escape(scale.provider)}">
<style>
text{font:12px system-ui,sans-serif;fill:#333}.title{font-size:15px;font-weight:600}
.first{fill:#2f7d4f}.others{fill:#3b6ea8}.failed{fill:#c0392b}.grid{stroke:#ccc}.down{fill:#c0392b22}
@media(prefers-color-scheme:dark){text{fill:#ddd}.grid{stroke:#555}.first{fill:#5fbf87}.others{fill:#7aaee6}.failed{fill:#ff6b5a}}
</style>
<text class="title" x="${LEFT}" y="24">Calls per second while ${escape(scale.provider)} is down (shaded)</text>
<rect class="down" x="${x(scale.brokenFrom).toFixed(1)}" y="${TOP - 8}" width="${((scale.brokenUntil - scale.brokenFrom) * barWidth).toFixed(1)}" height="${PLOT_H + 8}"/>
${marks.join('\n')}
${bars.join('\n')}
${times.join('\n')}
${legend.join('\n')}
</svg>
`;
}

const escape = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
