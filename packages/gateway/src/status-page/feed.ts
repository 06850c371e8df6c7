import { escaped } from './escape.ts';
import type { StatusSnapshot } from './snapshot.ts';

/** RSS 2.0 (rssboard.org/rss-specification, and its profile), an item for each incident. */
export function feed({ title, updatedAt, incidents }: StatusSnapshot, page: string): string {
  const date = (iso: string) => new Date(iso).toUTCString();
  const items = incidents.map((one) => {
    const { id, title: own, routes, reason, startedAt, endedAt, notes } = one;
    const span = endedAt === null ? `since ${startedAt}` : `${startedAt} to ${endedAt}`;
    const words = [`${routes.join(', ')}: ${reason}, ${span}.`, ...notes.map(({ text }) => text)];
    // Whoever has read of its beginning is told of its end as of something new.
    const guid = `${id}${endedAt === null ? '' : '-over'}`;
    const name = endedAt === null ? own : `Over: ${own}`;
    return `<item><title>${escaped(name)}</title><link>${escaped(`${page}#${id}`)}</link><guid isPermaLink="false">${escaped(guid)}</guid><pubDate>${date(endedAt ?? startedAt)}</pubDate><description>${escaped(escaped(words.join(' ')))}</description></item>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>${escaped(title)}</title><link>${escaped(page)}</link><description>${escaped(title)}</description><lastBuildDate>${date(updatedAt)}</lastBuildDate>
<atom:link href="${escaped(`${page}/feed.xml`)}" rel="self" type="application/rss+xml"/>
${items.join('\n')}
</channel></rss>
`;
}
