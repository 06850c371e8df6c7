import type { Random } from './random.ts';

const two = (random: Random, least: number, most: number): string =>
  String(random.whole(least, most)).padStart(2, '0');
const date = (random: Random): string => `2026-${two(random, 1, 12)}-${two(random, 1, 28)}`;
const time = (random: Random): string =>
  `${two(random, 0, 23)}:${two(random, 0, 59)}:${two(random, 0, 59)}Z`;

/** Texts for the formats of JSON Schema (validation, section 7.3) that are checked in practice. */
export const formats: ReadonlyMap<string, (random: Random) => string> = new Map(
  Object.entries({
    'date-time': (random) => `${date(random)}T${time(random)}`,
    date,
    time,
    duration: (random) => `PT${random.whole(1, 59)}M`,
    email: (random) => `keeper${random.whole(1, 99)}@example.com`,
    hostname: () => 'harbour.example.com',
    ipv4: (random) => `192.0.2.${random.whole(1, 254)}`,
    ipv6: (random) => `2001:db8::${random.hex(4)}`,
    uri: (random) => `https://example.com/ships/${random.whole(1, 999)}`,
    uuid: (random) => random.uuid(),
  }),
);
